# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""JSON-RPC: bytes to calls, values to JSON."""

import json

from trac.core import Component, implements

from tracrpc import json_reader, json_writer
from tracrpc.api import IRPCProtocol
from tracrpc.faults import ParseError, RPCError, json_error
from tracrpc.http import send_answer
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
        return 'JSON-RPC', _(_documentation)

    def rpc_match(self):
        for path in ('rpc', 'jsonrpc'):
            yield path, 'application/json'
            yield path, 'application/json-rpc'
            yield path, 'application/jsonrequest'

    def parse_rpc_request(self, req, content_type):
        request = _required_dict(json_reader.load(
            req.environ['wsgi.input'], req.rpc_body.keep))
        # known from here on, whatever is wrong with the rest
        req.rpc = dict(req.rpc, id=request.get('id'),
                       method=_method_name(request.get('method')))
        params = request.get('params') or []
        if req.rpc['method'] == 'system.multicall':
            return dict(req.rpc, **_multicall(params, req.rpc['id']))
        return dict(req.rpc, params=_decoded_params(params))

    def send_rpc_result(self, req, result):
        id_ = req.rpc.get('id')
        if req.rpc.get('method') == 'system.multicall':
            parts = _multicall_response(result, req.rpc['ids'], id_)
        else:
            parts = _response(json_writer.pieces(result), id_)
        self._send(req, parts)

    def send_rpc_error(self, req, e):
        self._send(req, _error_response(e, req.rpc.get('id')))

    # Internal methods

    def _send(self, req, parts):
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
    addresses below. With `curl`:

    {{{
    curl -H "Content-Type: application/json" --data \\
      '{"method": "system.getAPIVersion", "params": [], "id": 1}' \\
      %(url_auth)s
    }}}

    The answer is `{"result": %(version)s, "error": null, "id": 1}`, or for a
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
