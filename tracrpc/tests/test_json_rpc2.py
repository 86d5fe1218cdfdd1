# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""JSON-RPC 2.0, beside the dialect that clients have always spoken."""

import datetime as dt
import json
import re

import pytest
from trac.core import Component, TracError, implements
from trac.perm import PermissionError
from trac.resource import Resource, ResourceNotFound
from trac.util.datefmt import utc
from trac.util.html import tag

from tracrpc.api import AbstractRPCHandler, Binary, IXMLRPCHandler, \
    ProtocolException, ServiceException, expose_rpc
from tracrpc.faults import Conflict, about
from tracrpc.tests.support import grant, odd_handler, request, revoke
from tracrpc.tests.test_batches import batching_handler


@pytest.fixture
def odd(components):
    """`odd.take(x)` keeps what it gets, `odd.give()` returns `.result`, or
    raises it."""
    return components(odd_handler())


def send(env, body, user='admin', path='/login/rpc',
         content_type='application/json'):
    """Send a body; the response."""
    if not isinstance(body, bytes):
        body = json.dumps(body).encode('ascii')
    return request(env, path, body=body, content_type=content_type,
                   user=user)


def post(env, body, **kwargs):
    """Send a body; the answer, `None` if there is none."""
    response = send(env, body, **kwargs)
    if response.status == 204:
        assert response.body == b'' and \
            'content-type' not in response.headers and \
            response.headers['content-length'] == '0'
        return None
    assert response.status == 200
    assert response.headers['content-type'] == 'application/json'
    assert response.body.endswith(b'\n') and response.body.isascii()
    answer = json.loads(response.body)
    for each in answer if isinstance(answer, list) else [answer]:
        check_response(each)
    return answer


def check_response(answer):
    """Check that an answer is a response object as it is specified."""
    assert answer['jsonrpc'] == '2.0'
    assert set(answer) in ({'jsonrpc', 'result', 'id'},
                           {'jsonrpc', 'error', 'id'})
    if 'error' in answer:
        error = answer['error']
        assert set(error) == {'code', 'message', 'data'}
        assert type(error['code']) is int
        assert error['message'] and isinstance(error['message'], str)
        assert isinstance(error['data']['type'], str)
        assert type(error['data']['code']) is int


def rpc(method, *params, **members):
    """A call with the id 9, or with other members."""
    return dict({'jsonrpc': '2.0', 'method': method, 'params': list(params),
                 'id': 9}, **members)


def notification(method, *params):
    return {'jsonrpc': '2.0', 'method': method, 'params': list(params)}


def ok(result, id_=9):
    return {'jsonrpc': '2.0', 'result': result, 'id': id_}


def call(env, method, *params, **kwargs):
    return post(env, rpc(method, *params), **kwargs)


def error_of(answer, id_=9):
    assert answer['id'] == id_
    return answer['error']


def hint(kind, text):
    return {'__jsonclass__': [kind, text]}


# The examples of the specification, section 7, to the letter

