# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""Access tokens: the store, its table, and what the scope of a token does to
calls.
"""

import copy
import logging
import re
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone

import pytest
from trac.core import TracError
from trac.db.api import DatabaseManager
from trac.db.schema import Column
from trac.env import Environment, open_environment
from trac.perm import PermissionError
from trac.resource import ResourceNotFound
from trac.test import MockRequest
from trac.util.datefmt import datetime_now, to_utimestamp, utc
from trac.wiki.model import WikiPage

from tracrpc import tokens
from tracrpc.api import AbstractRPCHandler, XMLRPCSystem, expose_rpc
from tracrpc.faults import RPCError, xml_fault
from tracrpc.tests import mariadb, postgres
from tracrpc.tests.support import in_threads
from tracrpc.token_model import Scope, parse_expiry
from tracrpc.tokens import TokenStore


@pytest.fixture
def store(env):
    return TokenStore(env)


@pytest.fixture
def log(env):
    """What is written into Trac's log, as `LEVEL text` lines."""
    lines = []

    class Handler(logging.Handler):
        def emit(self, record):
            lines.append('%s %s' % (record.levelname, record.getMessage()))
    handler = Handler()
    env.log.addHandler(handler)
    level, env.log.level = env.log.level, logging.DEBUG
    yield lines
    env.log.level = level
    env.log.removeHandler(handler)


def in_days(days):
    return datetime_now(utc) + timedelta(days=days)


def expire(env, name='ci'):
    """Let a token's time be over."""
    env.db_transaction("UPDATE rpc_token SET expires=%s WHERE name=%s",
                       (to_utimestamp(in_days(-1)), name))


# The store

def test_a_secret_is_verified(store):
    token, secret = store.create('user', 'ci')
    assert re.fullmatch('trac_[0-9a-f]{16}_[0-9a-f]{64}', secret)
    found = store.verify(secret)
    assert (found.id, found.username, found.name) == (token.id, 'user', 'ci')
    assert (str(found.scope), found.expires) == ('everything', None)
    assert datetime_now(utc) - found.created < timedelta(minutes=1)


def test_all_that_is_known_of_a_token_comes_back(store):
    expires = in_days(30)
    scope = Scope(True, ('ticket', 'wiki'))
    _, secret = store.create('user', 'ci', scope, expires)
    token = store.verify(secret)
    assert (token.scope, token.expires) == (scope, expires)
    assert store.tokens('user')[0][:-1] == token[:-1]


def changed(secret):
    """Secrets that are not quite this one."""
    end = '0' if secret[-1] != '0' else '1'
    yield secret[:-1] + end
    yield secret[:5] + end * 16 + secret[21:]
    yield secret[:-1]
    yield secret + '0'
    yield secret.upper()
    yield secret.replace('_', '-')
    yield secret + '\n'
    yield 'trac_'
    yield 'trac_\0' + secret[6:]
    yield 'trac_\ud800ü日本' + secret[6:]
    yield "trac_' OR 1=1 --_" + '0' * 64


def test_another_secret_is_not(store):
    _, secret = store.create('user', 'ci')
    for other in changed(secret):
        assert store.verify(other) is None
    assert store.verify(secret)


def test_only_a_digest_is_stored(env, store):
    _, secret = store.create('user', 'ci')
    key = secret.rpartition('_')[2]
    row, = env.db_query("SELECT * FROM rpc_token")
    assert not any(key in str(value) for value in row)
    # which is no secret itself
    digest, = env.db_query("SELECT digest FROM rpc_token")[0]
    assert store.verify(secret[:22] + digest) is None


