# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""The same calls on every web server that README's deployment section
describes."""

import base64
import contextlib
import gzip
import os
import socket
import tempfile
import threading
import time
import uuid
import xmlrpc.client as xmlrpclib

import pytest
from trac.env import Environment

from tracrpc.tests import postgres
from tracrpc.tests.servers import MIB, SERVERS, Gunicorn, Site, Tracd
from tracrpc.tests.wire import LENGTH, TYPE, XML_CALL, call_json, \
    connection, exchange, post, proxy, received, status_of
from tracrpc.tokens import TokenStore


@pytest.fixture(scope='module', params=SERVERS,
                ids=[server.name.replace(', ', '-').replace(' ', '-')
                     for server in SERVERS])
def kind(request):
    return request.param


@pytest.fixture(scope='module')
def site():
    # where servers of other users can get, too
    with tempfile.TemporaryDirectory(prefix='tracrpc-site-') as directory:
        yield Site(directory)


@pytest.fixture(scope='module')
def running(kind, site):
    """The port of a running server; `None` if it is not installed."""
    if kind.missing():
        yield None
        return
    with kind.running(site) as port:
        yield port


@pytest.fixture
def port(kind, running, record_property):
    """The port of the server, which the test is recorded for."""
    if running is None:
        record_property('matrix', kind.name)
        pytest.skip(kind.missing())
    record_property('matrix', '%s (%s)' % (kind.name, kind.version()))
    return running


CLOSING = post(TYPE, LENGTH, b'Connection: close')


def new_name():
    return 'Page' + uuid.uuid4().hex


# Calls

@pytest.mark.parametrize('path', ['/login/rpc', '/login/xmlrpc'])
def test_calls_and_faults(port, path):
    with proxy(port, path=path) as trac:
        assert trac.system.getAPIVersion() == [1, 3, 0]
        text = '\xe9 \u20ac \U0001f600 <&> ' + new_name()
        assert trac.wiki.putPage('Text', text, {}) is True
        assert trac.wiki.getPage('Text') == text
        with pytest.raises(xmlrpclib.Fault) as e:
            trac.wiki.getPage('NoSuchPage')
        assert (e.value.faultCode, e.value.faultString) == \
            (404, 'Wiki page "NoSuchPage" does not exist')
        multicall = xmlrpclib.MultiCall(trac)
        multicall.wiki.getPage('Text')
        multicall.wiki.getPage('NoSuchPage')
        multicall.wiki.getRPCVersionSupported()
        results = multicall()
        assert (results[0], results[2]) == (text, 2)
        with pytest.raises(xmlrpclib.Fault):
            results[1]
    answer = call_json(port, 'wiki.getPage', 'Text')
    assert answer == {'result': text, 'error': None, 'id': None}
    answer = call_json(port, 'wiki.getPage', 'NoSuchPage')
    assert answer['error']['code'] == 404


def test_the_user_that_the_server_authenticated(port):
    for user in ('admin', 'user'):
        with proxy(port, user) as trac:
            me = trac.system.whoAmI()
        assert (me['username'], me['authenticated_by']) == (user, 'server')
    with proxy(port, None, '/rpc') as trac:
        assert trac.system.whoAmI()['username'] == 'anonymous'
        with pytest.raises(xmlrpclib.Fault) as e:
            trac.ticket.create('x', 'y')
        assert e.value.faultCode == 403
    for user, password in (('admin', 'wrong'), ('nobody', 'nobody')):
        with proxy(port, user, password=password) as trac, \
                pytest.raises(xmlrpclib.ProtocolError) as e:
            trac.system.getAPIVersion()
        assert e.value.errcode == 401
    answer = exchange(port, CLOSING.replace(b'/rpc', b'/login/rpc'))
    assert status_of(answer) == 401


def test_page(port):
    with connection(port) as c:
        for path in ('/rpc', '/chrome/tracrpc/rpc.css',
                     '/chrome/tracrpc/rpc.js'):
            c.request('GET', path, headers={'Accept': 'text/html'})
            response = c.getresponse()
            assert response.status == 200
            text = response.read().decode('utf-8')
            assert path != '/rpc' or 'id="XML-RPC"' in text


def test_head(port):
    for path in ('/rpc', '/rpc?a=b'):
        with connection(port) as c:
            c.request('HEAD', path, headers={'Accept': 'text/html'})
            response = c.getresponse()
            assert (response.status, response.read()) == (200, b'')
    with connection(port) as c:
        c.request('HEAD', '/login/xmlrpc')
        assert c.getresponse().status == 401


# Attachments

@pytest.mark.parametrize('protocol', ['xml', 'json'])
def test_64_mib_attachment(port, protocol):
    data = os.urandom(MIB) * 64
    with proxy(port, use_builtin_types=True) as trac:
        page = new_name()
        trac.wiki.putPage(page, 'x', {})
        path = page + '/large.bin'
        if protocol == 'xml':
            assert trac.wiki.putAttachment(path, data) is True
            assert trac.wiki.getAttachment(path) == data
        else:
            hint = {'__jsonclass__': [
                'binary', base64.b64encode(data).decode('ascii')]}
            answer = call_json(port, 'wiki.putAttachment', path, hint)
            assert answer['error'] is None
            assert call_json(port, 'wiki.getAttachment',
                             path)['result'] == hint
        assert trac.wiki.deleteAttachment(path) is True


# Bodies

def test_gzip(port):
    body = gzip.compress(XML_CALL)
    answer = exchange(port, post(
        TYPE, b'Content-Encoding: gzip', b'Content-Length: %d' % len(body),
        b'Connection: close', body=body))
    assert status_of(answer) == 200
    assert b'<int>3</int>' in answer


def test_chunked(port, kind):
    answer = exchange(port, post(
        TYPE, b'Transfer-Encoding: chunked', b'Connection: close',
        body=b'%x\r\n%s\r\n0\r\n\r\n' % (len(XML_CALL), XML_CALL)))
    if kind.decodes_chunks:
        assert status_of(answer) == 200
        assert b'<int>3</int>' in answer
    else:
        assert status_of(answer) == 411
        assert answer.count(b'HTTP/1.') == 1


def test_expect_100_continue(port):
    head, _, body = post(TYPE, LENGTH, b'Expect: 100-continue',
                         b'Connection: close').partition(b'\r\n\r\n')
    with socket.create_connection(('127.0.0.1', port), 30) as s:
        s.sendall(head + b'\r\n\r\n')
        s.settimeout(2)
        answer = b''
        with contextlib.suppress(socket.timeout):
            answer = s.recv(65536)  # some servers just wait for the body
        assert not answer or status_of(answer) == 100
        s.settimeout(30)
        s.sendall(body)
        assert b'<int>3</int>' in received(s, b'</methodResponse>')


@pytest.mark.parametrize('length, status', [
    (b'abc', {400}), (b'-1', {400}), (b'1 1', {400}),
    (b'999999999999', {413}), (b'', {200, 400, 411}), (None, {200, 411})])
def test_wrong_lengths(port, length, status):
    """A clear refusal, of the server or of the plugin; some servers take a
    body without a length for an empty one, which is no call."""
    headers = [TYPE] + ([] if length is None else
                        [b'Content-Length: ' + length])
    with socket.create_connection(('127.0.0.1', port), 30) as s:
        s.sendall(post(*headers, body=b''))
        s.settimeout(3)
        answer = received(s, b'no such end')
    assert status_of(answer) in status
    assert answer.count(b'HTTP/1.') == 1
    assert b'<int>3</int>' not in answer


def test_client_disconnects_in_the_body(port):
    body = xmlrpclib.dumps(('Cut', 'x', {}), 'wiki.putPage').encode('ascii')
    credentials = base64.b64encode(b'admin:admin')
    with socket.create_connection(('127.0.0.1', port)) as s:
        s.sendall(post(TYPE, b'Content-Length: %d' % (len(body) + 1),
                       b'Authorization: Basic ' + credentials, body=body,
                       path=b'/login/rpc'))
    with proxy(port) as trac:
        assert trac.system.getAPIVersion() == [1, 3, 0]
        assert 'Cut' not in trac.wiki.getAllPages()


def test_client_disconnects_in_the_answer(port):
    with proxy(port) as trac:
        page = new_name()
        trac.wiki.putPage(page, 'x', {})
        path = page + '/large.bin'
        trac.wiki.putAttachment(path, xmlrpclib.Binary(b'x' * 8 * MIB))
        body = xmlrpclib.dumps((path,), 'wiki.getAttachment')
        for _ in range(5):
            with socket.create_connection(('127.0.0.1', port)) as s:
                s.sendall(post(TYPE, b'Content-Length: %d' % len(body),
                               body=body.encode('ascii')))
                s.recv(1)
        assert trac.system.getAPIVersion() == [1, 3, 0]


# Connections

@pytest.mark.parametrize('method, path, headers, status', [
    ('POST', '/rpc', {'Content-Type': 'text/plain'}, 415),
    ('POST', '/rpc', {}, 415),
    ('POST', '/rpc', {'Content-Type': 'text/plain', 'Accept': 'text/html'},
     200),
    ('PUT', '/rpc', {'Content-Type': 'text/xml'}, 405),
    ('GET', '/rpc', {'Content-Type': 'text/xml'}, 200),
    ('HEAD', '/rpc', {'Content-Type': 'text/xml'}, 200),
    ('POST', '/rpc', {'Content-Type': 'text/xml', 'Content-Encoding': 'br'},
     415),
    ('POST', '/jsonrpc', {'Content-Type': 'text/xml'}, 415),
    ('POST', '/rpc', {'Content-Type': 'text/xml'}, 200)])
def test_H4_connection_goes_on(port, kind, method, path, headers, status):
    """After each kind of early answer the next request is found."""
    assert_goes_on(port, kind, status, method, path, XML_CALL, headers)


def test_H4_connection_goes_on_after_refused_bodies(port, kind):
    zeros = gzip.compress(b'\0' * 129 * MIB)
    for body, status in ((zeros, 413), (b'no gzip' + zeros, 400)):
        assert_goes_on(port, kind, status, 'POST', '/rpc', body, {
            'Content-Type': 'text/xml', 'Content-Encoding': 'gzip'})


def test_H4_connection_goes_on_after_refused_callers(port, kind):
    text = {'Content-Type': 'text/xml'}
    with connection(port) as c:
        c.request('GET', '/login', headers={
            'Authorization': 'Basic ' + base64.b64encode(
                b'user:user').decode('ascii')})
        cookie = c.getresponse().getheader('Set-Cookie').partition(';')[0]
    assert cookie.startswith('trac_auth=')
    assert_goes_on(port, kind, 403, 'POST', '/rpc', XML_CALL * 999, dict(
        text, Cookie=cookie, Origin='http://elsewhere.example'))
    assert_goes_on(port, kind, 401, 'POST', '/rpc', XML_CALL * 999, dict(
        text, Authorization='Bearer trac_' + 'x' * 86))


def assert_goes_on(port, kind, status, *request):
    with connection(port) as c:
        c.request(*request)
        response = c.getresponse()
        response.read()
        assert response.status == status
        first = c.sock
        kept = kind.keeps_connections and status not in kind.closes_after
        assert first is not None or not kept
        for _ in range(2):
            c.request('POST', '/rpc', XML_CALL, {'Content-Type': 'text/xml'})
            response = c.getresponse()
            assert response.status == 200
            assert b'<int>3</int>' in response.read()
        assert c.sock is first or not kept


def test_keep_alive_and_threads(port):
    def work(number):
        try:
            with proxy(port) as trac:
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


def test_two_processes_see_each_others_changes(port, site):
    with Tracd().running(site) as other, proxy(port) as here, \
            proxy(other) as there:
        for writer, reader in ((here, there), (there, here)):
            ticket = writer.ticket.create('shared', '', {}, False)
            assert reader.ticket.get(ticket)[3]['summary'] == 'shared'
            writer.ticket.update(ticket, '', {'summary': 'changed'})
            assert reader.ticket.get(ticket)[3]['summary'] == 'changed'
            writer.wiki.putPage('Shared', new_name(), {})
            assert reader.wiki.getPage('Shared') == \
                writer.wiki.getPage('Shared')
            writer.ticket.milestone.create('m%d' % ticket, {})
            assert 'm%d' % ticket in reader.ticket.milestone.getAll()
            reader.ticket.milestone.delete('m%d' % ticket)
            assert 'm%d' % ticket not in writer.ticket.milestone.getAll()


# Several application servers over one database

SERVERS_OF_THE_FARM = 2


@pytest.fixture(scope='module')
def running_farm():
    """The site, and the ports of two servers of two processes each, which
    share its database and its directory; why there are none, if so."""
    gunicorn = Gunicorn()
    reason = postgres.missing() or gunicorn.missing()
    if reason:
        yield reason
        return
    with postgres.server() as uri, contextlib.ExitStack() as stack:
        site = Site(stack.enter_context(
            tempfile.TemporaryDirectory(prefix='tracrpc-farm-')),
            uri + '?schema=trac')
        yield site, [stack.enter_context(gunicorn.running(site))
                     for _ in range(SERVERS_OF_THE_FARM)]


@pytest.fixture
def farm(running_farm, record_property):
    record_property('matrix', 'two servers of gunicorn, one PostgreSQL')
    if isinstance(running_farm, str):
        pytest.skip(running_farm)
    return running_farm


def everywhere(ports, call, times=10):
    """What a call answers over many connections to each server: that of all
    its processes, as far as chance will have it."""
    answers = []
    for _ in range(times):
        for port in ports:
            with proxy(port) as trac:
                try:
                    answers.append(call(trac))
                except xmlrpclib.Fault as e:
                    answers.append(e.faultCode)
    return answers


def test_changes_are_seen_by_all_servers(farm):
    site, ports = farm
    with proxy(ports[0]) as trac:
        ticket = trac.ticket.create('one', '', {}, False)
        trac.ticket.component.create('new', {})
    assert set(everywhere(ports, lambda trac: trac.ticket.get(
        ticket)[3]['summary'])) == {'one'}
    assert all('new' in names for names in everywhere(
        ports, lambda trac: trac.ticket.component.getAll()))
    with proxy(ports[1]) as trac:
        trac.ticket.update(ticket, '', {'summary': 'two'})
        trac.ticket.component.delete('new')
    assert set(everywhere(ports, lambda trac: trac.ticket.get(
        ticket)[3]['summary'])) == {'two'}
    assert not any('new' in names for names in everywhere(
        ports, lambda trac: trac.ticket.component.getAll()))


def test_no_update_is_lost_between_servers(farm):
    site, ports = farm
    with proxy(ports[0]) as trac:
        ticket = trac.ticket.create('contended', '', {}, False)
    stored, errors = [], []

    def write(number):
        try:
            with proxy(ports[number % len(ports)]) as trac:
                attributes = trac.ticket.get(ticket)[3]
                trac.ticket.update(ticket, 'by %d' % number, {
                    '_ts': attributes['_ts'],
                    'keywords': attributes['keywords'] + ' w%d' % number})
                stored.append('w%d' % number)
        except xmlrpclib.Fault as e:
            if 'since last get()' not in e.faultString:
                errors.append(e)
    for _ in range(4):
        threads = [threading.Thread(target=write, args=(n,))
                   for n in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    with proxy(ports[0]) as trac:
        keywords = trac.ticket.get(ticket)[3]['keywords'].split()
    assert errors == []
    assert sorted(keywords) == sorted(stored) and len(stored) >= 4


def test_tokens_are_known_to_all_servers_at_once(farm):
    site, ports = farm

    def statuses():
        found = set()
        for _ in range(10):
            for port in ports:
                answer = exchange(port, post(
                    TYPE, LENGTH, b'Connection: close',
                    b'Authorization: Bearer ' + secret.encode('ascii')),
                    b'no such end')
                found.add(status_of(answer))
        return found
    env = Environment(site.path)  # a process of its own
    _, secret = TokenStore(env).create('user', 'farm')
    assert statuses() == {200}
    TokenStore(env).revoke('user', 'farm')
    assert statuses() == {401}
    env.shutdown()


def test_options_hold_on_all_servers(farm):
    site, ports = farm
    calls = [{'methodName': 'system.getAPIVersion', 'params': []}] * 2
    assert all(len(answer) == 2 for answer in everywhere(
        ports, lambda trac: trac.system.multicall(calls)))
    env = Environment(site.path)
    env.config.set('rpc', 'max_multicall', '1')
    env.config.save()
    env.shutdown()
    time.sleep(1.1)  # Trac compares the time of trac.ini in seconds
    assert set(everywhere(
        ports, lambda trac: trac.system.multicall(calls))) == {1}
