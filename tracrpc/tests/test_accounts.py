# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""Passwords, where the real AccountManager keeps them: Basic authentication,
401, and guessing that gets locked out."""

import json
import logging
import os
import re
import shutil
import subprocess
import time
import urllib.error
import urllib.request
import xmlrpc.client as xmlrpclib
from importlib import import_module
from urllib.parse import quote, urlencode

import pytest
from trac.core import ComponentMeta
from trac.env import Environment
from trac.util.datefmt import to_datetime
from trac.web.api import IAuthenticator
from trac.web.auth import LoginModule

from tracrpc.accounts import Accounts
from tracrpc.tests import servers
from tracrpc.tests.support import grant, in_threads, request
from tracrpc.tests.test_login import PATHS, basic, call, challenges, \
    create_session, name_and_kind, new_token, who
from tracrpc.tests.wire import connection

pytest.importorskip('acct_mgr', reason='AccountManager is not installed')
for _module in ('admin', 'api', 'db', 'guard', 'htfile', 'http', 'macros',
                'notification', 'pwhash', 'register', 'svnserve', 'web_ui'):
    import_module('acct_mgr.' + _module)
from acct_mgr.api import AccountManager  # noqa: E402
from acct_mgr.guard import AccountGuard  # noqa: E402
from acct_mgr.htfile import HtPasswdStore  # noqa: E402

PASSWORD = 's3:cr\xe9t \u20ac:'
RIGHT = basic('alice', PASSWORD)
WRONG = basic('alice', 'guess')
ATTEMPTS = 3
OPTIONS = [('account-manager', 'password_store', 'HtPasswdStore'),
           ('account-manager', 'htpasswd_hash_type', 'sha256'),
           ('account-manager', 'persistent_sessions', 'true'),
           ('account-manager', 'auth_init', 'false')]
GUARDED = [('account-manager', 'login_attempt_max_count', str(ATTEMPTS)),
           ('account-manager', 'user_lock_time', '60')]


@pytest.fixture
def env(env):
    """Like everywhere, with AccountManager's form login in place of Trac's
    and the account of `alice`, who has never been here."""
    for cls in ComponentMeta._components:
        if cls.__module__.startswith('acct_mgr.'):
            env.enable_component(cls)
    env.disable_component(LoginModule)
    os.makedirs(env.path, exist_ok=True)
    with_accounts(env)
    return env


def with_accounts(env):
    for option in OPTIONS:
        env.config.set(*option)
    env.config.set('account-manager', 'htpasswd_file',
                   os.path.join(env.path, 'htpasswd'))
    AccountManager(env).set_password('alice', PASSWORD)
    AccountManager(env).set_password('bob', 'bob')


@pytest.fixture
def guarded(env):
    """The same, where the guard is on."""
    for option in GUARDED:
        env.config.set(*option)
    return env


def counted(env, user='alice'):
    return AccountGuard(env).failed_count(user, reset=None)


def lock(env, user='alice'):
    for _ in range(ATTEMPTS):
        assert who(env, Authorization=basic(user, 'guess')) == 401
    assert AccountGuard(env).user_locked(user)


def pass_time(monkeypatch, seconds):
    """Let the guard find another time of day."""
    monkeypatch.setattr('acct_mgr.guard.to_datetime',
                        lambda t: to_datetime(time.time() + seconds))


# Who may come in

@pytest.mark.parametrize('path', PATHS)
def test_right_password(env, path):
    answer = who(env, path, Authorization=RIGHT)
    assert name_and_kind(answer) == ('alice', 'password')
    assert 'TICKET_CREATE' in answer['permissions']
    assert 'token' not in answer
    assert who(env, '/rpc')['username'] == 'anonymous'


@pytest.mark.parametrize('path', PATHS)
@pytest.mark.parametrize('header', [
    WRONG, basic('alice', ''), basic('', PASSWORD), basic('nobody', 'x'),
    basic('', ''), basic('alice', PASSWORD + ' '), basic('Alice', PASSWORD),
    'Basic', 'Basic ', 'Basic !', 'Basic YWxpY2U', 'Basic YWxpY2U=',
    RIGHT + '=', RIGHT + ' x', RIGHT[:8] + ' ' + RIGHT[8:], 'basic ====',
    'Basic \xe6', basic('alice', 's3:cr\xe9t', 'latin-1'),
    basic('alice\n', PASSWORD), basic('alice', PASSWORD + '\0'),
    basic('alice:s3', 'cr\xe9t'), RIGHT + ',' + RIGHT])
def test_wrong_and_malformed_credentials(env, path, header):
    response = call(env, path=path, Authorization=header)
    assert (response.status, response.text) == \
        (401, "The credentials are not valid")
    assert challenges(response) == [
        'Basic realm="My Project", charset="UTF-8"',
        'Bearer realm="My Project"']
    assert response.headers['content-type'] == 'text/plain;charset=utf-8'
    assert response.headers['content-length'] == str(len(response.body))
    assert 'set-cookie' not in response.headers
    assert response.input == b''


@pytest.mark.parametrize('scheme', ['basic', 'BASIC', 'Basic  '])
def test_spelling_of_the_scheme(env, scheme):
    header = scheme + ' ' + RIGHT[6:]
    assert who(env, Authorization=header)['username'] == 'alice'


@pytest.mark.parametrize('kwargs', [
    {'method': 'GET'}, {'method': 'GET', 'Accept': 'text/html'},
    {'method': 'HEAD'}, {'method': 'PUT'}, {'content_type': 'text/xml'},
    {'content_type': 'text/plain'}, {'content_type': 'application/json'},
    {'content_type': 'text/xml', 'path': '/login/xmlrpc'},
    {'content_type': 'text/xml', 'path': '/login/rpc/'},
    {'method': 'GET', 'path': '/login/rpc/openrpc.json'},
    {'Cookie': 'trac_auth=x'}, {'environ': {'CONTENT_LENGTH': 'abc'}}])
def test_missing_credentials_are_asked_for(env, kwargs):
    path = kwargs.pop('path', '/login/rpc')
    response = request(env, path, body=b'{' * 100000, **kwargs)
    assert response.status == 401
    assert len(challenges(response)) == 2
    assert 'environ' in kwargs or response.input == b''
    if kwargs.get('method') != 'HEAD':
        assert response.text == "Credentials are required: a user name and " \
                                "password, or an access token"


@pytest.mark.parametrize('header', ['Digest username="alice"', 'junk',
                                    'Negotiate YII=', 'Bearer eyJhbGciOi'])
def test_other_schemes(env, header):
    """They may be for the module of somebody else, but if nobody is logged
    in by them, there are ways to log in here."""
    assert who(env, Authorization=header)['username'] == 'anonymous'
    assert who(env, '/login/rpc', Authorization=header) == 401


@pytest.mark.parametrize('choice, manager, trac, checked', [
    ('auto', True, False, True), ('auto', True, True, False),
    ('auto', False, False, False), ('auto', False, True, False),
    ('enabled', True, False, True), ('enabled', True, True, True),
    ('enabled', False, False, False), ('enabled', False, True, False),
    ('disabled', True, False, False), ('disabled', True, True, False)])
def test_basic_auth(env, choice, manager, trac, checked):
    env.config.set('rpc', 'basic_auth', choice)
    if not manager:
        env.disable_component(AccountManager)
    if trac:
        env.enable_component(LoginModule)
    for header, user in ((RIGHT, 'alice'), (WRONG, None), ('Basic !', None)):
        answer = who(env, Authorization=header)
        if checked:
            assert answer == 401 if user is None else \
                answer['username'] == user
        else:
            assert answer['username'] == 'anonymous'
    for response in (call(env, path='/login/rpc'),
                     call(env, path='/login/rpc', Authorization=WRONG)):
        assert response.status == (401 if checked else 200)
        assert checked or b'information not available' in response.body
    header = 'Bearer ' + new_token(env, user='alice')
    assert name_and_kind(who(env, Authorization=header)) == ('alice', 'token')


def test_default_is_auto(env):
    assert env.config.get('rpc', 'basic_auth') == 'auto'


# The web server, sessions, and other login modules

@pytest.mark.parametrize('overwrite', ['true', 'false'])
@pytest.mark.parametrize('path', PATHS)
def test_the_web_server_knows_better(env, path, overwrite, monkeypatch):
    """It has checked who calls; and AccountManager's form does not take
    calls for attempts to log in."""
    env.config.set('account-manager', 'environ_auth_overwrite', overwrite)
    monkeypatch.setattr(AccountManager, 'check_password', None)
    for header in (None, RIGHT, WRONG, 'Basic !'):
        assert name_and_kind(who(env, path, user='carol',
                                 Authorization=header)) == ('carol', 'server')
    response = call(env, path=path + '?username=bob&password=x', user='carol')
    assert response.status == 200


@pytest.fixture(params=['ours first', 'ours last'])
def in_any_order(request, monkeypatch):
    registry = ComponentMeta._registry[IAuthenticator]
    monkeypatch.setitem(
        ComponentMeta._registry, IAuthenticator,
        sorted(registry, key=lambda cls: cls.__module__ == 'tracrpc.login',
               reverse=request.param == 'ours first'))


@pytest.mark.parametrize('path', PATHS)
def test_credentials_count_more_than_cookies(env, in_any_order, path):
    cookie = create_session(env, 'bob')
    assert name_and_kind(who(env, path, Cookie=cookie)) == ('bob', 'session')
    assert name_and_kind(who(env, path, Cookie=cookie, Authorization=RIGHT,
                             Origin='http://evil.example')) == \
        ('alice', 'password')
    assert who(env, path, Cookie=cookie, Authorization=WRONG) == 401


def test_somebody_asked_before(env, components):
    """Another request handler may want to know who calls before it is clear
    that the call is for us."""
    from trac.core import Component, implements
    from trac.web.api import IRequestHandler

    class Curious(Component):

        implements(IRequestHandler)

        def match_request(self, req):
            assert req.perm and req.session.authenticated
            return not req.is_authenticated

    components(Curious)
    registry = ComponentMeta._registry[IRequestHandler]
    registry.insert(0, registry.pop(registry.index(Curious)))
    cookie = create_session(env, 'bob')
    answer = who(env, Cookie=cookie, Authorization=RIGHT)
    assert name_and_kind(answer) == ('alice', 'password')


def test_the_page_in_a_session(env):
    """Who has logged in with the form stays so at `/login/rpc`."""
    cookie = create_session(env, 'bob')
    for path in ('/rpc', '/login/rpc'):
        response = request(env, path, 'GET', Cookie=cookie)
        assert response.status == 200
        assert b'logged in as' in response.body and b'bob' in response.body
        response = call(env, path=path, Cookie=cookie,
                        Origin='http://evil.example')
        assert response.status == 403


def test_the_page_with_a_password(env):
    for path in ('/rpc', '/login/rpc'):
        response = request(env, path, 'GET', Authorization=RIGHT)
        assert response.status == 200 and b'alice' in response.body
        assert 'set-cookie' not in response.headers


def test_no_cookies(env):
    for path in PATHS:
        response = call(env, path=path, Authorization=RIGHT)
        assert 'set-cookie' not in response.headers
    assert env.db_query("SELECT * FROM auth_cookie") == []


def test_renewed_sessions_reach_the_browser(env):
    """AccountManager renews the cookies of sessions that persist; if a call
    of a script in a page does that, the browser has to learn it."""
    env.config.set('account-manager', 'cookie_refresh_pct', '0')
    cookie = create_session(env, 'bob') + '; trac_auth_session=1'
    response = call(env, Cookie=cookie)
    sent = sorted(value for name, value in response.header_list
                  if name == 'Set-Cookie')
    assert [value.split('=')[0] for value in sent] == \
        ['trac_auth', 'trac_auth_session']
    assert sent[0].startswith('trac_auth=cookie; expires=')


def test_accounts_that_wait_for_approval(env):
    env.insert_users([('alice', None, None)])
    env.db_transaction("INSERT INTO session_attribute VALUES "
                       "('alice', 1, 'approval', 'pending')")
    grant(env, 'alice', 'TICKET_ADMIN')
    token = 'Bearer ' + new_token(env, user='alice')
    for header in (RIGHT, token):
        answer = who(env, Authorization=header)
        assert answer['username'] == 'alice'
        assert answer['permissions'] == who(env)['permissions']


# Checking passwords

def test_one_check_a_request(env, monkeypatch):
    checks = []
    check = HtPasswdStore.check_password
    monkeypatch.setattr(HtPasswdStore, 'check_password', lambda *args: (
        checks.append(args[1]), check(*args))[1])
    grant(env, 'authenticated', 'TICKET_ADMIN')
    calls = [{'methodName': 'system.whoAmI', 'params': []}] * 5
    body = xmlrpclib.dumps((calls,), 'system.multicall').encode('ascii')
    for path in ('/rpc', '/login/rpc'):
        for method in ('POST', 'GET'):
            response = request(env, path, method, body, 'text/xml',
                               Authorization=RIGHT)
            assert response.status == 200 and b'alice' in response.body
    assert checks == ['alice'] * 4
    assert who(env, '/login/rpc', Authorization=WRONG) == 401
    assert checks == ['alice'] * 5
    call(env)
    request(env, '/wiki', 'GET', Authorization=RIGHT)
    assert checks == ['alice'] * 5


def test_names_in_any_case(guarded):
    guarded.config.set('trac', 'ignore_auth_case', 'true')
    answer = who(guarded, Authorization=basic('ALICE', PASSWORD))
    assert answer['username'] == 'alice'
    for name in ('Alice', 'aLice', 'alicE'):
        assert who(guarded, Authorization=basic(name, 'guess')) == 401
    assert who(guarded, Authorization=basic('ALICE', PASSWORD)) == 401
    assert counted(guarded) == 3


@pytest.mark.parametrize('query', [
    'username=bob&password=bob', 'username=bob&password=guess',
    'username=bob', 'username=bob&username=alice&password=bob'])
def test_no_passwords_in_the_address(guarded, query):
    """AccountManager takes a POST below `/login` for its form."""
    path = '/login/rpc?' + query
    assert who(guarded, path) == 401
    assert who(guarded, path, Authorization=WRONG) == 401
    answer = who(guarded, path, Authorization=RIGHT)
    assert name_and_kind(answer) == ('alice', 'password')
    assert counted(guarded, 'bob') == 0


def test_a_store_that_fails(guarded, monkeypatch, caplog):
    def fail(self, user, password):
        raise UnicodeEncodeError('ascii', password, 0, 1, password)
    monkeypatch.setattr(HtPasswdStore, 'check_password', fail)
    for _ in range(ATTEMPTS + 1):
        assert who(guarded, Authorization=RIGHT) == 401
    errors = [record.getMessage() for record in caplog.records
              if record.levelno == logging.ERROR]
    assert len(errors) == ATTEMPTS + 1
    assert 'UnicodeEncodeError' in errors[0] and 'in fail' in errors[0]
    assert 's3:cr' not in caplog.text
    assert counted(guarded) == 0
    monkeypatch.undo()
    assert who(guarded, Authorization=RIGHT)['username'] == 'alice'


@pytest.mark.parametrize('result', [None, False, 'true', 1])
def test_only_true_is_right(env, monkeypatch, result):
    monkeypatch.setattr(HtPasswdStore, 'check_password',
                        lambda *args: result)
    assert who(env, Authorization=RIGHT) == 401


# Guessing

def test_guessing_is_locked_out(guarded):
    """Also for accounts that were never used for a login before."""
    for number in range(1, ATTEMPTS + 1):
        assert not AccountGuard(guarded).user_locked('alice')
        assert who(guarded, Authorization=WRONG) == 401
        assert counted(guarded) == number
    assert AccountGuard(guarded).user_locked('alice')
    for path in PATHS:
        assert who(guarded, path, Authorization=RIGHT) == 401
    # it is the account that is locked, not the client
    assert who(guarded, Authorization=basic('bob', 'bob'))['username'] == \
        'bob'


def test_locks_end(guarded, monkeypatch):
    lock(guarded)
    pass_time(monkeypatch, 20)
    assert who(guarded, Authorization=RIGHT) == 401
    pass_time(monkeypatch, 65)
    assert who(guarded, Authorization=RIGHT)['username'] == 'alice'
    monkeypatch.undo()
    assert counted(guarded) == AccountGuard(guarded).lock_count('alice') == 0


def test_locks_get_longer(guarded):
    guarded.config.set('account-manager', 'user_lock_time_progression', '2')
    lock(guarded)
    assert AccountGuard(guarded).lock_time('alice') == 60
    assert who(guarded, Authorization=WRONG) == 401
    assert AccountGuard(guarded).lock_time('alice') == 120


def test_a_login_forgets_failures(guarded):
    for _ in range(3):
        for _ in range(ATTEMPTS - 1):
            assert who(guarded, Authorization=WRONG) == 401
        assert who(guarded, Authorization=RIGHT)['username'] == 'alice'
        assert counted(guarded) == 0


def test_the_form_and_calls_count_together(guarded):
    lock(guarded)
    form = {'username': 'alice', 'password': PASSWORD,
            '__FORM_TOKEN': 'x' * 24}
    answer = request(guarded, '/login', body=urlencode(form).encode('ascii'),
                     content_type='application/x-www-form-urlencoded',
                     Cookie='trac_form_token=' + 'x' * 24)
    assert answer.status == 200 and b'Account locked' in answer.body


def test_without_the_guard(env):
    for _ in range(10):
        assert who(env, Authorization=WRONG) == 401
    assert who(env, Authorization=RIGHT)['username'] == 'alice'
    assert env.db_query("SELECT * FROM session_attribute") == []


def test_unknown_users_leave_nothing_behind(guarded):
    for name in ('nobody', 'authenticated', 'anonymous', 'ali', 'alice '):
        for _ in range(ATTEMPTS + 1):
            assert who(guarded, Authorization=basic(name, 'x')) == 401
    for table in ('session', 'session_attribute'):
        assert guarded.db_query("SELECT * FROM %s" % table) == []


def test_answers_tell_nobody_who_is_known(guarded):
    """An unknown user, a wrong password, a locked account and its right
    password: all the same."""
    def answer(header):
        response = call(guarded, path='/login/rpc', Authorization=header)
        return response.status, response.header_list, response.body
    unknown = answer(basic('nobody', 'guess'))
    assert unknown[0] == 401
    assert answer(WRONG) == unknown
    lock(guarded, 'alice')
    assert answer(WRONG) == answer(RIGHT) == unknown


def test_attempts_at_the_same_time_all_count(tmp_path):
    env = Environment(str(tmp_path / 'real'), create=True, options=[
        ('trac', 'database', 'sqlite:db/trac.db'),
        ('components', 'tracrpc.*', 'enabled'),
        ('components', 'acct_mgr.*', 'enabled'),
        ('components', 'trac.web.auth.LoginModule', 'disabled'),
        ('logging', 'log_type', 'none'), *OPTIONS, *GUARDED])
    with_accounts(env)

    def guess(number):
        with pytest.raises(Exception, match='wrong|locked') as e:
            Accounts(env).check('alice', 'guess', '127.0.0.1')
        return type(e.value).__name__
    assert in_threads(env, 8, guess) == ['Denied'] * 8
    assert counted(env) == 8
    env.shutdown()


# The log

def test_one_line_an_attempt(guarded, caplog):
    attempts = [
        (WRONG, "wrong user name or password, user 'alice'"),
        (basic('nobody', 'guess'), "wrong user name or password, user "
                                   "'nobody'"),
        (basic('x\u2028y\u202ez', 'guess'), "user 'x\\u2028y\\u202ez'"),
        ('Basic !', "malformed header, user ''"),
        (basic('alice\nINFO: all is well', 'guess'), "malformed header"),
        (WRONG, ''), (WRONG, "the account is locked, user 'alice'"),
        (RIGHT, "the account is locked, user 'alice'")]
    for header, text in attempts:
        caplog.clear()
        assert who(guarded, Authorization=header,
                   environ={'REMOTE_ADDR': '192.0.2.7'}) == 401
        line, = [record.getMessage() for record in caplog.records
                 if record.levelno >= logging.WARNING]
        assert line.startswith("RPC login refused: ")
        assert text in line and line.endswith(" from '192.0.2.7'")
        assert line.isprintable()
        for password in (PASSWORD, 'guess', header[6:] or None):
            assert password not in caplog.text


# Tokens end with the account

def test_tokens_of_deleted_accounts(env, caplog):
    tokens = {user: 'Bearer ' + new_token(env, user=user)
              for user in ('alice', 'bob', 'carol')}
    AccountManager(env).delete_user('alice')
    assert who(env, Authorization=tokens['alice']) == 401
    AccountManager(env)._notify('id_changed', 'bob', 'robert')
    assert who(env, Authorization=tokens['bob']) == 401
    assert who(env, Authorization=tokens['carol'])['username'] == 'carol'
    assert "RPC token revoked by 'AccountManager': 'script' of 'alice'" in \
        caplog.text
    AccountManager(env).set_password('alice', 'new')
    assert who(env, Authorization=tokens['alice']) == 401
    mixed = 'Bearer ' + new_token(env, user='Alice')
    env.config.set('trac', 'ignore_auth_case', 'true')
    assert who(env, Authorization=mixed)['username'] == 'alice'
    AccountManager(env).delete_user('alice')
    assert who(env, Authorization=mixed) == 401


def test_changes_of_accounts(env, caplog):
    manager = AccountManager(env)
    manager.set_password('dave', 'x')
    manager.set_password('dave', 'y')
    for change in (('password_reset', 'dave', 'd@example.org', 'z'),
                   ('email_verification_requested', 'dave', 'token'),
                   ('registration_approval_required', 'dave')):
        manager._notify(*change)
    assert 'does not support' not in caplog.text


@pytest.mark.parametrize('choice', ['auto', 'disabled'])
def test_tokens_of_locked_accounts(guarded, choice, caplog):
    header = 'Bearer ' + new_token(guarded, user='alice')
    assert who(guarded, Authorization=header)['username'] == 'alice'
    lock(guarded)
    guarded.config.set('rpc', 'basic_auth', choice)
    caplog.clear()
    for path in PATHS:
        assert who(guarded, path, Authorization=header) == 401
    assert "the account is locked, user 'alice'" in caplog.text
    assert 'RPC token used' not in caplog.text


def test_a_wrong_token_is_no_attempt_at_a_password(guarded):
    for _ in range(ATTEMPTS + 1):
        for header in ('Bearer trac_x', basic('alice', 'trac_x')):
            assert who(guarded, Authorization=header) == 401
    assert counted(guarded) == 0


# Real servers

WSGI = '''\
from trac.web.main import dispatch_request

def application(environ, start_response):
    environ['trac.env_path'] = %r
    return dispatch_request(environ, start_response)
'''


class AccountsSite(servers.Site):
    """A real environment whose accounts AccountManager keeps."""

    def __init__(self, directory):
        self.directory = str(directory)
        self.path = os.path.join(self.directory, 'env')
        env = Environment(self.path, create=True, options=[
            ('project', 'name', 'Accounts'),
            ('trac', 'database', 'sqlite:db/trac.db'),
            ('components', 'tracrpc.*', 'enabled'),
            ('components', 'acct_mgr.*', 'enabled'),
            ('components', 'trac.web.auth.LoginModule', 'disabled'),
            ('logging', 'log_type', 'file'), ('logging', 'log_level', 'DEBUG'),
            *OPTIONS, *GUARDED,
            ('account-manager', 'htpasswd_file', 'htpasswd')])
        for user in ('anonymous', 'authenticated'):
            grant(env, user, 'XML_RPC')
        AccountManager(env).set_password('alice', PASSWORD)
        for victim in ('victim of tracd', 'victim of gunicorn'):
            AccountManager(env).set_password(victim, 'right')
        env.shutdown()

    def wsgi(self):
        self.write('site_wsgi.py', WSGI % self.path)


class Tracd(servers.Tracd):

    def running(self, site):
        return servers.tracd(site.path)


class Gunicorn(servers.Gunicorn):

    name = 'gunicorn'

    def commands(self, site, port):
        for command in super().commands(site, port):
            yield [*command, '--keep-alive', '60']


@pytest.fixture(scope='module')
def site(tmp_path_factory):
    return AccountsSite(tmp_path_factory.mktemp('accounts'))


@pytest.fixture(scope='module', params=[Tracd, Gunicorn],
                ids=['tracd', 'gunicorn'])
def kind(request):
    """A kind of server."""
    kind = request.param()
    if kind.missing():
        pytest.skip(kind.missing())
    return kind


@pytest.fixture(scope='module')
def port(kind, site):
    """The port of a server."""
    with kind.running(site) as port:
        yield port


def proxy(port, path='/rpc', user='alice', password=PASSWORD):
    return xmlrpclib.ServerProxy('http://%s:%s@127.0.0.1:%d%s' % (
        user, quote(password, ''), port, path))


@pytest.mark.parametrize('path', ['/rpc', '/login/rpc', '/login/xmlrpc'])
def test_xmlrpc_client(port, path):
    with proxy(port, path) as trac:
        assert name_and_kind(trac.system.whoAmI()) == ('alice', 'password')
        number = trac.ticket.create('with a password', '', {}, False)
        assert trac.ticket.get(number)[3]['reporter'] == 'alice'
    for user, password in (('alice', 'guess'), ('nobody', 'x')):
        with proxy(port, path, user, password) as trac, \
                pytest.raises(xmlrpclib.ProtocolError) as e:
            trac.system.whoAmI()
        assert e.value.errcode == 401
    url = 'http://127.0.0.1:%d%s' % (port, path)
    with xmlrpclib.ServerProxy(url) as trac:
        if path == '/rpc':
            assert trac.system.whoAmI()['username'] == 'anonymous'
        else:
            with pytest.raises(xmlrpclib.ProtocolError) as e:
                trac.system.whoAmI()
            assert e.value.errcode == 401
    with proxy(port, path) as trac:  # which forgets the failure, too
        assert trac.system.whoAmI()['username'] == 'alice'


def test_clients_that_wait_to_be_asked(port):
    """Python's own opener sends the password once it gets a 401."""
    url = 'http://127.0.0.1:%d/login/jsonrpc' % port
    handler = urllib.request.HTTPBasicAuthHandler()
    handler.add_password('Accounts', url, 'alice', PASSWORD)
    opener = urllib.request.build_opener(handler)
    answer = json.load(opener.open(urllib.request.Request(
        url, b'{"method": "system.whoAmI"}',
        {'Content-Type': 'application/json'})))
    assert name_and_kind(answer['result']) == ('alice', 'password')