@pytest.mark.parametrize('sent', ['right', 'wrong', 'unknown', 'malformed'])
def test_every_verification_compares_in_constant_time(store, monkeypatch,
                                                      sent):
    """The same statement and the same comparison, whatever was sent."""
    _, right = store.create('user', 'ci')
    store.verify(right)  # the last use is noted now
    secret = {'right': right, 'wrong': right[:-64] + '0' * 64,
              'unknown': 'trac_%s_%s' % ('0' * 16, '0' * 64),
              'malformed': 'trac_x'}[sent]
    compared, statements, read = [], [], []
    compare, select = tokens.hmac.compare_digest, store._select
    as_token = store._token
    monkeypatch.setattr(tokens.hmac, 'compare_digest', lambda a, b:
                        compared.append((len(a), len(b))) or compare(a, b))
    monkeypatch.setattr(store, '_select', lambda *args:
                        statements.append(args[0]) or select(*args))
    monkeypatch.setattr(store, '_token', lambda row:
                        read.append(row) or as_token(row))
    assert bool(store.verify(secret)) == (sent == 'right')
    assert len(read) == 1 and compared == [(64, 64)]
    assert statements == ['id=%s']


def test_an_expired_token_is_refused(env, store):
    _, secret = store.create('user', 'ci', expires=in_days(1))
    assert store.verify(secret)
    expire(env)
    assert store.verify(secret) is None
    assert store.get('user', 'ci').expired


def test_a_revoked_token_is_refused(store):
    _, secret = store.create('user', 'ci')
    _, other = store.create('user', 'other')
    store.revoke('user', 'ci')
    assert store.verify(secret) is None
    assert store.verify(other)
    for name in ('ci', 'c\0i', ''):
        with pytest.raises(ResourceNotFound):
            store.revoke('user', name)


def test_all_tokens_of_a_user_are_revoked(store):
    secrets = [store.create('user', name)[1] for name in ('a', 'b')]
    _, other = store.create('other', 'a')
    assert store.revoke_all('user') == 2
    assert [store.verify(secret) for secret in secrets] == [None, None]
    assert store.verify(other)
    assert store.revoke_all('user') == 0


def test_tokens_are_listed_by_user_and_name(store):
    for username, name in (('b', '2'), ('a', 'x'), ('b', '1')):
        store.create(username, name)
    assert [(token.username, token.name) for token in store.tokens()] == \
        [('a', 'x'), ('b', '1'), ('b', '2')]
    assert [token.name for token in store.tokens('b')] == ['1', '2']
    assert store.tokens('') == store.tokens('nobody') == []


def test_names_are_unique_for_each_user(store):
    store.create('user', 'ci')
    store.create('other', 'ci')
    store.create('user', 'CI')
    for name in ('ci', ' ci '):
        with pytest.raises(RPCError, match='user already has an access token '
                                           '"ci"'):
            store.create('user', name)


@pytest.mark.parametrize('username, name, text', [
    ('user', '', 'name of the token must have 1 to 64'),
    ('user', ' ', 'name of the token'),
    ('user', 'x' * 65, 'name of the token'),
    ('user', 'a\nb', 'name of the token'),
    ('user', 'a\0', 'name of the token'),
    ('user', '\ud800', 'name of the token'),
    ('', 'ci', 'name of the user must have 1 to 190'),
    ('u' * 191, 'ci', 'name of the user'),
    # what trac-admin gets when the name is forgotten, and what it reads
    ('user', '--read-only', 'name of the token must not begin with a hyphen'),
    ('user', '--all', 'name of the token must not'),
    ('--read-only', 'ci', 'name of the user must not'),
    ('anonymous', 'ci', 'anonymous is no user'),
    ('authenticated', 'ci', 'authenticated is no user')])
def test_names_are_checked(store, username, name, text):
    with pytest.raises(RPCError, match=text):
        store.create(username, name)
    assert store.tokens() == []


@pytest.mark.parametrize('odd', ['a\0b', '\ud800', '\n'])
def test_names_that_no_token_has(store, odd):
    store.create('user', 'ci')
    for username, name in (('user', odd), (odd, 'ci')):
        with pytest.raises(ResourceNotFound):
            store.get(username, name)
    assert store.tokens(odd) == [] and store.revoke_all(odd) == 0


def test_names_may_be_long(store):
    username, name = 'ü' * 190, '日' * 64
    _, secret = store.create(username, name)
    assert store.verify(secret)[1:3] == (username, name)


def test_scope_and_expiry_are_checked(store):
    for name in ('tiket', 'ticket.', 'tick', 'system'):
        with pytest.raises(RPCError, match='no namespace "%s"' % name):
            store.create('user', 'ci', Scope(namespaces=('wiki', name)))
    with pytest.raises(RPCError, match='must be in the future'):
        store.create('user', 'ci', expires=datetime_now(utc))
    assert store.tokens() == []


