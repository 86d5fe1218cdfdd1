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
from trac.perm import DefaultPermissionPolicy, IPermissionPolicy, \
    PermissionCache
from trac.resource import ResourceNotFound
from trac.test import Mock
from trac.ticket.model import Milestone, Ticket
from trac.util.text import empty
from trac.wiki.api import WikiSystem

from tracrpc.api import AbstractRPCHandler, XMLRPCSystem, batch_of, expose_rpc
from tracrpc.tests.support import RPC, request
from tracrpc.tests.tickets import custom_fields, new_ticket
from tracrpc.ticket_reader import TicketReader

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
    *[_calls('ticket.' + name, _IDS) for name in
      ('listAttachments', 'getActions', 'getAvailableActions')],
    *[_calls('wiki.' + name, _PAGES) for name in
      ('getPage', 'getPageInfo', 'getPageHTML', 'listAttachments')],
    *[_calls('wiki.' + name, _PAGES, _VERSIONS) for name in
      ('getPage', 'getPageVersion', 'getPageInfo', 'getPageInfoVersion')],
    *[_calls('ticket.%s.get' % name, _NAMES) for name in
      ('milestone', 'component', 'version', 'type', 'priority', 'status',
       'resolution', 'severity')],
    *[_calls('system.' + name, st.sampled_from(['ticket.get', 'no.such', 1]))
      for name in ('methodHelp', 'methodSignature')],
    _calls('system.getAPIVersion'), _calls('no.such')]

# the methods that those who fetch much call, of which each has a batch
_BATCHED = [
    'ticket.get', 'ticket.changeLog', 'ticket.listAttachments',
    'ticket.getActions', 'ticket.getAvailableActions', 'wiki.getPage',
    'wiki.getPageVersion', 'wiki.getPageInfo', 'wiki.getPageInfoVersion',
    'wiki.getPageHTML', 'wiki.getPageHTMLVersion', 'wiki.listAttachments',
    'system.methodHelp', 'system.methodSignature'] + [
    'ticket.%s.get' % kind for kind in (
        'status', 'component', 'version', 'milestone', 'type', 'resolution',
        'priority', 'severity')]

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


def _in_a_batch(env, user, calls):
    """The same as a batch of JSON-RPC 2.0: results and texts of errors."""
    response = request(
        env, '/login/rpc', user=user, content_type='application/json',
        body=json.dumps([
            {'jsonrpc': '2.0', 'method': name, 'params': params, 'id': number}
            for number, (name, params) in enumerate(calls)]).encode('ascii'))
    answers = json.loads(response.body)
    assert [answer['id'] for answer in answers] == list(range(len(calls)))
    return [(answer.get('result'), answer.get('error', {}).get('message'))
            for answer in answers]


def _one_by_one(env, user, calls):
    answers = [_post(env, user, name, params) for name, params in calls]
    return [(answer['result'], answer['error']) for answer in answers]


def _without_times(answers):
    return re.sub(r'"(_ts": "\d+|20\d\d-[\d:T.-]+)"', '"time"',
                  json.dumps(answers))


