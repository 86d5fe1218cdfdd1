# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""`ticket.create`."""

from datetime import datetime, timedelta

import pytest
from trac.core import Component, implements
from trac.notification.api import NotificationSystem
from trac.ticket.api import ITicketManipulator
from trac.ticket.model import Component as TicketComponent
from trac.util.datefmt import datetime_now, to_utimestamp, utc
from trac.util.html import tag

import tracrpc.ticket  # noqa: F401 - its components
from tracrpc.tests.support import grant, revoke
from tracrpc.tests.tickets import START, custom_fields, hide, new_ticket, \
    number, stored, workflow


def count(env):
    return env.db_query("SELECT COUNT(*) FROM ticket")[0][0]


@pytest.fixture
def component(env):
    component = TicketComponent(env)
    component.name, component.owner = 'core', 'cora'
    component.insert()


def test_create(rpc, env):
    before = datetime_now(utc)
    id = rpc.user.ticket.create('  one ', 'a\nb')
    assert type(id) is int
    ticket = stored(env, id)
    assert ticket['summary'] == 'one'
    assert ticket['description'] == 'a\r\nb'
    assert ticket['status'] == 'new'
    assert not ticket['resolution']
    assert ticket['reporter'] == 'user'
    assert to_utimestamp(before) <= ticket['changetime'] <= \
        to_utimestamp(datetime_now(utc))


def test_create_with_attributes(rpc, env):
    id = rpc.user.ticket.create('one', 'two', {
        'summary': 'three', 'description': 'four', 'keywords': 5,
        'milestone': 'milestone1', 'priority': None, 'cc': 'a b'})
    ticket = rpc.user.ticket.get(id)[3]
    assert ticket['summary'] == 'three'
    assert ticket['description'] == 'four'
    assert ticket['keywords'] == '5'
    assert ticket['milestone'] == 'milestone1'
    assert ticket['priority'] == 'major'
    assert ticket['cc'] == 'a, b'


def test_protected_attributes_are_the_workflows(rpc, env):
    id = rpc.admin.ticket.create('one', '', {
        'status': 'closed', 'resolution': 'fixed', 'time': START,
        'changetime': START, '_ts': '5'})
    ticket = stored(env, id)
    assert (ticket['status'], ticket['resolution'] or '') == ('new', '')
    assert ticket['changetime'] > to_utimestamp(START)


@pytest.mark.parametrize('summary', ['', '   ', None])
def test_create_without_summary(rpc, env, summary):
    with rpc.fault(1) as fault:
        rpc.user.ticket.create(summary, 'text')
    assert fault.text == 'Tickets must contain a summary.'
    assert count(env) == 0


def test_nil_for_texts(rpc, env):
    id = rpc.user.ticket.create('one', None, None)
    assert not stored(env, id)['description']
    id = rpc.user.ticket.create('one', 'text', {'summary': None,
                                                'description': None})
    assert stored(env, id)['summary'] == 'one'
    assert stored(env, id)['description'] == 'text'


def test_create_needs_the_right(rpc, env, components):
    with rpc.fault(403, 'TICKET_CREATE'):
        rpc.anonymous.ticket.create('one', '')
    assert count(env) == 0


def test_T1_unknown_names_are_ignored_and_logged(rpc, env, caplog):
    id = rpc.user.ticket.create('one', '', {
        'nofld': 'x', 'id': 7, 'env': 'x', 'values': [1], '__class__': 'y',
        'summary=1;--': 'z', 'line\nbreak': [{'a': 1}]})
    assert rpc.user.ticket.get(id)[3]['summary'] == 'one'
    assert count(env) == 1
    assert "'nofld' is not a ticket field" in caplog.text
    assert "'line\\nbreak' is not" in caplog.text or rpc.protocol == 'xml'


