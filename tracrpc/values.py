# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""Values: the conversions that both protocols share."""

import datetime as dt
import re
import xmlrpc.client as xmlrpclib
from collections import abc
from decimal import Decimal
from typing import Any, Callable, Tuple

from trac.util.datefmt import utc
from trac.util.html import Fragment, Markup, stripentities, striptags
from trac.util.text import to_unicode

from tracrpc.binary import Binary
from tracrpc.faults import SendError

try:
    from babel.support import LazyProxy
except ImportError:
    LazyProxy = ()

#: How deep arrays and structs may nest, in requests and in answers.
MAX_DEPTH = 100

#: Integers wider than this are refused in requests and in answers.
MAX_INT = 1 << 63


# Texts

_line_end_re = re.compile('\r\n|\r|\n')
_surrogate_re = re.compile('[\ud800-\udfff]')


def check_text(text):
    """Refuse characters that no text in Trac may hold."""
    if '\0' in text:
        raise ValueError("NUL characters are not allowed in texts")
    if not text.isascii() and _surrogate_re.search(text):
        raise ValueError("Surrogate code points are not allowed in texts")
    return text


def incoming_text(text):
    """A text as Trac's web forms would deliver it: lines end in CRLF."""
    check_text(text)
    if '\n' in text or '\r' in text:
        return _line_end_re.sub('\r\n', text)
    return text


def plain_text(value):
    """Text, `Markup` or `Fragment` as it reads, without any HTML."""
    if value is None:
        return ''
    if isinstance(value, Fragment):
        return ''.join(plain_text(child) for child in value.children)
    if isinstance(value, Markup):
        return stripentities(striptags(value))
    return to_unicode(value)


# Dates

_datetime_re = re.compile(r"""
    (\d{4}) (-?) (\d\d) \2 (\d\d)
    (?: [Tt_ ] (\d\d) (:?) (\d\d) \6 (\d\d) (?: [.,] (\d+) )?
        (?: \s* ( [Zz] | [+-]\d\d (?: :?\d\d )? ) )? )?
    \Z""", re.VERBOSE | re.ASCII)


def parse_datetime(text, date_only=True):
    """The aware datetime that an ISO 8601 text stands for, UTC if it names no
    zone; `ValueError` for any other text."""
    try:
        match = _datetime_re.match(text.strip())
        if match is None:
            # clients that leave out leading zeros
            value = dt.datetime.strptime(text.strip(), '%Y%m%dT%H:%M:%S')
            return value.replace(tzinfo=utc)
        (year, _, month, day,
         hour, _, minute, second, fraction, zone) = match.groups()
        if hour is None and not date_only:
            raise ValueError
        value = dt.datetime(int(year), int(month), int(day), int(hour or 0),
                            int(minute or 0), int(second or 0),
                            int((fraction or '0')[:6].ljust(6, '0')),
                            tzinfo=utc)
        return value - _offset(zone)
    except (AttributeError, TypeError, ValueError, OverflowError):
        raise ValueError("Invalid datetime string (%s)"
                         % shown(text)) from None


def _offset(zone):
    if not zone or zone in 'Zz':
        return dt.timedelta(0)
    hours, minutes = int(zone[1:3]), int(zone[3:].lstrip(':') or 0)
    if hours > 23 or minutes > 59:
        raise ValueError
    offset = dt.timedelta(hours=hours, minutes=minutes)
    return -offset if zone[0] == '-' else offset


_EPOCH = dt.datetime(1970, 1, 1, tzinfo=utc)


def from_microseconds(time):
    """The datetime that Trac stores as that int; nothing is the epoch."""
    # as from_utimestamp(), but a list may have thousands
    return _EPOCH + dt.timedelta(0, 0, time or 0)


def time_text(value):
    """The time of a datetime, down to the second, as both protocols have
    it."""
    return f'{_DIGITS[value.hour]}:{_DIGITS[value.minute]}:' \
           f'{_DIGITS[value.second]}'


# To format numbers takes three times as long.
_DIGITS = ['%02d' % number for number in range(60)]


def shown(value, limit=60):
    """A client's value as a fault quotes it."""
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= limit else text[:limit] + '...'


def to_utc(value):
    """A datetime that is the same instant in UTC; naive ones are UTC
    already."""
    if value.tzinfo is None or value.tzinfo is utc:
        return value
    try:
        return value - value.utcoffset()
    except OverflowError:
        raise SendError("The date %s is out of range" % value) from None


# Results

def returned(result):
    """What a method returned, as the protocols get it: `None` is 0, and
    anything iterable, but for texts and structs, is a list."""
    if result is None:
        return 0
    if isinstance(result, (str, dict, list, int, float, xmlrpclib.Binary,
                           _TEXTS)):
        return result
    try:
        iterator = iter(result)
    except TypeError:
        return result
    # outside of the `try`: a generator's own TypeError is an error
    return list(iterator)


_TEXTS = (Fragment, LazyProxy) if LazyProxy else (Fragment,)


def simplified(value):
    """The value as one of the types that the protocols can write, for a value
    of any other type."""
    for types, convert in _SIMPLER:
        if isinstance(value, types):
            return convert(value)
    raise SendError("Values of type %s cannot be sent" % type(value).__name__)


def _listed(value):
    return list(value)


_SIMPLER: Tuple[Tuple[Any, Callable[[Any], Any]], ...] = (
    (_TEXTS, str),
    (str, str.__str__),
    (int, int.__index__),
    (float, float.__float__),
    (Decimal, float),
    (xmlrpclib.Binary, lambda value: Binary(value.data)),
    (xmlrpclib.DateTime, lambda value: parse_datetime(value.value)),
    (dt.datetime, lambda value: dt.datetime.combine(
        dt.date(value.year, value.month, value.day), value.timetz())),
    (dt.date, lambda value: dt.datetime(value.year, value.month, value.day)),
    ((bytes, bytearray, memoryview), lambda value: Binary(bytes(value))),
    (abc.Mapping, dict),
    (abc.Iterable, _listed),
)


def member_name(key):
    """A struct's key as text."""
    if isinstance(key, str):
        return str.__str__(key)
    if isinstance(key, (bool, int, float, Decimal)) or key is None:
        return str(key)
    if isinstance(key, _TEXTS):
        return str(key)
    raise SendError("Struct keys of type %s cannot be sent"
                    % type(key).__name__)


def check_int(value):
    """Refuse an integer that no protocol carries."""
    if not -MAX_INT <= value < MAX_INT:
        raise SendError("The integer %s is beyond 64 bit" % shown(value, 30))
    return value


def too_deep():
    return SendError("The result nests deeper than %d levels" % MAX_DEPTH)