# The last use

@pytest.mark.parametrize('name', ['', ' ', '*', 'wiki x', 'wiki\xa0x', '*.x'])
def test_namespaces_that_a_list_cannot_hold(env, components, name):
    """They would come back as others, or as all."""
    class Handler(AbstractRPCHandler):

        def xmlrpc_namespace(self):
            return name

        @expose_rpc(None)
        def do(self, req):
            pass

    components(Handler)
    store = TokenStore(env)
    chosen = name.partition('.')[0]
    assert chosen not in store.namespaces()
    with pytest.raises(RPCError, match='no namespace'):
        store.create('user', 'ci', Scope(namespaces=(chosen,)))


def test_owners_are_spelled_as_trac_does(env, store):
    token, secret = store.create('Alice', 'first')
    assert token.username == 'Alice'
    env.config.set('trac', 'ignore_auth_case', 'true')
    token, secret = store.create('Alice', 'second')
    assert token.username == 'alice'
    assert store.verify(secret).username == 'alice'
    assert store.revoke_all('Alice') == 2
    assert store.tokens() == []


def test_owners_that_were_spelled_in_another_way_before(env, store):
    """Whoever was `Alice` is `alice` for Trac from then on."""
    secrets = [store.create(user, name)[1] for user, name in (
        ('Alice', 'b'), ('alice', 'b'), ('alice', 'a'), ('ALICE', 'c'))]
    _, other = store.create('bob', 'b')
    env.config.set('trac', 'ignore_auth_case', 'true')
    assert [store.verify(secret).username for secret in secrets] == \
        ['alice'] * 4
    for user in ('alice', 'aLICE'):
        assert [token.name for token in store.tokens(user)] == \
            ['a', 'b', 'b', 'c']
    assert [token.username for token in store.tokens()] == \
        ['alice'] * 4 + ['bob']
    store.revoke('alice', 'b')
    assert [bool(store.verify(secret)) for secret in secrets] == \
        [False, False, True, True]
    assert store.revoke_all('alice') == 2
    assert store.verify(other)


def test_an_expiry_can_be_shown_everywhere(store):
    last = datetime(9999, 12, 31, 23, 59, 59, tzinfo=utc)
    store.create('user', 'ci', expires=last)
    expires = store.get('user', 'ci').expires
    for hours in (-12, 14):
        assert expires.astimezone(timezone(timedelta(hours=hours)))
    assert expires.year == 9999


def test_the_last_use_is_noted_once_an_hour(env, store):
    _, secret = store.create('user', 'ci')
    token = store.verify(secret)
    assert store.get('user', 'ci').last_used is None
    store.note_use(token)
    first = store.get('user', 'ci').last_used
    assert datetime_now(utc) - first < timedelta(minutes=1)
    store.note_use(store.verify(secret))
    assert store.get('user', 'ci').last_used == first
    env.db_transaction("UPDATE rpc_token SET last_used=%s",
                       (to_utimestamp(first - timedelta(minutes=61)),))
    store.note_use(store.verify(secret))
    assert store.get('user', 'ci').last_used >= first


def test_no_call_fails_because_the_last_use_cannot_be_noted(env, store, log):
    if not env.dburi.startswith('sqlite'):
        pytest.skip("a read-only database is made with SQLite's pragma")
    token, _ = store.create('user', 'ci')
    env.db_transaction("PRAGMA query_only=1")
    store.note_use(token)
    env.db_transaction("PRAGMA query_only=0")
    assert any(line.startswith('WARNING The last use of an RPC token is not '
                               'noted') for line in log)


# The log

