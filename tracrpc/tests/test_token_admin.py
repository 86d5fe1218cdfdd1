# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""The commands `rpc token ...` of trac-admin."""

import re
import subprocess
import sys
from datetime import datetime

import pytest
from trac.admin.api import AdminCommandError, AdminCommandManager
from trac.env import Environment
from trac.util.datefmt import localtz

from tracrpc.tests.support import revoke
from tracrpc.token_model import Scope
from tracrpc.tokens import TokenStore


@pytest.fixture
def store(env):
    return TokenStore(env)


@pytest.fixture
def run(env, capsys):
    """A function that runs a command; what it printed: to standard output,
    and to standard error."""
    def run(*args):
        AdminCommandManager(env).execute_command('rpc', 'token', *args)
        return tuple(capsys.readouterr())
    return run


@pytest.fixture
def refused(run, capsys):
    """A function that runs a command that fails; its message."""
    def refused(*args):
        with pytest.raises(AdminCommandError) as e:
            run(*args)
        assert capsys.readouterr().out == ''
        return str(e.value)
    return refused


def complete(env, *args):
    return AdminCommandManager(env).complete_command(['rpc', 'token', *args])


def test_create_prints_the_secret_and_nothing_else(run, store):
    out, err = run('create', 'user', 'ci')
    assert re.fullmatch('trac_[0-9a-f]{16}_[0-9a-f]{64}\n', out)
    assert err == 'It is shown only now.\n'
    token = store.verify(out.strip())
    assert (token.username, token.name) == ('user', 'ci')
    assert (token.scope, token.expires) == (Scope(), None)


def test_create_with_options(run, store):
    run('create', 'user', 'a b', '--read-only', '--expires=2100-01-31',
        '--namespaces=wiki, ticket.milestone')
    token = store.get('user', 'a b')
    assert token.scope == Scope(True, ('wiki', 'ticket.milestone'))
    assert token.expires == localtz.localize(
        datetime(2100, 1, 31, 23, 59, 59))
    run('create', 'user', 'b', '--expires=2100-01-31T12:00:00+02:00')
    assert store.get('user', 'b').expires.isoformat() == \
        '2100-01-31T10:00:00+00:00'


def test_create_tells_if_the_user_may_not_call(env, run):
    revoke(env, 'authenticated', 'XML_RPC')
    revoke(env, 'anonymous', 'XML_RPC')
    out, err = run('create', 'user', 'ci')
    assert out.startswith('trac_') and 'user does not have XML_RPC' in err
    assert 'XML_RPC' not in run('create', 'admin', 'ci')[1]


@pytest.mark.parametrize('args, text', [
    (['create', 'user'], 'Invalid arguments'),
    (['create', 'user', ''], 'name of the token must have'),
    (['create', 'anonymous', 'x'], 'anonymous is no user'),
    (['create', 'user', 'ci'], 'user already has an access token "ci"'),
    (['create', 'user', '--read-only'], 'not begin with a hyphen'),
    (['create', '--read-only', 'user'], 'not begin with a hyphen'),
    (['create', 'user', 'x', '--frozen'], '"--frozen" is no option'),
    (['create', 'user', 'x', 'y'], '"y" is no option'),
    (['create', 'user', 'x', '--read-only=1'], '"--read-only=1" is no'),
    (['create', 'user', 'x', '--expires='], 'lacks its value'),
    (['create', 'user', 'x', '--expires=soon'], '"soon" is an invalid date'),
    (['create', 'user', 'x', '--expires=2001-01-01'], 'in the future'),
    (['create', 'user', 'x', '--namespaces=,'], 'lacks its value'),
    (['create', 'user', 'x', '--namespaces=tiket'], 'namespace "tiket"'),
    (['revoke', 'user'], 'Invalid arguments'),
    (['revoke', 'user', 'x'], 'user has no access token "x"'),
    (['revoke', 'other', '--all'], 'other has no access tokens'),
    (['revoke', '\udcff', '--all'], 'has no access tokens'),
    (['revoke', '\udcff', 'ci'], 'has no access token "ci"'),
    (['list', 'a', 'b'], 'Invalid arguments'),
    (['forge'], 'Command not found')])
def test_mistakes_are_told(store, refused, args, text):
    store.create('user', 'ci')
    assert text in refused(*args)
    assert [token.name for token in store.tokens()] == ['ci']