def test_a_browser_that_has_logged_in_with_the_form(port):
    """It stays so at `/login/rpc`: on the page, and for calls from it, but
    not for those from other sites."""
    url = 'http://127.0.0.1:%d' % port
    opener = urllib.request.build_opener(
        urllib.request.HTTPCookieProcessor())
    form = opener.open(url + '/login').read().decode('utf-8')
    token = re.search('name="__FORM_TOKEN" value="(.*?)"', form).group(1)
    opener.open(url + '/login', urlencode({
        'username': 'alice', 'password': PASSWORD, '__FORM_TOKEN': token,
    }).encode('ascii')).read()
    page = opener.open(url + '/login/rpc').read().decode('utf-8')
    assert 'Remote Procedure Call (RPC)' in page
    assert 'logged in as' in page and 'alice' in page

    def call(origin):
        return json.load(opener.open(urllib.request.Request(
            url + '/login/rpc', b'{"method": "system.whoAmI"}',
            {'Content-Type': 'application/json', 'Origin': origin})))
    assert name_and_kind(call(url)['result']) == ('alice', 'session')
    with pytest.raises(urllib.error.HTTPError) as e:
        call('http://evil.example')
    assert e.value.code == 403
    with pytest.raises(urllib.error.HTTPError) as e:
        urllib.request.urlopen(url + '/login/rpc')
    assert e.value.code == 401