def test_each_use_is_one_line_without_secrets(env, store, log):
    _, secret = store.create('user', 'ci', Scope(True))
    del log[:]
    token = store.verify(secret, '192.0.2.1')
    assert log == []
    store.note_use(token, '192.0.2.1')
    assert log == ["INFO RPC token used: 'ci' of 'user' (read-only) from "
                   "'192.0.2.1'"]
    del log[:]
    store.verify(secret[:-64] + '0' * 64, '192.0.2.1')
    store.verify('trac_nonsense', '192.0.2.1')
    expire(env)
    store.verify(secret, '192.0.2.1')
    assert log == [
        "WARNING RPC token refused: 'ci' of 'user', wrong secret, from "
        "'192.0.2.1'",
        "WARNING RPC token refused: unknown, from '192.0.2.1'",
        "WARNING RPC token refused: 'ci' of 'user', expired, from "
        "'192.0.2.1'"]


def test_creation_and_revocation_are_one_line_each(store, log):
    _, secret = store.create('user', 'a', by='admin')
    store.create('user', 'b', expires=datetime(2100, 1, 1, tzinfo=utc))
    store.revoke('user', 'a', by='admin')
    store.revoke_all('user')
    lines = [line for line in log if 'RPC token' in line]
    assert lines == [
        "INFO RPC token created by 'admin': 'a' of 'user' (everything), "
        "expires never",
        "INFO RPC token created by 'user': 'b' of 'user' (everything), "
        "expires 2100-01-01T00:00:00+00:00",
        "INFO RPC token revoked by 'admin': 'a' of 'user'",
        "INFO RPC token revoked by 'user': 'b' of 'user'"]
    assert not any(secret[-64:] in line for line in log)


# Scopes

@pytest.mark.parametrize('scope, text', [
    (Scope(), 'everything'), (Scope(True), 'read-only'),
    (Scope(namespaces=('ticket', 'wiki')), 'ticket, wiki'),
    (Scope(True, ('wiki',)), 'read-only: wiki')])
def test_scopes_can_be_read(scope, text):
    assert str(scope) == text


def method_of(env, name):
    return XMLRPCSystem(env).get_method(name)


@pytest.mark.parametrize('scope, allowed, refused', [
    (Scope(), ['wiki.putPage', 'ticket.milestone.delete', 'odd.write',
               'system.multicall'], []),
    (Scope(True), ['wiki.getPage', 'ticket.get', 'ticket.version.getAll',
                   'search.performSearch', 'system.listMethods', 'odd.read'],
     ['wiki.putPage', 'ticket.update', 'ticket.type.create', 'odd.write']),
    (Scope(namespaces=('wiki', 'odd')),
     ['wiki.getPage', 'wiki.putPage', 'odd.write', 'system.multicall',
      'system.methodHelp'], ['ticket.get', 'search.performSearch']),
    (Scope(namespaces=('ticket',)),
     ['ticket.get', 'ticket.milestone.delete'], ['wiki.getPage']),
    (Scope(namespaces=('ticket.milestone',)),
     ['ticket.milestone.delete'], ['ticket.get', 'ticket.type.getAll']),
    (Scope(True, ('wiki',)),
     ['wiki.getPage', 'system.listMethods', 'system.whoAmI',
      'rpc.discover'], ['wiki.putPage', 'ticket.get', 'odd.read']),
])
def test_scopes_allow_what_they_say(env, components, odd, scope, allowed,
                                    refused):
    assert [name for name in allowed + refused
            if scope.allows(method_of(env, name))] == allowed


@pytest.fixture
def odd(components):
    class OddRPC(AbstractRPCHandler):

        def xmlrpc_namespace(self):
            return 'odd'

        @expose_rpc(None, read_only=True)
        def read(self, req) -> int:
            return 1

        @expose_rpc(None)
        def write(self, req) -> int:
            return 2

    return components(OddRPC)


@pytest.fixture
def call(env, store):
    """A function that calls a method as `admin`, with a token."""
    def call(scope, name, *args):
        if not store.tokens('admin'):
            store.create('admin', 'ci', scope)
        req = MockRequest(env, authname='admin')
        req.rpc_token = store.get('admin', 'ci')
        result, = XMLRPCSystem(env).call(req, name, args)
        return list(result) if name == 'system.multicall' else result
    return call


def test_a_call_out_of_scope_is_fault_403(env, call):
    assert call(Scope(True), 'ticket.type.getAll')
    with pytest.raises(PermissionError) as e:
        call(Scope(True), 'ticket.create', 'summary', 'description')
    assert e.value.message == ('The scope of the access token "ci" '
                               '(read-only) does not include ticket.create')
    assert xml_fault(e.value, 'ticket.create').code == 403
    assert env.db_query("SELECT id FROM ticket") == []


