# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""Who calls, where AccountManager is not: access tokens, headers that are
for somebody else, and `system.whoAmI`."""

import base64
import json
import logging
import xmlrpc.client as xmlrpclib
from datetime import datetime, timedelta

import pytest
from trac.core import Component, ComponentMeta, implements
from trac.perm import PermissionSystem
from trac.util.datefmt import utc
from trac.web.api import IAuthenticator

from tracrpc.api import XMLRPCSystem
from tracrpc.login import RPCLogin
from tracrpc.tests.support import grant, request, revoke
from tracrpc.token_model import Scope
from tracrpc.tokens import TokenStore

PATHS = ['/rpc', '/login/rpc', '/xmlrpc', '/login/jsonrpc/']


def basic(user, password, encoding='utf-8'):
    """A header that sends a user name and a password."""
    return 'Basic ' + base64.b64encode(
        ('%s:%s' % (user, password)).encode(encoding)).decode('ascii')


def call(env, name='system.getAPIVersion', path='/rpc', **kwargs):
    """The response to a call, XML-RPC where the path wants it."""
    if 'xml' in path:
        body, kind = xmlrpclib.dumps((), name).encode('utf-8'), 'text/xml'
    else:
        body = json.dumps({'method': name, 'id': 1}).encode('utf-8')
        kind = 'application/json'
    return request(env, path, body=body, content_type=kind, **kwargs)


def who(env, path='/rpc', **kwargs):
    """What `system.whoAmI` returns, or the status if that is not 200."""
    response = call(env, 'system.whoAmI', path, **kwargs)
    if response.status != 200:
        return response.status
    if 'xml' in path:
        return xmlrpclib.loads(response.body)[0][0]
    answer = json.loads(response.body)
    return answer['error'] or answer['result']


def name_and_kind(answer):
    return answer['username'], answer['authenticated_by']


def challenges(response):
    return [value for name, value in response.header_list
            if name == 'WWW-Authenticate']


def create_session(env, user, cookie='cookie'):
    """Log the user in; the header that his browser sends from then on."""
    env.db_transaction("INSERT INTO auth_cookie VALUES (%s,%s,%s,%s)",
                       (cookie, user, '127.0.0.1', (1 << 31) - 1))
    return 'trac_auth=%s' % cookie


@pytest.fixture
def secret(env):
    """The secret of an access token of `user`."""
    return new_token(env)


def new_token(env, scope=None, expires=None, user='user', name='script'):
    return TokenStore(env).create(user, name, scope or Scope(), expires)[1]


# Where passwords cannot be checked

@pytest.mark.parametrize('path', ['/login/rpc', '/login/xmlrpc'])
@pytest.mark.parametrize('header', [
    None, basic('user', 'user'), 'Basic !', 'Basic', 'Digest username="user"',
    'Negotiate YII=', 'Bearer eyJhbGciOi', 'junk', ''])
def test_the_contracts_fault_stays(env, path, header):
    response = call(env, path=path, environ={'HTTP_AUTHORIZATION': header})
    assert response.status == 200
    assert b'Authentication information not available' in response.body


@pytest.mark.parametrize('header', [
    basic('user', 'user'), 'Basic !', 'Digest username="user"', 'junk',
    'Negotiate YII=', 'Bearer eyJhbGciOi'])
def test_headers_for_somebody_else_are_left_alone(env, header):
    for path in PATHS:
        assert name_and_kind(who(env, path, user='bob',
                                 Authorization=header)) == ('bob', 'server')
    assert name_and_kind(who(env, Authorization=header)) == \
        ('anonymous', 'anonymous')
    page = request(env, '/login/rpc', 'GET', Authorization=header)
    assert page.status == 200


def test_a_bearer_of_nothing_is_nobody(env):
    for header in ('Bearer', 'Bearer ', 'bearer\t'.strip() + '  '):
        assert who(env, Authorization=header) == 401
        assert who(env, user='bob', Authorization=header)['username'] == 'bob'


def test_enabled_without_anything_to_check_with(env, caplog):
    env.config.set('rpc', 'basic_auth', 'Enabled')
    for _ in range(3):
        assert who(env, Authorization=basic('user', 'user'))['username'] == \
            'anonymous'
        test_the_contracts_fault_stays(env, '/login/rpc', None)
    assert [record.getMessage() for record in caplog.records
            if record.levelno >= logging.WARNING and
            'basic_auth' in record.getMessage()] == [
        "[rpc] basic_auth is enabled, but AccountManager is not: passwords "
        "cannot be checked"]


# Access tokens

@pytest.mark.parametrize('choice', ['auto', 'enabled', 'disabled'])
@pytest.mark.parametrize('path', PATHS)
def test_tokens_work_everywhere(env, secret, choice, path):
    env.config.set('rpc', 'basic_auth', choice)
    for header in ('Bearer ' + secret, 'bearer  ' + secret,
                   basic('', secret), basic('user', secret)):
        answer = who(env, path, Authorization=header)
        assert name_and_kind(answer) == ('user', 'token')
        assert answer['token']['name'] == 'script'


@pytest.mark.parametrize('path', PATHS)
def test_wrong_tokens_are_refused(env, secret, path):
    cut, other = secret[:-1], secret[:-1] + 'ab'[secret[-1] == 'a']
    for wrong in (cut, other, 'trac_', 'trac_x', 'trac_\xe6'):
        for header in ('Bearer ' + wrong, 'Bearer\t' + wrong,
                       basic('', wrong),
                       basic('user', wrong)):
            response = call(env, path=path, Authorization=header)
            assert (response.status, response.text) == \
                (401, "The credentials are not valid")
            assert challenges(response) == ['Bearer realm="My Project"']
            assert response.input == b''
            assert response.headers['content-type'] == \
                'text/plain;charset=utf-8'
    TokenStore(env).revoke_all('user')
    assert who(env, path, Authorization='Bearer ' + secret) == 401


def test_the_user_name_beside_a_token(env, secret):
    assert who(env, Authorization=basic('other', secret)) == 401
    assert who(env, Authorization=basic('USER', secret)) == 401
    env.config.set('trac', 'ignore_auth_case', 'true')
    assert who(env, Authorization=basic('USER', secret))['username'] == 'user'


def test_tokens_and_the_web_server(env, secret):
    """The scope counts even if the web server knows the user as well."""
    header = 'Bearer ' + secret
    for path in PATHS:
        assert name_and_kind(who(env, path, user='user',
                                 Authorization=header)) == ('user', 'token')
        assert who(env, path, user='bob', Authorization=header) == 401
        assert who(env, path, user='user', Authorization=header + 'x') == 401
        # checked by the web server, whatever it looks like
        assert name_and_kind(who(
            env, path, user='bob', Authorization=basic('bob', secret))) == \
            ('bob', 'server')


def test_tokens_disabled(env, secret):
    env.disable_component(TokenStore)
    for header in ('Bearer ' + secret,):
        assert who(env, Authorization=header) == 401
    # no more than a password, which nobody checks here
    assert who(env, Authorization=basic('', secret))['username'] == \
        'anonymous'


def test_tokens_are_checked_once(env, secret, monkeypatch):
    count = []
    verify = TokenStore.verify
    monkeypatch.setattr(TokenStore, 'verify', lambda *args: (
        count.append(1), verify(*args))[1])
    who(env, '/login/rpc', Authorization='Bearer ' + secret)
    request(env, '/rpc', 'GET', Authorization='Bearer ' + secret)
    assert len(count) == 2


def test_scope(env):
    """What the scope leaves out is fault 403, in a multicall as well."""
    grant(env, 'user', 'TRAC_ADMIN')
    header = 'Bearer ' + new_token(env, Scope(read_only=True))
    body = json.dumps({'method': 'system.multicall', 'id': 1, 'params': [
        {'method': 'ticket.create', 'params': ['x', 'x'], 'id': 2},
        {'method': 'ticket.query', 'params': [], 'id': 3},
        {'method': 'ticket.component.delete', 'params': ['component1']},
    ]}).encode('ascii')
    answers = json.loads(request(env, body=body, Authorization=header,
                                 content_type='application/json').body)
    assert [answer['error'] and answer['error']['code']
            for answer in answers['result']] == [403, None, 403]
    assert call(env, 'ticket.create', Authorization=header).status == 200


def test_refusals_are_logged_without_secrets(env, secret, caplog):
    for header, text in (
            ('Bearer %sx' % secret, "unknown"), ('Bearer', "malformed"),
            (basic('other', secret), "another's, user 'other'"),
            (basic('o\u2028th\x85er', secret), "user 'o\\u2028th\\x85er'"),
            (basic('x' * 999, secret), "xxx")):
        caplog.clear()
        assert who(env, Authorization=header, environ={
            'REMOTE_ADDR': '192.0.2.7'}) == 401
        line, = [record.getMessage() for record in caplog.records
                 if record.levelno >= logging.WARNING]
        assert '192.0.2.7' in line and 'refused' in line and text in line
        assert len(line.splitlines()) == 1 and len(line) < 200
        assert not any(secret[-20:] in record.getMessage()
                       for record in caplog.records)


def test_one_line_for_each_use(env, secret, caplog):
    """Whoever is refused has not used the token, as the list shows, too."""
    store = TokenStore(env)
    for path in PATHS:
        caplog.clear()
        assert who(env, path, Authorization=basic('other', secret)) == 401
        assert who(env, path, user='bob',
                   Authorization='Bearer ' + secret) == 401
        assert 'RPC token used' not in caplog.text
        assert caplog.text.count("access token is another's") == 2
    assert store.get('user', 'script').last_used is None
    caplog.clear()
    assert who(env, Authorization=basic('user', secret))['username'] == 'user'
    assert [record.getMessage() for record in caplog.records
            if 'RPC token' in record.getMessage()] == [
        "RPC token used: 'script' of 'user' (everything) from '127.0.0.1'"]
    assert store.get('user', 'script').last_used


def test_owners_that_were_spelled_in_another_way_before(env):
    header = 'Bearer ' + new_token(env, user='User')
    grant(env, 'user', 'TICKET_ADMIN')
    env.config.set('trac', 'ignore_auth_case', 'true')
    answer = who(env, Authorization=header)
    assert name_and_kind(answer) == ('user', 'token')
    assert 'TICKET_ADMIN' in answer['permissions']
    assert name_and_kind(who(env, user='USER', Authorization=header)) == \
        ('user', 'token')


def test_no_cookies(env, secret):
    """Neither calls nor the page set any, nor count those of a session."""
    cookie = create_session(env, 'bob') + '; trac_session=' + 'a' * 24
    env.db_transaction("INSERT INTO session VALUES (%s,0,0)", ('a' * 24,))
    header = 'Bearer ' + secret
    for method in ('POST', 'GET'):
        for path in ('/rpc', '/login/rpc'):
            for cookies in (None, cookie):
                response = request(
                    env, path, method, body=b'{"method": "system.whoAmI"}',
                    content_type='application/json' if method == 'POST'
                    else None, Authorization=header, Cookie=cookies)
                assert response.status == 200
                assert 'set-cookie' not in response.headers
                assert b'user' in response.body
                assert b'bob' not in response.body
    assert env.db_query("SELECT authenticated FROM session WHERE sid=%s",
                        ('a' * 24,)) == [(0,)]


def test_other_sites_and_tokens(env, secret):
    """Whoever sends a token is no victim of another site."""
    answer = who(env, Origin='http://evil.example', Cookie='trac_auth=x',
                 Authorization='Bearer ' + secret)
    assert answer['username'] == 'user'


@pytest.mark.parametrize('name, realm', [
    ('Th\xe6 "best"\\', 'Th_ _best__'), ('', 'Trac'), ('a\r\nb', 'a__b')])
def test_the_realm_is_the_projects_name(env, name, realm):
    env.config.set('project', 'name', name)
    response = call(env, Authorization='Bearer trac_x')
    assert challenges(response) == ['Bearer realm="%s"' % realm]


def test_not_only_for_calls(env):
    """Wrong credentials are refused before anything else is looked at."""
    header = 'Bearer trac_x'
    for kwargs in ({'method': 'GET'}, {'method': 'HEAD'}, {'method': 'PUT'},
                   {'content_type': 'text/plain'}, {'body': b'<malformed'},
                   {'environ': {'CONTENT_LENGTH': 'abc'}}):
        response = request(env, '/rpc', Authorization=header, **kwargs)
        assert response.status == 401
        assert (response.body == b'') == (kwargs.get('method') == 'HEAD')


def test_other_paths_are_not_looked_at(env, caplog, secret):
    for path in ('/wiki', '/login', '/rpc/x', '/about'):
        for header in ('Bearer trac_x', 'Bearer ' + secret):
            response = request(env, path, 'GET', Authorization=header)
            assert response.status != 401
            assert b'logged in' not in response.body
    assert 'refused' not in caplog.text


# system.whoAmI

def test_whoAmI(rpc):
    answer = rpc.anonymous.system.whoAmI()
    assert name_and_kind(answer) == ('anonymous', 'anonymous')
    assert set(answer) == {'username', 'authenticated_by', 'permissions'}
    actions = set(answer['permissions'])
    assert answer['permissions'] == sorted(actions)
    assert actions >= {'TICKET_VIEW', 'WIKI_VIEW', 'MILESTONE_VIEW', 'XML_RPC'}
    assert not actions & {'TICKET_CREATE', 'WIKI_MODIFY', 'TRAC_ADMIN'}
    answer = rpc.admin.system.whoAmI()
    assert name_and_kind(answer) == ('admin', 'server')
    assert answer['permissions'] == sorted(
        PermissionSystem(rpc.env).get_actions())
    revoke(rpc.env, 'anonymous', 'XML_RPC')
    with rpc.fault(403):
        rpc.anonymous.system.whoAmI()


def test_whoAmI_in_a_session(env):
    cookie = create_session(env, 'user')
    for path in PATHS:
        assert name_and_kind(who(env, path, Cookie=cookie)) == \
            ('user', 'session')
    assert name_and_kind(who(env, Cookie='trac_auth=x')) == \
        ('anonymous', 'anonymous')


@pytest.mark.parametrize('scope, text, missing, left', [
    (Scope(), 'everything', [], ['TICKET_ADMIN', 'TRAC_ADMIN']),
    (Scope(True), 'read-only', ['TICKET_ADMIN', 'TRAC_ADMIN', 'TICKET_CREATE'],
     ['TICKET_VIEW', 'WIKI_VIEW', 'XML_RPC', 'SEARCH_VIEW']),
    (Scope(False, ('wiki',)), 'wiki',
     ['TICKET_VIEW', 'TICKET_ADMIN', 'TRAC_ADMIN', 'SEARCH_VIEW'],
     ['WIKI_CREATE', 'XML_RPC'])])
def test_whoAmI_with_a_token(env, scope, text, missing, left):
    grant(env, 'user', 'TRAC_ADMIN')
    expires = datetime(2031, 2, 3, 4, 5, 6, tzinfo=utc)
    for expiry in (None, expires):
        header = 'Bearer ' + new_token(env, scope, expiry,
                                       name='script %s' % expiry)
        answer = who(env, Authorization=header)
        assert answer['token'] == {
            'name': 'script %s' % expiry, 'scope': text,
            'expires': expiry and {'__jsonclass__': [
                'datetime', '2031-02-03T04:05:06']} or 0}
        assert not set(missing) & set(answer['permissions'])
        assert set(left) <= set(answer['permissions'])
        assert answer['permissions'] == sorted(answer['permissions'])
        answer = who(env, '/xmlrpc', Authorization=header)
        assert answer['token']['expires'] == (
            xmlrpclib.DateTime('20310203T04:05:06') if expiry else 0)


def test_whoAmI_is_the_last_of_its_namespace(env):
    names = [method.name for method in XMLRPCSystem(env).all_methods()
             if method.namespace == 'system']
    assert names[0] == 'system.multicall' and names[-1] == 'system.whoAmI'


def test_expired(env):
    soon = datetime.now(utc) + timedelta(days=1)
    header = 'Bearer ' + new_token(env, expires=soon)
    assert who(env, Authorization=header)['username'] == 'user'
    env.db_transaction("UPDATE rpc_token SET expires=1")
    assert who(env, Authorization=header) == 401


def test_an_authenticator_of_our_requests_only(env):
    class Request:
        pass
    assert RPCLogin(env).authenticate(Request()) is None


def test_other_authenticators_do_not_change_the_owner(env, components):
    """What is done with a token is done by its owner, as the log says."""
    class Other(Component):

        implements(IAuthenticator)

        def authenticate(self, req):
            return 'admin'

    components(Other)
    registry = ComponentMeta._registry[IAuthenticator]
    registry.insert(0, registry.pop(registry.index(Other)))
    header = 'Bearer ' + new_token(env)
    assert who(env)['username'] == 'admin'
    assert name_and_kind(who(env, Authorization=header)) == ('user', 'token')
    assert who(env, Authorization=header + 'x') == 401
