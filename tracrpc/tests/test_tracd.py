# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""A real tracd with Basic and with Digest authentication, and the clients
that come with Python."""

import base64
import contextlib
import datetime as dt
import hashlib
import http.client
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
import xmlrpc.client as xmlrpclib

import pytest
from trac.env import Environment
from trac.perm import PermissionSystem

XML_CALL = (b"<?xml version='1.0'?><methodCall><methodName>"
            b"system.getAPIVersion</methodName></methodCall>")
MIB = 1 << 20


@pytest.fixture(scope='module')
def trac_env(tmp_path_factory):
    """The path of a real environment on SQLite."""
    path = str(tmp_path_factory.mktemp('tracd') / 'env')
    env = Environment(path, create=True, options=[
        ('project', 'name', 'Test'),
        ('trac', 'database', 'sqlite:db/trac.db'),
        ('attachment', 'max_size', str(100 * MIB)),
        ('logging', 'log_type', 'file'), ('logging', 'log_level', 'WARNING'),
        ('components', 'tracrpc.*', 'enabled')])
    permissions = PermissionSystem(env)
    permissions.grant_permission('anonymous', 'XML_RPC')
    permissions.grant_permission('admin', 'TRAC_ADMIN')
    env.shutdown()
    with open(os.path.join(path, 'htpasswd'), 'w') as f:
        for user in ('admin', 'user'):
            f.write('%s:{SHA}%s\n' % (user, base64.b64encode(
                hashlib.sha1(user.encode('ascii')).digest()).decode('ascii')))
    with open(os.path.join(path, 'htdigest'), 'w') as f:
        for user in ('admin', 'user'):
            f.write('%s:realm:%s\n' % (user, hashlib.md5(
                ('%s:realm:%s' % (user, user)).encode('ascii')).hexdigest()))
    return path


@contextlib.contextmanager
def tracd(trac_env, *options):
    """Start a tracd; its port, and what it wrote when it has ended."""
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        port = s.getsockname()[1]
    log = os.path.join(trac_env, 'tracd.out')
    with open(log, 'w') as out:
        process = subprocess.Popen(
            [sys.executable, '-m', 'trac.web.standalone', '-s', '--hostname',
             '127.0.0.1', '--port', str(port), *options, trac_env],
            stdout=out, stderr=subprocess.STDOUT)
    try:
        for _ in range(300):
            with contextlib.suppress(OSError), \
                    socket.create_connection(('127.0.0.1', port), 1):
                break
            assert process.poll() is None, open(log).read()
            time.sleep(.1)
        yield port
    finally:
        process.terminate()
        process.wait()
    with open(log) as f:
        assert 'Traceback' not in f.read()


@pytest.fixture(scope='module')
def basic(trac_env):
    auth = 'env,%s,realm' % os.path.join(trac_env, 'htpasswd')
    with tracd(trac_env, '--basic-auth', auth) as port:
        yield port


def proxy(port, user='admin', path='/login/rpc', **kwargs):
    credentials = '%s:%s@' % (user, user) if user else ''
    return xmlrpclib.ServerProxy('http://%s127.0.0.1:%d%s'
                                 % (credentials, port, path), **kwargs)


@contextlib.contextmanager
def connection(port):
    c = http.client.HTTPConnection('127.0.0.1', port, timeout=30)
    try:
        yield c
    finally:
        c.close()


def exchange(port, data, end=b'</methodResponse>', timeout=30):
    """Send bytes over a connection of their own; what comes back until the
    server closes it or `end` has been seen."""
    with socket.create_connection(('127.0.0.1', port), timeout) as s:
        s.sendall(data)
        answer = b''
        while end not in answer:
            piece = s.recv(65536)
            if not piece:
                break
            answer += piece
        return answer


# xmlrpc.client

@pytest.mark.parametrize('path', ['/login/rpc', '/login/xmlrpc'])
def test_serverproxy(basic, path):
    with proxy(basic, path=path) as trac:
        assert trac.system.getAPIVersion() == [1, 3, 0]
        assert len(trac.system.listMethods()) >= 79
        with pytest.raises(xmlrpclib.Fault) as e:
            trac.wiki.getPage('NoSuchPage')
        assert (e.value.faultCode, e.value.faultString) == \
            (404, 'Wiki page "NoSuchPage" does not exist')
    with proxy(basic, None, '/rpc') as trac:
        assert trac.system.getAPIVersion() == [1, 3, 0]
        with pytest.raises(xmlrpclib.Fault) as e:
            trac.ticket.create('x', 'y')
        assert e.value.faultCode == 403
    for user, password in (('admin', 'wrong'), ('nobody', 'nobody')):
        url = 'http://%s:%s@127.0.0.1:%d%s' % (user, password, basic, path)
        with xmlrpclib.ServerProxy(url) as trac, \
                pytest.raises(xmlrpclib.ProtocolError) as e:
            trac.system.getAPIVersion()
        assert e.value.errcode == 401


def test_multicall_with_a_failing_call(basic):
    with proxy(basic) as trac:
        multicall = xmlrpclib.MultiCall(trac)
        multicall.system.getAPIVersion()
        multicall.wiki.getPage('NoSuchPage')
        multicall.wiki.getRPCVersionSupported()
        results = multicall()
        assert (results[0], results[2]) == ([1, 3, 0], 2)
        with pytest.raises(xmlrpclib.Fault) as e:
            results[1]
        assert e.value.faultCode == 404


def test_examples_of_the_wiki_page(basic):
    """What the page of the original shows, with Python 3's names."""
    with proxy(basic) as server:
        # all methods, with their help
        helps = {}
        for method in server.system.listMethods():
            helps[method] = server.system.methodHelp(method)
        multicall = xmlrpclib.MultiCall(server)
        for method in helps:
            multicall.system.methodHelp(method)
        assert list(multicall()) == list(helps.values())
        # tickets
        for number in range(3):
            server.ticket.create('summary %d' % number, 'description',
                                 {'component': 'component1'}, False)
        multicall = xmlrpclib.MultiCall(server)
        ids = server.ticket.query('owner=somebody')
        for ticket in ids:
            multicall.ticket.get(ticket)
        assert [t[0] for t in multicall()] == ids == [1, 2, 3]
        # wiki pages
        assert server.wiki.putPage('TestPage', "Hello '''world'''",
                                   {'comment': 'first'}) is True
        assert 'TestPage' in server.wiki.getAllPages()
        assert server.wiki.getPage('TestPage') == "Hello '''world'''"
        assert '<strong>world</strong>' in \
            server.wiki.getPageHTML('TestPage')
        assert '<strong>x</strong>' in server.wiki.wikiToHtml("'''x'''")
        # attachments
        data = xmlrpclib.Binary(b'\x00\xffdata')
        assert server.wiki.putAttachment('TestPage/t.bin', data) is True
        assert server.wiki.listAttachments('TestPage') == ['TestPage/t.bin']
        assert server.wiki.getAttachment('TestPage/t.bin') == data
        assert server.ticket.putAttachment(1, 't.bin', 'text', data) == \
            't.bin'
        assert server.ticket.getAttachment(1, 't.bin') == data


