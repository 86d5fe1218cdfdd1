# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""JSON-RPC: bytes to calls, values to JSON.

The dialect of JSON-RPC 1.0 that clients of this plugin have always spoken is
here, version 2.0 in `json_rpc2`.
"""

import json
from contextlib import suppress

from trac.core import Component, implements

from tracrpc import json_reader, json_rpc2, json_writer
from tracrpc.api import IRPCProtocol, XMLRPCSystem
from tracrpc.examples import JSON_RPC
from tracrpc.faults import ParseError, RPCError, json_error
from tracrpc.http import send_answer, send_nothing
from tracrpc.json_reader import TracRpcJSONDecoder
from tracrpc.json_writer import TracRpcJSONEncoder
from tracrpc.util import _, cleandoc_

__all__ = ['JsonRpcProtocol', 'TracRpcJSONDecoder', 'TracRpcJSONEncoder',
           'json', 'json_load']


class JsonRpcProtocol(Component):
    """Answers calls in JSON-RPC."""

    implements(IRPCProtocol)

    post_only = True

    # IRPCProtocol methods

    def rpc_info(self):
        return 'JSON-RPC', '\n\n'.join((_(_documentation),
                                        _(_documentation2)))

    def rpc_examples(self):
        return JSON_RPC

    def rpc_match(self):
        for path in ('rpc', 'jsonrpc'):
            yield path, 'application/json'
            yield path, 'application/json-rpc'
            yield path, 'application/jsonrequest'

    def parse_rpc_request(self, req, content_type):
        req.rpc = dict(req.rpc, id=None)
        body = _load(req)
        if json_rpc2.speaks(body):
            return self._parse2(req, body)
        request = _required_dict(body)
        # known from here on, whatever is wrong with the rest
        req.rpc = dict(req.rpc, id=request.get('id'),
                       method=_method_name(request.get('method')))
        params = request.get('params') or []
        if req.rpc['method'] == 'system.multicall':
            return dict(req.rpc, **_multicall(params, req.rpc['id']))
        return dict(req.rpc, params=_decoded_params(params))

    def send_rpc_result(self, req, result):
        id_ = req.rpc.get('id')
        if 'request' in req.rpc:
            parts = req.rpc['request'].response(result)
        elif req.rpc.get('method') == 'system.multicall':
            parts = _multicall_response(result, req.rpc['ids'], id_)
        else:
            parts = _response(json_writer.pieces(result), id_)
        self._send(req, parts)

    def send_rpc_error(self, req, e):
        if 'id' not in req.rpc:
            self._recognize(req)
        if 'request' in req.rpc:
            parts = req.rpc['request'].error(e)
        else:
            parts = _error_response(e, req.rpc.get('id'))
        self._send(req, parts)

    # Internal methods

    def _parse2(self, req, body):
        """Parse a request of version 2.0."""
        request = json_rpc2.read(body, XMLRPCSystem(self.env).max_multicall)
        req.rpc = dict(req.rpc, id=request.id, method=request.method,
                       request=request)
        return dict(req.rpc, params=request.params)

    def _recognize(self, req):
        """Learn the version of a request that was refused before it was
        read, and what version 2.0 needs to answer it."""
        unread = req.rpc
        with suppress(Exception):
            self.parse_rpc_request(req, '')
        if 'request' not in req.rpc:
            req.rpc = unread

    def _send(self, req, parts):
        if not parts:
            send_nothing(req)
        content_type = req.rpc['mimetype'].split(';')[0].strip().lower()
        self._send_response(req, json_writer.joined([*parts, b'\n']),
                            content_type)

    def _send_response(self, req, response, content_type):
        """Send a response: a text, or a list of bytes and `Base64` if it
        holds files."""
        if isinstance(response, str):
            response = [response.encode('utf-8')]
        elif isinstance(response, bytes):
            response = [response]
        send_answer(req, content_type, response)


# Reading

def json_load(req):
    """The body of a request, decoded; `ParseError` if it is no call."""
    body = json_reader.load(req.environ['wsgi.input'])
    return json_reader.resolved(_required_dict(body))


def _load(req):
    stream = req.environ['wsgi.input']
    try:
        return json_reader.load(stream, req.rpc_body.keep)
    except ParseError:
        stream.seek(0)
        if json_rpc2.seems_to_speak(stream):
            req.rpc = dict(req.rpc, request=json_rpc2.invalid())
        raise


def _required_dict(body):
    if not isinstance(body, dict):
        raise ParseError("JSON object is not a dict")
    return body


def _method_name(method):
    return method if method is None else str(method)


def _decoded_params(params):
    """Positional (list) or named (dict) arguments."""
    if not isinstance(params, (list, dict)):
        raise RPCError('"params" must be an array or an object')
    try:
        return json_reader.resolved_params(params)
    except ValueError as e:
        raise json_reader.parse_error(e) from e


def _multicall(calls, id_):
    """The calls of a multicall, as XML-RPC would send them, and the ids that
    their responses bear."""
    if not isinstance(calls, list):
        raise RPCError('"params" must be an array of calls')
    signatures, ids = [], []
    for call in calls:
        signatures.append(_signature(call))
        # a call without an id bears that of the whole
        ids.append(call.get('id', id_) if isinstance(call, dict) else id_)
    return {'params': [signatures], 'ids': ids}


def _signature(call):
    """`{methodName, params}`; the exception, if the call can't be read."""
    if not isinstance(call, dict):
        return call
    params = call.get('params')
    if isinstance(params, list):
        try:
            params = json_reader.resolved(params)
        except ValueError as e:
            return json_reader.parse_error(e)
    return {'methodName': call.get('method'), 'params': params}


