# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""Calls with access tokens to a real tracd, as clients make them."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import xmlrpc.client as xmlrpclib
from datetime import timedelta
from urllib.parse import quote

import pytest
from trac.env import Environment
from trac.perm import PermissionSystem
from trac.util.datefmt import datetime_now, to_utimestamp, utc

from tracrpc.tests.servers import tracd
from tracrpc.token_model import EVERYTHING, Scope
from tracrpc.tokens import TokenStore

READ_WIKI = Scope(True, ('wiki',))


@pytest.fixture(scope='module')
def site(tmp_path_factory):
    """A real environment; `admin` may do everything."""
    env = Environment(str(tmp_path_factory.mktemp('site') / 'env'),
                      create=True, options=[
        ('trac', 'database', 'sqlite:db/trac.db'),
        ('logging', 'log_type', 'file'), ('logging', 'log_level', 'INFO'),
        ('components', 'tracrpc.*', 'enabled')])
    for user, action in (('admin', 'TRAC_ADMIN'), ('anonymous', 'XML_RPC')):
        PermissionSystem(env).grant_permission(user, action)
    yield env
    env.shutdown()


@pytest.fixture(scope='module')
def port(site):
    """A server that authenticates nobody itself."""
    with tracd(site.path) as port:
        yield port


@pytest.fixture
def new_token(site):
    """A function that makes a token of `admin` and returns its secret."""
    def new_token(name='ci', scope=EVERYTHING, expires=None):
        return TokenStore(site).create('admin', name, scope, expires)[1]
    yield new_token
    TokenStore(site).revoke_all('admin')


def basic(port, secret, path='/login/rpc', user='admin'):
    return xmlrpclib.ServerProxy('http://%s:%s@127.0.0.1:%d%s' % (
        quote(user), secret, port, path))


def bearer(port, secret, path='/rpc'):
    return xmlrpclib.ServerProxy(
        'http://127.0.0.1:%d%s' % (port, path),
        headers=[('Authorization', 'Bearer ' + secret)])


def curl(port, body, *options, path='/rpc'):
    """The status of the answer, and what it holds."""
    if not shutil.which('curl'):
        pytest.skip('curl is not installed')
    output = subprocess.run(
        ['curl', '-s', '-w', '\n%{http_code}', '--max-time', '30',
         '-H', 'Content-Type: application/json', '--data', json.dumps(body),
         *options, 'http://127.0.0.1:%d%s' % (port, path)],
        stdout=subprocess.PIPE, check=True).stdout.decode('utf-8')
    answer, _, status = output.rpartition('\n')
    return int(status), json.loads(answer) if status == '200' else answer


def refused(trac):
    """Whether a call is answered with HTTP's 401."""
    try:
        with trac:  # which may be used again
            trac.system.getAPIVersion()
    except xmlrpclib.ProtocolError as e:
        return e.errcode == 401
    return False


# Sending them

@pytest.mark.parametrize('path', ['/rpc', '/login/rpc', '/xmlrpc',
                                  '/login/xmlrpc', '/rpc/'])
@pytest.mark.parametrize('client', [basic, bearer])
def test_xmlrpc_client(port, new_token, client, path):
    with client(port, new_token(), path) as trac:
        answer = trac.system.whoAmI()
        assert (answer['username'], answer['authenticated_by']) == \
            ('admin', 'token')
        assert answer['token'] == {'name': 'ci', 'scope': 'everything',
                                   'expires': 0}
        number = trac.ticket.create('summary', 'description')
        assert trac.ticket.get(number)[3]['reporter'] == 'admin'


@pytest.mark.parametrize('path', ['/rpc', '/login/rpc', '/jsonrpc',
                                  '/login/jsonrpc'])
def test_curl(port, new_token, path):
    secret = new_token()
    for options in (['-H', 'Authorization: Bearer ' + secret],
                    ['-u', 'admin:' + secret]):
        status, answer = curl(port, {'method': 'system.whoAmI', 'id': 1},
                              *options, path=path)
        assert status == 200 and answer['error'] is None
        assert answer['result']['username'] == 'admin'


def test_behind_digest_authentication(site, new_token):
    """Where the web server knows passwords that no script can send."""
    secret = new_token()
    htdigest = os.path.join(site.path, 'htdigest')
    open(htdigest, 'w').close()
    with tracd(site.path, '--auth', 'env,%s,realm' % htdigest) as port, \
            bearer(port, secret) as trac:
        assert trac.system.whoAmI()['username'] == 'admin'
        # the server answers at /login itself
        assert refused(bearer(port, secret, '/login/rpc'))