def test_dates(basic):
    with proxy(basic, use_builtin_types=True) as trac:
        now = dt.datetime.utcnow().replace(microsecond=0)
        time.sleep(1.1)
        ticket = trac.ticket.create('dated', '', {}, False)
        created = trac.ticket.get(ticket)[1]
        assert now < created <= dt.datetime.utcnow()
        assert ticket in trac.ticket.getRecentChanges(now)
        later = now + dt.timedelta(days=1)
        assert trac.ticket.getRecentChanges(later) == []


@pytest.mark.parametrize('protocol', ['xml', 'json'])
def test_64_mib_attachment(basic, protocol):
    data = os.urandom(MIB) * 64
    if protocol == 'xml':
        with proxy(basic, use_builtin_types=True) as trac:
            page = 'Large'
            trac.wiki.putPage(page, 'x', {})
            assert trac.wiki.putAttachment(page + '/large.bin', data) is True
            assert trac.wiki.getAttachment(page + '/large.bin') == data
        return
    import json
    credentials = base64.b64encode(b'admin:admin').decode('ascii')

    def call(method, *params):
        request = urllib.request.Request(
            'http://127.0.0.1:%d/login/jsonrpc' % basic,
            json.dumps({'method': method, 'params': params}).encode('ascii'),
            {'Content-Type': 'application/json',
             'Authorization': 'Basic ' + credentials})
        answer = json.load(urllib.request.urlopen(request))
        assert answer['error'] is None
        return answer['result']
    call('wiki.putPage', 'LargeToo', 'x', {})
    hint = ['binary', base64.b64encode(data).decode('ascii')]
    call('wiki.putAttachment', 'LargeToo/large.bin', {'__jsonclass__': hint})
    answer = call('wiki.getAttachment', 'LargeToo/large.bin')
    assert answer == {'__jsonclass__': hint}


def test_digest_authentication(trac_env):
    auth = 'env,%s,realm' % os.path.join(trac_env, 'htdigest')
    with tracd(trac_env, '--auth', auth) as port:
        url = 'http://127.0.0.1:%d/login/rpc' % port
        handler = urllib.request.HTTPDigestAuthHandler()
        handler.add_password('realm', url, 'user', 'user')
        opener = urllib.request.build_opener(handler)

        class Transport(xmlrpclib.Transport):
            verbose = False

            def request(self, host, handler, request_body, verbose=False):
                request = urllib.request.Request(url, request_body,
                                                 {'Content-Type': 'text/xml'})
                return self.parse_response(opener.open(request))

        trac = xmlrpclib.ServerProxy(url, Transport())
        ticket = trac.ticket.create('over digest', 'x', {}, False)
        assert trac.ticket.get(ticket)[3]['reporter'] == 'user'
        assert trac.wiki.putPage('OverDigest', 'x', {}) is True


