# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""JSON's text is read as by Python's own reader (rules V6 and V7), large
binaries without being held in memory."""

import base64
import io
import json
import re
from datetime import datetime
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trac.util.datefmt import utc

from tracrpc import json_reader, json_spool
from tracrpc.api import Binary
from tracrpc.faults import ParseError
from tracrpc.tests.support import request
from tracrpc.values import parse_datetime


@pytest.mark.parametrize('text, value', [
    ('-' + '9' * 399, -int('9' * 399)), ('9' * 400, int('9' * 400)),
    ('-' + '9' * 400, 'invalid int: -999'), ('9' * 401, 'invalid int: 999'),
    ('[%s]' % ('9' * 5000), 'invalid int: 999'),
    ('["%s", 1]' % ('9' * 500), ['9' * 500, 1]), ('-0', 0), ('[]', []),
    ('{"a": 1, "a": 2}', {'a': 2}), ('1E2', 100.0), ('-1e-999', 0.0),
    ('1e400', 'the number 1e400 is out of range'),
    ('[NaN]', 'NaN is not allowed'), ('01', 'Extra data'), ('', 'Expecting')])
def test_limits_of_what_is_read(text, value):
    for encoding in ('utf-8', 'utf-8-sig', 'utf-16', 'utf-32-be'):
        stream = io.BytesIO(text.encode(encoding))
        if text and isinstance(value, str):
            with pytest.raises(ParseError, match=re.escape(value)):
                json_reader.load(stream)
        elif text:
            found = json_reader.load(stream)
            assert found == value and type(found) is type(value)


def read(data, keep=None):
    """The value that a text holds, or the text of the fault."""
    try:
        return repr(comparable(json_reader.resolved(
            json_reader.load(io.BytesIO(data), keep))))
    except (ParseError, ValueError) as e:
        return 'fault: %s' % e


def comparable(value):
    if isinstance(value, list):
        return [comparable(item) for item in value]
    if isinstance(value, dict):
        return {name: comparable(item) for name, item in value.items()}
    return ('binary', value.data) if isinstance(value, Binary) else value


def read_from_pieces(data, size):
    """The same if base64 that takes a piece of that size goes to a file."""
    opened = []
    with mock.patch.object(json_spool, '_PIECE', size), \
            mock.patch.object(json_reader, '_LARGE', 0):
        try:
            return read(data, opened.append)
        finally:
            for fileobj in opened:
                fileobj.close()


def _joined(*parts):
    return st.tuples(*parts).map(''.join)


def _mostly(usual, *others):
    return st.sampled_from([usual] * 20 + list(others))


_blanks = _mostly('', ' ', '\n\t\r', '\f')
_base64 = st.binary(min_size=9, max_size=60).map(
    lambda data: base64.b64encode(data).decode('ascii'))
_literals = _joined(_base64, _mostly(
    '', '\\/\\/\\/\\/', '\\u002b\\u0041AA', '\\n', '\\r\\n', ' ', '=', '==',
    '====', '\\\\', '\\"', '\\x', '\\u00e6', '\u00e6', '\\u00a0', '\n', '_',
    'A', 'AA', 'AAA'), _base64 | st.just(''), _mostly('', '=', '\\n', '=\\n='))
_hints = _joined(
    st.just('{'), _blanks, _mostly('"__jsonclass__"', '"__jsonclass"', '1'),
    _blanks, _mostly(':', ''), _blanks, _mostly('[', '', '['), _blanks,
    _mostly('"binary"', '"datetime"', '"x"'), _blanks, _mostly(',', ''),
    _blanks, st.just('"'), _literals, _mostly('"', ''), _blanks,
    _mostly(']', ', "x"]', '', '}'), _blanks, _mostly('}', ', "b": 1}', ''))
_json_texts = st.one_of(
    _hints, _joined(st.just('['), _hints, st.just(', "x", '), _hints,
                    _mostly(']', '')),
    _joined(st.just('{"a": '), _hints, st.just(', "b": {"c": '), _hints,
            st.just('}}')),
    _joined(st.just('[["'), _literals, st.just('"], '), _hints, st.just(']')),
    _joined(st.just('[0.5, 1'), st.just('0' * 30), st.just(', '), _hints,
            _mostly(']', ', NaN]', ', 1e999]')),
    _hints.map(json.dumps), st.text(max_size=50).map(json.dumps))


@given(_json_texts, st.integers(1, 12), _mostly('utf-8', 'utf-16', 'latin-1'))
@settings(max_examples=400)
def test_large_binaries_are_read_as_small_ones(text, size, encoding):
    data = text.encode(encoding)
    assert read_from_pieces(data, size) == read(data)


@pytest.mark.parametrize('literal', [
    '', '=', '==', '===', '====', '====AAAA', '=\\n=', 'A', 'AA', 'AAA',
    'AAA=', 'AA==', 'AA==AAAA', 'AA=', '\\/\\/\\/\\/', '\\u002b\\u002FAA',
    '\\n', ' ', '\n', '\t', '\\u000a', '\\u00a0', '\\\\', '\\', '\\"', '\\x',
    '\\u00', '\\u004g', '_', '\u00e6', '\xa0', '\x7f', '\\ud800'])
def test_the_ends_of_large_binaries(literal):
    for kind, end in (('binary', '"]}'), ('binary', ' " ] } '),
                      ('binary', '"\f]}'), ('binary', '", "x"]}'),
                      ('binary', '"], "b": 1}'), ('binary', '"]'),
                      ('binary', '"'), ('binary', ''), ('binaries', '"]}'),
                      ('datetime', '"]}')):
        data = ('{"__jsonclass__": ["%s", "%s%s%s' % (
            kind, 'Ab+/' * 12, literal, end)).encode('utf-8')
        for size in range(1, 10):
            assert read_from_pieces(data, size) == read(data)


@pytest.mark.parametrize('layout', [
    '{"__jsonclass__": ["binary", "%s"]}', '{"__jsonclass__":["binary","%s"]}',
    ' {\n"__jsonclass__" :\t[\r\n "binary" ,\n"%s"\n]\n}\n',
    '[1.5, {"__jsonclass__": ["binary", "%s"]}, "\u00e6"]'])
@pytest.mark.parametrize('escape', [
    lambda text: text, lambda text: text.replace('/', '\\/'),
    lambda text: re.sub('(.{76})', r'\1\\r\\n', text) + '\\n',
    lambda text: ''.join('\\u%04x' % ord(c) for c in text),
    lambda text: ' '.join(text)])
def test_large_binaries_go_to_files(layout, escape):
    content = bytes(range(256)) * 400
    text = escape(base64.b64encode(content).decode('ascii'))
    data = b' ' * (1 << 20) + (layout % text).encode('utf-8')
    opened = []
    value = json_reader.resolved(json_reader.load(io.BytesIO(data),
                                                  opened.append))
    binary = value[1] if isinstance(value, list) else value
    assert len(opened) == 1
    assert binary.size == len(content) and 'data' not in vars(binary)
    assert binary.data == content
    opened[0].close()


def test_large_texts_are_no_binaries():
    text = 'A' * (1 << 21)
    for value in ([text], {'a': text}, {'__jsonclass__': ['x', text], 'b': 0},
                  '{"__jsonclass__": ["binary", "' + text):
        assert json_reader.load(io.BytesIO(json.dumps(value).encode('ascii')),
                              pytest.fail) == value


def test_a_large_binary_that_is_an_id_is_echoed(env):
    hint = {'__jsonclass__': ['binary', base64.b64encode(
        bytes(1 << 20)).decode('ascii')]}
    body = json.dumps({'method': 'system.getAPIVersion', 'id': [hint]})
    answer = request(env, body=body.encode('ascii'),
                     content_type='application/json')
    assert answer.status == 200 and json.loads(answer.body)['id'] == [hint]


@pytest.mark.parametrize('text', [
    '2020-01-01T00:00:00%sx', '2020-01-01%sx', '%sx', '2020-01-01T00:00%s',
    '2020-01-01T00:00:00%sZ', '%s2020-01-01T00:00:00%s'])
def test_dates_with_many_blanks_take_no_time(text):
    """Tried in every combination, they would take hours."""
    blanks = ' ' * 1000000
    text = text.replace('%s', blanks)
    date = datetime(2020, 1, 1, tzinfo=utc)
    if text.replace(blanks, '') in ('2020-01-01T00:00:00Z',
                                    '2020-01-01T00:00:00'):
        assert parse_datetime(text) == date
    else:
        with pytest.raises(ValueError, match='Invalid datetime string'):
            parse_datetime(text)