@pytest.mark.skipif(not shutil.which('curl'), reason='no curl')
@pytest.mark.parametrize('path, content_type, body, answer', [
    ('/login/rpc', 'application/json', '{"method": "system.whoAmI"}',
     '"alice"'),
    ('/rpc', 'text/xml', xmlrpclib.dumps((), 'system.whoAmI'),
     '<string>alice</string>')])
def test_curl(port, path, content_type, body, answer):

    def curl(*options):
        return subprocess.run(
            ['curl', '-s', '-m', '30', *options, '-w', '%{http_code}', '-H',
             'Content-Type: ' + content_type, '--data', body,
             'http://127.0.0.1:%d%s' % (port, path)], check=True,
            stdout=subprocess.PIPE).stdout.decode('utf-8')
    assert answer in curl('-u', 'alice:' + PASSWORD)
    assert curl('-u', 'alice:guess').endswith('401')
    assert curl('-u', 'nobody:').endswith('not valid401')
    # asks first, which other paths than /login do not answer with 401
    assert answer in curl('-u', 'alice:' + PASSWORD, '--anyauth') or \
        path == '/rpc'


def test_the_connection_works_after_a_401(port):
    """Nothing of a refused body is taken for the next request."""
    small = b'{"method": "system.whoAmI"}'
    large = small[:-1] + b' ' * 300000 + b'}'
    with connection(port) as c:
        c.connect()
        sock = c.sock
        for path, body, header, status in (
                ('/login/rpc', small, None, 401),
                ('/login/rpc', large, None, 401),
                ('/rpc', large, 'Basic !', 401),
                ('/login/rpc', small, RIGHT, 200),
                ('/rpc', large, WRONG, 401), ('/rpc', large, RIGHT, 200)):
            headers = {'Content-Type': 'application/json'}
            if header:
                headers['Authorization'] = header
            c.request('POST', path, body, headers)
            response = c.getresponse()
            answer = response.read()
            assert response.status == status
            assert (b'"alice"' in answer) == (status == 200)
            assert c.sock is sock
        for _ in range(3):
            c.request('HEAD', '/login/xmlrpc')
            response = c.getresponse()
            response.read()
            assert response.status == 401
        assert c.sock is sock


def test_guessing_over_http(kind, port, site):
    """Who guesses does not get in, not even with the right password once the
    account is locked."""
    victim, statuses = 'victim of ' + kind.name, []
    for password in ['guess%d' % n for n in range(ATTEMPTS)] + ['right']:
        with proxy(port, '/rpc', quote(victim), password) as trac:
            try:
                statuses.append(trac.system.whoAmI())
            except xmlrpclib.ProtocolError as e:
                statuses.append(e.errcode)
    assert statuses == [401] * (ATTEMPTS + 1)
    with proxy(port) as trac:
        assert trac.system.whoAmI()['username'] == 'alice'
    path = os.path.join(site.path, 'log', 'trac.log')
    with open(path, encoding='utf-8') as f:
        log = f.read()
    refused = "RPC login refused: %s, user '" + victim + "' from '127.0.0.1'"
    assert log.count(refused % "wrong user name or password") == ATTEMPTS - 1
    assert log.count(refused % "the account is locked") == 2
    for secret in ('guess0', 's3:cr', RIGHT[6:],
                   basic(victim, 'right')[6:]):
        assert secret not in log