def test_http_1_0(trac_env):
    with tracd(trac_env, '--http10') as port:
        answer = exchange(port, b'POST /rpc HTTP/1.0\r\nContent-Type: '
                                b'text/xml\r\nContent-Length: %d\r\n\r\n%s'
                                % (len(XML_CALL), XML_CALL))
        assert answer.startswith(b'HTTP/1.0 200 OK\r\n')
        assert b'<int>3</int>' in answer


def test_unauthenticated_head_answers_quickly(basic):
    with connection(basic) as c:
        c.request('HEAD', '/login/xmlrpc')
        assert c.getresponse().status == 401


# H2 to H4 on a real socket

def post(*headers, body=XML_CALL, path=b'/rpc'):
    lines = [b'POST %s HTTP/1.1' % path, b'Host: 127.0.0.1', *headers]
    return b'\r\n'.join(lines) + b'\r\n\r\n' + body


LENGTH = b'Content-Length: %d' % len(XML_CALL)
TYPE = b'Content-Type: text/xml'


def test_H2_no_content_type(basic):
    assert b' 415 ' in exchange(basic, post(LENGTH), b"'/rpc'.")


def test_H3_chunked_body_is_refused(basic):
    answer = exchange(basic, post(
        TYPE, b'Transfer-Encoding: chunked',
        body=b'%x\r\n%s\r\n0\r\n\r\n' % (len(XML_CALL), XML_CALL)))
    assert answer.count(b'HTTP/1.1') == 1
    assert b' 411 ' in answer


@pytest.mark.parametrize('request_, status', [
    (post(b'Content-Type: text/plain', LENGTH), 415), (post(LENGTH), 415),
    (post(b'Content-Type: text/plain', b'Accept: text/html', LENGTH), 200),
    (post(TYPE, LENGTH).replace(b'POST', b'PUT'), 405),
    (post(TYPE, LENGTH).replace(b'POST', b'GET'), 200),
    (post(TYPE, LENGTH).replace(b'POST', b'HEAD'), 200),
    (post(TYPE, LENGTH, b'Content-Encoding: br'), 415),
    (post(TYPE, LENGTH, path=b'/jsonrpc'), 415),
    (post(TYPE, LENGTH), 200)])
def test_H4_next_request_is_found(basic, request_, status):
    """After each kind of early answer the connection still works."""
    answer = exchange(basic, request_ + post(TYPE, LENGTH) + post(
        TYPE, LENGTH, b'Connection: close'), b'no such end')
    assert answer.startswith(b'HTTP/1.1 %d ' % status)
    assert answer.count(b'HTTP/1.1 200 OK') == 2 + (status == 200)
    assert answer.count(b'<int>3</int>') >= 2
    assert b'Connection' not in answer


def test_H4_smuggled_request_is_not_executed(basic):
    inner = post(TYPE, LENGTH)
    for length in (b'Content-Length: abc', b'Content-Length: -1',
                   b'Content-Length: 99999999999',
                   b'Transfer-Encoding: chunked',
                   b'Transfer-Encoding: chunked\r\nContent-Length: 4'):
        answer = exchange(basic, post(TYPE, length, body=inner),
                          b'no such end', 2) if b'9999' not in length else \
            _with_half_close(basic, post(TYPE, length, body=inner))
        assert answer.count(b'HTTP/1.1') == 1
        assert b'<int>3</int>' not in answer


def _with_half_close(port, data):
    with socket.create_connection(('127.0.0.1', port), 10) as s:
        s.sendall(data)
        answer = s.recv(65536)  # at once, without waiting for the body
        s.shutdown(socket.SHUT_WR)
        while True:
            piece = s.recv(65536)
            if not piece:
                return answer
            answer += piece


def test_H3_413_before_the_body(basic):
    answer = exchange(basic, post(TYPE, b'Content-Length: 999999999999',
                                  body=b''), b'max_request_size')
    assert b' 413 ' in answer


def test_client_disconnects_in_the_body(basic):
    with socket.create_connection(('127.0.0.1', basic)) as s:
        s.sendall(post(TYPE, b'Content-Length: 1000', body=XML_CALL))
    with proxy(basic) as trac:
        assert trac.system.getAPIVersion() == [1, 3, 0]


def test_keep_alive_and_threads(basic):
    def work(number):
        try:
            with proxy(basic) as trac:
                for _ in range(20):
                    assert trac.system.getAPIVersion() == [1, 3, 0]
                ids.append(trac.ticket.create('thread %d' % number, '', {},
                                              False))
        except Exception as e:
            errors.append(e)
    ids, errors = [], []
    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == [] and len(set(ids)) == 8


def test_page(basic):
    with connection(basic) as c:
        c.request('GET', '/rpc', headers={'Accept': 'text/html'})
        response = c.getresponse()
        text = response.read().decode('utf-8')
        assert response.status == 200
        assert 'Remote Procedure Call (RPC)' in text
        assert 'href="/chrome/tracrpc/rpc.css"' in text
        for name in ('rpc.css', 'rpc.js'):
            c.request('GET', '/chrome/tracrpc/' + name)
            response = c.getresponse()
            response.read()
            assert response.status == 200
