# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""What tests need: requests through Trac's dispatcher, and clients for both
protocols."""

import base64
import datetime as dt
import gc
import io
import json
import threading
import xmlrpc.client as xmlrpclib
from contextlib import contextmanager

from trac.core import Component, implements
from trac.perm import DefaultPermissionPolicy, PermissionSystem
from trac.util.datefmt import utc
from trac.web import main

from tracrpc.api import AbstractRPCHandler, IXMLRPCHandler, expose_rpc

_JSON_ERROR = -32603


def grant(env, user, *actions):
    """Give actions to a user."""
    for action in actions:
        PermissionSystem(env).grant_permission(user, action)
    _forget_permissions(env)


def revoke(env, user, *actions):
    """Take actions from a user."""
    for action in actions:
        PermissionSystem(env).revoke_permission(user, action)
    _forget_permissions(env)


def _forget_permissions(env):
    policy = DefaultPermissionPolicy(env)
    policy.permission_cache.clear()
    policy.last_reap = 0


class Response:
    """An HTTP response: `status` (int), `headers` (dict, names in lower
    case), `body` (bytes), `input` (what was left of the request's body)."""

    def __init__(self, status, headers, body, rest):
        self.status = int(status.split()[0])
        self.header_list = headers
        self.headers = {name.lower(): value for name, value in headers}
        self.body = body
        self.input = rest

    @property
    def text(self):
        return self.body.decode('utf-8')


def request(env, path='/rpc', method='POST', body=b'', content_type=None,
            user=None, environ=None, sink=None, **headers):
    """Send a request through Trac's dispatcher, as web servers do.

    `headers` are names with underscores: `Accept='text/html'`. Pass
    `environ={'CONTENT_LENGTH': None}` to leave something out. If there is a
    `sink`, it is called with each piece of the response's body, which is not
    kept then.
    """
    path, _, query = path.partition('?')
    stream = io.BytesIO(body)
    values = {
        'REQUEST_METHOD': method, 'SCRIPT_NAME': '/trac', 'PATH_INFO': path,
        'QUERY_STRING': query, 'SERVER_NAME': 'example.org',
        'SERVER_PORT': '80', 'HTTP_HOST': 'example.org',
        'SERVER_PROTOCOL': 'HTTP/1.1', 'REMOTE_ADDR': '127.0.0.1',
        'CONTENT_TYPE': content_type, 'CONTENT_LENGTH': str(len(body)),
        'REMOTE_USER': user, 'trac.base_url': 'http://example.org/trac',
        'wsgi.input': stream, 'wsgi.url_scheme': 'http',
        'wsgi.errors': io.StringIO(), 'wsgi.run_once': False,
        'wsgi.multithread': False, 'wsgi.multiprocess': False,
    }
    values.update(('HTTP_' + name.upper(), value)
                  for name, value in headers.items())
    values.update(environ or {})
    values = {name: value for name, value in values.items()
              if value is not None or name == 'CONTENT_TYPE'}
    return _dispatch(env, values, stream, sink)


def _dispatch(env, environ, stream, sink):
    sent, written = [], []
    write = sink or written.append

    def start_response(status, headers, exc_info=None):
        sent[:] = [status, headers]
        return write
    environ['trac.env_path'] = env.path
    opened = main.open_environment
    main.open_environment = lambda path, use_cache=False: env
    main.gc = NoGarbageCollection  # at the end of every request: too slow
    shutdown, env.shutdown = env.shutdown, lambda tid=None: None
    try:
        rest = main.dispatch_request(environ, start_response)
        for piece in rest:
            write(piece)
        if hasattr(rest, 'close'):
            rest.close()
    finally:
        main.open_environment = opened
        main.gc = gc
        env.shutdown = shutdown
    return Response(sent[0], sent[1], b''.join(written), stream.read())


class NoGarbageCollection:
    """Stands in for `gc` in Trac's dispatcher."""

    @staticmethod
    def collect():
        return 0


class Fault(Exception):
    """A fault that a call was answered with: `code`, and `text` without the
    `while executing` that XML-RPC adds."""

    def __init__(self, code, text):
        super().__init__(code, text)
        self.code = code
        self.text = text


class RPC:
    """Calls over one protocol."""

    def __init__(self, env, protocol):
        self.env = env
        self.protocol = protocol

    admin = property(lambda self: self.as_user('admin'))
    user = property(lambda self: self.as_user('user'))
    anonymous = property(lambda self: self.as_user('anonymous'))

    def as_user(self, name):
        """A client with the rights of that user."""
        cls = XMLClient if self.protocol == 'xml' else JSONClient
        return cls(self.env, name)

    @contextmanager
    def fault(self, code, text=''):
        """Expect a fault with that code; 1 stands for the code of all errors
        that have none of their own."""
        found = Fault(None, None)
        try:
            yield found
        except Fault as e:
            found.code, found.text = e.code, e.text
            if e.code == _JSON_ERROR and self.protocol == 'json':
                found.code = 1
            assert found.code == code, e
            assert text in e.text
        else:
            raise AssertionError("no fault")


class _Client:
    """Calls as a user; attributes lead to methods."""

    def __init__(self, env, user, prefix=''):
        self._env = env
        self._user = user
        self._prefix = prefix

    def __getattr__(self, name):
        return type(self)(self._env, self._user,
                          (self._prefix + '.' + name).lstrip('.'))

    def __call__(self, *args):
        if self._prefix:
            return self._call(self._prefix, list(args))
        return self._call(args[0], list(args[1:]))

    def _post(self, content_type, body):
        login = '' if self._user == 'anonymous' else '/login'
        response = request(
            self._env, login + '/rpc', body=body, content_type=content_type,
            user=None if self._user == 'anonymous' else self._user)
        assert response.status == 200, (response.status, response.body)
        return response.body


class XMLClient(_Client):

    def _call(self, name, args):
        body = '<methodCall><methodName>%s</methodName>%s</methodCall>' % (
            xmlrpclib.escape(name),
            _Marshaller(allow_none=True).dumps(tuple(map(_to_xml, args))))
        answer = self._post('text/xml', body.encode('utf-8'))
        try:
            (value,), _ = xmlrpclib.loads(answer)
        except xmlrpclib.Fault as e:
            text = e.faultString
            end = "' while executing '%s()'" % name
            if text.startswith("'") and text.endswith(end):
                text = text[1:-len(end)]
            raise Fault(e.faultCode, text) from None
        return _from_xml(value)


class _Marshaller(xmlrpclib.Marshaller):
    """Python's own, which sends no integers beyond 32 bit."""

    dispatch = dict(xmlrpclib.Marshaller.dispatch)

    def dump_long(self, value, write):
        write('<value><i8>%d</i8></value>\n' % value)
    dispatch[int] = dump_long


def _to_xml(value):
    if isinstance(value, dt.datetime):
        return xmlrpclib.DateTime(
            value.astimezone(utc).strftime('%Y%m%dT%H:%M:%S'))
    if isinstance(value, list):
        return [_to_xml(item) for item in value]
    if isinstance(value, dict):
        return {name: _to_xml(item) for name, item in value.items()}
    return value


def _from_xml(value):
    if isinstance(value, xmlrpclib.Binary):
        return value.data
    if isinstance(value, xmlrpclib.DateTime):
        return dt.datetime.strptime(value.value, '%Y%m%dT%H:%M:%S') \
            .replace(tzinfo=utc)
    if isinstance(value, list):
        return [_from_xml(item) for item in value]
    if isinstance(value, dict):
        return {name: _from_xml(item) for name, item in value.items()}
    return value


class JSONClient(_Client):

    def _call(self, name, args):
        body = json.dumps({'method': name, 'params': _to_json(args),
                           'id': 7})
        answer = json.loads(self._post('application/json',
                                       body.encode('utf-8')))
        assert answer['id'] == 7
        if answer['error']:
            raise Fault(answer['error']['code'], answer['error']['message'])
        return _from_json(answer['result'])


def _to_json(value):
    if isinstance(value, dt.datetime):
        return {'__jsonclass__': ['datetime', value.isoformat()]}
    if isinstance(value, bytes):
        return {'__jsonclass__': ['binary',
                                  base64.b64encode(value).decode('ascii')]}
    if isinstance(value, (list, tuple)):
        return [_to_json(item) for item in value]
    if isinstance(value, dict):
        return {name: _to_json(item) for name, item in value.items()}
    return value


def _from_json(value):
    if isinstance(value, list):
        return [_from_json(item) for item in value]
    if isinstance(value, dict):
        if set(value) == {'__jsonclass__'}:
            kind, text = value['__jsonclass__']
            if kind == 'binary':
                return base64.b64decode(text)
            form = '%Y-%m-%dT%H:%M:%S' + ('.%f' if '.' in text else '')
            return dt.datetime.strptime(text, form).replace(tzinfo=utc)
        return {name: _from_json(item) for name, item in value.items()}
    return value


def odd_handler():
    """A handler of the namespace `odd`, shaped as third parties write them,
    whose class tells what its methods got and what they do."""

    class Odd(Component):

        implements(IXMLRPCHandler)

        taken = None
        result = None
        raises = True
        calls = 0

        def xmlrpc_namespace(self):
            return 'odd'

        def xmlrpc_methods(self):
            yield None, ((int, list),), self.take
            yield '', ((str,),), self.give

        def take(self, req, value):
            Odd.taken = value

        def give(self, req):
            Odd.calls += 1
            if isinstance(Odd.result, Exception) and Odd.raises:
                raise Odd.result
            return Odd.result

    return Odd


def validator(document, pointer):
    """A validator for what a part of an OpenRPC document describes."""
    import jsonschema
    from referencing import Registry
    from referencing.jsonschema import DRAFT7
    registry = Registry().with_resource(
        'urn:document', DRAFT7.create_resource(document))
    return jsonschema.Draft7Validator(
        {'$ref': 'urn:document#' + pointer}, registry=registry)


def in_threads(env, count, function):
    """Run the function in as many threads at once; return what each returned
    or raised."""
    barrier = threading.Barrier(count)
    results: list = [None] * count

    def run(number):
        try:
            barrier.wait()
            results[number] = function(number)
        except Exception as e:
            results[number] = e
        finally:
            env.shutdown(threading.get_ident())
    threads = [threading.Thread(target=run, args=(number,))
               for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def own_handler(count):
    """A handler that exposes so many methods."""
    def method(self, req):
        return 1

    return type(AbstractRPCHandler)(
        'OwnHandler', (AbstractRPCHandler,),
        dict({'call%d' % number: expose_rpc(None)(method)
              for number in range(count)},
             __module__=__name__, xmlrpc_namespace=lambda self: 'own'))


def foreign_handler(count):
    """A handler that lists so many methods itself."""
    class ForeignHandler(Component):

        implements(IXMLRPCHandler)

        def xmlrpc_namespace(self):
            return 'foreign'

        def xmlrpc_methods(self):
            for number in range(count):
                yield None, ((int,),), self.method, 'call%d' % number

        def method(self, req):
            return 1

    return ForeignHandler