EXAMPLES = [
    # positional parameters
    ('{"jsonrpc": "2.0", "method": "subtract", "params": [42, 23], "id": 1}',
     '{"jsonrpc": "2.0", "result": 19, "id": 1}'),
    ('{"jsonrpc": "2.0", "method": "subtract", "params": [23, 42], "id": 2}',
     '{"jsonrpc": "2.0", "result": -19, "id": 2}'),
    # named parameters
    ('{"jsonrpc": "2.0", "method": "subtract", "params": {"subtrahend": 23, '
     '"minuend": 42}, "id": 3}',
     '{"jsonrpc": "2.0", "result": 19, "id": 3}'),
    ('{"jsonrpc": "2.0", "method": "subtract", "params": {"minuend": 42, '
     '"subtrahend": 23}, "id": 4}',
     '{"jsonrpc": "2.0", "result": 19, "id": 4}'),
    # notifications
    ('{"jsonrpc": "2.0", "method": "update", "params": [1,2,3,4,5]}', None),
    ('{"jsonrpc": "2.0", "method": "foobar"}', None),
    # a method that does not exist
    ('{"jsonrpc": "2.0", "method": "foobar", "id": "1"}',
     '{"jsonrpc": "2.0", "error": {"code": -32601, "message": "Method not '
     'found"}, "id": "1"}'),
    # invalid JSON
    ('{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]',
     '{"jsonrpc": "2.0", "error": {"code": -32700, "message": "Parse '
     'error"}, "id": null}'),
    # an invalid request
    ('{"jsonrpc": "2.0", "method": 1, "params": "bar"}',
     '{"jsonrpc": "2.0", "error": {"code": -32600, "message": "Invalid '
     'Request"}, "id": null}'),
    # a batch of invalid JSON
    ('[{"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"},'
     '{"jsonrpc": "2.0", "method"]',
     '{"jsonrpc": "2.0", "error": {"code": -32700, "message": "Parse '
     'error"}, "id": null}'),
    # an empty array
    ('[]',
     '{"jsonrpc": "2.0", "error": {"code": -32600, "message": "Invalid '
     'Request"}, "id": null}'),
    # invalid batches that are not empty
    ('[1]',
     '[{"jsonrpc": "2.0", "error": {"code": -32600, "message": "Invalid '
     'Request"}, "id": null}]'),
    ('[1,2,3]',
     '[{"jsonrpc": "2.0", "error": {"code": -32600, "message": "Invalid '
     'Request"}, "id": null},'
     '{"jsonrpc": "2.0", "error": {"code": -32600, "message": "Invalid '
     'Request"}, "id": null},'
     '{"jsonrpc": "2.0", "error": {"code": -32600, "message": "Invalid '
     'Request"}, "id": null}]'),
    # a batch
    ('[{"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"},'
     '{"jsonrpc": "2.0", "method": "notify_hello", "params": [7]},'
     '{"jsonrpc": "2.0", "method": "subtract", "params": [42,23], '
     '"id": "2"},'
     '{"foo": "boo"},'
     '{"jsonrpc": "2.0", "method": "foo.get", "params": {"name": "myself"}, '
     '"id": "5"},'
     '{"jsonrpc": "2.0", "method": "get_data", "id": "9"}]',
     '[{"jsonrpc": "2.0", "result": 7, "id": "1"},'
     '{"jsonrpc": "2.0", "result": 19, "id": "2"},'
     '{"jsonrpc": "2.0", "error": {"code": -32600, "message": "Invalid '
     'Request"}, "id": null},'
     '{"jsonrpc": "2.0", "error": {"code": -32601, "message": "Method not '
     'found"}, "id": "5"},'
     '{"jsonrpc": "2.0", "result": ["hello", 5], "id": "9"}]'),
    # a batch of notifications
    ('[{"jsonrpc": "2.0", "method": "notify_sum", "params": [1,2,4]},'
     '{"jsonrpc": "2.0", "method": "notify_hello", "params": [7]}]', None),
]


@pytest.fixture
def examples(components):
    """The methods of the specification's examples, in the namespace `example`
    because ours all have one; what the notifications brought."""
    class Example(Component):

        implements(IXMLRPCHandler)

        notified = []

        def xmlrpc_namespace(self):
            return 'example'

        def xmlrpc_methods(self):
            for name in ('subtract', 'sum', 'update', 'notify_hello',
                         'notify_sum', 'get_data'):
                yield None, ((int,),), getattr(self, name)

        def subtract(self, req, minuend, subtrahend):
            return minuend - subtrahend

        def sum(self, req, *numbers):
            return sum(numbers)

        def update(self, req, *values):
            self.notified.append(values)

        notify_hello = notify_sum = update

        def get_data(self, req):
            return ['hello', 5]
    for name in ('notify_hello', 'notify_sum'):
        setattr(Example, name, _named(Example.update, name))
    return components(Example)


def _named(function, name):
    def same(self, req, *values):
        return function(self, req, *values)
    same.__name__ = name
    return same


@pytest.mark.parametrize('sent, expected', EXAMPLES)
def test_examples_of_the_specification(env, examples, sent, expected):
    sent = re.sub(r'("method": ")(?=\w)', r'\1example.', sent)
    answer = post(env, sent.encode('ascii'))
    if expected is None:
        assert answer is None
        assert examples.notified or 'foobar' in sent
        return
    assert _comparable(answer) == _comparable(json.loads(expected))


def _comparable(answer):
    """An answer without what the specification leaves to the server."""
    if isinstance(answer, list):
        return list(map(_comparable, answer))
    if 'error' in answer:
        return dict(answer, error=answer['error']['code'])
    return answer


# Which requests are of which version

@pytest.mark.parametrize('path', ['/rpc', '/jsonrpc', '/login/rpc',
                                  '/login/jsonrpc', '/rpc/'])
