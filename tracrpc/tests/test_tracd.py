# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""What only tracd has, Digest authentication and a connection that nobody
else guards, and what needs no more than one real server."""

import datetime as dt
import os
import socket
import time
import urllib.request
import xmlrpc.client as xmlrpclib

import pytest

from tracrpc.tests.servers import tracd
from tracrpc.tests.wire import LENGTH, TYPE, XML_CALL, connection, exchange, \
    post, proxy


def test_examples_of_the_wiki_page(tracd_port):
    """What the page of the original shows, with Python 3's names."""
    with proxy(tracd_port) as server:
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


def test_dates(tracd_port):
    with proxy(tracd_port, use_builtin_types=True) as trac:
        now = dt.datetime.utcnow().replace(microsecond=0)
        time.sleep(1.1)
        ticket = trac.ticket.create('dated', '', {}, False)
        created = trac.ticket.get(ticket)[1]
        assert now < created <= dt.datetime.utcnow()
        assert ticket in trac.ticket.getRecentChanges(now)
        later = now + dt.timedelta(days=1)
        assert trac.ticket.getRecentChanges(later) == []


def test_digest_authentication(tracd_site):
    auth = 'env,%s,realm' % tracd_site.htdigest
    with tracd(tracd_site.path, '--auth', auth) as port:
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


def test_clients_keep_the_description(tracd_port):
    """One connection does for all: every answer ends where it says."""
    with connection(tracd_port) as c:
        c.request('GET', '/rpc/openrpc.json')
        response = c.getresponse()
        assert response.status == 200 and response.read()
        used = c.sock
        c.request('GET', '/rpc/openrpc.json', headers={
            'If-None-Match': response.getheader('ETag')})
        response = c.getresponse()
        assert response.status == 304 and response.read() == b''
        c.request('POST', '/rpc', XML_CALL, {'Content-Type': 'text/xml'})
        assert b'methodResponse' in c.getresponse().read()
        assert c.sock is used


def test_the_readmes_client(tracd_port):
    """The small client that is made from the description."""
    readme = os.path.join(os.path.dirname(__file__), '..', '..', 'README.md')
    if not os.path.exists(readme):
        pytest.skip('needs the checkout')
    with open(readme, encoding='utf-8') as f:
        code = next(block for block in f.read().split('```python')
                    if 'openrpc.json' in block and 'METHODS = ' in block)
    names = {}
    exec(code.partition('```')[0].replace('localhost:8000',
                                          '127.0.0.1:%d' % tracd_port), names)
    assert names['call']('wiki.getPage', pagename='WikiStart')
    with pytest.raises(RuntimeError, match='does not exist'):
        names['call']('ticket.get', id=999)
    with pytest.raises(Exception, match="'x' is not of type 'integer'"):
        names['call']('ticket.get', id='x')


def test_H4_smuggled_request_is_not_executed(tracd_port):
    inner = post(TYPE, LENGTH)
    for length in (b'Content-Length: abc', b'Content-Length: -1',
                   b'Content-Length: 99999999999',
                   b'Transfer-Encoding: chunked',
                   b'Transfer-Encoding: chunked\r\nContent-Length: 4'):
        answer = exchange(tracd_port, post(TYPE, length, body=inner),
                          b'no such end', 2) if b'9999' not in length else \
            _with_half_close(tracd_port, post(TYPE, length, body=inner))
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
