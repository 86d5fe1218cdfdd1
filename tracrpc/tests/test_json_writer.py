# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""JSON's text is written as by Python's own writer (rules V5 and V7), with
orjson and without."""

import datetime as dt
import json
import uuid
from collections import OrderedDict, namedtuple
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, IntEnum
from unittest import mock

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from trac.util.datefmt import utc
from trac.util.html import Markup, tag
from trac.util.text import empty

from tracrpc import json_fast, json_writer
from tracrpc.api import Binary
from tracrpc.binary import Base64
from tracrpc.faults import SendError
from tracrpc.values import MAX_DEPTH, check_int, member_name, \
    simplified, to_utc, too_deep


@pytest.fixture(params=['json', 'orjson'], scope='module', autouse=True)
def library(request):
    """What the text is written by."""
    if request.param == 'json':
        with mock.patch.object(json_fast, 'orjson', None):
            yield request.param
    elif json_fast.orjson is None:
        pytest.skip('orjson is not installed')
    else:
        with mock.patch.object(json_fast, '_FEWEST', 1):
            yield request.param


def same_text(text, expected):
    """Whether clients cannot tell two texts from each other."""
    return text.isascii() and \
        json.dumps(json.loads(text)) == json.dumps(json.loads(expected))


def plain(value, depth=0):
    """What Python's own writer can write, for a value as methods return it:
    the rules, without regard to speed."""
    if type(value) in (str, bool, float, type(None)):
        return value
    if type(value) is int:
        return check_int(value)
    if type(value) in (list, tuple, dict):
        if depth >= MAX_DEPTH:
            raise too_deep()
        if type(value) is dict:
            value = {member_name(name): item for name, item in value.items()}
            return {name: plain(item, depth + 1)
                    for name, item in value.items()}
        return [plain(item, depth + 1) for item in value]
    if type(value) is dt.datetime:
        text = to_utc(value).replace(tzinfo=None).isoformat()
        return {'__jsonclass__': ['datetime', text]}
    if type(value) is Binary:
        return {'__jsonclass__': ['binary', b''.join(value.base64())
                                  .decode('ascii')]}
    return plain(simplified(value), depth)


def outcome(function, *args):
    """What a function returns, or the text of its fault."""
    try:
        return function(*args)
    except SendError as e:
        return 'fault: %s' % e


def written(value):
    return b''.join(piece for part in json_writer.pieces(value) for piece in
                    ([part] if type(part) is bytes else part)).decode('ascii')


class Number(IntEnum):
    ONE = 1


class Color(Enum):
    RED = 1


@dataclass
class Point:
    x: int = 1


class Names(dict):
    """A struct of another type."""


Pair = namedtuple('Pair', 'a b')

_zones = st.sampled_from([None, utc, dt.timezone.utc,
                          dt.timezone(dt.timedelta(hours=5, minutes=30)),
                          dt.timezone(dt.timedelta(hours=-12))])
_texts = st.text(max_size=8) | st.sampled_from(
    ['', 'Gr\u00f6\u00dfe', '\ud800', '\U0001f600', '"\\/\r\n\x00\x7f', '%s',
     '__jsonclass__', '</script>'])
_names = _texts | st.sampled_from([1, 1.0, True, None, Markup('<b>'), 1.5,
                                   Decimal('1.5'), (1, 2), 'a', '1', '%'])
_integers = st.integers() | st.integers(-1 << 66, 1 << 66) | \
    st.sampled_from([(1 << 63) - 1, 1 << 63, -1 << 63, (-1 << 63) - 1])
_leaves = st.one_of(
    _texts, _integers, st.booleans(), st.none(),
    st.floats(), st.datetimes(timezones=_zones), st.dates(),
    st.binary(max_size=8).map(Binary), st.binary(max_size=3),
    st.sampled_from([Markup('<b>'), tag.b('x'), empty, Decimal('1.5'),
                     Number.ONE, Color.RED, Point(), Pair('x', 1),
                     frozenset('a'), range(3), uuid.UUID(int=1),
                     dt.timedelta(1), dt.time(1), object]))
_values = st.recursive(_leaves, lambda items: st.one_of(
    st.lists(items, max_size=5), st.lists(items, max_size=3).map(tuple),
    st.lists(_integers, max_size=4), st.dictionaries(_names, items),
    st.dictionaries(_texts, items).map(OrderedDict),
    st.dictionaries(st.sampled_from('abc'), items).map(Names)))


@given(_values)
@example([1 << 63, -1 << 70])
@example([(1 << 63) - 1, -1 << 63])
@example([1 << 63])
@example({1: 'a', '1': 'b', True: 'c'})
@example({'%s %': '%s', '': {}})
@example(['Gr\u00f6\u00dfe', '\U0001f600', '\x7f'])
@example(['\ud800', '\U0001f600'])
@example([float('nan'), 1e16, -0.0])
@example([dt.datetime(1, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=1)))])
def test_any_value_is_written_as_by_python(library, value):
    expected = outcome(lambda: json.dumps(plain(value)))
    found = outcome(written, value)
    if library == 'json' or expected.startswith('fault'):
        assert found == expected
    else:
        assert same_text(found, expected)


_columns = st.sampled_from([
    _texts, _integers, st.integers(0, 9), st.datetimes(timezones=_zones),
    st.datetimes(), st.none() | _texts, st.binary(max_size=8).map(Binary),
    _leaves, st.tuples(_texts, st.integers(0, 9)),
    st.tuples(_texts, _leaves).map(list),
    st.fixed_dictionaries({'%s': st.datetimes(), 'b': st.integers(0, 9)}),
    st.just({}), st.just([]), st.lists(_texts, max_size=1)])
_row_kinds = st.sampled_from([
    list, tuple, lambda row: dict(zip('abcd', row)),
    lambda row: dict(zip(['%', '"', '\ud800', ''], row)),
    lambda row: dict(enumerate(row)),
    lambda row: row[0], lambda row: [dict(zip('ab', row))]])
_tables = st.tuples(_row_kinds, st.lists(_columns, min_size=1, max_size=4)) \
    .flatmap(lambda table: st.lists(st.tuples(*table[1]).map(table[0]),
                                    min_size=8, max_size=12))


@given(_tables)
@example([[dt.datetime(2020, 1, day), {'a': dt.datetime(2020, 1, day)}]
          for day in range(1, 10)])
@example([[dt.datetime(2020, 1, 1), dt.datetime(2020, 1, day)]
          for day in range(1, 10)])
@example([{1: 'a'}] * 8 + [{True: 'b'}])
@example([True] * 8 + [1])
@example([['plain', 'x']] * 8 + [['"', '\x7f']])
@example([['\n', '\\', 'é']] * 8 + [['plain', 'x', 'y']])
@example([{'%': None, 'b': {'%s': None}}] * 9)
def test_tables_are_written_as_by_python(library, value):
    """What is written member by member comes to the same."""
    expected = outcome(lambda: json.dumps(plain(value)))
    found = outcome(written, value)
    if expected.startswith('fault'):
        assert found.startswith('fault')
    elif library == 'json':
        assert found == expected
    else:
        assert same_text(found, expected)


@given(_tables, st.lists(st.just(ValueError('x')) | _leaves))
def test_results_are_written_as_each_alone(library, values, others):
    def text(parts):
        return b''.join(part if type(part) is bytes else b''.join(part)
                        for part in parts).decode('ascii')
    results = [other if isinstance(other, Exception) else (other,)
               for other in others]
    results += [(value,) for value in values]
    found = json_writer.pieces_of_each(results, strict=True)
    assert len(found) == len(results)
    for result, parts in zip(results, found):
        if isinstance(result, Exception):
            assert parts is result
        else:
            expected = outcome(json_writer.pieces, *result, True)
            if isinstance(parts, Exception):
                assert expected == 'fault: %s' % parts
            else:
                assert same_text(text(parts), text(expected))


def test_dates_made_while_writing_are_not_mistaken_for_each_other():
    def dates():
        for day in range(1, 29):
            yield dt.datetime(2020, 1, day)
    found = json.loads(written([{'a': date} for date in dates()] +
                               [dates(), map(dt.date.today().replace,
                                             range(2000, 2020))]))
    texts = [item['a']['__jsonclass__'][1] for item in found[:28]]
    assert texts == ['2020-01-%02dT00:00:00' % day for day in range(1, 29)]
    assert [item['__jsonclass__'][1] for item in found[28]] == texts
    assert len({str(item) for item in found[29]}) == 20


def test_large_answers_are_few_pieces():
    parts = json_writer.joined([b'x' * 100] * 30000)
    assert 3000000 / 65536 - 1 < len(parts) < 3000000 / 65536 + 1
    assert b''.join(parts) == b'x' * 3000000
    assert json_writer.joined([b'[', b'"\\u00e6"', b']']) == '["\\u00e6"]'


def test_not_everything_is_remembered():
    for number in range(2000):
        value = {'name %d' % number: dt.datetime(2020, 1, 2, 3, 4, 5, number)}
        assert same_text(written(value), json.dumps(plain(value)))
    many = dict.fromkeys(map(str, range(5000)), 'x')
    assert json.loads(written(many)) == many
    assert len(json_writer._shapes) <= 500
    assert tuple(many) not in json_writer._shapes


@pytest.mark.parametrize('wrap', [lambda value: [value],
                                  lambda value: {'a': value},
                                  lambda value: (value,),
                                  lambda value: Names(a=value),
                                  lambda value: iter([value])])
def test_V7_depth(wrap):
    for depth, ok in ((MAX_DEPTH, True), (MAX_DEPTH + 1, False),
                      (5000, False)):
        value = 'x'
        for _ in range(depth):
            value = wrap(value)
        if ok:
            assert written(value)
        else:
            with pytest.raises(SendError, match='nests deeper'):
                json_writer.pieces(value)


def test_V7_depth_of_tables():
    value = [[1, {'a': 'x'}] for _ in range(30)]
    for _ in range(MAX_DEPTH - 3):
        value = [value]
    assert written(value)
    with pytest.raises(SendError, match='nests deeper'):
        json_writer.pieces([value])


def test_what_holds_itself_is_too_deep():
    value = []
    value.append({'a': value})
    with pytest.raises(SendError, match='nests deeper'):
        json_writer.pieces(value)


def test_files_are_pieces_of_their_own(tmp_path):
    with open(str(tmp_path / 'x'), 'w+b') as f:
        f.write(b'content')
        binary = Binary(file=f, size=7)
        parts = json_writer.pieces({'a': [binary, 'x', Binary(b'')]})
        assert [type(part) for part in parts] == \
            [bytes, Base64, bytes, Base64, bytes]
        assert json_writer.joined([b'[', *parts, b']', b'']) == \
            [b'[' + parts[0], *parts[1:-1], parts[-1] + b']']
        assert b''.join(part if type(part) is bytes else b''.join(part)
                        for part in parts) == \
            b'{"a": [{"__jsonclass__": ["binary", "Y29udGVudA=="]}, "x", ' \
            b'{"__jsonclass__": ["binary", ""]}]}'


def test_orjson_writes_what_is_usual(library):
    usual = [1, {'summary': 'Gr\u00f6\u00dfe', 'comment': None,
                 'a': [True, (), {}]}]
    if library == 'json':
        assert json_fast.written(usual) is None
    else:
        assert json_fast.written(usual) == json_writer.pieces(usual)[0]
        assert b'"a":[true,[],{}]' in json_writer.pieces(usual)[0]
    for item in (1.5, 1 << 63, '\ud800', Markup('x'), {1: 2}, Binary(b''),
                 Color.RED, uuid.UUID(int=1), Point(), Names(), Number.ONE,
                 dt.datetime(2020, 1, 2)):
        assert json_fast.written([item]) is None


def test_small_answers_look_alike(library):
    for few in ([1, 3, 0], {'a': [1, {'b': 2}]}, list('abcdefghijklmnopqr')):
        with mock.patch.object(json_fast, '_FEWEST', 20):
            assert json_writer.pieces(few) == [json.dumps(few).encode('ascii')]