def test_T2_values_are_validated_all_at_once(rpc, env):
    with rpc.fault(1) as fault:
        rpc.user.ticket.create('', 'x', {'milestone': 'nope',
                                         'priority': 'nope'})
    assert fault.text == (
        'The ticket field priority is invalid: "nope" is not a valid value '
        'The ticket field milestone is invalid: "nope" is not a valid value '
        'Tickets must contain a summary.')
    assert count(env) == 0


def test_T2_sizes(rpc, env):
    env.config.set('ticket', 'max_description_size', '10')
    with rpc.fault(1, 'description is invalid: Must be less than or equal to '
                      '10 characters'):
        rpc.user.ticket.create('one', 'x' * 11)
    assert count(env) == 0


class Manipulator:
    """Made a component by the tests."""

    seen = None

    def prepare_ticket(self, req, ticket, fields, actions):
        pass

    def validate_ticket(self, req, ticket):
        type(self).seen = dict(req.args)
        if ticket['keywords'] == 'spam':
            yield None, tag.p("Spam & ", tag.b("more"), " spam")
        if ticket['keywords'] == 'egg':
            yield 'keywords', tag("no ", tag.a("egg", href='#'))


def test_T2_manipulators_are_asked(rpc, env, components):
    class Spam(Manipulator, Component):
        implements(ITicketManipulator)
    components(Spam)
    with rpc.fault(1) as fault:
        rpc.user.ticket.create('one', '', {'keywords': 'spam',
                                           'milestone': 'no'})
    assert 'Spam & more spam' in fault.text
    assert 'milestone' in fault.text
    with rpc.fault(1) as fault:
        rpc.user.ticket.create('one', '', {'keywords': 'egg'})
    assert fault.text == 'The ticket field keywords is invalid: no egg'
    assert count(env) == 0
    assert Spam.seen['field_summary'] == 'one'
    assert Spam.seen['action'] == 'create'
    rpc.user.ticket.create('one', '', {'keywords': 'ham'})
    assert count(env) == 1


def test_T2_only_tickets_admins_name_another_reporter(rpc, env):
    with rpc.fault(403) as fault:
        rpc.user.ticket.create('one', '', {'reporter': 'bob'})
    assert fault.text == 'No permission to change the ticket reporter.'
    assert count(env) == 0
    id = rpc.user.ticket.create('one', '', {'reporter': 'user'})
    assert stored(env, id)['reporter'] == 'user'
    id = rpc.user.ticket.create('one', '', {'reporter': ''})
    assert stored(env, id)['reporter'] == 'user'
    id = rpc.admin.ticket.create('one', '', {'reporter': 'bob'})
    assert stored(env, id)['reporter'] == 'bob'
    grant(env, 'anonymous', 'TICKET_CREATE')
    id = rpc.anonymous.ticket.create('one', '', {'reporter': 'joe@x.org'})
    assert stored(env, id)['reporter'] == 'joe@x.org'
    id = rpc.anonymous.ticket.create('one', '')
    assert stored(env, id)['reporter'] == 'anonymous'


def test_T2_missing_rights_and_other_problems_are_one_403(rpc, env):
    with rpc.fault(403) as fault:
        rpc.user.ticket.create('one', '', {'reporter': 'bob',
                                           'milestone': 'nope'})
    assert 'reporter' in fault.text
    assert '"nope" is not a valid value' in fault.text


def test_T2_hidden_milestones_are_no_valid_values(rpc, env, components):
    hide(env, components, 'milestone', 'milestone2', 'MILESTONE_VIEW')
    with rpc.fault(1) as fault:
        rpc.user.ticket.create('one', '', {'milestone': 'milestone2'})
    assert fault.text == ('The ticket field milestone is invalid: '
                          '"milestone2" is not a valid value')
    rpc.user.ticket.create('one', '', {'milestone': 'milestone1'})
    rpc.admin.ticket.create('one', '', {'milestone': 'milestone2'})