def test_paths_and_layout(env, path):
    for media_type in ('application/json', 'application/json-rpc',
                       'application/jsonrequest'):
        response = send(env, rpc('system.getAPIVersion'), path=path,
                        content_type=media_type + '; charset=utf-8')
        assert response.headers['content-type'] == media_type
        assert response.text == \
            '{"jsonrpc": "2.0", "result": [1, 3, 0], "id": 9}\n'


@pytest.mark.parametrize('version', ['1.0', '1.1', '', 2, 2.0, None, ['2.0']])
def test_other_versions_are_the_older_dialect(env, version):
    response = send(env, rpc('system.getAPIVersion', jsonrpc=version))
    assert response.text == \
        '{"result": [1, 3, 0], "error": null, "id": 9}\n'


@pytest.mark.parametrize('body', [
    b'{"jsonrpc": "2.0", "method": ', b'{"jsonrpc":"2.0"', b'[', b' \n[1,',
    b'\xef\xbb\xbf[}', b'[' * 100000, b'{"id": 1e999, "jsonrpc" : "2.0"}',
    b'[{"jsonrpc": "2.0", "method": "x", "params": [NaN], "id": 1}]',
    '{"jsonrpc": "2.0", "id": 1'.encode('utf-16'), '[1'.encode('utf-32-be'),
    b'{"params": ["%b"], "jsonrpc": "2.0"' % (b'x' * ((1 << 16) - 25)),
    b'{"params": ["%b"], "jsonrpc": "2.0"' % (b'x' * (1 << 21))],
    ids=lambda body: repr(body[-40:]))
def test_unreadable_bodies(env, body):
    error = error_of(post(env, body), None)
    assert error['code'] == -32700
    assert error['data'] == {'type': 'ParseError', 'code': -32700}
    assert error['message'].startswith('No JSON object could be decoded (')


@pytest.mark.parametrize('body', [b'', b'{', b'{"id": 1', b'5', b'"x"',
                                  b'{"jsonrpc": "1.0", ', b'null'])
def test_unreadable_bodies_without_a_version_are_of_the_older_dialect(env,
                                                                      body):
    answer = json.loads(send(env, body).body)
    assert set(answer) == {'result', 'error', 'id'}
    assert answer['error']['code'] == -32700


# Requests

@pytest.mark.parametrize('id_', [1, 0, -1, '', 'x', '\ud800', None, 1.5,
                                 1e300, 1 << 70])
def test_ids(env, id_):
    assert post(env, rpc('system.getAPIVersion', id=id_)) == \
        ok([1, 3, 0], id_)
    assert error_of(post(env, rpc('no.no', id=id_)), id_)['code'] == -32601


@pytest.mark.parametrize('id_', [True, False, [], {}, [1],
                                 hint('datetime', '2009-01-01'),
                                 hint('binary', 'AP8=')])
def test_invalid_ids(env, odd, id_):
    error = error_of(post(env, rpc('odd.take', 1, id=id_)), None)
    assert error['code'] == -32600 and '"id" must be' in error['message']
    assert odd.taken is None


@pytest.mark.parametrize('members, text', [
    ({'method': 1}, '"method" must be'), ({'method': None}, '"method" must'),
    ({'method': ['odd.give']}, '"method" must be'),
    ({'params': 'bar'}, '"params" must be'), ({'params': 5}, '"params" must'),
    ({'params': False}, '"params" must be'), ({'params': ''}, '"params" mu')])
def test_invalid_requests(env, odd, members, text):
    sent = dict(rpc('odd.give'), **members)
    error = error_of(post(env, sent))
    assert error['code'] == -32600 and text in error['message']
    assert error['data'] == {'type': 'InvalidRequest', 'code': -32600}
    del sent['id']
    assert error_of(post(env, sent), None)['code'] == -32600
    assert odd.calls == 0


def test_method_is_required(env):
    assert error_of(post(env, {'jsonrpc': '2.0', 'id': 9}))['code'] == -32600
    assert error_of(post(env, {'jsonrpc': '2.0'}), None)['code'] == -32600


@pytest.mark.parametrize('name', ['', 'no.no', 'rpc.no', 'rpc.', '\ud800',
                                  'odd.take ', 'ODD.TAKE'])
def test_unknown_methods(env, odd, name):
    error = error_of(call(env, name))
    assert error['code'] == -32601
    assert error['message'] == 'RPC method "%s" not found' % name
    assert error['data'] == {'type': 'MethodNotFound', 'code': -32601}