# Writing

def _response(written, id_):
    """A response with a result, of which these are the pieces."""
    return json_writer.enclosed(
        b'{"result": ', written,
        b', "error": null, "id": %b}' % json_writer.echo(id_))


def _error_response(exc, id_):
    return [b'{"result": null, "id": ', json_writer.echo(id_), b', "error": ',
            json.dumps(json_error(exc)).encode('ascii'), b'}']


def _multicall_response(results, ids, id_):
    """A response whose result is an array of responses, one for each of the
    results, which are 1-tuples or exceptions."""
    parts = [b'{"result": [']
    separator = b''
    for written, result_id in zip(json_writer.pieces_of_each(results), ids):
        item = _error_response(written, result_id) \
            if isinstance(written, Exception) else \
            _response(written, result_id)
        parts += [separator, *item]
        separator = b', '
    return [*parts, b'], "error": null, "id": ', json_writer.echo(id_), b'}']


_documentation = cleandoc_("""
    Send `POST` requests with `Content-Type: application/json` to the
    addresses below.

    The answer to `{"method": "system.getAPIVersion", "params": [], "id": 1}`
    is `{"result": %(version)s, "error": null, "id": 1}`, or for a
    fault `{"result": null, "error": {"name": "JSONRPCError", "code": 404,
    "message": "..."}, "id": 1}`.

    Dates and binary data are objects with the one key `__jsonclass__`, in
    both directions: `{"__jsonclass__": ["datetime",
    "2026-11-21T18:01:19.261944"]}` (UTC unless it names a zone) and
    `{"__jsonclass__": ["binary", "<base64>"]}`.

    `system.multicall` takes the calls as its `params`:
    `{"method": "system.multicall", "params": [{"method": "ticket.get",
    "params": [1], "id": 1}], "id": 2}`; its result is an array of answers.
    """)

_documentation2 = cleandoc_("""
    Requests with `"jsonrpc": "2.0"`, and arrays of them (batches), are
    answered as [https://www.jsonrpc.org/specification JSON-RPC 2.0] says:

    {{{
    curl -H "Content-Type: application/json" --data \\
      '[{"jsonrpc": "2.0", "method": "wiki.getPage",
         "params": {"pagename": "WikiStart"}, "id": 1},
        {"jsonrpc": "2.0", "method": "ticket.get", "params": [1], "id": 2}]' \\
      %(url_auth)s
    }}}

    Each answer is `{"jsonrpc": "2.0", "result": ..., "id": 1}` or
    `{"jsonrpc": "2.0", "error": {"code": -32002, "message": "...", "data":
    {"type": "ResourceNotFound", "code": 404, "resource": {"realm": "wiki",
    "id": "WikiStart"}}}, "id": 1}`; requests without an `id` have none (204).
    Besides the codes of the specification, -32700 to -32600, there are -32001
    for a missing permission (`data.code` 403), -32002 for what does not exist
    (404), -32003 for what somebody else changed in the meantime (409) and
    -32000 for anything else that is refused. Dates and binary data are as
    above. `system.multicall` takes and returns what its description says.
    """)
