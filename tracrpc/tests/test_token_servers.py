# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""Access tokens behind web servers that ask for a login everywhere but at the
addresses of calls, as README tells them to.
"""

import os
import re
import tempfile
import textwrap
import time
import xmlrpc.client as xmlrpclib
from contextlib import closing, contextmanager
from http.client import HTTPConnection

import pytest
from trac.env import Environment

from tracrpc.tests.servers import ROOT, Apache, Nginx, Site
from tracrpc.tokens import TokenStore


README = os.path.join(ROOT, 'README.md')

pytestmark = pytest.mark.skipif(not os.path.exists(README),
                                reason='README is in the checkout only')


def readme(language):
    """The lines of configuration for tokens that README has."""
    with open(README, encoding='utf-8') as f:
        section = f.read().split('\n## Access tokens\n')[1].split('\n## ')[0]
    found = re.search('^ +```%s\n(.*?)^ +```$' % language, section,
                      re.M | re.S)
    return textwrap.dedent(found.group(1)).replace('/trac/rpc', '/rpc')


def change(path, old, new):
    with open(path, encoding='utf-8') as f:
        text = f.read()
    assert old in text
    with open(path, 'w', encoding='utf-8') as f:
        f.write(text.replace(old, new, 1))


class ApacheWithLogin(Apache):

    def commands(self, site, port):
        commands = list(super().commands(site, port))
        path = os.path.join(site.directory, 'apache.conf')
        change(path, '<Location />\n    Require all granted\n</Location>',
               '<Location />\n    AuthType Basic\n    AuthName realm\n'
               '    AuthUserFile %s\n    Require valid-user\n</Location>\n%s'
               % (site.htpasswd, readme('apache')))
        return commands


class NginxWithLogin(Nginx):

    def commands(self, site, port):
        commands = list(super().commands(site, port))
        path = os.path.join(site.directory, 'nginx.conf')
        with open(path, encoding='utf-8') as f:
            behind = re.search(r'proxy_pass http://([\d.:]+)', f.read())[1]
        listen = 'listen 127.0.0.1:%d;' % port
        change(path, listen, '%s\nauth_basic realm;\nauth_basic_user_file %s;'
               '\n%s' % (listen, site.htpasswd, readme('nginx').replace(
                   '127.0.0.1:8000', behind)))
        return commands

    @contextmanager
    def running(self, site):
        with super().running(site) as port:
            for _ in range(300):  # nginx asks for a login before that is there
                if status(port, '/rpc', '') != 502:
                    break
                time.sleep(.1)
            yield port


@pytest.mark.parametrize('server', [ApacheWithLogin(), NginxWithLogin()],
                         ids=['apache', 'nginx'])
def test_tokens_get_through(server):
    if server.missing():
        pytest.skip(server.missing())
    # where servers of other users can get, too
    with tempfile.TemporaryDirectory(prefix='tracrpc-site-') as directory:
        site = Site(directory)
        env = Environment(site.path)
        _, secret = TokenStore(env).create('user', 'ci')
        env.shutdown()
        with server.running(site) as port:
            for path in ('/', '/wiki', '/prefs/tokens', '/login/rpc'):
                assert status(port, path, secret) == 401
            for trac in clients(port, secret):
                with trac:
                    assert trac.system.whoAmI()['token']['name'] == 'ci'
            for trac in clients(port, secret[:-64] + '0' * 64):
                with trac, pytest.raises(xmlrpclib.ProtocolError,
                                         match='401'):
                    trac.system.whoAmI()


def clients(port, secret):
    yield xmlrpclib.ServerProxy(
        'http://127.0.0.1:%d/rpc' % port,
        headers=[('Authorization', 'Bearer ' + secret)])
    yield xmlrpclib.ServerProxy('http://user:%s@127.0.0.1:%d/rpc'
                                % (secret, port))


def status(port, path, secret):
    with closing(HTTPConnection('127.0.0.1', port, timeout=30)) as cnx:
        cnx.request('GET', path, headers={'Authorization': 'Bearer ' + secret})
        return cnx.getresponse().status
