# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""The documentation page."""

import html
import json
import re
import shutil
import subprocess
import sys
import urllib.request

import pytest
from trac.core import Component, implements
from trac.wiki.model import WikiPage

from tracrpc.api import AbstractRPCHandler, IRPCProtocol, IXMLRPCHandler, \
    expose_rpc
from tracrpc.docs_html import Fragments
from tracrpc.json_rpc import JsonRpcProtocol
from tracrpc.tests.support import grant, request, revoke
from tracrpc.tests.test_contract import METHODS, name_of
from tracrpc.tests.test_http import HTML


def part(text, name):
    """What the page says of a method."""
    return text.partition('id="rpc.%s"' % name)[2].partition(
        '<div class="rpc-method"')[0]


def words(text):
    """The text of HTML, its blanks collapsed."""
    return ' '.join(html.unescape(re.sub('<[^>]*>', ' ', text)).split())


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


def test_what_is_told_of_a_method(env):
    text = words(part(page(env), 'ticket.changeLog'))
    assert 'struct ticket.changeLog(int id, int when=0)' in text
    assert 'only reads' in text
    assert 'when int or DateTime or nil 0 The exact time of' in text
    assert 'Result array of [DateTime time, string author,' in text
    assert 'oldvalue string or DateTime its value before;' in text
    assert text.count('404 there is no such ticket') == 1
    assert 'Permission By resource' in text
    # parts of parts
    assert '_ts string a token for this state' in \
        words(part(page(env), 'ticket.get'))
    text = words(part(page(env), 'ticket.delete'))
    assert 'only reads' not in text and 'id int required' in text


def test_permissions_are_those_of_the_visitor(env):
    grant(env, 'creator', 'TICKET_CREATE')
    revoke(env, 'authenticated', 'TICKET_CREATE')
    for _ in range(2):  # rendered, and rendered before
        for user, told in (('user', 'you lack it'), ('creator', 'you have it'),
                           ('admin', 'you have it')):
            text = words(part(page(env, user=user), 'ticket.create'))
            assert 'Permission TICKET_CREATE ' + told in text, user


def test_links_are_those_of_the_visitor(env, components):
    @components
    class Linked(AbstractRPCHandler):

        def xmlrpc_namespace(self):
            return 'linked'

        @expose_rpc(None)
        def one(self, req):
            """See [wiki:SomePage it].

            And [https://example.com/ that]."""

        @expose_rpc(None)
        def two(self, req):
            """`[[NoMacro]]` is code."""

    assert 'class="missing wiki"' in part(page(env), 'linked.one')
    written = WikiPage(env, 'SomePage')
    written.text = 'x'
    written.save('admin', '')
    assert 'class="wiki"' in part(page(env), 'linked.one')
    assert '<code>[[NoMacro]]</code>' in part(page(env), 'linked.two')


def test_pages_are_made_of_kept_fragments(env, monkeypatch):
    page(env)
    rendered = []
    monkeypatch.setattr(Fragments, 'rendered', lambda self, filename, data:
                        rendered.append(filename))
    text = page(env)
    assert not rendered and 'id="rpc.ticket.create"' in text


