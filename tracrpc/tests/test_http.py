# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""HTTP: paths, verbs, media types, bodies, answers (rules H1 to H8)."""

import base64
import gzip
import io
import json
import random
from contextlib import nullcontext
from itertools import islice

import pytest

from tracrpc.http import Refusal, RequestBody
from tracrpc.tests.support import grant, request, revoke

XML_CALL = (b"<?xml version='1.0'?><methodCall><methodName>"
            b"system.getAPIVersion</methodName></methodCall>")
JSON_CALL = b'{"method": "system.getAPIVersion", "id": 1}'
HTML = 'text/html,application/xhtml+xml,*/*;q=0.8'


def xml(env, path='/rpc', body=XML_CALL, content_type='text/xml', **kwargs):
    return request(env, path, body=body, content_type=content_type, **kwargs)


def is_page(response):
    return response.status == 200 and \
        b'Remote Procedure Call (RPC)' in response.body


# Paths

@pytest.mark.parametrize('login', ['', '/login'])
@pytest.mark.parametrize('slash', ['', '/'])
@pytest.mark.parametrize('path, content_type, body', [
    ('/rpc', 'text/xml', XML_CALL), ('/rpc', 'application/xml', XML_CALL),
    ('/xmlrpc', 'text/xml', XML_CALL),
    ('/xmlrpc', 'application/xml', XML_CALL),
    ('/rpc', 'application/json', JSON_CALL),
    ('/jsonrpc', 'application/json', JSON_CALL),
    ('/jsonrpc', 'application/json-rpc', JSON_CALL),
    ('/rpc', 'application/jsonrequest', JSON_CALL)])
def test_H7_paths_and_content_types(env, login, slash, path, content_type,
                                    body):
    response = request(env, login + path + slash, body=body,
                       content_type=content_type,
                       user='user' if login else None)
    assert response.status == 200
    assert b'<int>3</int>' in response.body or \
        json.loads(response.body) == {'result': [1, 3, 0], 'error': None,
                                      'id': 1}


@pytest.mark.parametrize('path', ['/rpc/x', '/RPC', '/rpcx', '/rpc;x',
                                  '//rpc', '/login/login/rpc'])
def test_other_paths_are_not_ours(env, path):
    assert xml(env, path).status == 404


@pytest.mark.parametrize('path, content_type, body', [
    ('/xmlrpc', 'application/json', JSON_CALL),
    ('/jsonrpc', 'text/xml', XML_CALL), ('/rpc', 'text/xmlx', XML_CALL),
    ('/rpc', 'application/xml+rpc', XML_CALL),
    ('/rpc', 'text/json', JSON_CALL)])
def test_H7_path_and_content_type_belong_together(env, path, content_type,
                                               body):
    response = request(env, path, body=body, content_type=content_type)
    assert response.status == 415
    assert response.text == ("No protocol matching Content-Type '%s' at path "
                             "'%s'." % (content_type, path))


def test_query_string_is_ignored_by_calls(env):
    assert xml(env, '/rpc?a=b&protocol=x').status == 200


# H1

@pytest.mark.parametrize('accept', [
    None, '', '*/*', 'text/*', 'text/html', HTML, 'text/html;level=1',
    'application/json, text/html;q=0.1', 'TEXT/HTML'])
@pytest.mark.parametrize('method', ['GET', 'HEAD'])
def test_H1_reading_gives_the_page(env, method, accept):
    response = request(env, '/rpc', method, Accept=accept,
                       environ={'CONTENT_LENGTH': None})
    assert response.status == 200
    assert response.headers['Content-Type'.lower()].startswith('text/html')
    assert is_page(response) is (method == 'GET')
    assert (response.body == b'') is (method == 'HEAD')
    assert int(response.headers['content-length']) > 1000


@pytest.mark.parametrize('accept', [
    'application/json', 'text/html;q=0', 'text/html;q=0, */*', 'text/plain',
    'application/xhtml+xml', 'text/htmlx'])
@pytest.mark.parametrize('method', ['GET', 'HEAD'])
def test_H1_accept_without_html(env, method, accept):
    response = request(env, '/rpc', method, Accept=accept)
    assert response.status == 415
    assert int(response.headers['content-length']) > 10