def test_the_scope_gives_no_permission(env, call):
    store = TokenStore(env)
    store.create('user', 'ci')
    req = MockRequest(env, authname='user')
    req.rpc_token = store.get('user', 'ci')
    with pytest.raises(PermissionError, match='TICKET_ADMIN'):
        XMLRPCSystem(env).call(req, 'ticket.type.delete', ['task'])


def test_every_element_of_a_multicall_is_checked(env, call):
    def element(name, *params):
        return {'methodName': name, 'params': list(params)}
    results = call(
        Scope(True, ('wiki', 'ticket.type')), 'system.multicall', [
            element('wiki.getRPCVersionSupported'),
            element('wiki.putPage', 'WikiStart', 'x', {}),
            # several of one kind are answered together
            element('ticket.get', 1), element('ticket.get', 2),
            element('ticket.type.getAll'), element('ticket.type.getAll'),
            element('system.listMethods')])
    refused = [isinstance(result, PermissionError) for result in results]
    assert refused == [False, True, True, True, False, False, False]
    assert 'read-only: wiki, ticket.type' in results[2].message
    assert not WikiPage(env, 'WikiStart').exists


# The table

@pytest.fixture(scope='module', params=['sqlite', 'postgres', 'mariadb'])
def uri(request):
    """The URI of a database, of each kind that Trac knows."""
    server = {'postgres': postgres, 'mariadb': mariadb}.get(request.param)
    if server is None:
        yield 'sqlite:db/trac.db'
        return
    if server.missing():
        pytest.skip(server.missing())
    with server.server() as uri:
        yield uri + '?schema=old' * (request.param == 'postgres')


@pytest.fixture
def old_env(uri, tmp_path):
    """An environment, with a page, of a Trac without this plugin, in which
    it is enabled now."""
    path = str(tmp_path / 'old')
    env = Environment(path, create=True, options=[
        ('trac', 'database', uri), ('logging', 'log_type', 'none')])
    page = WikiPage(env, 'Kept')
    page.text = 'as it was'
    page.save('user', '')
    assert 'rpc_token' not in DatabaseManager(env).get_table_names()
    env.config.set('components', 'tracrpc.*', 'enabled')
    env.config.save()
    env.shutdown()
    env = Environment(path)
    yield env
    DatabaseManager(env).destroy_db()
    env.shutdown()


@contextmanager
def closing(env):
    """Close an environment at the end."""
    try:
        yield env
    finally:
        env.shutdown()


def version_of(env):
    return DatabaseManager(env).get_database_version('rpc_token_version')


def test_an_old_environment_is_served_and_has_the_table(old_env):
    """Trac asks whether it needs an upgrade, and serves nothing if so."""
    with closing(open_environment(old_env.path)) as env:
        assert DatabaseManager(env).has_table('rpc_token')
        assert version_of(env) == 1
        assert WikiPage(env, 'Kept').text == 'as it was'
        _, secret = TokenStore(env).create('user', 'ci')
    for _ in range(2):
        with closing(open_environment(old_env.path)) as env:
            assert not env.upgrade()
            assert TokenStore(env).verify(secret)


def test_scripts_open_environments_without_asking(old_env):
    store = TokenStore(old_env)
    assert store.tokens() == [] and store.revoke_all('user') == 0
    assert store.verify('trac_%s_%s' % ('0' * 16, '0' * 64)) is None
    assert version_of(old_env) is False
    expires = in_days(1)
    _, secret = store.create('user', 'ci', Scope(True, ('wiki',)), expires)
    with closing(open_environment(old_env.path)) as again:
        store = TokenStore(again)
        token = store.verify(secret)
        assert token.scope == Scope(True, ('wiki',))
        assert token.expires == expires
        store.note_use(token)
        assert store.get('user', 'ci').last_used
        with pytest.raises(RPCError, match='already has'):
            store.create('user', 'ci')
        store.create('User', 'ci')
        assert WikiPage(again, 'Kept').text == 'as it was'
        assert store.revoke_all('user') == 1
        assert store.verify(secret) is None
        assert [token.username for token in store.tokens()] == ['User']