def test_not_too_much_is_kept(env):
    fragments = Fragments(env)
    for number in range(3 * fragments.LIMIT // 10000):
        fragments[number] = 'x' * 10000
        assert fragments[number]
    assert len(fragments._known) * 10000 <= fragments.LIMIT + 10000
    assert fragments[0] is None


def test_deprecated_methods_are_marked(env, components):
    @components
    class Old(AbstractRPCHandler):

        def xmlrpc_namespace(self):
            return 'old'

        @expose_rpc(None)
        def way(self, req):
            """Do it.

            Deprecated: use another one."""

    assert 'deprecated' in words(part(page(env), 'old.way'))
    assert 'deprecated' not in words(part(page(env), 'ticket.get'))


def test_the_console_calls_as_the_visitor(env):
    def address(path, user=None):
        data = re.search(r'var tracrpc=(.*);', page(env, path, user)).group(1)
        return json.loads(data)['url']

    assert address('/rpc') == '/trac/rpc'
    assert address('/rpc', 'user') == '/trac/rpc'
    assert address('/login/rpc', 'user') == '/trac/login/rpc'
    assert address('/login/jsonrpc', 'user') == '/trac/login/rpc'
    assert address('/login/rpc') == '/trac/rpc'
    env.disable_component(JsonRpcProtocol)
    env.components.clear()
    assert address('/rpc') is None


def test_the_link_to_the_access_tokens(env):
    assert 'href="/trac/prefs/tokens"' in page(env, user='user')
    assert 'href="/trac/prefs/tokens"' not in page(env)


def test_navigation(env):
    link = '<a href="/trac/rpc">API</a>'
    assert link in page(env)
    assert link in request(env, '/wiki', 'GET').text
    revoke(env, 'anonymous', 'XML_RPC')
    assert link not in request(env, '/wiki', 'GET').text


def test_static_files(env):
    text = page(env)
    for name in ('rpc.css', 'rpc.js', 'console.js'):
        assert '/trac/chrome/tracrpc/' + name in text
        response = request(env, '/chrome/tracrpc/' + name, 'GET')
        assert response.status == 200




def test_P1_many_methods_of_others_some_malformed(env, components):
    class Many(Component):
        """Not {{{closed wiki text, [[NoSuchMacro(x)]]."""

        implements(IXMLRPCHandler)

        def xmlrpc_namespace(self):
            return 'many'

        def xmlrpc_methods(self):
            yield ['no', 'hash'], None, self.nodoc, 'unhashable'
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


@pytest.mark.parametrize('host', ['[', 'a]b', '', '"><b>', 'x%(url)s'])
def test_addresses_at_odd_hosts(env, host):
    response = request(env, '/login/rpc', 'GET', user='user', Host=host,
                       environ={'trac.base_url': None})
    assert response.status == 200
    assert '<b>' not in response.text


def test_P1_protocols_of_others_some_malformed(env, components):
    class Protocol(Component):

        implements(IRPCProtocol)

        abstract = True
        text = 'Call %(url_auth)s'
        examples = ()

        def rpc_info(self):
            return type(self).__name__, self.text

        def rpc_match(self):
            yield 'rpc', 'application/x-' + type(self).__name__.lower()

        def rpc_examples(self):
            return self.examples

    class Good(Protocol):
        examples = (('<sh>', "call '%(url_auth)s' <&"), ('100%', '%d'))

    class Silent(Protocol):
        text = None

    class Bytes(Protocol):
        text = b'Call `me`'

    class Percent(Protocol):
        text = '100 % of it'

    class Broken(Protocol):
        examples = (5,)

    components(Good, Silent, Bytes, Percent, Broken)
    text = page(env, user='user')
    for name in ('Good', 'Silent', 'Bytes', 'Percent', 'XML-RPC'):
        assert '<h3 id="%s" class="section">' % name in text
    assert 'id="Broken"' not in text
    assert '&lt;sh&gt;' in text and '100 % of it' in text
    assert 'http://user:your_password@example.org/trac/login/rpc&#39; ' \
        '&lt;&amp;' in text


# The examples, run as they are

@pytest.fixture(scope='module')
def examples(tracd_port):
    """The code of the examples by protocol and title, as an admin reads it
    who has the password `admin`."""
    request = urllib.request.Request(
        'http://127.0.0.1:%d/login/rpc' % tracd_port,
        headers={'Authorization': 'Basic YWRtaW46YWRtaW4='})
    with urllib.request.urlopen(request, timeout=60) as answer:
        text = answer.read().decode('utf-8')
    found = {}
    for section in re.split('<h3 id="', text)[1:]:
        protocol = section.partition('"')[0]
        for title, code in re.findall(
                r'<h4>(.*?)</h4>\s*<pre><code>(.*?)</code></pre>', section,
                re.S):
            found[protocol, title] = html.unescape(code).replace(
                'your_password', 'admin')
    return found


@pytest.mark.parametrize('title, program', [
    ('curl', 'curl'), ('Python', None), ('Ruby', 'ruby'),
    ('JavaScript', 'node'), ('curl, JSON-RPC 1.0', 'curl')])
@pytest.mark.parametrize('protocol', ['XML-RPC', 'JSON-RPC'])
def test_examples(examples, protocol, title, program):
    if (protocol, title) not in examples:
        assert (protocol, title) == ('XML-RPC', 'curl, JSON-RPC 1.0')
        return
    code = examples[protocol, title]
    argv = {None: [sys.executable, '-c'], 'curl': ['sh', '-c'],
            'ruby': ['ruby', '-e'],
            'node': ['node', '--input-type=module', '-e']}[program]
    if program and not shutil.which(program):
        pytest.skip(program + ' is not installed')
    ran = subprocess.run([*argv, code], capture_output=True, timeout=60,
                         check=False)
    error = ran.stderr.decode('utf-8')
    if 'cannot load such file -- xmlrpc' in error:
        pytest.skip('the gem xmlrpc is not installed')
    assert ran.returncode == 0, error
    output = ran.stdout.decode('utf-8')
    # there is no ticket, and no fault either
    assert '[]' in output or re.search(r'<data>\s*</data>', output), output