@pytest.mark.parametrize('accept, page', [
    (HTML, True), ('text/html', True), ('*/*', False), ('text/*', False),
    (None, False), ('text/html;q=0', False)])
def test_H1_post_of_no_protocol(env, accept, page):
    response = request(env, '/rpc', body=b'x', content_type='text/plain',
                       Accept=accept)
    assert is_page(response) is page
    assert page or response.status == 415
    assert response.input == b''


@pytest.mark.parametrize('method', ['PUT', 'DELETE', 'OPTIONS', 'PATCH',
                                    'TRACE', 'FOO'])
def test_H1_other_verbs(env, method):
    response = xml(env, method=method)
    assert response.status == 405
    assert response.headers['allow'] == 'GET, HEAD, POST'
    assert response.input == b''


@pytest.mark.parametrize('method', ['GET', 'HEAD'])
def test_H1_calls_only_by_post(env, method):
    response = xml(env, method=method, Accept='*/*')
    assert is_page(response) is (method == 'GET')
    assert b'methodResponse' not in response.body


def test_page_needs_permission(env):
    revoke(env, 'anonymous', 'XML_RPC')
    response = request(env, '/rpc', 'GET', Accept=HTML)
    assert response.status == 403
    assert b'Error: Forbidden' in response.body
    assert request(env, '/rpc', 'HEAD').status == 403
    assert request(env, '/rpc', 'HEAD').body == b''


# H2

@pytest.mark.parametrize('accept', [None, HTML])
def test_H2_post_without_content_type(env, accept):
    response = request(env, '/rpc', body=b'x', content_type=None,
                       Accept=accept)
    assert response.status == (200 if accept else 415)
    if not accept:
        assert response.text == "No protocol matching Content-Type '' at " \
                                "path '/rpc'."


@pytest.mark.parametrize('query', ['protocol=x', 'protocol=%FF', '%FF', '='])
def test_H2_query_strings_have_no_effect(env, query):
    assert is_page(request(env, '/rpc?' + query, 'GET'))


# H3

@pytest.mark.parametrize('length, status', [
    ('abc', 400), ('-5', 400), ('+8', 400), ('1.5', 400), ('0x10', 400),
    ('\u0661', 400), ('999', 400), ('9' * 30, 400), (None, 411),
    ('999999999999', 413), (str(128 * 1024 * 1024 + 1), 413)])
def test_H3_lengths(env, length, status):
    response = xml(env, environ={'CONTENT_LENGTH': length})
    assert response.status == status
    assert b'methodResponse' not in response.body
    assert response.headers['content-type'] == 'text/plain;charset=utf-8'


def test_H3_short_body_is_not_executed(env):
    response = xml(env, environ={'CONTENT_LENGTH': str(len(XML_CALL) + 1)})
    assert response.status == 400
    assert response.text == 'The body ends 1 bytes before its Content-Length'


def test_H3_reads_no_more_than_the_length(env):
    response = xml(env, body=XML_CALL + b'POST /next',
                   environ={'CONTENT_LENGTH': str(len(XML_CALL))})
    assert response.status == 200
    assert response.input == b'POST /next'


def test_H3_terminated_input_without_length(env):
    response = xml(env, environ={'CONTENT_LENGTH': None,
                                 'wsgi.input_terminated': True,
                                 'HTTP_TRANSFER_ENCODING': 'chunked'})
    assert response.status == 200


@pytest.mark.parametrize('length, status', [(None, 411), ('10', 400)])
def test_H3_raw_chunked_body(env, length, status):
    response = xml(env, environ={'CONTENT_LENGTH': length,
                                 'HTTP_TRANSFER_ENCODING': 'chunked'})
    assert response.status == status


@pytest.mark.parametrize('terminated', [True, False])
def test_H3_limit(env, terminated):
    env.config.set('rpc', 'max_request_size', str(len(XML_CALL)))
    environ = {'wsgi.input_terminated': True, 'CONTENT_LENGTH': None} \
        if terminated else {}
    assert xml(env, environ=environ).status == 200
    response = xml(env, body=XML_CALL + b' ', environ=environ)
    assert response.status == 413
    assert str(len(XML_CALL)) in response.text


def test_H3_gzip(env):
    for encoding in ('gzip', 'GZIP', 'x-gzip'):
        response = xml(env, body=gzip.compress(XML_CALL),
                       Content_Encoding=encoding)
        assert response.status == 200
        assert b'methodResponse' in response.body


