# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""JSON: values to bytes, with hints for dates and binaries."""

import json
import math
import secrets
from collections import deque
from contextlib import suppress
from datetime import date, datetime
from functools import lru_cache
from itertools import chain, repeat
from typing import Dict, Tuple

from trac.util.datefmt import utc

from tracrpc import json_fast
from tracrpc.binary import Binary
from tracrpc.faults import SendError
from tracrpc.values import MAX_DEPTH, MAX_INT, check_int, member_name, \
    simplified, time_text, to_utc, too_deep


def pieces(value, strict=False):
    """A value as a list of bytes and, for the files that it holds, `Base64`.

    Raises an exception before anything is lost if it cannot be written.
    Floats that are no numbers can, unless it is to be strict.
    """
    if type(value) is list or type(value) is dict:
        data = json_fast.written(value)
        if data is not None:
            return [data]
    writer = _Writer(strict)
    return writer.pieces(writer.text(value))


def pieces_of_each(results, strict=False):
    """The pieces of each result of a multicall, which is the only element of
    a tuple or an exception, or the exception why it cannot be written."""
    values = [result[0] for result in results if type(result) is tuple]
    written = _written_together(values, strict)
    if written is None:
        written = [_attempt(pieces, value, strict) for value in values]
    remaining = iter(written)
    return [next(remaining) if type(result) is tuple else result
            for result in results]


def _written_together(values, strict):
    """The pieces of each value; `None` if one cannot be written."""
    writer = _Writer(strict)
    with suppress(Exception):
        return list(map(writer.pieces, writer.texts(values)))
    return None


def _attempt(function, *args):
    try:
        return function(*args)
    except Exception as e:
        return e


def enclosed(start, parts, end):
    """The pieces of a value between two texts."""
    if len(parts) == 1:
        return [b''.join((start, parts[0], end))]
    return [start, *parts, end]


def joined(parts):
    """The text that the pieces of an answer make; fewer pieces, if they are
    large or files are among them."""
    if all(type(part) is bytes for part in parts) and \
            sum(map(len, parts)) < _LARGE:
        return b''.join(parts).decode('ascii')
    return list(_gathered(parts))


def _gathered(parts):
    """Pieces of which those that are not files have a handy size."""
    texts = bytearray()
    for part in parts:
        is_text = type(part) is bytes
        if is_text:
            texts += part
        if texts and (len(texts) >= _PIECE or not is_text):
            yield bytes(texts)
            texts.clear()
        if not is_text:
            yield part
    if texts:
        yield bytes(texts)


_PIECE = 1 << 16

# The size from which answers are sent in pieces.
_LARGE = 1 << 20


def echo(value):
    """The text of a value as it was loaded; null for one that is too deep to
    be written."""
    if type(value) is int:
        return b'%d' % value
    try:
        return json.dumps(value, default=_base64_text).encode('ascii')
    except RecursionError:
        return b'null'


def _base64_text(binary):
    return b''.join(binary.base64()).decode('ascii')


class TracRpcJSONEncoder(json.JSONEncoder):
    """Encodes dates, binaries and Trac's texts:
    `json.dumps(value, cls=TracRpcJSONEncoder)`."""

    def iterencode(self, o, _one_shot=False):
        return super().iterencode(_plain(o), _one_shot)

    def encode(self, o):
        return super().encode(_plain(o))


def _plain(value):
    """A value as JSON knows it, with hints for dates and binaries."""
    return json.loads(b''.join(chain.from_iterable(
        [part] if type(part) is bytes else part for part in pieces(value))))