def test_T2_milestones_with_tracs_finer_right(rpc, env, components):
    hide(env, components, 'milestone', 'milestone2', 'TICKET_CHG_MILESTONE')
    with rpc.fault(1, '"milestone2" is not a valid value'):
        rpc.user.ticket.create('one', '', {'milestone': 'milestone2'})
    # also on sites that do without Trac's own policy
    env.config.set('trac', 'permission_policies',
                   'TestPolicy, DefaultPermissionPolicy')
    with rpc.fault(1, '"milestone2" is not a valid value'):
        rpc.user.ticket.create('one', '', {'milestone': 'milestone2'})
    rpc.user.ticket.create('one', '', {'milestone': 'milestone1'})
    revoke(env, 'anonymous', 'MILESTONE_VIEW')
    with rpc.fault(1, '"milestone1" is not a valid value'):
        rpc.user.ticket.create('one', '', {'milestone': 'milestone1'})


# T3

def test_T3_the_owner_is_resolved(rpc, env, component):
    id = rpc.user.ticket.create('one', '', {'component': 'core'})
    assert stored(env, id)['owner'] == 'cora'
    id = rpc.user.ticket.create('one', '', {'component': 'core',
                                            'owner': 'bob'})
    assert stored(env, id)['owner'] == 'bob'
    env.config.set('ticket', 'default_owner', 'dora')
    id = rpc.user.ticket.create('one', '', {'component': 'core'})
    assert stored(env, id)['owner'] == 'dora'


def test_T3_create_takes_an_action(rpc, env, component):
    id = rpc.user.ticket.create('one', '', {
        'action': 'create_and_assign',
        'action_create_and_assign_reassign_owner': 'bob'})
    assert stored(env, id)['status'] == 'assigned'
    assert stored(env, id)['owner'] == 'bob'
    # what the form preselects
    id = rpc.user.ticket.create('one', '', {'action': 'create_and_assign',
                                            'component': 'core'})
    assert stored(env, id)['status'] == 'assigned'
    assert stored(env, id)['owner'] == 'cora'


def test_T3_unavailable_actions_are_refused(rpc, env):
    grant(env, 'anonymous', 'TICKET_CREATE')
    for action in ('create_and_assign', 'resolve', 'nope', ['create'], {}):
        if not action:
            continue
        with rpc.fault(1, 'Available actions: create.') as fault:
            rpc.anonymous.ticket.create('one', '', {'action': action})
        assert 'is not available' in fault.text
    assert count(env) == 0


def test_T3_custom_workflow(rpc, env):
    workflow(env, """
        open = <none> -> triage
        open.operations = may_set_owner
        open.default = 5
        leave = * -> *
        leave.operations = leave_status
    """)
    id = rpc.user.ticket.create('one', '', {'owner': 'bob'})
    assert stored(env, id)['status'] == 'triage'
    assert stored(env, id)['owner'] == 'bob'
    id = rpc.user.ticket.create('one', '', {'component': 'component1'})
    assert stored(env, id)['owner'] == 'somebody'
    with rpc.fault(1, '"owner"'):
        rpc.user.ticket.create('one', '', {
            'owner': 'bob', 'action_open_reassign_owner': 'ann'})


def test_T3_no_action_at_all(rpc, env):
    workflow(env, """
        leave = * -> *
        leave.operations = leave_status
        resolve = new -> closed
    """)
    with rpc.fault(1, 'There are no workflow actions defined'):
        rpc.user.ticket.create('one', '')
    assert count(env) == 0
    id = rpc.admin.ticket.create('one', '')
    assert stored(env, id)['status'] == 'new'


# T7