@pytest.mark.parametrize('body, encoding, status', [
    (gzip.compress(b'x' * 100000, mtime=0), 'gzip', 413),
    (gzip.compress(XML_CALL, mtime=0)[:-9], 'gzip', 400),
    (gzip.compress(XML_CALL, mtime=0) + b'x', 'gzip', 400),
    (XML_CALL, 'gzip', 400), (b'', 'gzip', 400), (XML_CALL, 'br', 415)])
def test_H3_bad_compression(env, body, encoding, status):
    env.config.set('rpc', 'max_request_size', '50000')
    response = xml(env, body=body, Content_Encoding=encoding)
    assert response.status == status


@pytest.mark.parametrize('seed', range(20))
def test_H3_gzip_with_junk_ends(seed):
    """Also where the last piece that is decompressed is a full one."""
    size = random.Random(seed).randrange(1, 300000)
    data = base64.b64encode(random.Random(seed).getrandbits(
        8 * size).to_bytes(size, 'big'))
    for junk in (b'', b'x', b'x' * 70000):
        sent = gzip.compress(data) + junk
        body = RequestBody({
            'wsgi.input': io.BytesIO(sent), 'CONTENT_LENGTH': str(len(sent)),
            'HTTP_CONTENT_ENCODING': 'gzip'}, 1 << 20)
        with pytest.raises(Refusal) if junk else nullcontext():
            assert b''.join(islice(body._decoded_pieces(), 1000)) == data


# H4

@pytest.mark.parametrize('kwargs', [
    {'method': 'PUT'}, {'content_type': 'text/plain'},
    {'content_type': None}, {'method': 'GET'}, {'method': 'HEAD'},
    {'content_type': 'text/plain', 'Accept': HTML},
    {'Content_Encoding': 'br'}])
@pytest.mark.parametrize('permitted', [True, False])
def test_H4_no_answer_leaves_an_unread_body(env, kwargs, permitted):
    if not permitted:
        revoke(env, 'anonymous', 'XML_RPC')
    response = xml(env, body=XML_CALL * 1000, **kwargs)
    assert response.input == b''
    assert 'connection' not in response.headers
    assert response.status >= 400 or 'content-length' in response.headers


# H5

@pytest.mark.parametrize('content_type, answered', [
    ('text/xml', 'text/xml; charset=utf-8'),
    ('TEXT/XML', 'text/xml; charset=utf-8'),
    (' application/xml ;charset=latin1', 'application/xml; charset=utf-8')])
def test_H5_xml_answers(env, content_type, answered):
    response = xml(env, content_type=content_type)
    assert response.headers['content-type'] == answered
    assert response.headers['cache-control'] == 'no-store'
    assert response.headers['x-content-type-options'] == 'nosniff'
    assert int(response.headers['content-length']) == len(response.body)
    assert response.body.startswith(b"<?xml version='1.0'?>\n")
    assert len(response.headers) == len(response.header_list) == 4


def test_H5_json_answers(env):
    response = request(env, body=JSON_CALL,
                       content_type='Application/JSON; charset=UTF-8')
    assert response.headers['content-type'] == 'application/json'
    assert response.headers['cache-control'] == 'no-store'
    assert int(response.headers['content-length']) == len(response.body)


# H6

@pytest.mark.parametrize('content_type', [
    'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x',
    'text/plain', 'text/plain; x=text/xml'])
def test_H6_forms_never_run_a_call(env, content_type):
    for length in (None, '5', 'abc', '99'):
        environ = {'CONTENT_LENGTH': length} if length else {}
        response = xml(env, '/login/rpc', content_type=content_type,
                       user='admin', environ=environ)
        assert response.status == (415 if 'plain' in content_type else 400)
        assert length in ('abc', '5') or response.input == b''


@pytest.mark.parametrize('headers, status', [
    ({}, 200), ({'Origin': 'http://example.org'}, 200),
    ({'Host': '[', 'Origin': 'http://example.org'}, 200),
    ({'Host': '[', 'Origin': 'http://evil.example'}, 403),
    ({'Origin': 'http://evil.example'}, 403), ({'Origin': 'null'}, 403),
    ({'Origin': 'http://['}, 403), ({'Origin': 'http://a]b'}, 403),
    ({'Origin': 'https://example.org'}, 403),
    ({'Origin': 'http://example.org:81'}, 403),
    ({'Sec_Fetch_Site': 'same-origin'}, 200),
    ({'Sec_Fetch_Site': 'cross-site'}, 403),
    ({'Sec_Fetch_Site': 'cross-site', 'Origin': 'http://example.org'}, 403)])
