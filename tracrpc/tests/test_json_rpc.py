# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""JSON-RPC on the wire (contract of the legacy dialect, rules V1 to V7, M1
to M3)."""

import datetime as dt
import json
from decimal import Decimal

import pytest
from trac.core import TracError
from trac.perm import PermissionError
from trac.resource import ResourceNotFound
from trac.util.datefmt import utc
from trac.util.html import Markup, tag
from trac.util.text import empty

from tracrpc.api import Binary, ProtocolException, ServiceException
from tracrpc.json_rpc import TracRpcJSONDecoder, TracRpcJSONEncoder
from tracrpc.tests.support import odd_handler, request


@pytest.fixture
def odd(components):
    """`odd.take(x)` keeps what it gets, `odd.give()` returns `.result`, or
    raises it."""
    return components(odd_handler())


def post(env, body, **kwargs):
    """Send a body; the answer as text."""
    if not isinstance(body, bytes):
        body = json.dumps(body).encode('ascii')
    response = request(env, body=body, content_type='application/json',
                       **kwargs)
    assert response.status == 200
    assert response.body.endswith(b'\n') and response.body.isascii()
    return response.text


def call(env, name, *params):
    return json.loads(post(env, {'method': name, 'params': params, 'id': 9}))


def error(code, message, id_=None, name='JSONRPCError'):
    return {'result': None, 'id': id_,
            'error': {'name': name, 'code': code, 'message': message}}


def hint(kind, text):
    return {'__jsonclass__': [kind, text]}


# Requests

@pytest.mark.parametrize('id_', [1, 0, '', 'x', None, False, [1, {}], 1.5,
                                 hint('datetime', '2009-01-01'),
                                 hint('datetime', 'junk'), 1 << 70])
def test_layout_and_ids(env, id_):
    assert post(env, {'method': 'system.getAPIVersion', 'id': id_}) == \
        '{"result": [1, 3, 0], "error": null, "id": %s}\n' % json.dumps(id_)
    answer = post(env, {'method': 'no.no', 'id': id_})
    assert answer == json.dumps(
        error(-32601, 'RPC method "no.no" not found', id_)) + '\n'


def test_id_is_null_if_none_was_sent(env):
    assert json.loads(post(env, {'method': 'system.getAPIVersion'})) == \
        {'result': [1, 3, 0], 'error': None, 'id': None}


@pytest.mark.parametrize('params', [None, 0, {}, '', [], False])
def test_no_params(env, params):
    answer = json.loads(post(env, {'method': 'system.getAPIVersion',
                                   'params': params, 'version': '1.1'}))
    assert answer['result'] == [1, 3, 0]


@pytest.mark.parametrize('params', ['abc', 5, True, 1.5])
def test_params_that_are_none(env, odd, params):
    assert json.loads(post(env, {'method': 'odd.take', 'params': params,
                                 'id': 3})) == \
        error(-32603, '"params" must be an array or an object', 3)
    assert odd.taken is None


def test_named_params(env, odd):
    post(env, {'method': 'odd.take', 'params': {'value': 'x'}})
    assert odd.taken == 'x'
    answer = json.loads(post(env, {'method': 'odd.take',
                                   'params': {'valeu': 'x'}}))
    assert answer['error']['message'] == \
        'Unknown argument "valeu": odd.take takes value'


@pytest.mark.parametrize('encoding', ['utf-8', 'utf-8-sig', 'utf-16',
                                      'utf-16-le', 'utf-32'])
def test_encodings(env, odd, encoding):
    text = '{"method": "odd.take", "params": ["\u00e6\U0001f600"]}'
    post(env, text.encode(encoding))
    assert odd.taken == '\u00e6\U0001f600'


@pytest.mark.parametrize('body, text', [
    (b'', 'No JSON object could be decoded (Expecting value'),
    (b'{', 'No JSON object could be decoded ('),
    (b'{"method": "a"} x', 'No JSON object could be decoded (Extra data'),
    (b'\xff\xfe\xff', 'No JSON object could be decoded ('),
    (b'5', 'JSON object is not a dict'),
    (b'null', 'JSON object is not a dict'),
    (b'"x"', 'JSON object is not a dict'),
    (b'{"id": ' * 100000, 'No JSON object could be decoded ('),
    (b'{"id": NaN}', 'No JSON object could be decoded (NaN is not allowed)'),
    (b'{"id": -Infinity}', '-Infinity is not allowed'),
    (b'{"id": 1e999}', 'the number 1e999 is out of range'),
    (b'{"id": %s}' % (b'9' * 5000), 'invalid int: 999')])
def test_malformed_bodies(env, body, text):
    answer = json.loads(post(env, body))
    assert answer['error']['code'] == -32700
    assert text in answer['error']['message']
    assert answer['result'] is None and answer['id'] is None


@pytest.mark.parametrize('method, code, text', [
    (None, -32603, 'Missing method name'),
    (5, -32601, 'RPC method "5" not found'),
    (['a'], -32601, 'RPC method "[\'a\']" not found'),
    ('', -32601, 'RPC method "" not found'),
    ({}, -32601, 'RPC method "{}" not found')])
def test_method_names(env, method, code, text):
    assert json.loads(post(env, {'method': method, 'id': 3})) == \
        error(code, text, 3)
    assert json.loads(post(env, {})) == error(-32603, 'Missing method name')


# Values in

@pytest.mark.parametrize('sent, value', [
    ('x', 'x'), (1, 1), (1.5, 1.5), (True, True), (None, None), ([], []),
    ({'a': [1]}, {'a': [1]}), (1 << 70, 1 << 70),
    ('a\nb\rc\r\nd', 'a\r\nb\r\nc\r\nd'), (['\n'], ['\r\n']),
    ({'a\nb': '\n'}, {'a\nb': '\r\n'}),
    ({'__jsonclass__': ['foo'], 'x': 1}, {'__jsonclass__': ['foo'], 'x': 1}),
    (hint('datetime', '2009-06-01'), dt.datetime(2009, 6, 1, tzinfo=utc)),
    (hint('datetime', '2009-06-01T12:34:56.25'),
     dt.datetime(2009, 6, 1, 12, 34, 56, 250000, tzinfo=utc)),
    (hint('datetime', '2009-06-01_12:34:56Z'),
     dt.datetime(2009, 6, 1, 12, 34, 56, tzinfo=utc)),
    ([hint('datetime', '2009-06-01t12:34:56.1234567+02:00')],
     [dt.datetime(2009, 6, 1, 10, 34, 56, 123456, tzinfo=utc)])])
def test_argument_types(env, odd, sent, value):
    call(env, 'odd.take', sent)
    assert odd.taken == value and type(odd.taken) is type(value)


@pytest.mark.parametrize('text, data', [
    ('', b''), ('AP8=', b'\x00\xff'), ('AP\n8\r\n=\n', b'\x00\xff')])
def test_binary_arguments(env, odd, text, data):
    call(env, 'odd.take', hint('binary', text))
    assert isinstance(odd.taken, Binary) and odd.taken.data == data


@pytest.mark.parametrize('value, text', [
    (hint('datetime', 'junk'), 'Invalid datetime string (junk)'),
    (hint('datetime', 5), 'Invalid datetime string (5)'),
    (hint('datetime', None), 'Invalid datetime string (None)'),
    (hint('datetime', '2009-06-01T12:34:56+24:00'), 'Invalid datetime'),
    (hint('datetime', '0001-01-01T00:00:00+01:00'), 'Invalid datetime'),
    (hint('binary', 'AAA'), 'Invalid base64 string'),
    (hint('binary', 'A-P8='), 'Invalid base64 string'),
    (hint('binary', 'AP8=AP8='), 'Invalid base64 string'),
    (hint('binary', '\u00e6'), 'Invalid base64 string'),
    (hint('binary', None), 'Invalid base64 string'),
    (hint('foo', 'x'), 'Unknown __jsonclass__: foo'),
    (hint(['x'], 'x'), "Unknown __jsonclass__: ['x']"),
    ({'__jsonclass__': ['datetime']}, '__jsonclass__ must be [type, value]'),
    ({'__jsonclass__': 'datetime'}, '__jsonclass__ must be [type, value]'),
    ({'__jsonclass__': None}, '__jsonclass__ must be [type, value]')])
def test_V6_malformed_hints_keep_the_id(env, odd, value, text):
    for wrapped in (value, [value], {'a': [value]}):
        answer = call(env, 'odd.take', wrapped)
        assert answer['id'] == 9
        assert answer['error']['code'] == -32700
        assert answer['error']['message'].startswith(
            'No JSON object could be decoded (%s' % text)
    assert odd.taken is None


@pytest.mark.parametrize('body', [
    b'"a\\u0000b"', b'"\\ud800"', b'"a\\udfffb"', b'{"\\u0000": 1}',
    b'{"\\ud800": 1}', b'[["\\u0000"]]', b'NaN', b'[Infinity]', b'1e999',
    b'-1e999'])
def test_V6_refused_characters_and_numbers(env, odd, body):
    answer = json.loads(post(
        env, b'{"method": "odd.take", "params": [%s], "id": 9}' % body))
    assert answer['error']['code'] == -32700
    assert odd.taken is None


def test_V7_depth_of_requests(env, odd):
    for start, end in (('[', ']'), ('{"a": ', '}')):
        for depth, ok in ((99, True), (101, False), (900, False)):
            odd.taken = None
            body = '{"method": "odd.take", "params": [%s1%s], "id": 9}' % (
                start * depth, end * depth)
            answer = json.loads(post(env, body.encode('ascii')))
            assert (answer['error'] is None) is ok
            assert (odd.taken is not None) is ok
            assert answer['id'] == 9


def test_V2_what_was_read_over_one_protocol_is_no_change_over_the_other(env):
    from tracrpc.tests.support import RPC, Fault
    xml, json_ = RPC(env, 'xml').admin, RPC(env, 'json').admin
    json_.wiki.putPage('LineEnds', 'a\nb\rc\r\nd\n', {})
    for read, write in ((xml, json_), (json_, xml), (xml, xml)):
        with pytest.raises(Fault, match='Page not modified'):
            write.wiki.putPage('LineEnds', read.wiki.getPage('LineEnds'), {})
    assert json_.wiki.getPage('LineEnds') == 'a\r\nb\r\nc\r\nd\r\n'


# Values out

@pytest.mark.parametrize('result, value', [
    (None, 0), ([None], [None]), ({'a': None}, {'a': None}),
    ('\u00e6\x00\ud800', '\u00e6\x00\ud800'), (Markup('<b>'), '<b>'),
    (tag.b('x'), '<b>x</b>'), ([empty, tag('x')], ['', 'x']),
    (b'abc', [97, 98, 99]), ({1}, [1]), (iter('ab'), ['a', 'b']),
    ([(x for x in 'ab')], [['a', 'b']]), (1 << 40, 1 << 40),
    ({1: 'a', None: 'b'}, {'1': 'a', 'None': 'b'}), (Decimal('1.5'), 1.5),
    (dt.datetime(2020, 1, 2, 3, 4, 5),
     hint('datetime', '2020-01-02T03:04:05')),
    (dt.datetime(2020, 1, 2, 3, 4, 5, 6),
     hint('datetime', '2020-01-02T03:04:05.000006')),
    ([dt.datetime(99, 1, 2, tzinfo=utc)],
     [hint('datetime', '0099-01-02T00:00:00')]),
    (dt.date(2020, 1, 2), hint('datetime', '2020-01-02T00:00:00')),
    ([b'a'], [hint('binary', 'YQ==')]),
    (Binary(b'\x00\xff' * 40), hint('binary', 'AP8A/wD/' * 13 + 'AP8='))])
def test_results(env, odd, result, value):
    odd.result = result
    assert call(env, 'odd.give') == {'result': value, 'error': None, 'id': 9}


def test_not_numbers(env, odd):
    odd.result = [float('nan'), float('inf')]
    assert '[NaN, Infinity]' in post(env, {'method': 'odd.give'})


@pytest.mark.parametrize('result', [
    1 << 63, [-1 << 64], dt.timedelta(1), object(), {(1, 2): 3},
    {'a': {'b': len}}])
def test_V5_what_cannot_be_sent_is_a_fault(env, odd, result):
    odd.result = result
    answer = call(env, 'odd.give')
    assert answer['error']['code'] == -32603 and answer['id'] == 9


def test_V7_depth_of_answers(env, odd):
    for depth, ok in ((100, True), (101, False), (5000, False)):
        odd.result = 'x'
        for _ in range(depth):
            odd.result = [odd.result]
        assert (call(env, 'odd.give')['error'] is None) is ok


# Errors

class Named(Exception):
    name = 'Special'
    code = 7


class Unprintable(Exception):
    def __str__(self):
        raise ValueError('no')


@pytest.mark.parametrize('exc, code, text, name', [
    (TracError('bad'), -32603, 'bad', 'JSONRPCError'),
    (TracError(tag.b('c')), -32603, '<b>c</b>', 'JSONRPCError'),
    (ValueError('bad'), -32603, 'bad', 'JSONRPCError'),
    (Named('bad'), -32603, 'bad', 'JSONRPCError'),
    (ProtocolException('bad'), -32603, 'bad', 'JSONRPCError'),
    (ServiceException('bad'), -32603, 'bad', 'JSONRPCError'),
    (PermissionError('WIKI_VIEW'), 403, "WIKI_VIEW privileges are required "
     "to perform this operation. You don't have the required permissions.",
     'JSONRPCError'),
    (ResourceNotFound('gone'), 404, 'gone', 'JSONRPCError'),
    (Unprintable(), -32603, 'Unprintable (without a readable text)',
     'JSONRPCError')])
def test_errors(env, odd, exc, code, text, name):
    odd.result = exc
    assert call(env, 'odd.give') == error(code, text, 9, name)


# Multicall

def multicall(env, *calls):
    answer = call(env, 'system.multicall', *calls)
    assert answer['error'] is None and answer['id'] == 9
    return answer['result']


def entry(name, *params, **others):
    return dict({'method': name, 'params': list(params)}, **others)


@pytest.mark.parametrize('exc, code, text, name', [
    (TracError('bad'), -32603, 'bad', 'JSONRPCError'),
    (Named('bad'), 7, 'bad', 'Special'),
    (KeyError('k'), -32603, "'k'", 'JSONRPCError'),
    (PermissionError(msg='no'), 403, 'no', 'JSONRPCError'),
    (ResourceNotFound('gone'), 404, 'gone', 'JSONRPCError'),
    (dt.timedelta(1), -32603, 'Values of type timedelta cannot be sent',
     'JSONRPCError')])
def test_M1_errors(env, odd, exc, code, text, name):
    odd.result = exc
    version = entry('system.getAPIVersion', id='v')
    result = {'result': [1, 3, 0], 'error': None, 'id': 'v'}
    assert multicall(env, version, entry('odd.give', id=5), version) == \
        [result, error(code, text, 5, name), result]


def test_M3_ids(env):
    for id_ in (0, '', False, 'x', [], {}):
        assert multicall(env, entry('system.getAPIVersion', id=id_)) == \
            [{'result': [1, 3, 0], 'error': None, 'id': id_}]
    assert multicall(env, entry('no.no')) == \
        [error(-32601, 'RPC method "no.no" not found', 9)]


@pytest.mark.parametrize('bad', [
    'x', 5, [], {}, {'method': 'odd.give'}, {'params': []}, None,
    {'method': 'odd.give', 'params': None},
    {'method': 'odd.give', 'params': 'ab'}, {'method': 5, 'params': []},
    {'method': 'system.multicall', 'params': []}])
def test_M3_malformed_elements_are_errors(env, odd, bad):
    odd.result = 'x'
    first, second = multicall(env, bad, entry('odd.give', id=2))
    assert first['error']['code'] == -32603
    assert 'Call 1 of the multicall' in first['error']['message']
    assert second == {'result': 'x', 'error': None, 'id': 2}
    assert odd.calls == 1


def test_M3_hint_in_one_element(env, odd):
    first, second = multicall(env, entry('odd.take', hint('foo', 'x'), id=1),
                              entry('odd.give', id=2))
    assert first == error(-32700, 'No JSON object could be decoded (Unknown '
                                  '__jsonclass__: foo)', 1)
    assert second['error'] is None


def test_multicall_without_calls(env):
    assert multicall(env) == []
    assert json.loads(post(env, {'method': 'system.multicall',
                                 'params': None}))['result'] == []
    assert json.loads(post(env, {'method': 'system.multicall',
                                 'params': {'a': 1}}))['error']


# Names that others import

def test_encoder_and_decoder():
    value = {'a': [dt.datetime(2009, 1, 2, 3, 4, 5, 6, tzinfo=utc), 'x\r\n'],
             'b': 1}
    text = json.dumps(dict(value, m=Markup('<b>'), e=tag.i(), f=empty),
                      cls=TracRpcJSONEncoder)
    assert json.loads(text)['a'][0] == \
        hint('datetime', '2009-01-02T03:04:05.000006')
    assert json.loads(text, cls=TracRpcJSONDecoder) == \
        dict(value, m='<b>', e='<i></i>', f='')
    assert json.loads(json.dumps(Binary(b'x'), cls=TracRpcJSONEncoder),
                      cls=TracRpcJSONDecoder).data == b'x'
    assert json.dumps([Binary(b'x')], cls=TracRpcJSONEncoder, indent=1)
    assert TracRpcJSONDecoder._parse_datetime('2009-01-02') == \
        dt.datetime(2009, 1, 2, tzinfo=utc)
