# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""Arguments: what a client sent, checked and converted to the type that a
method's parameter declares.
"""

import math
import typing
from collections import abc
from datetime import datetime
from decimal import Decimal

from tracrpc.binary import Binary
from tracrpc.values import MAX_INT, incoming_text, parse_datetime, shown

#: The names of the types in the signatures that clients read.
RPC_TYPES = {int: 'int', bool: 'boolean', str: 'string', float: 'double',
             datetime: 'DateTime', Binary: 'Binary', list: 'array',
             dict: 'struct', None: 'int'}

_NoneType = type(None)

#: What hints for one of several types are, on this version of Python.
UNIONS = (typing.Union, getattr(__import__('types'), 'UnionType',
                                typing.Union))


class Mismatch(ValueError):
    """A value is not of the declared type; the text says what was
    expected."""


# Conversions, one for each type that a parameter can declare. They accept
# what clients really send for that type, and nothing that has to be guessed.

def _to_int(value):
    if not isinstance(value, int):
        value = _integer(value)
    if -MAX_INT <= value < MAX_INT:
        return int(value)
    raise Mismatch("an integer of at most 64 bit")


def _integer(value):
    """The integer that a text or another number stands for."""
    if isinstance(value, str):
        text = value.strip()
        digits = text[1:] if text[:1] in ('+', '-') else text
        if digits.isascii() and digits.isdigit() and len(digits) < 30:
            return int(text)
    elif isinstance(value, (float, Decimal)) and _is_integral(value):
        return int(value)
    raise Mismatch("an integer")


def _is_integral(value):
    return math.isfinite(value) and abs(value) < MAX_INT and \
        value == int(value)


def _to_float(value):
    if isinstance(value, (int, float, Decimal)):
        return float(value)
    raise Mismatch("a number")


def _to_bool(value):
    if isinstance(value, bool) or isinstance(value, int) and value in (0, 1):
        return bool(value)
    raise Mismatch("a boolean")


def _to_str(value):
    if isinstance(value, str):
        return value
    if isinstance(value, Binary):
        try:
            return incoming_text(value.data.decode('utf-8'))
        except ValueError:
            raise Mismatch("a string, or its UTF-8 as base64") from None
    if isinstance(value, (int, float, Decimal)) and \
            not isinstance(value, bool):
        return str(value)
    raise Mismatch("a string")


def _to_datetime(value):
    if isinstance(value, datetime):
        return value
    if isinstance(value, str):
        try:
            return parse_datetime(value)
        except ValueError:
            pass
    raise Mismatch("a date")


def _to_binary(value):
    if isinstance(value, Binary):
        return value
    raise Mismatch("base64 data")


def _to_list(value):
    if isinstance(value, list):
        return value
    raise Mismatch("an array")


def _to_dict(value):
    if isinstance(value, dict):
        return value
    if value == []:  # PHP has one type for both
        return {}
    raise Mismatch("a struct")


_CONVERSIONS = {int: _to_int, float: _to_float, bool: _to_bool, str: _to_str,
                datetime: _to_datetime, Binary: _to_binary, list: _to_list,
                dict: _to_dict}


def members(hint):
    """The plain types that a type hint stands for, `None` among them for
    nil; empty if any value will do."""
    origin = typing.get_origin(hint)
    if origin in UNIONS:
        return tuple(member for part in typing.get_args(hint)
                     for member in members(part))
    if hint is _NoneType or hint is None:
        return (None,)
    plain = origin or hint
    if not isinstance(plain, type) or plain is object:
        return ()
    for known in (bool, int, str, float, datetime, Binary, dict):
        if issubclass(plain, known):
            return (known,)
    if issubclass(plain, abc.Mapping):
        return (dict,)
    if issubclass(plain, abc.Iterable):
        return (list,)
    return ()


def type_name(hint):
    """The name of a type in the signatures that clients read."""
    for member in members(hint):
        if member is not None:
            return RPC_TYPES[member]
    return RPC_TYPES[None] if hint in (None, _NoneType) else 'struct'


def converter(types):
    """A function that converts a value to one of the types or raises
    `Mismatch`; `None` if any value will do."""
    wanted = tuple(known for known in types if known is not None)
    if not wanted:
        return None
    if len(wanted) == 1 and None not in types:
        return _CONVERSIONS[wanted[0]]  # they all refuse nil
    nil = None in types
    nothing = ('', 0, []) if nil and datetime in wanted else ()

    def convert(value):
        if value is None and nil or \
                not isinstance(value, bool) and value in nothing:
            return None
        if type(value) in wanted:
            return _CONVERSIONS[type(value)](value)
        expected = []
        for known in wanted:
            try:
                return _CONVERSIONS[known](value)
            except Mismatch as e:
                expected.append(str(e))
        raise Mismatch(' or '.join(expected))
    return convert


def described(value):
    """A client's value as a fault names it."""
    if value is None:
        return 'nil'
    if isinstance(value, bool):
        return 'the boolean %s' % value
    if isinstance(value, str):
        return 'the string "%s"' % shown(value)
    if isinstance(value, (int, float, Decimal)):
        return 'the number %s' % shown(value, 30)
    for known, name in ((datetime, 'a date'), (Binary, 'base64 data'),
                        (list, 'an array'), (dict, 'a struct')):
        if isinstance(value, known):
            return name
    return 'a %s' % type(value).__name__