def test_H6_other_sites_cannot_use_the_session(env, headers, status):
    env.db_transaction("INSERT INTO auth_cookie VALUES (%s,%s,%s,%s)",
                       ('token', 'admin', '127.0.0.1', (1 << 31) - 1))
    for body, content_type in ((XML_CALL, 'text/xml'),
                               (JSON_CALL, 'application/json')):
        response = request(env, '/rpc', body=body, content_type=content_type,
                           Cookie='trac_auth=token', **headers)
        assert response.status == status
        assert (b'methodResponse' in response.body or
                b'result' in response.body) is (status == 200)
        response = request(env, '/rpc', body=body, content_type=content_type,
                           Cookie='trac_auth=token',
                           Authorization='Other x', **headers)
        assert response.status == status
    # whoever sends credentials of his own is no victim
    response = xml(env, '/login/rpc', user='admin', **headers)
    assert response.status == 200


# H7

@pytest.mark.parametrize('content_type', [
    'text/xml', 'TEXT/XML', 'text/xml;charset=utf-8', ' text/xml ; x="y"',
    'Application/Xml;', 'text/xml;;;'])
def test_H7_any_case_and_parameters(env, content_type):
    assert b'<int>3</int>' in xml(env, content_type=content_type).body


# H8

@pytest.mark.parametrize('content_type, body', [
    ('text/xml', b''), ('text/xml', b'\xff'), ('text/xml', b'<a' * 9999),
    ('text/xml', b'<?xml version="1.0" encoding="x"?><a/>'),
    ('text/xml', b'<?xml version="1.0" encoding="utf-16"?><a/>'),
    ('text/xml', b'<methodCall><methodName>\xc3\xa6</methodName>'
                 b'</methodCall>'),
    ('application/json', b''), ('application/json', b'\xff\xfe'),
    ('application/json', b'[' * 99999), ('application/json', b'"\\ud800"'),
    ('application/json', b'{"method": {"a": []}, "params": {"": null}}'),
    ('application/json', b'{"method": "\\ud800", "id": "\\ud800"}')])
@pytest.mark.parametrize('user', [None, 'admin'])
def test_H8_bad_input_is_a_fault(env, content_type, body, user):
    response = request(env, '/login/rpc' if user else '/rpc', body=body,
                       content_type=content_type, user=user)
    assert response.status == 200
    assert b'faultCode' in response.body or \
        json.loads(response.body)['error']['code']


# Login and permission

def test_anonymous_at_login(env):
    for body in (XML_CALL, b'<malformed'):
        response = xml(env, '/login/rpc', body=body)
        assert response.status == 200
        assert b"'Authentication information not available' while " \
               b"executing 'None()'" in response.body
        assert b'<int>1</int>' in response.body
    response = request(env, '/login/rpc', body=JSON_CALL,
                       content_type='application/json')
    assert json.loads(response.body) == {
        'result': None, 'id': None,
        'error': {'name': 'JSONRPCError', 'code': -32603,
                  'message': 'Authentication information not available'}}
    assert is_page(request(env, '/login/rpc', 'GET', Accept=HTML))


def test_authorization_elsewhere_is_ignored(env):
    grant(env, 'user', 'TICKET_ADMIN')
    revoke(env, 'anonymous', 'XML_RPC')
    response = xml(env, Authorization='Basic dXNlcjp1c2Vy')
    assert b'<int>403</int>' in response.body


def test_order_of_checks(env):
    revoke(env, 'anonymous', 'XML_RPC')
    assert b'-32700' in xml(env, body=b'<malformed').body
    unknown = XML_CALL.replace(b'getAPIVersion', b'nope')
    assert b'XML_RPC privileges are required to perform this operation. ' \
           b'You don\'t have the required permissions.' \
           in xml(env, body=unknown).body
    grant(env, 'anonymous', 'XML_RPC')
    assert b'RPC method "system.nope" not found' in \
        xml(env, body=unknown).body
