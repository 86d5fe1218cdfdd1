# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""JSON-RPC: bytes to calls, values to JSON."""

import json
import math
import secrets
from datetime import datetime

from trac.core import Component, implements

from tracrpc.api import IRPCProtocol
from tracrpc.binary import Binary, decode_base64
from tracrpc.faults import ParseError, RPCError, json_error, message_of
from tracrpc.http import send_answer
from tracrpc.values import MAX_DEPTH, check_int, check_text, \
    incoming_text, member_name, parse_datetime, shown, \
    simplified, to_utc, too_deep
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
        request = _load(req.environ['wsgi.input'].read())
        # known from here on, whatever is wrong with the rest
        req.rpc = dict(req.rpc, id=request.get('id'),
                       method=_method_name(request.get('method')))
        params = request.get('params') or []
        if req.rpc['method'] == 'system.multicall':
            return dict(req.rpc, **_multicall(params, req.rpc['id']))
        return dict(req.rpc, params=_decoded_params(params))

    def send_rpc_result(self, req, result):
        writer = JSONWriter()
        id_ = req.rpc.get('id')
        if req.rpc.get('method') == 'system.multicall':
            writer.multicall(zip(result, req.rpc['ids']), id_)
        else:
            writer.response(result, id_)
        self._send(req, writer)

    def send_rpc_error(self, req, e):
        writer = JSONWriter()
        writer.error(e, req.rpc.get('id'))
        self._send(req, writer)

    # Internal methods

    def _send(self, req, writer):
        content_type = req.rpc['mimetype'].split(';')[0].strip().lower()
        self._send_response(req, writer.written(), content_type)

    def _send_response(self, req, response, content_type):
        """Send a response: a text, or a list of texts and `Base64` if it
        holds files."""
        parts = [response] if isinstance(response, (str, bytes)) else response
        send_answer(req, content_type,
                    [part.encode('utf-8') if isinstance(part, str) else part
                     for part in parts])


# Reading

def json_load(req):
    """The body of a request, decoded; `ParseError` if it is no call."""
    return _decoded(_load(req.environ['wsgi.input'].read()))


def _load(body):
    try:
        request = json.loads(body, parse_constant=_refuse_constant,
                             parse_int=_parse_int, parse_float=_parse_float)
    except UnicodeDecodeError as e:
        raise _parse_error("not valid " + e.encoding.upper()) from e
    except RecursionError as e:
        raise _parse_error("nested deeper than %d levels"
                           % MAX_DEPTH) from e
    except ValueError as e:
        raise _parse_error(e) from e
    if not isinstance(request, dict):
        raise ParseError("JSON object is not a dict")
    return request


def _parse_error(problem):
    return ParseError("No JSON object could be decoded (%s)"
                      % message_of(problem))


def _refuse_constant(name):
    raise ValueError("%s is not allowed" % name)


def _parse_int(text):
    if len(text) > 400:
        raise ValueError("invalid int: %s" % shown(text))
    return int(text)


def _parse_float(text):
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("the number %s is out of range" % shown(text))
    return value


def _method_name(method):
    return method if method is None else str(method)


def _decoded_params(params):
    """Positional (list) or named (dict) arguments."""
    if not isinstance(params, (list, dict)):
        raise RPCError('"params" must be an array or an object')
    try:
        if isinstance(params, dict):
            # not a value: a key `__jsonclass__` means nothing here
            return {check_text(name): _decoded(value)
                    for name, value in params.items()}
        return _decoded(params)
    except ValueError as e:
        raise _parse_error(e) from e


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
    signature = {'methodName': call.get('method'),
                 'params': call.get('params')}
    if isinstance(signature['params'], list):
        try:
            signature['params'] = _decoded_params(signature['params'])
        except ParseError as e:
            return e
    return signature


def _decoded(value, depth=0):
    """A decoded JSON value with its hints resolved and its texts checked."""
    if isinstance(value, str):
        return incoming_text(value)
    if isinstance(value, (list, dict)) and depth >= MAX_DEPTH:
        raise ValueError("nested deeper than %d levels" % MAX_DEPTH)
    if isinstance(value, list):
        return [_decoded(item, depth + 1) for item in value]
    if isinstance(value, dict):
        if len(value) == 1 and '__jsonclass__' in value:
            return _hinted(value['__jsonclass__'])
        return {check_text(name): _decoded(item, depth + 1)
                for name, item in value.items()}
    return value


