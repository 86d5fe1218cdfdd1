# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""What other plugins see: the interfaces to implement, the base class and the
decorator that make it easy, and `XMLRPCSystem`, the table of all methods.
"""

import inspect
from typing import Any, Dict, List, Union

from trac.config import IntOption
from trac.core import Component, ExtensionPoint, Interface, implements
from trac.perm import IPermissionRequestor

from tracrpc import __version__
from tracrpc.arguments import RPC_TYPES
from tracrpc.binary import Binary
from tracrpc.faults import MethodNotFound, ProtocolException, RPCError, \
    ServiceException, is_clients_mistake, message_of, traceback_of
from tracrpc.method import Method, attempt
from tracrpc.multicall import answers, check_count, isolate
from tracrpc.shapes import ApiVersion, Call, Error, Fault, Specification
from tracrpc.util import i18n_domain

__all__ = ['AbstractRPCHandler', 'Binary', 'IRPCProtocol', 'IXMLRPCHandler',
           'Method', 'MethodNotFound', 'ProtocolException', 'RPCError',
           'RPC_TYPES', 'ServiceException', 'XMLRPCSystem', 'api_version',
           'batch_of', 'expose_rpc']

#: Version of the API, as `system.getAPIVersion` tells it.
api_version = [int(part) for part in __version__.split('.')[:3]]


class IRPCProtocol(Interface):
    """A way to put calls and their answers into HTTP requests.

    A protocol gets the requests of its content types with whatever verb,
    unless it has an attribute `post_only` that is true. It may have a method
    `rpc_examples()` that returns pairs of a title and code to call it, for
    the documentation page; the code is %-formatted with the same names as
    the documentation, and some more (see `docs.py`).
    """

    def rpc_info():
        """Return a tuple `(name, documentation)`.

        `documentation` is wiki text, %-formatted with `url_anon`, `url_auth`
        and `version`.
        """

    def rpc_match():
        """Return an iterable of `(path, content type)` tuples that the
        protocol answers, each also below `/login`: `('rpc', 'text/xml')`."""

    def parse_rpc_request(req, content_type):
        """Read the request's body and return a dict with at least `method`,
        the name of the method, and `params`, a list of its arguments.

        The dict becomes `req.rpc`; the request's whole `Content-Type` is
        added as `mimetype`. `req.read()` gives the body.

        :raises ProtocolException: if the body is no call.
        """

    def send_rpc_result(req, result):
        """Send the result of the call `req.rpc` and end the request."""

    def send_rpc_error(req, rpcreq, e):
        """Send a fault for the exception `e` and end the request.

        Despite this declaration it is called with two arguments, `req` and
        `e`, and always was.
        """


class IXMLRPCHandler(Interface):
    """A namespace of methods, or a part of one."""

    def xmlrpc_namespace():
        """Return the name of the namespace; it may contain dots."""

    def xmlrpc_methods():
        """Return an iterable of `(permission, signatures, callable[, name])`
        tuples, one for each method.

        `permission` is an action that callers need, or `None`. `signatures`
        is a sequence of `(return type, argument type, ...)` tuples, which
        document the method; without any (`None`), they follow from the type
        hints of `callable`. `callable` is called with the request and the
        client's arguments; its docstring documents the method. `name` is the
        method's name in the namespace, if it is not the callable's.
        """


def expose_rpc(permission, return_type=inspect.Parameter.empty, *arg_types,
               read_only=False):
    """Decorator that exposes a method of an `AbstractRPCHandler`.

    :param permission: the action that callers need on the site as a whole,
                       besides `XML_RPC`; `None` if the method decides itself
    :param read_only: whether the method changes nothing, whatever its
                      arguments

    The types of the arguments and the result come from the type hints, or
    are declared here; the decorator stacks, one for each signature. Either
    way the arguments are checked before the method is called.
    """
    def decorator(func):
        if not hasattr(func, '_rpc_signatures'):
            func._rpc_signatures = []
        func._rpc_permission = permission
        func._rpc_read_only = read_only
        if return_type is not inspect.Parameter.empty:
            func._rpc_signatures.append((return_type,) + arg_types)
        return func
    return decorator


def batch_of(*functions):
    """Decorator for the method of a handler that answers several calls of
    another, exposed one (or more) together, which only reads.

    It is called with the request and the list of the calls' arguments (each
    a list of all of them, checked), and returns for each call, in their
    order, what the exposed method would return, or the exception that it
    would raise. It must come to the same as the calls one by one;
    `system.multicall` uses it for calls that follow each other.
    """
    def decorator(batch):
        for function in functions:
            function._rpc_batch = batch.__name__
        return batch
    return decorator


class AbstractRPCHandler(Component):
    """Base class of handlers whose methods are marked with `expose_rpc`."""

    abstract = True

    implements(IXMLRPCHandler)

    # IXMLRPCHandler methods

    def xmlrpc_namespace(self):
        raise NotImplementedError("%s has no namespace"
                                  % self.__class__.__name__)

    def xmlrpc_methods(self):
        for name, func in _exposed(type(self)):
            yield (func._rpc_permission, tuple(func._rpc_signatures) or None,
                   getattr(self, name), name)


def _exposed(cls):
    """The names and functions that a class and its bases expose, bases
    first, each in the order of its definition."""
    names = {}
    for base in reversed(cls.__mro__):
        for name in vars(base):
            names.setdefault(name, None)
    for name in names:
        func = inspect.getattr_static(cls, name, None)
        if hasattr(func, '_rpc_signatures'):
            yield name, func


class XMLRPCSystem(AbstractRPCHandler):
    """What the server offers: its methods, their documentation, and several
    calls in one request."""

    implements(IPermissionRequestor)

    method_handlers = ExtensionPoint(IXMLRPCHandler)

    max_multicall = IntOption('rpc', 'max_multicall', 10000,
        """Maximum number of calls in one `system.multicall`, or in one batch
        of JSON-RPC 2.0.""",
        doc_domain=i18n_domain)

    def __init__(self):
        self._methods = {}  # by name
        self._static = {}   # the methods of handlers that never change

    # IPermissionRequestor methods

    def get_permission_actions(self):
        yield 'XML_RPC'

    # IXMLRPCHandler methods

    def xmlrpc_namespace(self):
        return 'system'

    # Public API

    def get_method(self, name):
        """Return the `Method` of that full name.

        :raises MethodNotFound: if there is none.
        """
        if not self._methods:
            self._methods = self._table(self.method_handlers)
        try:
            return self._methods[name]
        except (KeyError, TypeError):
            pass
        name = '%s' % (name,)
        method = self._methods.get(name) or self._late_method(name)
        if method is None:
            raise MethodNotFound('RPC method "%s" not found' % name)
        return method

    def all_methods(self, req=None):
        """Return all methods: the namespaces of this plugin in their
        customary order, then the others."""
        return sorted(self._table(self.method_handlers).values(),
                      key=lambda method: _rank(method.namespace))

    def call(self, req, name, args=()):
        """Call the method of that name as if the request held this one call;
        return its result as the only element of a tuple."""
        method = self.get_method(name)
        isolate(self.env, req)
        return method(req, args)

    # Exported methods

    @expose_rpc('XML_RPC', list, list, read_only=True)
    def multicall(self, req, signatures: List[Call]
                  ) -> List[Union[List[Any], Fault, Error]]:
        """Run several calls in one request.

        `signatures` is an array of structs `{methodName: string, params:
        array}`. The calls run in their order, each as if it had been sent
        alone: with its own permission checks, without a common transaction,
        and whether or not others failed.

        Returns an array with one item for each call: an array of one
        element, the result, or a struct `{faultCode: int, faultString:
        string}`; over JSON-RPC 2.0 the latter is its error object `{code:
        int, message: string, data: struct}`. (In the older JSON-RPC the
        calls are the elements of `params` itself, each `{method, params,
        id}`, and the items are complete responses.)

        Example: `system.multicall([{"methodName": "ticket.get", "params":
        [1]}, {"methodName": "wiki.getPage", "params": ["WikiStart"]}])`

        Faults: there are more calls than `[rpc] max_multicall` allows. An
        item that is not a struct of this kind, or that is itself a multicall,
        is a fault of that item alone.
        """
        check_count(self, signatures)
        yield from answers(self, req, signatures)

    @expose_rpc('XML_RPC', read_only=True)
    def listMethods(self, req) -> List[str]:
        """List the names of all methods.

        Returns an array of strings, `["system.multicall", ...]`: every
        method that the server has, whether or not the caller may use it.
        """
        return [method.name for method in self.all_methods(req)]

    @expose_rpc('XML_RPC', read_only=True)
    def methodHelp(self, req, method: str) -> str:
        """Explain a method.

        `method` is the full name of a method, such as `"ticket.get"`.

        Returns a string: the method's signature with the types, names and
        defaults of its arguments, an empty line, and its documentation in
        wiki text. Needs no right to use the method itself.

        Faults: -32601 there is no such method.
        """
        found = self.get_method(method)
        return '\n\n'.join((found.signature, found.description))

    @batch_of(methodHelp)
    def _method_help_batch(self, req, calls):
        return [attempt(self.methodHelp, req, *call) for call in calls]

    @expose_rpc('XML_RPC', read_only=True)
    def methodSignature(self, req, method: str) -> List[str]:
        """Tell the types of a method's arguments and of its result.

        `method` is the full name of a method, such as `"wiki.getPage"`.

        Returns an array of strings, one for each number of arguments that
        the method takes. Each is a comma-separated list of types, the
        result's first: `["string,string", "string,string,int"]`. Types are
        `int`, `boolean`, `string`, `double`, `DateTime`, `Binary`, `array`
        and `struct`.

        Faults: -32601 there is no such method.
        """
        return self.get_method(method).xmlrpc_signatures()

    @batch_of(methodSignature)
    def _method_signature_batch(self, req, calls):
        return [attempt(self.methodSignature, req, *call) for call in calls]

    @expose_rpc('XML_RPC', read_only=True)
    def getAPIVersion(self, req) -> ApiVersion:
        """Tell the version of this API.

        Returns an array of three ints, `[major, minor, patch]`: another
        major version may break clients, another minor one adds something
        for them, another patch corrects errors.
        """
        return list(api_version)

    @expose_rpc('XML_RPC', read_only=True)
    def getCapabilities(self, req) -> Dict[str, Specification]:
        """Tell which specifications this server keeps.

        Returns a struct with a struct `{specUrl: string, specVersion: int}`
        for each of them, as XML-RPC's convention of that name has it:
        `{"xmlrpc": {"specUrl": "...", "specVersion": 1}, "system.multicall":
        ..., "introspection": ..., "json-rpc": ..., "json-rpc-2.0": ...,
        "wiki": ...}`.
        """
        return {name: {'specUrl': url, 'specVersion': version}
                for name, url, version in _SPECIFICATIONS}

    # Public API: failed calls, for all who run calls

    def failure(self, exc, name):
        """Log a failed call, in one line if it is the caller's mistake, with
        a traceback otherwise; return the exception that tells the client
        what it may know."""
        if is_clients_mistake(exc):
            self.log.warning("RPC call %r failed: %r", name, message_of(exc))
            return exc
        self.log.error("RPC call %r failed: %s", name, traceback_of(exc))
        if isinstance(exc, self.env.db_exc.Error):
            return ServiceException.hiding(exc, "A database error occurred, "
                                                "see the server's log")
        if isinstance(exc, OSError) and exc.filename is not None:
            # its text names files of the server
            return ServiceException.hiding(exc, exc.strerror or "I/O error")
        return exc

    # Internal methods

    def _table(self, handlers):
        methods = {}
        for handler in handlers:
            for method in self._methods_of(handler):
                methods.setdefault(method.name, method)
        return methods

    def _methods_of(self, handler):
        """The methods of a handler."""
        if not _is_static(handler):
            return self._read_methods(handler)
        if handler not in self._static:
            self._static[handler] = list(self._read_methods(handler))
        return self._static[handler]

    def _read_methods(self, handler):
        """The methods of a handler, as far as it can tell them."""
        try:
            candidates = list(handler.xmlrpc_methods())
        except Exception as e:
            self.log.error("The methods of %r are left out, because it fails "
                           "to list them: %s", handler,
                           traceback_of(e))
            return
        for candidate in candidates:
            try:
                yield Method(handler, *candidate,
                             checked=_is_static(handler))
            except Exception as e:
                self.log.error("The method %r of %r is left out: %s",
                               candidate, handler,
                               traceback_of(e))

    def _late_method(self, name):
        """A method that a handler lists only since the table was made."""
        late = self._table(handler for handler in self.method_handlers
                           if not _is_static(handler))
        method = late.get(name)
        if method is not None:
            self._methods.setdefault(name, method)
        return method


_SPECIFICATIONS = (
    ('xmlrpc', 'http://xmlrpc.com/spec.md', 1),
    ('system.multicall', 'http://mirrors.talideon.com/articles/multicall.html',
     1),
    ('introspection', 'http://xmlrpc-c.sourceforge.net/introspection.html',
     1),
    ('json-rpc', 'https://www.jsonrpc.org/specification_v1', 1),
    ('json-rpc-2.0', 'https://www.jsonrpc.org/specification', 2),
    ('wiki', 'http://www.jspwiki.org/wiki/WikiRPCInterface2', 2),
)

#: The order in which clients know the namespaces.
_NAMESPACES = ('system', 'ticket', 'ticket.status', 'ticket.component',
               'ticket.version', 'ticket.milestone', 'ticket.type',
               'ticket.resolution', 'ticket.priority', 'ticket.severity',
               'wiki', 'search')


def _rank(namespace):
    return _NAMESPACES.index(namespace) if namespace in _NAMESPACES \
        else len(_NAMESPACES)


def _is_static(handler):
    """Whether the handler's methods are those of its class for ever."""
    return getattr(type(handler), 'xmlrpc_methods', None) is \
        AbstractRPCHandler.xmlrpc_methods