def test_list(run, store):
    store.create('user', 'a', Scope(True, ('wiki',)))
    _, secret = store.create('other', 'b')
    store.note_use(store.verify(secret))
    out = run('list')[0]
    header, _line, other, user = out.strip('\n').split('\n')
    assert re.split('  +', header.strip()) == [
        'User', 'Name', 'Scope', 'Created', 'Expires', 'Last use']
    assert re.split('  +', user.strip())[:3] == ['user', 'a',
                                                 'read-only: wiki']
    time = r'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d'
    assert re.fullmatch(r'other +b +everything +%s +never +%s *'
                        % (time, time), other)
    assert 'other' not in run('list', 'user')[0]
    # what a byte on the command line becomes that is no UTF-8
    assert 'everything' not in run('list', '\udcff')[0]
    assert secret[-64:] not in out


def test_revoke(run, store):
    secrets = [store.create('user', name)[1] for name in 'abc']
    run('revoke', 'user', 'b')
    assert [bool(store.verify(secret)) for secret in secrets] == \
        [True, False, True]
    run('revoke', 'user', '--all')
    assert not any(map(store.verify, secrets))


def test_completion(env, store):
    env.insert_users([('jane', 'Jane', ''), ('joe', 'Joe', '')])
    store.create('jane', 'a')
    store.create('jane', 'b')
    assert sorted(complete(env, '')) == ['create', 'list', 'revoke']
    assert complete(env, 'list', '') == ['jane']
    assert complete(env, 'revoke', '') == ['jane']
    assert complete(env, 'revoke', 'jane', '') == ['a', 'b', '--all']
    assert complete(env, 'create', '') == ['jane', 'joe']
    assert complete(env, 'create', 'joe', '') == []
    assert complete(env, 'create', 'joe', 'ci', '--') == [
        '--read-only', '--namespaces=', '--expires=']
    names = complete(env, 'create', 'joe', 'ci', '--namespaces=')
    assert '--namespaces=ticket.milestone' in names
    assert '--namespaces=wiki,search' in complete(
        env, 'create', 'joe', 'ci', '--namespaces=wiki,s')


def test_help(env):
    texts = {command: (args, text) for command, args, text in
             AdminCommandManager(env).get_command_help(['rpc', 'token'])}
    assert sorted(texts) == ['rpc token create', 'rpc token list',
                             'rpc token revoke']
    args, text = texts['rpc token create']
    for option in ('--read-only', '--namespaces=', '--expires='):
        assert option in args and option in text


@pytest.fixture
def real(tmp_path):
    """An environment on SQLite for other processes."""
    env = Environment(str(tmp_path / 'real'), create=True, options=[
        ('trac', 'database', 'sqlite:db/trac.db'),
        ('components', 'tracrpc.*', 'enabled')])
    yield env
    env.shutdown()


def trac_admin(env, *args):
    """Run the program itself."""
    return subprocess.run(
        [sys.executable, '-W', 'ignore', '-m', 'trac.admin.console',
         env.path, *args], capture_output=True, text=True, check=False)


def test_trac_admin(real):
    created = trac_admin(real, 'rpc', 'token', 'create', 'user', 'my ci',
                         '--read-only')
    assert created.returncode == 0, created.stderr
    store = TokenStore(real)
    token = store.verify(created.stdout.strip())
    assert token[1:4] == ('user', 'my ci', Scope(True))
    again = trac_admin(real, 'rpc', 'token', 'create', 'user', 'my ci')
    assert (again.returncode, again.stdout) == (2, '')
    assert again.stderr == \
        'Error: user already has an access token "my ci".\n'
    # what another process does counts at once
    assert trac_admin(real, 'rpc', 'token', 'revoke', 'user',
                      'my ci').returncode == 0
    assert store.verify(created.stdout.strip()) is None


def test_tokens_move_to_another_database(real):
    """Trac makes the new one without plugins, and upgrades it then."""
    _, secret = TokenStore(real).create('user', 'ci', Scope(True, ('wiki',)))
    moved = trac_admin(real, 'convert_db', 'sqlite:db/other.db')
    assert moved.returncode == 0, moved.stderr
    env = Environment(real.path)
    assert env.config.get('trac', 'database') == 'sqlite:db/other.db'
    assert TokenStore(env).verify(secret).scope == Scope(True, ('wiki',))
    env.shutdown()