def _hinted(hint):
    """The value that a type hint, `[type, text]`, stands for."""
    if not isinstance(hint, list) or len(hint) != 2:
        raise ValueError("__jsonclass__ must be [type, value], not %s"
                         % shown(hint))
    kind, text = hint
    if kind == 'datetime':
        return parse_datetime(text)
    if kind == 'binary':
        return decode_base64(text)
    raise ValueError("Unknown __jsonclass__: %s" % shown(kind))


class TracRpcJSONDecoder(json.JSONDecoder):
    """Decodes JSON with hints: `json.loads(text, cls=TracRpcJSONDecoder)`."""

    def decode(self, s, *args):
        return _decoded(super().decode(s, *args))

    @classmethod
    def _parse_datetime(cls, text):
        return parse_datetime(text)


# Writing

class TracRpcJSONEncoder(json.JSONEncoder):
    """Encodes dates, binaries and Trac's texts:
    `json.dumps(value, cls=TracRpcJSONEncoder)`."""

    def iterencode(self, o, _one_shot=False):
        return super().iterencode(_plain(o, _base64_text), _one_shot)

    def encode(self, o):
        return super().encode(_plain(o, _base64_text))


class JSONWriter:
    """Writes responses, keeping files out of memory."""

    def __init__(self):
        self._response = None
        self._files = []
        # no text of a client or the database can hold it
        self._mark = secrets.token_hex(16)

    def response(self, result, id_):
        """Make it a response with a result."""
        self._response = self._with_result(result, id_)

    def error(self, exc, id_):
        """Make it a response with an error."""
        self._response = _with_error(exc, id_)

    def multicall(self, results, id_):
        """Make it a response whose result is an array of responses, one for
        each pair of a 1-tuple or an exception and an id."""
        items = []
        for result, result_id in results:
            files = len(self._files)
            try:
                if isinstance(result, Exception):
                    raise result
                items.append(self._with_result(result[0], result_id))
            except Exception as e:
                del self._files[files:]
                items.append(_with_error(e, result_id))
        self._response = {'result': items, 'error': None, 'id': _id(id_)}

    def written(self):
        """The response: a text, or a list of texts and `Base64`."""
        text = json.dumps(self._response) + '\n'
        if not self._files:
            return text
        first, *others = text.split(self._mark)
        return [first] + [part for pair in zip(self._files, others)
                          for part in pair]

    # Internal methods

    def _with_result(self, result, id_):
        return {'result': _plain(result, self._file_mark), 'error': None,
                'id': _id(id_)}

    def _file_mark(self, binary):
        self._files.append(binary.base64())
        return self._mark


def _with_error(exc, id_):
    return {'result': None, 'id': _id(id_), 'error': json_error(exc)}


def _id(id_):
    """An id, as it came; null for one that could be too deep to write."""
    if isinstance(id_, (list, dict)):
        try:
            json.dumps(id_)
        except RecursionError:
            return None
    return id_


def _base64_text(binary):
    return b''.join(binary.base64()).decode('ascii')


def _plain(value, base64_of, depth=0):
    """A value as JSON knows it, with hints for dates and binaries."""
    kind = type(value)
    if kind in _PLAIN or value is None:
        return value
    if kind is int:
        return check_int(value)
    if kind is list or kind is tuple or kind is dict:
        if depth >= MAX_DEPTH:
            raise too_deep()
        if kind is dict:
            return {name if type(name) is str else member_name(name):
                    item if type(item) is str else
                    _plain(item, base64_of, depth + 1)
                    for name, item in value.items()}
        return [item if type(item) is str else
                _plain(item, base64_of, depth + 1) for item in value]
    if kind is datetime:
        return {'__jsonclass__': ['datetime', _date_text(value)]}
    if kind is Binary:
        return {'__jsonclass__': ['binary', base64_of(value)]}
    return _plain(simplified(value), base64_of, depth)


_PLAIN = frozenset((str, bool, float))


def _date_text(value):
    value = to_utc(value)
    text = '%04d-%02d-%02dT%02d:%02d:%02d' % (
        value.year, value.month, value.day, value.hour, value.minute,
        value.second)
    return text + '.%06d' % value.microsecond if value.microsecond else text


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
