# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""Requests as a web server hands them to Trac, in this process."""

import io
import json
import xmlrpc.client
from typing import Any, BinaryIO, Callable, Dict, List, Sequence, Tuple

from trac.core import Component, implements
from trac.web.api import IRequestHandler
from trac.web.main import dispatch_request

from benchmarks.fixtures import USER

#: Those that everything is measured with.
PROTOCOLS = ('xml', 'json')

#: JSON-RPC 2.0 differs from the older one in little.
VERSION2 = 'json2'

MEDIA_TYPES = {'xml': 'text/xml', 'json': 'application/json',
               VERSION2: 'application/json'}


class DoNothing(Component):
    """The least that Trac can do for a logged in user: the floor."""

    implements(IRequestHandler)

    # IRequestHandler methods

    def match_request(self, req):
        return req.path_info == '/login/nothing'

    def process_request(self, req):
        req.send(b'nothing', 'text/plain')


class Request:
    """A request, to be sent any number of times."""

    def __init__(self, path: str = '/login/rpc', body: bytes = b'',
                 **headers: str) -> None:
        self.body = body
        self.environ: Dict[str, Any] = {
            'REQUEST_METHOD': 'POST' if body else 'GET',
            'SCRIPT_NAME': '', 'PATH_INFO': path, 'QUERY_STRING': '',
            'SERVER_NAME': 'example.org', 'SERVER_PORT': '80',
            'SERVER_PROTOCOL': 'HTTP/1.1', 'HTTP_HOST': 'example.org',
            'REMOTE_ADDR': '127.0.0.1', 'REMOTE_USER': USER,
            'wsgi.version': (1, 0), 'wsgi.url_scheme': 'http',
            'wsgi.errors': io.StringIO(), 'wsgi.run_once': False,
            'wsgi.multithread': False, 'wsgi.multiprocess': False,
        }
        if body:
            self.environ['CONTENT_LENGTH'] = str(len(body))
        self.environ.update(headers)


NOTHING = Request('/login/nothing')


class Answer:
    """An HTTP answer."""

    def __init__(self, status: str, body: bytes) -> None:
        self.status = int(status[:3])
        self.body = body


class Site:
    """A Trac environment as its web server sees it."""

    def __init__(self, path: str) -> None:
        self.path = path

    def prepared(self, request: Request) -> Callable[[], Answer]:
        """The request, ready to be sent once."""
        environ = dict(request.environ)
        environ['trac.env_path'] = self.path
        environ['wsgi.input'] = io.BytesIO(request.body)
        pieces: List[bytes] = []
        status: List[str] = []

        def send() -> Answer:
            dispatch(environ, status, pieces.append)
            return Answer(status[0], b''.join(pieces))
        return send

    def send(self, request: Request) -> Answer:
        return self.prepared(request)()

    def stream(self, request: Request, body: BinaryIO, size: int) -> int:
        """Send a request whose body is read from a file; return the size of
        the answer, of which nothing is kept."""
        environ = dict(request.environ)
        environ.update({'trac.env_path': self.path, 'wsgi.input': body,
                        'REQUEST_METHOD': 'POST',
                        'CONTENT_LENGTH': str(size)})
        sizes = [0]
        status: List[str] = []

        def write(piece: bytes) -> None:
            sizes[0] += len(piece)
        dispatch(environ, status, write)
        if not status[0].startswith('200'):
            raise WrongAnswer('answered with %s' % status[0])
        return sizes[0]


def dispatch(environ: Dict[str, Any], status: List[str],
             write: Callable[[bytes], Any]) -> None:
    """Have Trac answer a request."""
    def start_response(line: str, headers: List[Tuple[str, str]],
                       exc_info: Any = None) -> Callable[[bytes], Any]:
        status[:] = [line]
        return write
    rest = dispatch_request(environ, start_response)
    for piece in rest:
        write(piece)
    if hasattr(rest, 'close'):
        rest.close()


# Calls

def call(protocol: str, method: str, *args: Any) -> Request:
    """A request with one call."""
    if protocol == 'xml':
        body = xmlrpc.client.dumps(args, method)
    else:
        body = json.dumps(_json_call(protocol, method, args, 1),
                          default=_hint)
    return post(protocol, body)


def _json_call(protocol: str, method: str, args: Sequence[Any],
               id_: int) -> Dict[str, Any]:
    found = {'method': method, 'params': args, 'id': id_}
    return dict(found, jsonrpc='2.0') if protocol == VERSION2 else found


def multicall(protocol: str, calls: List[Tuple[Any, ...]]) -> Request:
    """A request with many calls, `(method, argument ...)` each."""
    if protocol == 'xml':
        return call(protocol, 'system.multicall',
                    [{'methodName': method, 'params': list(args)}
                     for method, *args in calls])
    batch = [_json_call(protocol, method, args, number)
             for number, (method, *args) in enumerate(calls)]
    if protocol == VERSION2:
        return post(protocol, json.dumps(batch, default=_hint))
    return call(protocol, 'system.multicall', *batch)


def post(protocol: str, body: str) -> Request:
    return Request(body=body.encode('utf-8'),
                   CONTENT_TYPE=MEDIA_TYPES[protocol])


def _hint(value: Any) -> Any:
    """A date or binary as JSON has it, for those of XML-RPC."""
    if isinstance(value, xmlrpc.client.DateTime):
        text = value.value
        return {'__jsonclass__': ['datetime', '%s-%s-%s' % (
            text[:4], text[4:6], text[6:])]}
    raise TypeError(value)


class WrongAnswer(Exception):
    """An answer is not what the benchmark asked for."""


def result(protocol: str, answer: Answer) -> Any:
    """The result that an answer holds; the fault's code if it is one."""
    if answer.status != 200:
        raise WrongAnswer('answered with HTTP status %d' % answer.status)
    if protocol == 'xml':
        try:
            return xmlrpc.client.loads(answer.body)[0][0]
        except xmlrpc.client.Fault as e:
            return 'fault %d' % e.faultCode
    return _json_result(json.loads(answer.body))


def _json_result(response: Dict[str, Any]) -> Any:
    if response.get('error'):
        return 'fault %d' % response['error']['code']
    return response['result']


def results(protocol: str, answer: Answer) -> List[Any]:
    """The results of a multicall; faults as of `result`."""
    found = json.loads(answer.body) if protocol == VERSION2 else \
        result(protocol, answer)
    if not isinstance(found, list):
        raise WrongAnswer('the multicall gave %r' % (found,))
    if protocol == 'xml':
        return [item[0] if isinstance(item, list)
                else 'fault %d' % item['faultCode'] for item in found]
    return list(map(_json_result, found))


def first_result(site: Site, method: str, *args: Any) -> Any:
    """The result of a call."""
    return result('json', site.send(call('json', method, *args)))
