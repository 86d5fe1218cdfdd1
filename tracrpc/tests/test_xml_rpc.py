# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""XML-RPC on the wire (contract of the protocol, rules V1 to V7, M1 to
M3)."""

import base64
import datetime as dt
import io
import xmlrpc.client as xmlrpclib
from decimal import Decimal
from unittest import mock

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from trac.core import TracError
from trac.perm import PermissionError
from trac.resource import ResourceNotFound
from trac.util.datefmt import FixedOffset, utc
from trac.util.html import Markup, tag
from trac.util.text import empty

from tracrpc.api import Binary, ProtocolException, ServiceException
from tracrpc.faults import SendError
from tracrpc.tests.support import odd_handler, request
from tracrpc.values import MAX_DEPTH
from tracrpc.xml_reader import parse_any_call, plain_multicall
from tracrpc.xml_writer import XMLWriter, _illegal_unichrs


@pytest.fixture
def odd(components):
    """`odd.take(x)` keeps what it gets, `odd.give()` returns `.result`, or
    raises it."""
    return components(odd_handler())


def call(env, name, params='', path='/rpc'):
    """Send a call with parameters in XML; the answer as text."""
    body = ('<methodCall><methodName>%s</methodName>%s</methodCall>'
            % (name, params))
    return post(env, body.encode('utf-8'), path)


def post(env, body, path='/rpc'):
    response = request(env, path, body=body, content_type='text/xml')
    assert response.status == 200
    return response.body.decode('utf-8')


def param(value):
    return '<params><param><value>%s</value></param></params>' % value


def fault(text):
    with pytest.raises(xmlrpclib.Fault) as e:
        xmlrpclib.loads(text)
    return e.value.faultCode, e.value.faultString


# Layout

def test_result_is_laid_out_as_by_python(env, odd):
    values = ['a<b>&"\n', '', 1, -5, True, False, 1.5, [], [1, ['x']], {},
              {'a': {'b': [1.0]}, 'c\u00e9': '\U0001f600'}]
    for value in values + [values]:
        odd.result = value
        assert call(env, 'odd.give') == \
            xmlrpclib.dumps((value,), methodresponse=True)


def test_fault_is_laid_out_as_by_python(env):
    assert call(env, 'nope.nope') == xmlrpclib.dumps(
        xmlrpclib.Fault(-32601, 'RPC method "nope.nope" not found'),
        methodresponse=True)


_TEXTS = st.text('ab&<>]"\'\n\u00a0\u00e6\u20ac\uffe6\U0001f600', max_size=5)

_VALUES = st.recursive(
    _TEXTS | st.integers(-1 << 31, (1 << 31) - 1) | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.datetimes(dt.datetime(1000, 1, 1)),
    lambda values: st.lists(values, max_size=4)
    | st.dictionaries(_TEXTS, values, max_size=4), max_leaves=30)


@settings(deadline=None)
@given(_VALUES)
@example(list(range(-5, 5)) + [1 << 31 - 1, -1 << 31])
@example(['a', '', '<', 'b'])
@example([{'a': 'x', 'b': 1}, {'a': 1, 'b': 'x'}, {'b': 'x', 'a': 1},
          {'a': '&', 'b': {'a': 'x', 'b': 1}}])
def test_values_are_laid_out_as_by_python(value):
    written = b''.join(XMLWriter().response(value))
    assert written.decode('utf-8') == xmlrpclib.dumps(
        (value,), methodresponse=True)
    written = b''.join(XMLWriter().multicall([([value], 'a')] * 2))
    assert written.decode('utf-8') == xmlrpclib.dumps(
        ([[value]] * 2,), methodresponse=True)


_COLUMNS = st.sampled_from([
    _TEXTS, st.integers(0, 9), _TEXTS | st.integers(0, 9),
    st.datetimes(dt.datetime(1000, 1, 1)), _VALUES, st.just([]), st.just({}),
    st.tuples(_TEXTS, st.integers(0, 9)).map(list),
    st.fixed_dictionaries({'a': _TEXTS, '%s': st.booleans()})])


@settings(deadline=None)
@given(st.lists(_COLUMNS, max_size=4).flatmap(
           lambda columns: st.lists(st.tuples(*columns), max_size=5)),
       st.sampled_from([list, tuple, lambda row: dict(zip('abcd', row)),
                        lambda row: dict(zip(['%', '%s', '<', ''], row))]),
       st.lists(_VALUES, max_size=1))
def test_tables_are_laid_out_as_by_python(rows, kind, others):
    value = [*map(kind, rows), *others]
    with mock.patch('tracrpc.xml_writer._ROW', 0):
        written = b''.join(XMLWriter().response(value))
    assert written.decode('utf-8') == xmlrpclib.dumps(
        (value,), methodresponse=True)


def test_files_in_tables():
    rows = [[Binary(b'%d' % number), 'x', {'y': Binary(b'<%d' % number)}]
            for number in range(30)]
    written = XMLWriter().response(rows)
    (found,), _ = xmlrpclib.loads(b''.join(
        piece if type(piece) is bytes else b''.join(piece)
        for piece in written))
    assert [[first.data, second, third['y'].data]
            for first, second, third in found] == [
        [b'%d' % number, 'x', b'<%d' % number] for number in range(30)]


def test_tables_that_are_too_deep():
    value = [[1, {'a': 'x'}] for _ in range(30)]
    for _ in range(MAX_DEPTH - 3):
        value = [value]
    assert XMLWriter().response(value)
    with pytest.raises(SendError, match='nests deeper'):
        XMLWriter().response([value])


def test_members_with_equal_names_of_other_types(env, odd):
    odd.result = [{1: 'a'}, {True: 'a'}, {1.0: 'a'}, {'1': 'a'},
                  {Markup('x'): 'a'}, {'x': 'a'}]
    (found,), _ = xmlrpclib.loads(call(env, 'odd.give'))
    odd.result *= 10  # enough for a table
    (many,), _ = xmlrpclib.loads(call(env, 'odd.give'))
    assert many == 10 * found
    assert found == [{'1': 'a'}, {'True': 'a'}, {'1.0': 'a'}, {'1': 'a'},
                     {'x': 'a'}, {'x': 'a'}]


def test_dates_that_live_for_a_moment(env, odd):
    dates = ['2009%02d01T00:00:00' % month for month in range(1, 13)]
    odd.result = [iter([xmlrpclib.DateTime(date)]) for date in dates]
    (found,), _ = xmlrpclib.loads(call(env, 'odd.give'))
    assert found == [[date] for date in dates]


def test_binary_lines(env, odd):
    for size in (0, 1, 57, 58, 1000, 57 * 1024, 57 * 1024 + 1, 200000):
        data = bytes(range(256)) * (size // 256 + 1)
        odd.result = Binary(data[:size])
        assert call(env, 'odd.give') == xmlrpclib.dumps(
            (xmlrpclib.Binary(data[:size]),), methodresponse=True)


# Reading

@pytest.mark.parametrize('xml, value', [
    ('x', 'x'), ('<string>x</string>', 'x'), (' x ', ' x '), ('', ''),
    ('<string/>', ''), ('<![CDATA[<x>]]>', '<x>'), ('a<!-- c -->b', 'ab'),
    ('<int>+5</int>', 5), ('<int> 5 </int>', 5), ('<i4>-5</i4>', -5),
    ('<i1>1</i1>', 1), ('<i2>1</i2>', 1), ('<i8>4294967296</i8>', 1 << 32),
    ('<ex:i8>7</ex:i8>', 7), ('<biginteger>7</biginteger>', 7),
    ('<boolean>1</boolean>', True), ('<boolean>0</boolean>', False),
    ('<double>1.5</double>', 1.5), ('<float>2</float>', 2.0),
    ('<bigdecimal>1.10</bigdecimal>', Decimal('1.10')),
    ('<nil/>', None), ('<ex:nil/>', None),
    ('<base64>AP8=</base64>', b'\x00\xff'), ('<base64></base64>', b''),
    ('<base64>\nAP\n8=\n</base64>', b'\x00\xff'),
    ('<base64>A-P*8=</base64>', b'\x00\xff'),
    ('<array><data><value>a</value><value><int>1</int></value></data>'
     '</array>', ['a', 1]), ('<array><data/></array>', []),
    ('<struct><member><name>a</name><value>1</value></member><member>'
     '<name>a</name><value>2</value></member></struct>', {'a': '2'}),
    ('<struct/>', {})])
def test_argument_types(env, odd, xml, value):
    call(env, 'odd.take', param(xml))
    if isinstance(value, bytes):
        assert isinstance(odd.taken, Binary)
        odd.taken = odd.taken.data
    assert odd.taken == value and type(odd.taken) is type(value)


@pytest.mark.parametrize('xml', [
    '<params><param><string>x</string></param></params>',
    '<params><value>x</value></params>',
    '<!-- c --><?pi?><params><param><value>x</value></param></params>'])
def test_lenient_structure(env, odd, xml):
    call(env, 'odd.take', xml)
    assert odd.taken == 'x'


@pytest.mark.parametrize('encoding', ['utf-8', 'utf-8-sig', 'utf-16',
                                      'iso-8859-1'])
def test_encodings(env, odd, encoding):
    body = ('<?xml version="1.0" encoding="%s"?><methodCall><methodName>'
            'odd.take</methodName>%s</methodCall>'
            % (encoding.replace('-sig', ''), param('\u00e6')))
    post(env, body.encode(encoding))
    assert odd.taken == '\u00e6'


@pytest.mark.parametrize('xml, text', [
    ('a\nb', 'a\r\nb'), ('a\r\nb', 'a\r\nb'), ('a&#13;&#10;b', 'a\r\nb'),
    ('a&#13;b', 'a\r\nb'), ('\n\n', '\r\n\r\n')])
def test_V2_line_ends(env, odd, xml, text):
    call(env, 'odd.take', param(xml))
    assert odd.taken == text
    call(env, 'odd.take', param(
        '<struct><member><name>a\nb</name><value><array><data><value>%s'
        '</value></data></array></value></member></struct>' % xml))
    assert odd.taken == {'a\nb': [text]}


@pytest.mark.parametrize('text, value', [
    ('20090601T12:34:56', (2009, 6, 1, 12, 34, 56)),
    ('2009-06-01T12:34:56', (2009, 6, 1, 12, 34, 56)),
    ('2009-06-01T12:34:56Z', (2009, 6, 1, 12, 34, 56)),
    ('20090601T123456Z', (2009, 6, 1, 12, 34, 56)),
    ('19700101T000000', (1970, 1, 1)),
    ('2009-06-01 12:34:56.25', (2009, 6, 1, 12, 34, 56, 250000)),
    ('20090601T12:34:56+02:00', (2009, 6, 1, 10, 34, 56)),
    ('20090601T12:34:56-0230', (2009, 6, 1, 15, 4, 56)),
    ('2009061T1:2:3', (2009, 6, 1, 1, 2, 3)),
    (' 20090601T12:34:56\n', (2009, 6, 1, 12, 34, 56)),
    ('00010101T00:00:00', (1, 1, 1)),
    ('99991231T23:59:59', (9999, 12, 31, 23, 59, 59))])
@pytest.mark.parametrize('tag_', ['dateTime.iso8601', 'ex:dateTime'])
def test_V1_dates(env, odd, text, value, tag_):
    call(env, 'odd.take', param('<%s>%s</%s>' % (tag_, text, tag_)))
    assert odd.taken == dt.datetime(*value, tzinfo=utc)
    assert odd.taken.utcoffset() == dt.timedelta(0)


@pytest.mark.parametrize('text', [
    '', 'junk', '2009-06-01', '20090601', '2009-13-01T00:00:00',
    '20090631T00:00:00', '20090601T24:00:00', '20090601T12:34:60',
    '00000101T00:00:00', '00010101T00:00:00+01:00', '20090601T12:34:56+24:00',
    '20090601T12:34:56+00:60', '20090601T12:34:56X', '2009-0601T12:34:56',
    '1' * 100000])
def test_V1_other_dates_are_faults(env, odd, text):
    answer = call(env, 'odd.take', param(
        '<dateTime.iso8601>%s</dateTime.iso8601>' % text))
    code, message = fault(answer)
    assert code == -32700
    assert 'Invalid datetime string (%s' % text[:60] in message
    assert len(message) < 200


@pytest.mark.parametrize('xml, text', [
    ('<int>x</int>', 'invalid int: x'), ('<int></int>', 'invalid int: '),
    ('<int>%s</int>' % ('9' * 5000), 'invalid int: 999'),
    ('<double>x</double>', 'invalid double: x'),
    ('<boolean>2</boolean>', 'bad boolean value'),
    ('<boolean>true</boolean>', 'bad boolean value'),
    ('<base64>AAA</base64>', 'Incorrect padding'),
    ('<array>', 'mismatched tag'), ('&#0;', 'character number'),
    ('<bigdecimal>x</bigdecimal>', ''), ('<date>1</date>', 'unknown tag'),
    ('<struct><value><int>1</int></value><value>b</value></struct>', 'name'),
    ('<struct><member><name>a</name></member></struct>', 'has no value')])
def test_bad_values_are_faults(env, odd, xml, text):
    code, message = fault(call(env, 'odd.take', param(xml)))
    assert code == -32700
    assert text in message and message


@pytest.mark.parametrize('body, text', [
    (b'', 'no element found: line 1, column 0'),
    (b'x', 'syntax error: line 1, column 0'),
    (b'{"method": "system.listMethods"}', 'not well-formed'),
    (b'<methodCall/>x', 'junk after document element: line 1, column 13'),
    (b'<methodResponse><fault><value><struct><member><name>faultCode</name>'
     b'<value><int>5</int></value></member><member><name>faultString</name>'
     b'<value>client fault</value></member></struct></value></fault>'
     b'</methodResponse>', "<Fault 5: 'client fault'>"),
    (b'\xff\xff', ''), (b'<x>', 'no element found'), (b'<a/>', ''),
    (b'<methodCall><methodName>a</methodName>', 'no element found')])
def test_malformed_bodies(env, body, text):
    code, message = fault(post(env, body))
    assert code == -32700
    assert text in message and message


def test_names(env, odd):
    missing = (1, "'Missing method name' while executing 'None()'")
    assert fault(post(env, b'<methodCall><params/></methodCall>')) == missing
    assert fault(post(env, b'<methodResponse><params><param><value>x</value>'
                           b'</param></params></methodResponse>')) == missing
    assert fault(call(env, '')) == (-32601, 'RPC method "" not found')
    assert fault(call(env, ' odd.give')) == \
        (-32601, 'RPC method " odd.give" not found')
    odd.result = 5
    assert '<int>5</int>' in post(
        env, b'<methodCall><methodName>a.b</methodName><methodName>odd.give'
             b'</methodName></methodCall>')


@pytest.mark.parametrize('encoding', ['utf-8', 'utf-16', 'utf-16-be'])
@pytest.mark.parametrize('doctype', [
    '<!DOCTYPE x>', '<!DOCTYPE x [<!ENTITY a "b">]>',
    '<!DOCTYPE x SYSTEM "file:///etc/passwd">',
    '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'])
def test_V7_no_document_types(env, odd, encoding, doctype):
    body = ('<?xml version="1.0" encoding="%s"?>%s<methodCall><methodName>'
            'odd.take</methodName>%s</methodCall>'
            % (encoding[:6].strip('-'), doctype, param('&a;')))
    code, message = fault(post(env, body.encode(encoding)))
    assert code == -32700
    assert message == 'Document type declarations are not allowed'
    assert odd.taken is None


@pytest.mark.parametrize('start, end', [
    ('<array><data><value>', '</value></data></array>'),
    ('<struct><member><name>a</name><value>', '</value></member></struct>')])
def test_V7_depth_of_requests(env, odd, start, end):
    call(env, 'odd.take', param(start * 100 + 'x' + end * 100))
    assert odd.taken
    odd.taken = None
    for depth in (101, 5000):
        code, message = fault(call(env, 'odd.take', param(
            start * depth + 'x' + end * depth)))
        assert (code, odd.taken) == (-32700, None)
        assert 'deeper than 100' in message


def test_V7_depth_of_answers(env, odd):
    for depth in (100, 101, 5000):
        odd.result = 'x'
        for _ in range(depth):
            odd.result = [odd.result]
        answer = call(env, 'odd.give')
        if depth == 100:
            assert xmlrpclib.loads(answer)
        else:
            code, message = fault(answer)
            assert 'deeper than 100' in message
            assert message.endswith("while executing 'odd.give()'")
    odd.result = []
    odd.result.append(odd.result)
    assert 'deeper than 100' in fault(call(env, 'odd.give'))[1]


# Reading what Python's clients write

def _calls(texts):
    return st.lists(st.tuples(
        st.sampled_from(['ticket.get', 'wiki.getPage', 'x_1.y', 'a b', '']),
        st.lists(st.integers(-1 << 31, (1 << 31) - 1) | texts | st.booleans()
                 | st.lists(texts, max_size=1), max_size=3)), max_size=4)


def _multicall_body(calls):
    return xmlrpclib.dumps(([{'methodName': name, 'params': params}
                             for name, params in calls],),
                           'system.multicall').encode('utf-8')


def _assert_same(body):
    calls = plain_multicall(io.BytesIO(body))
    if calls is not None:
        assert repr(parse_any_call(io.BytesIO(body), None)) == \
            repr(('system.multicall', [calls]))


@settings(deadline=None)
@given(_calls(_TEXTS))
def test_plain_multicall_is_read_as_any_other(calls):
    _assert_same(_multicall_body(calls))


_PIECES = st.sampled_from([
    b'', b'\0', b'\t', b'\n', b'\r', b' ', b'&', b'<', b'>', b']]>', b'-',
    b'0', b'9' * 18, b'x', b'\x7f', b'\x80', b'\xc3\xa9', b'/', b'&amp;',
    b'<int>5</int>', b'<string>x</string>', b'</struct>', b'<!-- -->',
    b'<value><int>5</int></value>\n'])


@settings(deadline=None, max_examples=300)
@given(_calls(st.text('ab ~', max_size=3)), st.integers(0, 1 << 16),
       st.integers(0, 8), st.booleans(), _PIECES)
def test_damaged_multicall_is_read_as_any_other(calls, position, gap, upper,
                                                piece):
    body = _multicall_body(calls)
    position %= len(body) + 1
    cut = body[position:position + gap].upper() if upper else b''
    _assert_same(body[:position] + cut + piece + body[position + gap:])


@settings(deadline=None)
@given(st.sampled_from(['NAME', 'TEXT', '5']), _PIECES, _PIECES)
def test_odd_parts_of_a_multicall_are_read_as_any_other(part, first, second):
    body = _multicall_body([('x', []), ('NAME', [5, 'TEXT'])])
    assert plain_multicall(io.BytesIO(body))
    part = b'>%s<' % part.encode('ascii')
    _assert_same(body.replace(part, b'>%s%s<' % (first, second)))


def test_plain_multicall_knows_pythons_client():
    calls = [('ticket.get', [5]), ('wiki.getPage', ['A/b c', -3]), ('x', [])]
    body = _multicall_body(calls)
    assert plain_multicall(io.BytesIO(body)) == [
        {'methodName': name, 'params': params} for name, params in calls]
    assert plain_multicall(io.BytesIO(_multicall_body([]))) == []
    for other in (body + b'x', body.replace(b'5', b'5.0'),
                  body.replace(b'-3', b'9' * 19), body + b' ' * (1 << 22)):
        assert plain_multicall(io.BytesIO(other)) is None


# Writing

class Text(str):
    pass


class Number(int):
    pass


@pytest.mark.parametrize('result, value', [
    (None, 0), ('x', 'x'), (Markup('<b>'), '<b>'), (tag.b('x'), '<b>x</b>'),
    (tag('x', tag.i('y')), 'x<i>y</i>'), (empty, ''), (Text('x'), 'x'),
    (b'abc', [97, 98, 99]), (bytearray(b'a'), [97]), ((1, 2), [1, 2]),
    (range(2), [0, 1]), ({1}, [1]), (frozenset([1]), [1]),
    ({'a': 1}.items(), [['a', 1]]), (iter([1, (2,)]), [1, [2]]),
    ([None], ['']), ({'a': None}, {'a': ''}), ([(x for x in 'ab')],
                                               [['a', 'b']]),
    (Number(5), 5), ([Number(5), Text('a'), Markup('b'), empty, tag.i()],
                     [5, 'a', 'b', '', '<i></i>']),
    ({1: 'a', None: 'b', 2.5: 'c', True: 'd'},
     {'1': 'd', 'None': 'b', '2.5': 'c'}),
    (Decimal('1.5'), 1.5), (True, True), (1 << 31, 1 << 31),
    (-1 << 63, -1 << 63), (b'', []), ([b'a'], [xmlrpclib.Binary(b'a')]),
    (dt.date(2020, 1, 2), xmlrpclib.DateTime('20200102T00:00:00')),
    (dt.datetime(2020, 1, 2, 3, 4, 5, 999999),
     xmlrpclib.DateTime('20200102T03:04:05')),
    (dt.datetime(2020, 1, 1, 0, 30, tzinfo=FixedOffset(60, 'x')),
     xmlrpclib.DateTime('20191231T23:30:00')),
    (dt.datetime(99, 1, 2), xmlrpclib.DateTime('00990102T00:00:00')),
    ('a\rb\r\nc', 'a\nb\nc')])
def test_V5_results(env, odd, result, value):
    odd.result = result
    (found,), _ = xmlrpclib.loads(call(env, 'odd.give'))
    assert found == value and type(found) is type(value)


def test_V5_tags_of_integers(env, odd):
    for value, tag_ in (((1 << 31) - 1, 'int'), (1 << 31, 'i8'),
                        (-1 << 31, 'int'), ((-1 << 31) - 1, 'i8')):
        odd.result = value
        assert '<%s>%d</%s>' % (tag_, value, tag_) in call(env, 'odd.give')


def test_not_numbers(env, odd):
    odd.result = [float('nan'), float('inf')]
    answer = call(env, 'odd.give')
    assert '<double>nan</double>' in answer and '<double>inf' in answer


def test_V5_illegal_characters(env, odd):
    legal = '\t\n\x20\x7e\x85\xa0\ud7ff\ue000\ufdcf\ufdf0\ufffd\U0001fffd' \
            '\U0010fffd'
    for low, high in _illegal_unichrs:
        for code in (low, (low + high) // 2, high):
            odd.result = {chr(code) + 'k': legal + chr(code)}
            answer = call(env, 'odd.give')
            assert '<name>\ufffdk</name>' in answer, hex(code)
            assert '<string>%s\ufffd</string>' % legal in answer


def test_V5_illegal_characters_in_faults(env, odd):
    odd.result = TracError('a\x00b\ud800c')
    assert 'a\ufffdb\ufffdc' in call(env, 'odd.give')


@pytest.mark.parametrize('result', [
    1 << 63, [-1 << 64], dt.timedelta(1), object(), [ValueError('x')],
    {(1, 2): 3}, type, {'a': {'b': len}}])
def test_V5_what_cannot_be_sent_is_a_fault(env, odd, result):
    odd.result = result
    odd.raises = False
    code, message = fault(call(env, 'odd.give'))
    assert code == 1
    assert message.endswith("while executing 'odd.give()'")


# Faults

class Coded(Exception):
    def __init__(self, text, code):
        super().__init__(text)
        self.code = code


class Unprintable(Exception):
    def __str__(self):
        raise ValueError('no')


@pytest.mark.parametrize('exc, code, text', [
    (TracError('bad'), 1, "'bad' while executing 'odd.give()'"),
    (TracError(tag('a ', tag.b('c'))), 1,
     "'a <b>c</b>' while executing 'odd.give()'"),
    (ValueError('bad'), 1, "'bad' while executing 'odd.give()'"),
    (KeyError('k'), 1, "''k'' while executing 'odd.give()'"),
    (ProtocolException('bad'), 1, "'bad' while executing 'odd.give()'"),
    (ProtocolException(ValueError('bad')), 1,
     "'bad' while executing 'odd.give()'"),
    (ServiceException('bad'), 1, "'bad' while executing 'odd.give()'"),
    (Coded('bad', 7), 7, "'bad' while executing 'odd.give()'"),
    (Coded('bad', 'x'), 1, "'bad' while executing 'odd.give()'"),
    (Coded('bad', 1 << 40), 1, "'bad' while executing 'odd.give()'"),
    (PermissionError('WIKI_VIEW'), 403,
     "WIKI_VIEW privileges are required to perform this operation. You don't "
     "have the required permissions."),
    (ResourceNotFound('gone'), 404, 'gone'),
    (Unprintable(), 1, "'Unprintable (without a readable text)' while "
                       "executing 'odd.give()'")])
def test_faults(env, odd, exc, code, text):
    odd.result = exc
    assert fault(call(env, 'odd.give')) == (code, text)


def test_generator_that_raises(env, odd):
    def results():
        yield 1
        raise TypeError('late')
    odd.result = results()
    assert fault(call(env, 'odd.give')) == \
        (1, "'late' while executing 'odd.give()'")


# Multicall

def multicall(env, *calls):
    body = xmlrpclib.dumps((list(calls),), 'system.multicall',
                           allow_none=True)
    return xmlrpclib.loads(post(env, body.encode('utf-8')))[0][0]


def entry(name, *params):
    return {'methodName': name, 'params': list(params)}


@pytest.mark.parametrize('exc', [
    TracError('bad'), ValueError('bad'), PermissionError('WIKI_VIEW'),
    ResourceNotFound('gone'), Unprintable(), Coded('bad', 7),
    RecursionError(), ServiceException('bad'), dt.timedelta(1)])
def test_M1_errors_are_those_of_single_calls(env, odd, exc):
    odd.result = exc
    code, text = fault(call(env, 'odd.give'))
    version = entry('system.getAPIVersion')
    assert multicall(env, version, entry('odd.give'), version,
                     entry('no.no')) == [
        [[1, 3, 0]], {'faultCode': code, 'faultString': text}, [[1, 3, 0]],
        {'faultCode': -32601, 'faultString': 'RPC method "no.no" not found'}]


def test_files_in_a_multicall():
    data = b'd' * 100000
    pieces = XMLWriter().multicall(zip(
        [[Binary(b'a')], [Binary(b'lost'), object()], [[Binary(b'b'), 'c']],
         ['e' * 100000], [Binary(data)], [Binary(b'')]], 'abcdef'))
    written = b''.join(b''.join(piece) for piece in pieces
                       if not isinstance(piece, bytes))
    assert written == b''.join(map(base64.encodebytes, (b'a', b'b', data)))
    (found,), _ = xmlrpclib.loads(b''.join(
        piece if isinstance(piece, bytes) else b''.join(piece)
        for piece in pieces))
    assert found.pop(1)['faultCode'] == 1
    assert found == [[xmlrpclib.Binary(b'a')], [[xmlrpclib.Binary(b'b'), 'c']],
                     ['e' * 100000], [xmlrpclib.Binary(data)],
                     [xmlrpclib.Binary(b'')]]


def test_large_answers_come_in_pieces():
    items = [(['x' * 1000], 'a')] * 500
    pieces = XMLWriter().multicall(items)
    assert max(map(len, pieces)) < 1 << 17
    (found,), _ = xmlrpclib.loads(b''.join(pieces))
    assert found == [['x' * 1000]] * 500


def test_M1_pythons_client_raises_them(env, odd):
    results = xmlrpclib.MultiCallIterator(
        multicall(env, entry('no.no'), entry('system.getAPIVersion')))
    assert results[1] == [1, 3, 0]
    with pytest.raises(xmlrpclib.Fault) as e:
        results[0]
    assert e.value.faultCode == -32601


@pytest.mark.parametrize('bad', [
    'x', 5, [], {}, {'methodName': 'odd.give'}, {'params': []}, None,
    {'methodName': 'odd.give', 'params': 'ab'},
    {'methodName': 'odd.give', 'params': {'a': 1}},
    {'methodName': 5, 'params': []},
    {'methodName': 'system.multicall', 'params': [[]]}])
def test_M3_malformed_elements_are_faults(env, odd, bad):
    odd.result = 'x'
    first, second = multicall(env, bad, entry('odd.give'))
    assert first['faultCode'] == 1
    assert 'Call 1 of the multicall' in first['faultString']
    assert second == ['x']
    assert odd.calls == 1


def test_M3_extra_members_are_ignored(env):
    extra = dict(entry('system.getAPIVersion'), id=7, jsonrpc='2.0')
    assert multicall(env, extra) == [[[1, 3, 0]]]


def test_M3_at_most_so_many(env, odd):
    env.config.set('rpc', 'max_multicall', '2')
    assert len(multicall(env, entry('odd.give'), entry('odd.give'))) == 2
    with pytest.raises(xmlrpclib.Fault) as e:
        multicall(env, *[entry('odd.give')] * 3)
    assert 'at most 2 calls, not 3' in e.value.faultString
    assert odd.calls == 2


@pytest.mark.parametrize('argument', ['<int>5</int>', 'abc', '<nil/>',
                                      '<struct/>'])
def test_M3_argument_of_multicall(env, argument):
    code, text = fault(call(env, 'system.multicall', param(argument)))
    assert code == 1
    assert 'Argument 1 ("signatures") must be an array, not' in text
