# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""Batches: adjacent calls of a multicall that are answered together come to
the same as the calls one by one."""

import json
import re
import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from trac.core import Component, TracError, implements
from trac.db_default import schema
from trac.perm import DefaultPermissionPolicy, IPermissionPolicy
from trac.ticket.model import Milestone
from trac.wiki.api import WikiSystem

from tracrpc.api import AbstractRPCHandler, XMLRPCSystem, batch_of, expose_rpc
from tracrpc.tests.support import RPC, request

_IDS = st.sampled_from([1, 2, 3, 4, '2', 0, -1, 99, 1 << 40, None, 'x', 1.5])
_PAGES = st.sampled_from(['WikiStart', 'PageOne', 'PageTwo', 'Hidden', 'No',
                          '', None, 5])
_VERSIONS = st.sampled_from([1, 2, 3, 0, -1, 99, None, 'x'])
_NAMES = st.sampled_from(['milestone1', 'Hidden', 'component1', '1.0',
                          'defect', 'major', 'no', '', None])


def _calls(method, *arguments):
    return st.tuples(st.just(method), st.tuples(*arguments).map(list))


# a strategy for the calls of each method
_READS = [
    st.one_of(_calls('ticket.get', _IDS), _calls('ticket.get'),
              _calls('ticket.get', _IDS, _IDS)),
    _calls('ticket.changeLog', _IDS),
    _calls('ticket.changeLog', _IDS, st.sampled_from([0, 5, '', None, 'x'])),
    _calls('ticket.listAttachments', _IDS),
    *[_calls('wiki.' + name, _PAGES) for name in
      ('getPage', 'getPageInfo', 'getPageHTML', 'listAttachments')],
    *[_calls('wiki.' + name, _PAGES, _VERSIONS) for name in
      ('getPage', 'getPageVersion', 'getPageInfo', 'getPageInfoVersion')],
    *[_calls('ticket.%s.get' % name, _NAMES) for name in
      ('milestone', 'component', 'version', 'type', 'priority')],
    _calls('system.getAPIVersion'), _calls('no.such')]

_WRITES = st.one_of(
    _calls('ticket.update', _IDS, st.just('a comment')),
    _calls('ticket.update', _IDS, st.just(''),
           st.just({'summary': 'changed', 'x': 'y'})),
    _calls('ticket.delete', _IDS),
    _calls('wiki.putPage', _PAGES, st.sampled_from(['new', 'newer'])),
    _calls('wiki.deletePage', _PAGES))

_READ_RUNS = st.one_of([st.lists(calls, min_size=1, max_size=6)
                        for calls in _READS])

_RUNS = st.lists(st.one_of(_READ_RUNS, _WRITES.map(lambda call: [call])),
                 min_size=1, max_size=5)


def hiding_policy():
    class HidingPolicy(Component):
        implements(IPermissionPolicy)

        asked = []

        def check_permission(self, action, username, resource, perm):
            if resource is not None and username != 'admin':
                self.asked.append((action, resource.realm, resource.id))
                if resource.id in ('Hidden', 3) and 'VIEW' in action:
                    return False
            return None
    return HidingPolicy


@pytest.fixture
def filled(env):
    rpc = RPC(env, 'json').admin
    for number in range(4):
        rpc.ticket.create('ticket %d' % number, 'x', {})
        rpc.ticket.update(number + 1, 'comment', {'keywords': 'k'})
    rpc.ticket.putAttachment(2, 'a.txt', 'text', b'x')
    rpc.ticket.putAttachment(3, 'b.txt', 'text', b'x')
    for name in ('PageOne', 'PageTwo', 'Hidden'):
        for text in ('first', 'second'):
            rpc.wiki.putPage(name, text, {})
        rpc.wiki.putAttachment(name + '/f.txt', b'x')
    milestone = Milestone(env)
    milestone.name = 'Hidden'
    milestone.insert()
    return env


def _post(env, user, name, params):
    response = request(
        env, '/login/rpc', user=user, content_type='application/json',
        body=json.dumps({'method': name, 'params': params}).encode('ascii'))
    return json.loads(response.body)


def _together(env, user, calls):
    answer = _post(env, user, 'system.multicall',
                   [{'method': name, 'params': params}
                    for name, params in calls])
    return [(item['result'], item['error']) for item in answer['result']]


def _one_by_one(env, user, calls):
    answers = [_post(env, user, name, params) for name, params in calls]
    return [(answer['result'], answer['error']) for answer in answers]


def _without_times(answers):
    return re.sub(r'"(_ts": "\d+|20\d\d-[\d:T.-]+)"', '"time"',
                  json.dumps(answers))


_settings = settings(
    max_examples=60, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize('user', ['user', 'admin'])
@pytest.mark.parametrize('hiding', [False, True])
def test_reads_come_to_the_same(filled, components, user, hiding):
    if hiding:
        components(hiding_policy())
        filled.config.set('trac', 'permission_policies', 'HidingPolicy, '
                          'DefaultWikiPolicy, DefaultTicketPolicy, '
                          'DefaultPermissionPolicy, LegacyAttachmentPolicy')

    @_settings
    @given(st.lists(_READ_RUNS, min_size=1, max_size=5))
    def compare(runs):
        calls = [call for run in runs for call in run]
        assert _together(filled, user, calls) == \
            _one_by_one(filled, user, calls)
    compare()


def _snapshot(env):
    return {table.name: env.db_query("SELECT * FROM %s" % table.name)
            for table in schema}


def _restore(env, snapshot):
    with env.db_transaction as db:
        for table, rows in snapshot.items():
            db("DELETE FROM %s" % table)
            for row in rows:
                db("INSERT INTO %s VALUES (%s)"
                   % (table, ','.join(['%s'] * len(row))), row)
    del WikiSystem(env).pages


def test_writes_in_between_are_seen(filled):
    snapshot = _snapshot(filled)
    files = filled.attachments_dir
    shutil.copytree(files, files + '.kept')

    @settings(_settings, max_examples=40)
    @given(_RUNS)
    def compare(runs):
        answers = []
        for way in (_together, _one_by_one):
            answers.append(_without_times(way(
                filled, 'admin', [call for run in runs for call in run])))
            _restore(filled, snapshot)
            shutil.rmtree(files)
            shutil.copytree(files + '.kept', files)
        assert answers[0] == answers[1]
    compare()


def test_other_policies_are_asked_about_each_resource(filled, components):
    policy = components(hiding_policy())
    filled.config.set('trac', 'permission_policies', 'HidingPolicy, '
                      'DefaultPermissionPolicy, LegacyAttachmentPolicy')
    found = _together(filled, 'user', [('ticket.get', [number])
                                       for number in (1, 2, 3, 4)])
    assert [error and error['code'] for _, error in found] == \
        [None, None, 403, None]
    assert {('TICKET_VIEW', 'ticket', number) for number in (1, 2, 3, 4)} <= \
        set(policy.asked)
    rpc = RPC(filled, 'json').user
    del policy.asked[:]
    assert rpc.ticket.query('max=0') == [1, 2, 4]
    assert rpc.ticket.getRecentChanges(0) == [1, 2, 4]
    assert 'Hidden' not in rpc.wiki.getAllPages()
    assert 'Hidden' not in [info['name'] for info in
                            rpc.wiki.getRecentChanges(0)]
    assert 'Hidden' not in rpc.ticket.milestone.getAll()
    assert ('WIKI_VIEW', 'wiki', 'Hidden') in policy.asked
    assert ('MILESTONE_VIEW', 'milestone', 'milestone1') in policy.asked


def test_subclasses_of_known_policies_are_asked(filled, components):
    class StricterPolicy(DefaultPermissionPolicy):
        def check_permission(self, action, username, resource, perm):
            if resource and resource.id == 3 and action == 'TICKET_VIEW':
                return False
            return super().check_permission(action, username, resource, perm)

    components(StricterPolicy)
    filled.config.set('trac', 'permission_policies',
                      'StricterPolicy, LegacyAttachmentPolicy')
    assert RPC(filled, 'json').user.ticket.query('max=0') == [1, 2, 4]


# Statements

@pytest.mark.parametrize('name, params', [
    ('ticket.get', [1]), ('ticket.changeLog', [1]),
    ('ticket.listAttachments', [1]), ('wiki.getPage', ['PageOne']),
    ('wiki.getPage', ['PageOne', 1]), ('wiki.getPageInfo', ['PageOne']),
    ('wiki.listAttachments', ['PageOne']),
    ('ticket.milestone.get', ['milestone1']),
    ('ticket.component.get', ['component1']), ('ticket.type.get', ['task'])])
def test_statements_do_not_grow_with_calls(filled, statements, name, params):
    _together(filled, 'user', [(name, params)] * 3)  # caches
    counts = []
    for count in (2, 400, 900):
        del statements[:]
        answers = _together(filled, 'user', [(name, params)] * count)
        assert answers[0][1] is None and len(answers) == count
        counts.append(len(statements))
    limit = 3 if name == 'ticket.changeLog' else 2
    for count, found in zip((2, 400, 900), counts):
        assert found <= 6 + limit * -(-count // 500), statements


def test_statements_of_single_calls(filled, statements):
    for name, params, limit in (('system.getAPIVersion', [], 3),
                                ('ticket.get', [1], 6)):
        _post(filled, 'user', name, params)
        del statements[:]
        _post(filled, 'user', name, params)
        assert len(statements) <= limit, statements


@pytest.fixture
def statements(monkeypatch):
    """The statements that the database gets."""
    from trac.db.util import IterableCursor
    seen = []
    execute = IterableCursor.execute

    def counting(self, sql, args=None):
        seen.append(sql)
        return execute(self, sql, args)
    monkeypatch.setattr(IterableCursor, 'execute', counting)
    return seen


# Batches of other plugins

def batching_handler():
    class Batching(AbstractRPCHandler):
        runs = []
        failing = False

        def xmlrpc_namespace(self):
            return 'batching'

        @expose_rpc(None)
        def read(self, req, key: int, other: str = 'x') -> str:
            self.runs.append('single')
            return self._answer(key, other)

        @batch_of(read)
        def _read_many(self, req, calls):
            self.runs.append(calls)
            if self.failing:
                raise ValueError('the batch fails')
            return [TracError('odd') if key % 2 else self._answer(key, other)
                    for key, other in calls]

        def _answer(self, key, other):
            if key % 2:
                raise TracError('odd')
            return '%d%s' % (key, other)
    return Batching


@pytest.mark.parametrize('failing', [False, True])
def test_batches_of_other_plugins(filled, components, failing):
    cls = components(batching_handler())
    cls.failing = failing
    answers = _together(filled, 'user', [
        ('batching.read', params) for params in
        ([0], [1], ['2', 'y'], ['bad'], [], [4, None])] +
        [('system.getAPIVersion', []), ('batching.read', [6])])
    assert [result for result, _ in answers] == \
        ['0x', None, '2y', None, None, '4x', [1, 3, 0], '6x']
    assert [error and error['message'].partition(' ')[0]
            for _, error in answers] == [None, 'odd', None, 'Argument',
                                         'Batching.read()', None, None, None]
    assert cls.runs[0] == [[0, 'x'], [1, 'x'], [2, 'y'], [4, 'x']]
    # a call alone needs no batch, and a failing one is not missed
    assert cls.runs[1:] == ['single'] * (5 if failing else 1)


def test_permission_of_a_batch(filled, components):
    cls = components(batching_handler())
    method = XMLRPCSystem(filled).get_method('batching.read')
    method.permission = 'TICKET_ADMIN'
    answers = _together(filled, 'user', [('batching.read', [0])] * 3)
    assert [error['code'] for _, error in answers] == [403] * 3
    assert cls.runs == []
