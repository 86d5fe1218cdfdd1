# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""The documentation page."""

import pytest
from trac.core import Component, implements

from tracrpc.api import IXMLRPCHandler
from tracrpc.tests.support import request, revoke
from tracrpc.tests.test_contract import METHODS, name_of
from tracrpc.tests.test_http import HTML


def page(env, path='/rpc', user=None, **headers):
    response = request(env, path, 'GET', user=user,
                       **dict({'Accept': HTML}, **headers))
    assert response.status == 200
    return response.text


@pytest.mark.parametrize('path', ['/rpc', '/xmlrpc', '/jsonrpc', '/rpc/',
                                  '/login/rpc', '/login/xmlrpc',
                                  '/login/jsonrpc'])
def test_what_clients_and_bookmarks_rely_on(env, path):
    text = page(env, path, 'user')
    assert 'Remote Procedure Call (RPC)' in text
    for name in ('XML-RPC', 'JSON-RPC'):
        assert '<h3 id="%s" class="section">%s</h3>' % (name, name) in text
    for namespace in ('system', 'ticket', 'ticket.status', 'wiki', 'search'):
        assert '<h3 id="rpc.%s" class="section">%s</h3>' % (
            namespace, namespace) in text
    assert 'Content-Type: application/xml' in text
    assert 'Content-Type: application/json' in text
    assert '__jsonclass__' in text
    assert '[1, 3, 0]' in text and 'Installed API version: 1.3.0' in text
    assert 'http://user:your_password@example.org/trac/login/rpc' in text
    for address in ('/rpc', '/xmlrpc', '/jsonrpc', '/login/rpc',
                    '/login/xmlrpc', '/login/jsonrpc'):
        assert '<code>http://example.org/trac%s</code>' % address in text


def test_every_method_is_listed(env):
    text = page(env)
    for line, _, permission in METHODS:
        assert 'id="rpc.%s"' % name_of(line) in text
        assert line.replace('"', '&#34;') in text or line in text
        assert not permission or '<code>%s</code>' % permission in text
    assert 'By resource' in text


def test_descriptions_are_rendered(env):
    text = page(env)
    assert '<code>signatures</code>' in text
    # inline code goes on in the next line of a docstring
    assert '<code>{methodName: string, params: array}</code>' in text
    for line in text.splitlines():
        assert '`' not in line or 'SELECT' in line, line


def test_navigation(env):
    link = '<a href="/trac/rpc">API</a>'
    assert link in page(env)
    assert link in request(env, '/wiki', 'GET').text
    revoke(env, 'anonymous', 'XML_RPC')
    assert link not in request(env, '/wiki', 'GET').text


def test_static_files(env):
    text = page(env)
    for name in ('rpc.css', 'rpc.js'):
        assert '/trac/chrome/tracrpc/' + name in text
        response = request(env, '/chrome/tracrpc/' + name, 'GET')
        assert response.status == 200


@pytest.mark.parametrize('language, words', [
    ('de', ['Berechtigung:', 'Je nach Ressource', 'Anfragen gehen per']),
    ('ja', ['\u6a29\u9650:', '\u30e1\u30bd\u30c3\u30c9'])])
def test_translations(env, language, words):
    pytest.importorskip('babel')
    text = page(env, Accept_Language=language)
    for word in words:
        assert word in text


def test_P1_many_methods_of_others_some_malformed(env, components):
    class Many(Component):
        """Not {{{closed wiki text, [[NoSuchMacro(x)]]."""

        implements(IXMLRPCHandler)

        def xmlrpc_namespace(self):
            return 'many'

        def xmlrpc_methods(self):
            for number in range(100):
                signatures = [None, (), ((int),), ((str, object(), 'x'),),
                              5][number % 5]
                yield (None, signatures, [self.method, self.nodoc, len][
                    number % 3], 'm%d' % number)

        def method(self, req, a=object, *b, c=1, **d):
            """Broken `code, [[NoSuchMacro]] and <script>alert(1)</script>
            """

        def nodoc(self, req):
            pass

    components(Many)
    text = page(env)
    assert 'id="rpc.many.m0"' in text and 'id="rpc.many.m98"' in text
    assert '<script>alert' not in text
    assert '<h3 id="rpc.system"' in text