@pytest.mark.parametrize('body', [
    {'jsonrpc': '2.0', 'method': 'system.getAPIVersion', 'id': 9},
    rpc('system.getAPIVersion', params=None),
    rpc('system.getAPIVersion', params={}),
    rpc('system.getAPIVersion', others=[{}])])
def test_no_params(env, body):
    assert post(env, body) == ok([1, 3, 0])


def test_the_last_of_equal_members_counts(env):
    assert post(env, b'{"jsonrpc": "2.0", "method": "no", "id": 1, "params":'
                     b' [1], "params": [], "method": "system.getAPIVersion",'
                     b' "id": 9}') == ok([1, 3, 0])


@pytest.mark.parametrize('name, params, result', [
    ('wiki.getPage', {'pagename': 'No'}, 404),
    ('wiki.putPage', {'content': 'x', 'pagename': 'New'}, True),
    ('ticket.create', {'description': 'y', 'summary': 'x'}, 1),
    ('ticket.create', {'summary': 'x', 'description': 'y',
                       'attributes': {'keywords': 'k'}}, 1),
    ('system.methodSignature', {'method': 'wiki.getPage'},
     ['string,string', 'string,string,int'])])
def test_named_params(env, name, params, result):
    answer = post(env, rpc(name, params=params))
    if isinstance(result, int) and result == 404:
        assert answer['error']['data']['code'] == 404
    else:
        assert answer == ok(result)


def test_named_params_of_other_plugins(env, odd, components):
    class Hinted(AbstractRPCHandler):
        def xmlrpc_namespace(self):
            return 'hinted'

        @expose_rpc(None)
        def both(self, req, first: int, second: str = 'x') -> list:
            return [first, second]
    components(Hinted)
    post(env, rpc('odd.take', params={'value': {'a': 1}}))
    assert odd.taken == {'a': 1}
    assert post(env, rpc('hinted.both', params={'first': 1})) == ok([1, 'x'])
    assert post(env, rpc('hinted.both', params={'second': 'y', 'first': 2})) \
        == ok([2, 'y'])


def test_wrong_number_of_arguments(env):
    assert error_of(call(env, 'ticket.get'))['message'] == \
        'ticket.get takes 1 argument, 0 given'
    assert error_of(call(env, 'wiki.getPage', 'x', 1, 2))['message'] == \
        'wiki.getPage takes 1 to 2 arguments, 3 given'


@pytest.mark.parametrize('name, params, text', [
    ('ticket.get', ['x'], 'Argument 1 ("id") must be'),
    ('ticket.get', {}, 'ticket.get takes 1 argument, 0 given'),
    ('wiki.putPage', {'content': 'x'}, 'Missing argument 1 ("pagename")'),
    ('ticket.get', {'id': 1, 'x': 2}, 'Unknown argument "x"'),
    ('ticket.get', {'__jsonclass__': ['datetime', 'x']}, 'Unknown argument'),
    ('odd.take', [hint('foo', 'x')], 'Unknown __jsonclass__: foo'),
    ('odd.take', [hint('binary', '?')], 'Invalid base64 string'),
    ('odd.take', ['a\0b'], 'The "params" cannot be read'),
    ('odd.take', ['\ud800'], 'The "params" cannot be read'),
    ('odd.take', {'\ud800': 1}, 'The "params" cannot be read')])
def test_invalid_params(env, odd, name, params, text):
    error = error_of(post(env, rpc(name, params=params)))
    assert error['code'] == -32602 and text in error['message']
    assert error['data'] == {'type': 'InvalidParams', 'code': 1}
    assert odd.taken is None


def test_depth(env, odd):
    for start, end in (('[', ']'), ('{"a": ', '}')):
        for depth, ok_ in ((99, True), (101, False), (900, False)):
            body = '{"jsonrpc": "2.0", "method": "odd.take", "params": ' \
                '[%s1%s], "id": 9}' % (start * depth, end * depth)
            answer = post(env, body.encode('ascii'))
            assert ('result' in answer) is ok_
            assert ok_ or error_of(answer)['code'] == -32602


# Results and errors

