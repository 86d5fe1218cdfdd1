# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""Faults: the exceptions of this package, and the one table that turns any
exception into a code and a text.
"""

import traceback
from typing import NamedTuple, Optional

from trac.core import TracError
from trac.perm import PermissionError
from trac.resource import ResourceNotFound
from trac.util.text import to_unicode

__all__ = ['ArgumentError', 'MethodNotFound', 'ParseError',
           'ProtocolException', 'RPCError', 'ServiceException', 'SendError']

GENERIC_XML = 1
GENERIC_JSON = -32603
PARSE_ERROR = -32700
METHOD_NOT_FOUND = -32601


class RPCError(TracError):
    """A fault with a text for the client. Raise it, or any `TracError`, for
    what the client did wrong."""

    title = 'RPC Error'

    def __init__(self, message, title=None, show_traceback=False):
        # With a title given, TracError does not ask for a translation of its
        # own, which would make Trac negotiate a locale for every fault.
        super().__init__(message, title or self.title, show_traceback)


class MethodNotFound(RPCError):
    """The called method does not exist."""

    title = 'Method not found'


class ArgumentError(RPCError):
    """The arguments of a call do not fit the method's parameters."""

    title = 'Invalid arguments'


class SendError(RPCError):
    """A method's result cannot be expressed in the client's protocol."""

    title = 'Unsendable result'


class _Composite(Exception):
    """An exception that may wrap another one, found in `_exc`."""

    def __init__(self, details=None):
        self._exc: Optional[BaseException] = \
            details if isinstance(details, BaseException) else None
        self.message = message_of(details) if self._exc else \
            to_unicode('' if details is None else details)
        super().__init__(self.message)

    def __str__(self):
        return self.message


class ServiceException(_Composite):
    """Something unexpected went wrong in a method; `_exc` is the original
    exception."""

    @classmethod
    def hiding(cls, exc, message):
        """One whose text says nothing of the original exception's."""
        hiding = cls(message)
        hiding._exc = exc
        return hiding


class ProtocolException(_Composite):
    """A request does not follow its protocol."""


class ParseError(ProtocolException):
    """The body of a request cannot be read as a call."""


def message_of(exc):
    """The text of an exception, whatever it does when asked for it."""
    try:
        return to_unicode(getattr(exc, 'message', None) or exc)
    except Exception:
        return "%s (without a readable text)" % type(exc).__name__


def traceback_of(exc):
    """The traceback of an exception, for the log."""
    return ''.join(traceback.format_exception(type(exc), exc,
                                              exc.__traceback__)).rstrip()


# Conditions that have a code and a text of their own in every protocol;
# the first class that fits wins.
_CONDITIONS = (
    (ParseError, PARSE_ERROR),
    (MethodNotFound, METHOD_NOT_FOUND),
    (PermissionError, 403),
    (ResourceNotFound, 404),
)


def condition_code(exc):
    """The code of a well-known condition, `None` for any other error."""
    for cls, code in _CONDITIONS:
        if isinstance(exc, cls):
            return code
    return None


def is_clients_mistake(exc):
    """Whether the caller, not the software, is to blame (logged without
    traceback)."""
    return isinstance(exc, (TracError, PermissionError, ProtocolException))


class XMLFault(NamedTuple):
    """`faultCode` and `faultString` of XML-RPC."""
    code: int
    text: str


def xml_fault(exc, method_name):
    """The fault of XML-RPC for an exception raised by a method."""
    code = condition_code(exc)
    if code is not None:
        return XMLFault(code, message_of(exc))
    cause = exc._exc if isinstance(exc, _Composite) and exc._exc else exc
    try:
        code = int(getattr(cause, 'code', GENERIC_XML))
    except (OverflowError, TypeError, ValueError):
        code = GENERIC_XML
    if not -1 << 31 <= code < 1 << 31:
        code = GENERIC_XML
    return XMLFault(code, "'%s' while executing '%s()'"
                          % (message_of(exc), method_name))


def json_error(exc):
    """The `error` object of JSON-RPC 1.0 for an exception raised by a
    method."""
    code = condition_code(exc)
    if code is None:
        # A ServiceException has neither code nor name, and hides its cause's.
        code = getattr(exc, 'code', None)
        if not isinstance(code, (int, str)):
            code = GENERIC_JSON
    name = getattr(exc, 'name', None)
    return {'name': name if name and isinstance(name, str) else 'JSONRPCError',
            'code': code, 'message': message_of(exc)}