def test_a_table_that_cannot_be_made_stops_nobody(env, log, monkeypatch):
    DatabaseManager(env).drop_tables(['rpc_token'] * DatabaseManager(
        env).has_table('rpc_token'))

    def refuse(*args):
        raise env.db_exc.OperationalError('permission denied')
    monkeypatch.setattr(DatabaseManager, 'create_tables', refuse)
    store = TokenStore(env)
    assert not store.environment_needs_upgrade()
    assert 'ERROR There are no access tokens, their table cannot be made: ' \
        'permission denied' in log
    assert store.verify('trac_x') is None and store.tokens() == []


def test_a_later_version_upgrades_the_table(old_env, monkeypatch):
    _, secret = TokenStore(old_env).create('user', 'ci', Scope(True))
    old_env.shutdown()
    later = copy.deepcopy(tokens.SCHEMA)
    later[0].columns.append(Column('color'))
    monkeypatch.setattr(tokens, 'SCHEMA', later)
    monkeypatch.setattr(tokens, 'SCHEMA_VERSION', 2)
    env = Environment(old_env.path)
    assert env.needs_upgrade()
    env.upgrade()
    env.shutdown()
    env = Environment(old_env.path)
    assert not env.needs_upgrade() and version_of(env) == 2
    assert str(TokenStore(env).verify(secret).scope) == 'read-only'
    assert env.db_query("SELECT name, color FROM rpc_token") == [('ci', None)]
    with pytest.raises(RPCError, match='already has'):
        TokenStore(env).create('user', 'ci')
    assert WikiPage(env, 'Kept').text == 'as it was'
    env.shutdown()


def test_first_tokens_made_at_once(old_env):
    def create(number):
        return TokenStore(old_env).create('user', str(number))[1]
    secrets = in_threads(old_env, 4, create)
    assert [token.name for token in TokenStore(old_env).tokens()] == \
        ['0', '1', '2', '3'], secrets
    assert all(map(TokenStore(old_env).verify, secrets))


def test_a_table_without_a_version_is_taken(old_env):
    """What MySQL, where making a table ends a transaction, may leave."""
    DatabaseManager(old_env).create_tables(tokens.SCHEMA)
    _, secret = TokenStore(old_env).create('user', 'ci')
    assert TokenStore(old_env).verify(secret)
    assert version_of(old_env) == 1


def test_a_version_without_a_table_is_no_table(old_env):
    """What copying a database table by table may leave."""
    DatabaseManager(old_env).set_database_version(1, 'rpc_token_version')
    assert TokenStore(old_env).tokens() == []
    with closing(open_environment(old_env.path)) as env:
        TokenStore(env).create('user', 'ci')


def test_a_new_environment_has_the_table(tmp_path):
    with closing(Environment(str(tmp_path / 'new'), create=True, options=[
            ('trac', 'database', 'sqlite:db/trac.db'),
            ('components', 'tracrpc.*', 'enabled')])) as env:
        assert DatabaseManager(env).has_table('rpc_token')
        assert version_of(env) == 1 and not env.needs_upgrade()


def test_tokens_can_be_switched_off(env, store):
    """They may be ended then, and are while nobody sees them, too: a user
    who is deleted has none when they are switched on again."""
    _, secret = store.create('user', 'ci')
    env.disable_component(TokenStore)
    assert store.verify(secret) is None
    with pytest.raises(RPCError, match='no access tokens'):
        store.create('user', 'other')
    env.enable_component(TokenStore)
    assert store.verify(secret)
    env.disable_component(TokenStore)
    assert [token.name for token in store.tokens()] == ['ci']
    assert store.revoke_all('user') == 1
    env.enable_component(TokenStore)
    assert store.verify(secret) is None


def test_a_very_long_expiry_is_refused_at_once():
    for text in ('1' * 100000, '2030-01-01' + ' ' * 100000 + 'x'):
        with pytest.raises(TracError, match='is an invalid date'):
            parse_expiry(text, utc)