@pytest.mark.parametrize('result, value', [
    (None, 0), ([None], [None]), ('\u00e6\ud800', '\u00e6\ud800'),
    (iter('ab'), ['a', 'b']), (['NaN', Binary(b'')], ['NaN', hint(
        'binary', '')]), (tag.b('x'), '<b>x</b>'),
    (dt.datetime(2020, 1, 2, 3, 4, 5, 6, tzinfo=utc),
     hint('datetime', '2020-01-02T03:04:05.000006')),
    (Binary(b'\x00\xff'), hint('binary', 'AP8='))])
def test_results(env, odd, result, value):
    odd.result = result
    assert call(env, 'odd.give') == ok(value)


def test_dates_and_binaries_in(env, odd):
    call(env, 'odd.take', [hint('datetime', '2020-01-02T03:04:05Z')])
    assert odd.taken == [dt.datetime(2020, 1, 2, 3, 4, 5, tzinfo=utc)]
    call(env, 'odd.take', hint('binary', 'AP8='))
    assert odd.taken.data == b'\x00\xff'


def test_files(env):
    data = bytes(range(256)) * 5000
    import base64
    coded = hint('binary', base64.b64encode(data).decode('ascii'))
    call(env, 'ticket.create', 'x', 'y')
    put = rpc('ticket.putAttachment', params={
        'ticket': 1, 'filename': 'a.bin', 'description': '', 'data': coded})
    assert post(env, put) == ok('a.bin')
    get = rpc('ticket.getAttachment', 1, 'a.bin')
    assert post(env, get) == ok(coded)
    assert post(env, [get, notification('ticket.getAttachment', 1, 'a.bin'),
                      dict(get, id='b')]) == [ok(coded), ok(coded, 'b')]


class Named(Exception):
    name = 'Special'
    code = 7


class Coded(TracError):
    code = 7


@pytest.mark.parametrize('exc, code, data', [
    (TracError('bad'), -32000, {'type': 'TracError', 'code': 1}),
    (Coded('bad'), -32000, {'type': 'TracError', 'code': 7}),
    (ValueError('bad'), -32603, {'type': 'InternalError', 'code': 1}),
    (Named('bad'), -32603, {'type': 'InternalError', 'code': 7}),
    (ProtocolException('bad'), -32603, {'type': 'InternalError', 'code': 1}),
    (ServiceException('bad'), -32603, {'type': 'InternalError', 'code': 1}),
    (Conflict('bad'), -32003, {'type': 'Conflict', 'code': 409}),
    (PermissionError(msg='bad'), -32001,
     {'type': 'PermissionError', 'code': 403}),
    (ResourceNotFound('bad'), -32002,
     {'type': 'ResourceNotFound', 'code': 404}),
    (about(ResourceNotFound('bad'), Resource('a', 1).child('b', 'c', 2)),
     -32002, {'type': 'ResourceNotFound', 'code': 404, 'resource':
              {'realm': 'b', 'id': 'c', 'version': 2,
               'parent': {'realm': 'a', 'id': 1}}})])
def test_errors(env, odd, exc, code, data):
    odd.result = exc
    error = {'code': code, 'message': 'bad', 'data': data}
    assert error_of(call(env, 'odd.give')) == error
    assert post(env, [rpc('odd.give')])[0]['error'] == error
    assert call(env, 'system.multicall', [
        {'methodName': 'odd.give', 'params': []}]) == ok([error])


@pytest.mark.parametrize('result', [
    1 << 63, dt.timedelta(1), [object()], float('nan'),
    ['NaN', float('-inf'), Binary(b'x')]])
def test_what_cannot_be_sent_is_an_internal_error(env, odd, result):
    odd.result = result
    assert error_of(call(env, 'odd.give'))['code'] == -32603
    first, second = post(env, [rpc('odd.give'), rpc('system.getAPIVersion')])
    assert error_of(first)['code'] == -32603 and second == ok([1, 3, 0])


@pytest.mark.parametrize('name, params, realm, id_', [
    ('ticket.get', [77], 'ticket', 77),
    ('ticket.update', [77, 'x'], 'ticket', 77),
    ('ticket.changeLog', [77], 'ticket', 77),
    ('wiki.getPage', ['No'], 'wiki', 'No'),
    ('ticket.milestone.get', ['no'], 'milestone', 'no'),
    ('ticket.component.update', ['no', {}], 'component', 'no'),
    ('ticket.priority.delete', ['no'], 'priority', 'no'),
    ('wiki.getAttachment', ['WikiStart/no.txt'], 'attachment', 'no.txt')])