def test_T7_values(rpc, env):
    custom_fields(env, flag={'type': 'checkbox'}, text={'type': 'text'},
                  due={'type': 'time', 'format': 'datetime'})
    id = rpc.user.ticket.create('one', '', {'flag': True, 'text': False,
                                            'due': START})
    ticket = stored(env, id)
    assert (ticket['flag'], ticket['text']) == ('1', '0')
    assert int(ticket['due']) // 10 ** 6 == to_utimestamp(START) // 10 ** 6
    id = rpc.user.ticket.create('one', '', {
        'flag': 0, 'text': 1.5, 'due': '2020-01-02T03:04:05Z'})
    ticket = stored(env, id)
    assert (ticket['flag'], ticket['text']) == ('0', '1.5')
    assert int(ticket['due']) == to_utimestamp(START) // 10 ** 6 * 10 ** 6
    id = rpc.user.ticket.create('one', '', {'due': '', 'text': None})
    assert not stored(env, id).get('due')


@pytest.mark.parametrize('value, text', [
    ([1], 'an array is not a text'), ({'a': 1}, 'a struct is not a text'),
    (b'x', 'base64 data is not a text'), (START, 'a date is not a text')])
def test_T7_wrong_values_name_the_field(rpc, env, value, text):
    for name in ('keywords', 'summary', 'reporter', 'milestone'):
        with rpc.fault(1) as fault:
            rpc.admin.ticket.create('one', '', {name: value})
        assert 'The ticket field %s is invalid: %s' % (name, text) \
            in fault.text
    assert count(env) == 0


@pytest.mark.parametrize('value', [
    'someday', 5, True, [1], '99999999999999 days ago', '9' * 400,
    'in 99999999999 years'])
def test_T7_wrong_times_name_the_field(rpc, env, value):
    custom_fields(env, due={'type': 'time', 'label': 'Due'})
    with rpc.fault(1) as fault:
        rpc.user.ticket.create('one', '', {'due': value})
    assert 'The ticket field ' in fault.text and 'ue is' in fault.text
    assert count(env) == 0


# when, notify

def test_when(rpc, env):
    id = rpc.admin.ticket.create('one', '', {}, False, START)
    second = to_utimestamp(START.replace(microsecond=0))
    assert stored(env, id)['changetime'] // 10 ** 6 * 10 ** 6 == second
    id = rpc.user.ticket.create('one', '', {}, False, START)
    assert stored(env, id)['changetime'] > second + 10 ** 6
    id = rpc.admin.ticket.create('one', '', {}, False, None)
    assert stored(env, id)['changetime'] > second + 10 ** 6
    early = datetime(1900, 1, 1, tzinfo=utc)
    id = rpc.admin.ticket.create('one', '', {}, False, early)
    assert rpc.user.ticket.get(id)[1] == early
    with rpc.fault(1, '"when"'):
        rpc.admin.ticket.create('one', '', {}, False, 'junk')


def test_notify(rpc, env, monkeypatch):
    events = []
    monkeypatch.setattr(NotificationSystem, 'notify',
                        lambda self, event: events.append(event))
    rpc.user.ticket.create('one', '')
    rpc.user.ticket.create('one', '', {}, False)
    assert events == []
    id = rpc.user.ticket.create('one', '', {}, True)
    assert [(event.category, event.target.id, event.author)
            for event in events] == [('created', id, 'user')]


def test_failing_notifications_are_logged(rpc, env, monkeypatch, caplog):
    def fail(self, event):
        raise OSError('no mail')
    monkeypatch.setattr(NotificationSystem, 'notify', fail)
    id = rpc.user.ticket.create('one', '', {}, True)
    assert stored(env, id)['summary'] == 'one'
    assert 'no mail' in caplog.text


def test_wide_ids(rpc, env):
    new_ticket(env)
    with rpc.fault(404):
        rpc.user.ticket.get(number(rpc, 2 ** 31 + 1))


def test_times_are_strictly_ordered_by_id(rpc, env):
    ids = [rpc.user.ticket.create('one', '') for _ in range(3)]
    times = [stored(env, id)['changetime'] for id in ids]
    assert times == sorted(times)
    assert timedelta(microseconds=times[2] - times[0]) < timedelta(days=1)