class _Writer:
    """Writes a value as `json.dumps` does, but that it knows more types,
    keeps files out of memory and takes half the time."""

    def __init__(self, strict):
        self.strict = strict
        self.files = []
        self.mark = None  # stands for a file in the text
        self._dates = deque(maxlen=4)  # pairs of several dates and their texts

    def text(self, value, depth=0):
        """The text of a value that is inside of `depth` arrays and
        structs."""
        write = self._writers.get(type(value))
        if write is None:
            return self.text(simplified(value), depth)
        return write(self, value, depth)

    def texts(self, values, depth=0):
        """The texts of values, one after the other. To write those of one
        kind, member by member, takes half the time."""
        template, columns = self._column(values, depth)
        if template == '%s':
            return columns[0]
        if not columns:
            return repeat(template % (), len(values))
        return map(template.__mod__, zip(*columns))

    def pieces(self, text):
        """The pieces that a text consists of, once it is written."""
        if not self.files:
            return [text.encode('ascii')]
        first, *others = text.split(self.mark)
        parts = [first.encode('ascii')]
        for other in others:
            parts += [self.files.pop(0), other.encode('ascii')]
        return parts

    # Internal methods

    def _column(self, values, depth):
        """What the texts of values have in common, as a template, and what
        is to be put in its places, a list for each."""
        kinds = set(map(type, values))
        kind = kinds.pop() if len(kinds) == 1 else None
        if kind is str:
            return ('"%s"', [values]) \
                if _are_plain(values[:1]) and _are_plain(values) else \
                ('%s', [map(_quoted, values)])
        if kind is datetime:
            return _DATE, [self._date_texts(values)]
        if kind is int and _are_ints(values):
            return '%d', [values]
        if kind is type(None):
            return 'null', []
        return self._table(kind, values, depth) or \
            ('%s', [map(self.text, values, repeat(depth))])

    def _table(self, kind, values, depth):
        """As `_column`, for structs with the same names and for arrays of the
        same length; `None` for all others."""
        labels = _common_labels(kind, values)
        if not labels or depth >= MAX_DEPTH:
            return None
        templates, columns = [], []
        for label, members in zip(labels, zip(*(
                map(dict.values, values) if kind is dict else values))):
            template, places = self._column(members, depth + 1)
            templates.append(label + template)
            columns += places
        start, end = '{}' if kind is dict else '[]'
        return start + ', '.join(templates) + end, columns

    def _date_texts(self, dates):
        for known, texts in self._dates:
            if known == dates:  # tickets have theirs in two places
                return texts
        texts = list(map(_iso_text, dates))
        self._dates.append((dates, texts))
        return texts

    def _texts(self, items, depth):
        text = self.text
        return [_quoted(item) if type(item) is str else  # as most are
                _date_text(item) if type(item) is datetime else
                text(item, depth) for item in items]

    def _str_text(self, value, depth):
        return _quoted(value)

    def _datetime_text(self, value, depth):
        return _date_text(value)

    def _none_text(self, value, depth):
        return 'null'

    def _bool_text(self, value, depth):
        return 'true' if value else 'false'

    def _int_text(self, value, depth):
        return '%d' % check_int(value)

    def _float_text(self, value, depth):
        if math.isfinite(value):
            return repr(value)
        if self.strict:
            raise SendError("%r cannot be sent, JSON has no such number"
                            % value)
        return json.dumps(value)

    def _binary_text(self, value, depth):
        if self.mark is None:
            # in no text of a client or the database
            self.mark = secrets.token_hex(16)
        self.files.append(value.base64())
        return '{"__jsonclass__": ["binary", "%s"]}' % self.mark

    def _array_text(self, value, depth):
        if depth >= MAX_DEPTH:
            raise too_deep()
        if value and type(value[-1]) is int and _are_ints(value):
            return str(list(value))
        texts = self._texts if len(value) < _FEW else self.texts
        return '[%s]' % ', '.join(texts(value, depth + 1))

    def _struct_text(self, value, depth):
        if depth >= MAX_DEPTH:
            raise too_deep()
        names = tuple(value)
        shape = _shapes.get(names) or self._shape(names)
        if shape is None:
            return self._struct_text({member_name(name): item for
                                      name, item in value.items()}, depth)
        return shape % tuple(self._texts(value.values(), depth + 1))

    def _shape(self, names):
        """The template of structs with these names; `None` if they are not
        all texts."""
        if set(map(type, names)) - _STR:
            return None
        shape = '{%s}' % ', '.join([_label(name) + '%s' for name in names])
        if len(shape) < 5000:
            if len(_shapes) >= _MOST_SHAPES:
                _shapes.clear()
            _shapes[names] = shape
        return shape

    _writers = {type(None): _none_text, str: _str_text, bool: _bool_text,
                int: _int_text, float: _float_text, datetime: _datetime_text,
                Binary: _binary_text, list: _array_text, tuple: _array_text,
                dict: _struct_text}


_quoted = json.encoder.encode_basestring_ascii

_INT, _STR = frozenset([int]), frozenset([str])

#: Arrays with fewer values are written value by value.
_FEW = 8

#: The templates of structs, by their names: results have a few kinds.
_shapes: Dict[Tuple[str, ...], str] = {}

#: How many templates are kept.
_MOST_SHAPES = 500


def _are_ints(values):
    """Whether they are nothing but integers that protocols carry."""
    return set(map(type, values)) == _INT and \
        min(values) >= -MAX_INT and max(values) < MAX_INT


def _are_plain(texts):
    """Whether texts need nothing but quotes around them."""
    joined = ''.join(texts)
    return joined.isascii() and \
        not joined.encode('ascii').translate(None, _PLAIN)


_PLAIN = bytes(byte for byte in range(0x20, 0x7f) if byte not in b'"\\')


def _common_labels(kind, values):
    """What goes before the members of structs with the same names, or of
    arrays of the same length; nothing if they are not."""
    if kind is dict:
        names = set(map(tuple, values))
        common = names.pop() if len(names) == 1 else ()
        return [] if set(map(type, common)) - _STR else \
            list(map(_label, common))
    sizes = set(map(len, values)) if kind is list or kind is tuple else ()
    return [''] * sizes.pop() if len(sizes) == 1 else []


def _label(name):
    return _quoted(name).replace('%', '%%') + ': '


def _date_text(value):
    return _DATE % _iso_text(value)


_DATE = '{"__jsonclass__": ["datetime", "%s"]}'


def _iso_text(value):
    if value.tzinfo is not utc:
        value = to_utc(value)
    # half the work of isoformat(), which asks the zone for its offset, too
    text = _day_text(value.toordinal()) + time_text(value)
    if not value.microsecond:
        return text
    milliseconds, microseconds = divmod(value.microsecond, 1000)
    return f'{text}.{_DIGITS[milliseconds]}{_DIGITS[microseconds]}'


_DIGITS = ['%03d' % number for number in range(1000)]


@lru_cache(maxsize=5000)
def _day_text(ordinal):
    return '%sT' % date.fromordinal(ordinal)