def test_missing_resources_are_named(env, name, params, realm, id_):
    call(env, 'wiki.putPage', 'WikiStart', 'x')
    for answer in (call(env, name, *params),
                   *post(env, [rpc(name, *params)] * 2)):
        data = error_of(answer)['data']
        assert data['type'] == 'ResourceNotFound' and data['code'] == 404
        assert data['resource']['realm'] == realm
        assert data['resource']['id'] == id_


def test_refused_resources_are_named(env):
    call(env, 'ticket.create', 'x', 'y')
    revoke(env, 'anonymous', 'TICKET_VIEW')
    error = error_of(call(env, 'ticket.get', 1, user='user'))
    assert error['code'] == -32001
    assert error['data'] == {
        'type': 'PermissionError', 'code': 403, 'permission': 'TICKET_VIEW',
        'resource': {'realm': 'ticket', 'id': 1}}


def test_conflicts(env):
    call(env, 'ticket.create', 'x', 'y')
    token = call(env, 'ticket.get', 1)['result'][3]['_ts']
    for action in ({}, {'action': 'leave'}):
        attributes = dict({'_ts': '1', 'summary': 'z'}, **action)
        error = error_of(call(env, 'ticket.update', 1, '', attributes))
        assert (error['code'], error['data']) == (-32003, {
            'type': 'Conflict', 'code': 409,
            'resource': {'realm': 'ticket', 'id': 1}})
    assert 'result' in call(env, 'ticket.update', 1, '',
                            {'_ts': token, 'summary': 'z'})
    call(env, 'wiki.putPage', 'New', 'x')
    call(env, 'wiki.putPage', 'New', 'y')
    error = error_of(call(env, 'wiki.putPage', 'New', 'z', {'version': 1}))
    assert error['code'] == -32003
    assert error['data']['resource']['id'] == 'New'
    error = error_of(call(env, 'ticket.component.create', 'component1', {}))
    assert (error['code'], error['data']['code']) == (-32003, 409)


# Refused before a method is called

def test_rpc_permission(env):
    revoke(env, 'anonymous', 'XML_RPC')
    calls = [rpc('system.getAPIVersion', id=1), 5,
             notification('system.getAPIVersion'), rpc('no.no', id=2)]
    error = error_of(post(env, calls[0], user=None, path='/rpc'), 1)
    assert error['code'] == -32001
    assert error['data'] == {'type': 'PermissionError', 'code': 403,
                             'permission': 'XML_RPC'}
    answers = post(env, calls, user=None, path='/rpc')
    assert [(each['id'], each['error']['code']) for each in answers] == \
        [(1, -32001), (None, -32600), (2, -32001)]
    assert post(env, calls[2], user=None, path='/rpc') is None
    grant(env, 'anonymous', 'XML_RPC')
    assert post(env, calls[0], user=None, path='/rpc') == ok([1, 3, 0], 1)


def test_login_without_credentials(env):
    single = rpc('system.getAPIVersion')
    assert error_of(post(env, single, user=None))['message'] == \
        'Authentication information not available'
    answers = post(env, [single, notification('no'), 'x'], user=None)
    assert [(each['id'], each['error']['code']) for each in answers] == \
        [(9, -32000), (None, -32600)]
    assert post(env, notification('no.no'), user=None) is None
    for body in (b'[', b'{"jsonrpc": "2.0", '):
        assert error_of(post(env, body, user=None), None)
    for body in (b'{"id": 5}', b'{', b''):  # the older dialect
        answer = json.loads(send(env, body, user=None).body)
        assert answer['id'] is None and 'jsonrpc' not in answer
        assert answer['error']['message'] == \
            'Authentication information not available'


# Notifications

@pytest.mark.parametrize('problem', [
    TracError('no'), PermissionError('X'), ValueError('no'), object()])
def test_notifications_run_and_have_no_answer(env, odd, problem):
    assert post(env, notification('odd.take', 'x')) is None
    assert odd.taken == 'x'
    odd.result = problem
    assert post(env, notification('odd.give')) is None
    assert odd.calls == 1
    assert post(env, [notification('odd.take', 'y'),
                      notification('odd.give')]) is None
    assert odd.taken == 'y' and odd.calls == 2


@pytest.mark.parametrize('sent', [
    notification('no.no'), notification('ticket.get'),
    notification('ticket.get', 'x'), notification('ticket.get', '\0'),
    notification('system.multicall', []), notification('system.multicall')])
def test_notifications_that_fail(env, sent):
    assert post(env, sent) is None
    assert post(env, [sent, sent]) is None


