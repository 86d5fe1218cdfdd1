# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""`OpenRPC`: the description of the methods that programs read."""

import json
from functools import cached_property
from urllib.parse import quote

from tracrpc import __version__
from tracrpc.api import AbstractRPCHandler, XMLRPCSystem, expose_rpc
from tracrpc.faults import CONDITIONS, traceback_of
from tracrpc.http import entity_tag
from tracrpc.schema import definitions

__all__ = ['OpenRPC']

#: The version of the specification that documents keep.
SPECIFICATION = '1.3.2'

# How many documents are kept: they differ by what callers may do.
_KEPT = 8


class OpenRPC(AbstractRPCHandler):
    """The description of this server for programs, such as generators of
    clients: an [https://open-rpc.org OpenRPC] document. It is also to be had
    without a call, by GET from `rpc/openrpc.json`."""

    #: Where the document is to be had without a call.
    path = 'rpc/openrpc.json'

    def __init__(self):
        self._known = {}

    # IXMLRPCHandler methods

    def xmlrpc_namespace(self):
        return 'rpc'

    # Exported methods

    @expose_rpc('XML_RPC', read_only=True)
    def discover(self, req, all: bool = False) -> dict:
        """Describe the methods of this server.

        With `all`, all of them are described, whether or not the caller has
        the permission that they need and the scope of the access token, if
        one was sent, includes them.

        Returns an OpenRPC document, a struct: the addresses of the server,
        the methods with the JSON Schemas of their parameters and results,
        their permissions (`x-permission`; methods without it decide for each
        resource) and whether they only read (`x-read-only`).
        """
        return self.description(req, all).document

    # Public API

    def description(self, req, all=False):
        """The `Description` of the methods that the caller may call, or of
        all; made once."""
        methods = XMLRPCSystem(self.env).all_methods(req)
        if not all:
            methods = [method for method in methods
                       if self._is_allowed(req, method)]
        key = (req.abs_href(), self.env.project_name, tuple(
            (method.name, _permission(method), method.signature,
             method.description) for method in methods))
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _KEPT:
                self._known.clear()
            found = self._known[key] = Description(self.env, req, methods)
        return found

    # Internal methods

    def _is_allowed(self, req, method):
        try:
            return method.is_allowed(req)
        except Exception as e:
            self.log.error("The permission for %s cannot be checked: %s",
                           method.name, traceback_of(e))
            return False


class Description:
    """An OpenRPC document: `document`, a dict; `content`, its JSON."""

    def __init__(self, env, req, methods):
        self._log = env.log
        self._page = req.abs_href('rpc')
        described = [(method, entry) for method, entry in
                     zip(methods, map(self._method, methods)) if entry]
        self.document = {
            'openrpc': SPECIFICATION,
            'info': {'title': env.project_name or 'Trac',
                     'description': "Tickets, wiki pages, attachments, "
                                    "milestones and search of this Trac.",
                     'version': __version__},
            'servers': [
                {'name': 'authenticated', 'url': req.abs_href('login', 'rpc'),
                 'description': "Calls by users whom the web server "
                                "authenticates"},
                {'name': 'anonymous', 'url': self._page,
                 'description': "Calls without a login"}],
            'methods': [entry for _, entry in described],
            'components': _components([method for method, _ in described]),
            'externalDocs': {'url': self._page,
                             'description': "All methods, to read"},
        }

    @cached_property
    def content(self):
        return json.dumps(self.document, allow_nan=False).encode('ascii')

    @cached_property
    def entity_tag(self):
        return entity_tag(self.content)

    # Internal methods

    def _method(self, method):
        """The description of a method, `None` if it cannot be described."""
        try:
            entry = _described(method)
            entry['externalDocs'] = {
                'url': '%s#rpc.%s' % (self._page, _quoted(method.name))}
            json.dumps([entry, definitions(_hints(method))],
                       allow_nan=False)
            return entry
        except Exception as e:
            self._log.error("The method %s is not described: %s", method.name,
                            traceback_of(e))
            return None


def _described(method):
    entry = {
        'name': method.name,
        'summary': method.summary,
        'description': method.description,
        'tags': [_reference('tags', method.namespace)],
        'params': [_parameter(parameter) for parameter in method.parameters],
        # what there is besides the parameters has no names
        'paramStructure': 'by-position' if method.variadic else 'either',
        'result': {'name': 'result', 'schema': method.result_schema,
                   'description': method.result_description},
        'errors': [_reference('errors', name) for name in _errors(method)],
        'x-read-only': method.only_reads,
    }
    if method.permission:
        entry['x-permission'] = _permission(method)
    if method.deprecated:
        entry['deprecated'] = True
    return entry


def _parameter(parameter):
    return {'name': parameter.name, 'required': not parameter.optional,
            'schema': parameter.schema, 'description': parameter.description}


def _permission(method):
    return '%s' % (method.permission or '',)


def _errors(method):
    """The names of the conditions that calls of a method may meet."""
    if method.parameters:
        yield 'InvalidParams'
    yield 'PermissionError'
    if '404' in method.faults or not method.description:
        yield 'ResourceNotFound'
    if not method.read_only:
        yield 'Conflict'
    yield 'TracError'
    yield 'InternalError'


def _components(methods):
    """What the descriptions of methods refer to."""
    return {
        'schemas': definitions([hint for method in methods
                                for hint in _hints(method)]),
        'errors': {condition.name: {
            'code': condition.jsonrpc, 'message': condition.meaning,
            'data': {'type': condition.name, 'code': condition.code}}
            for condition in CONDITIONS},
        'tags': {method.namespace: {
            'name': method.namespace,
            'description': method.namespace_description}
            for method in reversed(methods)},  # the first one describes it
    }


def _hints(method):
    """The type hints of the result and of the parameters."""
    return [method.hint] + [each.hint for each in method.parameters]


def _reference(kind, name):
    """A reference to a component; by a JSON pointer in a URL."""
    pointer = name.replace('~', '~0').replace('/', '~1')
    return {'$ref': '#/components/%s/%s' % (kind, _quoted(pointer))}


def _quoted(name):
    return quote(name, errors='replace')
