# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""Many writers of one ticket, on a real database (rule T5)."""

import os
import threading

import pytest
from trac.core import TracError
from trac.db.api import DatabaseManager
from trac.env import Environment
from trac.test import MockRequest

import tracrpc.ticket  # noqa: F401 - its components
from tracrpc.api import XMLRPCSystem
from tracrpc.tests.support import grant
from tracrpc.tests.tickets import changes, new_ticket

WRITERS = 64
ROUNDS = 1


@pytest.fixture
def real_env(tmp_path):
    """An environment whose threads have connections of their own: on disk,
    or in another schema of the PostgreSQL that the tests are told to use."""
    uri = os.environ.get('TRAC_TEST_DB_URI', '').partition('?')[0]
    uri = uri + '?schema=tracrpc_writers' if uri.startswith('postgres') \
        else 'sqlite:db/trac.db'
    env = Environment(str(tmp_path / 'real'), create=True, options=[
        ('trac', 'database', uri),
        ('components', 'tracrpc.*', 'enabled')])
    for action in ('XML_RPC', 'TICKET_ADMIN'):
        grant(env, 'authenticated', action)
    yield env
    DatabaseManager(env).destroy_db()


class Writers:
    """Threads that all call `write(call, number)`; what they got is in
    `results`, unexpected exceptions in `errors`."""

    def __init__(self, env, write):
        self.env = env
        self.write = write
        self.results = []
        self.errors = []
        self.barrier = threading.Barrier(WRITERS)

    def run(self):
        threads = [threading.Thread(target=self._run, args=(number,))
                   for number in range(WRITERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert self.errors == []
        return self.results

    def _run(self, number):
        system = XMLRPCSystem(self.env)

        def call(name, *args):
            req = MockRequest(self.env, authname='user%d' % number)
            return system.get_method(name)(req, list(args))[0]
        try:
            self.barrier.wait()
            self.results.extend(self.write(call, number))
        except Exception as e:
            self.errors.append(repr(e))
        finally:
            self.env.shutdown(threading.get_ident())


@pytest.mark.slow
@pytest.mark.parametrize('attributes', [{}, {'action': 'leave'}])
def test_T5_no_acknowledged_update_is_lost(real_env, attributes):
    id = new_ticket(real_env, keywords='0')

    def write(call, number):
        for _ in range(ROUNDS):
            while True:
                ticket = call('ticket.get', id)[3]
                count = int(ticket['keywords']) + 1
                try:
                    call('ticket.update', id, 'to %d' % count, dict(
                        attributes, keywords=count, _ts=ticket['_ts']))
                except TracError as e:
                    assert ' been ' in str(e), e
                else:
                    yield count
                    break

    results = Writers(real_env, write).run()
    assert sorted(results) == list(range(1, WRITERS * ROUNDS + 1))
    log = [row for row in changes(real_env, id) if row[2] == 'comment']
    assert [row[4] for row in log] == [
        'to %d' % (n + 1) for n in range(WRITERS * ROUNDS)]


@pytest.mark.slow
def test_T5_of_writers_with_one_token_one_wins(real_env):
    id = new_ticket(real_env)
    token = XMLRPCSystem(real_env).get_method('ticket.get')(
        MockRequest(real_env, authname='user'), [id])[0][3]['_ts']

    def write(call, number):
        attributes = {'_ts': token, 'keywords': 'k%d' % number}
        if number % 2:
            attributes['action'] = 'resolve'
        try:
            call('ticket.update', id, 'mine', attributes)
        except TracError as e:
            yield str(e)
        else:
            yield 'won %d' % number

    results = Writers(real_env, write).run()
    assert len([text for text in results if text.startswith('won')]) == 1
    assert {text for text in results if not text.startswith('won')} <= {
        'Ticket has been updated since last get().',
        'Your changes have not been saved because this ticket has been '
        'modified since you started editing.'}
    assert len([row for row in changes(real_env, id)
                if row[2] == 'comment']) == 1


@pytest.mark.slow
def test_T5_writers_without_token_all_get_through(real_env):
    id = new_ticket(real_env)

    def write(call, number):
        call('ticket.update', id, 'mine %d' % number, {})
        yield number

    results = Writers(real_env, write).run()
    assert sorted(results) == list(range(WRITERS))
    rows = changes(real_env, id)
    assert sorted(row[4] for row in rows) == sorted(
        'mine %d' % n for n in range(WRITERS))
    assert [row[3] for row in rows] == [str(n + 1) for n in range(WRITERS)]