_settings = settings(
    max_examples=60, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize('name', _BATCHED)
def test_there_is_a_batch(env, name):
    assert XMLRPCSystem(env).get_method(name).is_batchable


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
        answers = _one_by_one(filled, user, calls)
        assert _together(filled, user, calls) == answers
        found = _in_a_batch(filled, user, calls)
        assert [result for result, _ in found] == \
            [result for result, _ in answers]
        for (_, text), (_, error) in zip(found, answers):
            # the older text of a wrong number of arguments says it twice
            assert text in error['message'] if error else text is None
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


_TICKETS = (1, 2, 3, 4)
_ALL_PAGES = ('PageOne', 'PageTwo', 'Hidden')
_MILESTONES = ('milestone1', 'milestone2', 'Hidden')

# calls that read much, and what has to be asked if policies look at resources
_BULK = [
    ([('ticket.query', ['max=0'])], 'TICKET_VIEW', 'ticket', _TICKETS),
    ([('ticket.getRecentChanges', [0])], 'TICKET_VIEW', 'ticket', _TICKETS),
    ([('wiki.getRecentChanges', [0])], 'WIKI_VIEW', 'wiki', _ALL_PAGES),
    ([('wiki.getAllPages', [])], 'WIKI_VIEW', 'wiki', _ALL_PAGES),
    ([('ticket.milestone.getAll', [])], 'MILESTONE_VIEW', 'milestone',
     _MILESTONES),
    ([('ticket.getTicketFields', [])], 'MILESTONE_VIEW', 'milestone',
     _MILESTONES),
    ([('search.performSearch', ['ticket', ['ticket']])], 'TICKET_VIEW',
     'ticket', _TICKETS),
    ([('search.performSearch', ['second', ['wiki']])], 'WIKI_VIEW', 'wiki',
     _ALL_PAGES),
    ([('ticket.milestone.get', [name]) for name in _MILESTONES],
     'MILESTONE_VIEW', 'milestone', _MILESTONES),
    *[([('ticket.' + name, [id]) for id in _TICKETS], 'TICKET_VIEW',
       'ticket', _TICKETS) for name in
      ('get', 'changeLog', 'getActions', 'getAvailableActions')],
    *[([('wiki.' + name, [page]) for page in _ALL_PAGES], 'WIKI_VIEW', 'wiki',
       _ALL_PAGES) for name in ('getPage', 'getPageInfo', 'getPageHTML')],
    *[([('ticket.' + name, [2]), ('ticket.' + name, [4])],
       'ATTACHMENT_VIEW', 'attachment', ('a.txt', 'c.txt'))
      for name in ('changeLog', 'listAttachments')],
    ([('wiki.listAttachments', [page]) for page in _ALL_PAGES],
     'ATTACHMENT_VIEW', 'attachment', ('f.txt',))]

_IDS_OF_BULK = ['%s %s' % (calls[0][0], action)
                for calls, action, _, _ in _BULK]


@pytest.mark.parametrize('calls, action, realm, ids', _BULK,
                         ids=_IDS_OF_BULK)
def test_other_policies_are_asked_about_each_resource(
        filled, components, calls, action, realm, ids):
    RPC(filled, 'json').admin.ticket.putAttachment(4, 'c.txt', '', b'x')
    policy = components(hiding_policy())
    filled.config.set('trac', 'permission_policies', 'HidingPolicy, '
                      'DefaultPermissionPolicy, LegacyAttachmentPolicy')
    answers = _together(filled, 'user', calls)
    assert {(action, realm, id) for id in ids} <= set(policy.asked)
    if len(calls) == 1:  # a list
        found = str(answers)
        assert 3 not in answers[0][0] and 'Hidden' not in found and \
            '/ticket/3' not in found
    elif realm != 'attachment':
        assert [error and error['code'] for _, error in answers] == \
            [403 if id in (3, 'Hidden') else None for id in ids]


@pytest.mark.parametrize('calls, action, realm, ids', _BULK,
                         ids=_IDS_OF_BULK)
def test_policies_that_ignore_resources_are_asked_once(
        filled, monkeypatch, calls, action, realm, ids):
    asked = []
    check = DefaultPermissionPolicy.check_permission

    def counting(self, asked_action, username, resource, perm):
        if asked_action == action and resource is not None:
            asked.append(resource)
        return check(self, asked_action, username, resource, perm)
    monkeypatch.setattr(DefaultPermissionPolicy, 'check_permission', counting)
    answers = _together(filled, 'user', calls)
    assert all(error is None for _, error in answers)
    assert any(found for found, _ in answers)
    assert len(asked) <= 1


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


# Tickets read together

@pytest.mark.parametrize('stored', [
    {'due': '001577934245000000', 'kind': 'a', 'note': 'x'}, {},
    {'due': None, 'kind': None, 'note': None},
    {'due': '', 'kind': '', 'note': ''}, {'due': 'no date', 'kind': 'odd'}])
def test_models_read_together_are_those_of_trac(env, stored):
    custom_fields(env, due={'type': 'time', 'value': '2020-01-02'},
                  kind={'type': 'select', 'options': 'a|b', 'value': '1'},
                  note={'type': 'textarea', 'value': 'text'})
    id = new_ticket(env)
    with env.db_transaction as db:
        db("DELETE FROM ticket_custom")
        db("UPDATE ticket SET keywords=NULL, cc=''")
        for item in stored.items():
            db("INSERT INTO ticket_custom VALUES (%s, %s, %s)", (id, *item))
    req = Mock(perm=PermissionCache(env, 'admin'))
    model, missing = TicketReader(env).visible_models(req, [id, 99])
    trac = Ticket(env, id)
    assert (model.id, model.values, model._old, model.resource) == \
        (trac.id, trac.values, trac._old, trac.resource)
    assert [name for name in model.values if model[name] is empty] == \
        [name for name in model.values if trac[name] is empty]
    assert isinstance(missing, ResourceNotFound)


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

        @expose_rpc(None)
        def nothing(self, req) -> str:
            return 'nothing'

        @batch_of(nothing)
        def _nothing_many(self, req, calls):
            return ['nothing' for call in calls]
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


def test_batches_of_complete_arguments(filled, components):
    cls = components(batching_handler())

    def found(*calls):
        return [result or error['message'].partition(' (')[0]
                for result, error in _together(filled, 'user', [
                    ('batching.read', list(params)) for params in calls])]
    assert found((0, 'a'), ('2', None), (4, 5)) == ['0a', '2x', '45']
    assert found((0, 'a'), ('two', 'b'), (4, 'c')) == ['0a', 'Argument 1',
                                                      '4c']
    assert cls.runs == [[[0, 'a'], [2, 'x'], [4, '5']],
                        [[0, 'a'], [4, 'c']]]


def test_batches_without_arguments(filled, components):
    components(batching_handler())
    answers = _together(filled, 'user', [('batching.nothing', [])] * 3 +
                        [('batching.nothing', [1])])
    assert [result for result, _ in answers] == ['nothing'] * 3 + [None]


def test_permission_of_a_batch(filled, components):
    cls = components(batching_handler())
    method = XMLRPCSystem(filled).get_method('batching.read')
    method.permission = 'TICKET_ADMIN'
    answers = _together(filled, 'user', [('batching.read', [0])] * 3)
    assert [error['code'] for _, error in answers] == [403] * 3
    assert cls.runs == []
