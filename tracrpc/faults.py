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
from typing import NamedTuple, Optional, Tuple, Type

from trac.core import TracError
from trac.perm import PermissionError
from trac.resource import Resource, ResourceExistsError, ResourceNotFound
from trac.util.text import to_unicode

__all__ = ['ArgumentError', 'Conflict', 'InvalidRequest', 'MethodNotFound',
           'ParseError', 'ProtocolException', 'RPCError', 'ServiceException',
           'SendError']

GENERIC_XML = 1
GENERIC_JSON = -32603


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
    """The arguments of a call do not fit the method's parameters.

    :param plain: a plainer text than the one that clients of the older
                  protocols know
    """

    title = 'Invalid arguments'

    def __init__(self, message, plain=None):
        super().__init__(message)
        self.plain = plain


class Conflict(RPCError):
    """What a change is based on has been changed by somebody else since."""

    title = 'Conflict'


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


class InvalidRequest(ProtocolException):
    """What was read from the body is no request of its protocol."""


def about(exc, resource):
    """Name the resource that an exception is about; return the exception."""
    exc.resource = resource
    return exc


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


class Condition(NamedTuple):
    """What clients learn of the exceptions of some classes."""
    #: The word for it, `error.data.type` in JSON-RPC 2.0.
    name: str
    #: `error.code` in JSON-RPC 2.0.
    jsonrpc: int
    #: The familiar code, `error.data.code` in JSON-RPC 2.0.
    code: int
    #: Whether it is the code in XML-RPC and JSON-RPC 1.0, too.
    older: bool
    meaning: str
    exceptions: Tuple[Type[BaseException], ...]


_INTERNAL = Condition(
    'InternalError', GENERIC_JSON, GENERIC_XML, False,
    "Something unexpected went wrong on the server, whose log tells more.",
    (SendError, ServiceException, ProtocolException))

#: All conditions; the first whose classes fit wins.
CONDITIONS = (
    Condition('ParseError', -32700, -32700, True,
              "The body of the request is not valid.", (ParseError,)),
    Condition('InvalidRequest', -32600, -32600, True,
              "What was sent is not a request of the protocol.",
              (InvalidRequest,)),
    Condition('MethodNotFound', -32601, -32601, True,
              "There is no method of that name.", (MethodNotFound,)),
    Condition('InvalidParams', -32602, GENERIC_XML, False,
              "The arguments do not fit the method's parameters.",
              (ArgumentError,)),
    Condition('PermissionError', -32001, 403, True,
              "The caller lacks a permission.", (PermissionError,)),
    Condition('ResourceNotFound', -32002, 404, True,
              "What the call is about does not exist.", (ResourceNotFound,)),
    Condition('Conflict', -32003, 409, False,
              "Somebody else changed or made it in the meantime.",
              (Conflict, ResourceExistsError)),
    _INTERNAL,
    Condition('TracError', -32000, GENERIC_XML, False,
              "Trac refuses what was asked for, the message says why.",
              (TracError,)),
)


def condition_of(exc):
    """The condition that an exception stands for."""
    for condition in CONDITIONS:
        if isinstance(exc, condition.exceptions):
            return condition
    return _INTERNAL


def _older_code(exc):
    """The code that XML-RPC and JSON-RPC 1.0 have for a condition, `None` if
    it has none there."""
    condition = condition_of(exc)
    return condition.code if condition.older else None


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
    code = _older_code(exc)
    if code is not None:
        return XMLFault(code, message_of(exc))
    return XMLFault(_code_of(exc), "'%s' while executing '%s()'"
                                   % (message_of(exc), method_name))


def _code_of(exc):
    """The code that an exception, or the one that it wraps, bears."""
    cause = exc._exc if isinstance(exc, _Composite) and exc._exc else exc
    try:
        code = int(getattr(cause, 'code', GENERIC_XML))
    except (OverflowError, TypeError, ValueError):
        return GENERIC_XML
    return code if -1 << 31 <= code < 1 << 31 else GENERIC_XML


def json_error(exc):
    """The `error` object of JSON-RPC 1.0 for an exception raised by a
    method."""
    code = _older_code(exc)
    if code is None:
        # A ServiceException has neither code nor name, and hides its cause's.
        code = getattr(exc, 'code', None)
        if not isinstance(code, (int, str)):
            code = GENERIC_JSON
    name = getattr(exc, 'name', None)
    return {'name': name if name and isinstance(name, str) else 'JSONRPCError',
            'code': code, 'message': message_of(exc)}


def json2_error(exc):
    """The `error` object of JSON-RPC 2.0 for an exception."""
    condition = condition_of(exc)
    code = condition.code
    data = {'type': condition.name,
            'code': _code_of(exc) if code == GENERIC_XML else code}
    action = getattr(exc, 'action', None)
    if isinstance(exc, PermissionError) and isinstance(action, str):
        data['permission'] = action
    resource = getattr(exc, 'resource', None)
    if isinstance(resource, Resource) and resource.realm:
        data['resource'] = _named(resource)
    plain = exc.plain if isinstance(exc, ArgumentError) else None
    return {'code': condition.jsonrpc, 'message': plain or message_of(exc),
            'data': data}


def _named(resource):
    """A resource as a struct `{realm, id, version, parent}`, the latter two
    if it has them."""
    id_, version = resource.id, resource.version
    named = {'realm': resource.realm,
             'id': id_ if isinstance(id_, int) else id_ and str(id_)}
    if isinstance(version, int):
        named['version'] = version
    if resource.parent:
        named['parent'] = _named(resource.parent)
    return named