def test_a_null_id_is_no_notification(env):
    assert post(env, rpc('system.getAPIVersion', id=None)) == \
        ok([1, 3, 0], None)


# Batches

def test_batches_run_in_order(env):
    answers = post(env, [
        rpc('ticket.create', 'a', 'x', id='create'),
        rpc('ticket.get', 1, id='get'), rpc('ticket.get', id=0, params={
            'id': 1}), notification('ticket.update', 1, 'c', {'summary': 'b'}),
        rpc('ticket.get', 1, id=2), rpc('ticket.get', 'x', id='')])
    assert [each['id'] for each in answers] == ['create', 'get', 0, 2, '']
    assert answers[0]['result'] == 1
    assert [each['result'][3]['summary'] for each in answers[1:4]] == \
        ['a', 'a', 'b']
    assert answers[4]['error']['code'] == -32602


def test_adjacent_reads_are_answered_together(env, components):
    cls = components(batching_handler())
    answers = post(env, [
        rpc('batching.read', 0), rpc('batching.read', params={
            'other': 'y', 'key': 2}), notification('batching.read', 1),
        rpc('batching.read', 'bad'), rpc('system.getAPIVersion'),
        rpc('batching.read', 6)])
    assert [answer.get('result') for answer in answers] == \
        ['0x', '2y', None, [1, 3, 0], '6x']
    assert answers[2]['error']['code'] == -32602
    assert cls.runs == [[[0, 'x'], [2, 'y'], [1, 'x']], 'single']


def test_batches_are_limited(env, odd):
    env.config.set('rpc', 'max_multicall', 3)
    notifications = [notification('odd.give')] * 4
    for sent in (notifications, [5] * 4, [rpc('odd.give')] * 4):
        error = error_of(post(env, sent), None)
        assert error['code'] == -32600
        assert error['message'] == \
            'A batch may hold at most 3 requests, not 4'
    assert odd.calls == 0
    assert len(post(env, [rpc('odd.give')] * 3)) == 3


def test_members_of_the_older_dialect_are_invalid_in_a_batch(env):
    error = error_of(post(env, [{'method': 'system.getAPIVersion',
                                 'params': [], 'id': 9}])[0])
    assert error['code'] == -32600 and '"jsonrpc"' in error['message']


def test_same_ids_and_nested_arrays(env):
    answers = post(env, [rpc('system.getAPIVersion')] * 2 + [[rpc('no')]])
    assert answers[:2] == [ok([1, 3, 0])] * 2
    assert error_of(answers[2], None)['code'] == -32600


# system.multicall

def test_multicall(env, odd):
    odd.result = TracError('no')
    elements = [{'methodName': 'system.getAPIVersion', 'params': []},
                {'methodName': 'odd.give', 'params': []}, 5,
                {'methodName': 'system.multicall', 'params': [[]]}]
    for params in ([elements], {'signatures': elements}):
        first, second, third, fourth = \
            post(env, rpc('system.multicall', params=params))['result']
        assert first == [[1, 3, 0]]
        assert second == {'code': -32000, 'message': 'no', 'data':
                          {'type': 'TracError', 'code': 1}}
        assert 'is not a struct' in third['message']
        assert 'is a multicall itself' in fourth['message']
    assert call(env, 'system.multicall', []) == ok([])


def test_multicall_of_the_older_shape_is_refused(env):
    error = error_of(call(env, 'system.multicall',
                          {'method': 'system.getAPIVersion', 'params': []},
                          {'method': 'no.no', 'params': []}))
    assert error['code'] == -32602


def test_multicall_in_a_batch_is_refused(env):
    answers = post(env, [rpc('system.multicall', []),
                         rpc('system.getAPIVersion')])
    assert 'is a multicall itself' in error_of(answers[0])['message']
    assert answers[1] == ok([1, 3, 0])


# What tells of it

def test_capabilities_and_documentation(env):
    capabilities = call(env, 'system.getCapabilities')['result']
    assert capabilities['json-rpc'] == {
        'specUrl': 'https://www.jsonrpc.org/specification_v1',
        'specVersion': 1}
    assert capabilities['json-rpc-2.0'] == {
        'specUrl': 'https://www.jsonrpc.org/specification', 'specVersion': 2}
    page = request(env, '/login/rpc', method='GET', user='admin',
                   Accept='text/html').text
    assert 'jsonrpc' in page and '-32601' in page