@pytest.mark.parametrize('client', [basic, bearer])
def test_wrong_ones_are_401(port, new_token, client):
    secret = new_token()
    for wrong in (secret[:-1] + 'x', secret[:21] + '_' + '0' * 64, 'trac_'):
        for path in ('/rpc', '/login/rpc'):
            assert refused(client(port, wrong, path))
    assert refused(basic(port, secret, user='user'))


# Scopes

def test_scope_of_a_call(port, new_token):
    with bearer(port, new_token(scope=READ_WIKI)) as trac:
        assert trac.wiki.getPage('WikiStart')
        for call in (lambda: trac.wiki.putPage('WikiStart', 'x', {}),
                     lambda: trac.ticket.query('status=new')):
            with pytest.raises(xmlrpclib.Fault) as e:
                call()
            assert e.value.faultCode == 403
            assert e.value.faultString.startswith(
                'The scope of the access token "ci" (read-only: wiki) does '
                'not include ')


def test_scope_of_a_multicall_over_xml_rpc(port, new_token):
    with bearer(port, new_token(scope=READ_WIKI)) as trac:
        calls = xmlrpclib.MultiCall(trac)
        calls.wiki.getPage('WikiStart')
        calls.ticket.get(1)
        calls.ticket.get(1)
        calls.wiki.deletePage('WikiStart')
        calls.system.listMethods()
        results = calls()
        assert results[0] and results[4]
        for number in (1, 2, 3):
            with pytest.raises(xmlrpclib.Fault) as e:
                results[number]
            assert e.value.faultCode == 403
        assert trac.wiki.getPage('WikiStart')


def test_scope_of_a_multicall_over_json_rpc(port, new_token):
    header = ['-H', 'Authorization: Bearer ' + new_token(scope=READ_WIKI)]
    calls = [{'method': 'wiki.getPage', 'params': ['WikiStart'], 'id': 1},
             {'method': 'wiki.deletePage', 'params': ['WikiStart'], 'id': 2},
             {'method': 'ticket.query', 'params': [], 'id': 3}]
    _, answer = curl(port, {'method': 'system.multicall', 'params': calls,
                            'id': 4}, *header)
    assert [item['error'] and item['error']['code']
            for item in answer['result']] == [None, 403, 403]
    _, answers = curl(port, [dict(call, jsonrpc='2.0') for call in calls],
                      *header)
    assert [item['error']['data']['code'] if 'error' in item else None
            for item in answers] == [None, 403, 403]


# Their end

def test_expired(site, port, new_token):
    secret = new_token(expires=datetime_now(utc) + timedelta(days=1))
    with bearer(port, secret) as trac:
        answer = trac.system.whoAmI()
        assert isinstance(answer['token']['expires'], xmlrpclib.DateTime)
        assert not refused(trac)
        site.db_transaction("UPDATE rpc_token SET expires=%s",
                            (to_utimestamp(datetime_now(utc)),))
        assert refused(trac)


def test_what_another_process_does_counts_at_once(site, port):
    def trac_admin(*args):
        return subprocess.run(
            [sys.executable, '-W', 'ignore', '-m', 'trac.admin.console',
             site.path, 'rpc', 'token', *args],
            stdout=subprocess.PIPE, check=True).stdout.decode('ascii').strip()
    with tracd(site.path) as other, contextlib.ExitStack() as stack:
        secret = trac_admin('create', 'admin', 'ci', '--read-only')
        clients = [stack.enter_context(bearer(each, secret))
                   for each in (port, other)]
        for trac in clients:
            assert trac.system.whoAmI()['token']['scope'] == 'read-only'
        trac_admin('revoke', 'admin', 'ci')
        for trac in clients:
            assert refused(trac)


def test_the_log_holds_no_secrets(site, port, new_token):
    secret = new_token('logged')
    assert not refused(bearer(port, secret))
    assert refused(basic(port, secret[:-2] + 'xx'))
    with open(os.path.join(site.path, 'log', 'trac.log')) as f:
        log = f.read()
    assert "RPC token used: 'logged' of 'admin' (everything) from " \
        "'127.0.0.1'\n" in log
    assert "RPC token refused: unknown, from '127.0.0.1'\n" in log
    assert secret[-60:-2] not in log
