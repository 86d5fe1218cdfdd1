# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""JSON written by `orjson`, if it is installed.

Only values that it writes as `json_writer` does, but for blanks: what else
there is (other types, subclasses, fractions, integers beyond 64 bits, names
that are no texts, deep nesting) is left to `json_writer`, with all its faults,
and so are dates, which take it less time.
"""

import codecs
from contextlib import suppress
from importlib import import_module
from json.encoder import encode_basestring_ascii
from typing import Any

from tracrpc.values import MAX_DEPTH, MAX_INT

orjson: Any = None
with suppress(ImportError):
    orjson = import_module('orjson')


def written(value):
    """The text of a value as ASCII; `None` if it is not written here."""
    if orjson is None or _count(value, 0) < _FEWEST:
        return None
    try:
        data = orjson.dumps(value)
    except TypeError:  # surrogates
        return None
    if data.isascii():
        # a copy, because orjson's holds several times the memory it needs
        return bytes(memoryview(data))
    return data.decode('utf-8').encode('ascii', _ESCAPED)


def _count(value, depth):
    """How many values an array or a struct comes to; 0 if it holds something
    out of the ordinary."""
    if type(value) is dict:
        if set(map(type, value)) - _TEXT:
            return 0
        value = value.values()
    count = 1 + len(value)
    for kind in set(map(type, value)) - _SIMPLE:
        if kind is int:
            for item in value:
                if type(item) is int and not -MAX_INT <= item < MAX_INT:
                    return 0
        elif kind in _NESTED and depth + 1 < MAX_DEPTH:
            for item in value:
                if type(item) is kind:
                    inner = _count(item, depth + 1)
                    if not inner:
                        return 0
                    count += inner
        else:
            return 0
    return count


#: With fewer values there is nothing to win, and the layout is that of
#: `json_writer`.
_FEWEST = 20

_TEXT = frozenset([str])
_SIMPLE = frozenset([str, bool, type(None)])
_NESTED = frozenset([list, tuple, dict])

# How texts that are not ASCII are escaped.
_ESCAPED = 'tracrpc.json'


def _escape(error):
    text = error.object[error.start:error.end]
    return encode_basestring_ascii(text)[1:-1], error.end


codecs.register_error(_ESCAPED, _escape)
