# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""The namespaces below `ticket`: components, versions, milestones,
enumerations, states."""

from datetime import timedelta

import pytest
from trac.attachment import Attachment
from trac.core import Component, implements
from trac.ticket import model
from trac.ticket.api import IMilestoneChangeListener
from trac.util.datefmt import datetime_now, utc

import tracrpc.ticket  # noqa: F401 - its components
from tracrpc.tests.support import grant, revoke
from tracrpc.tests.tickets import START, changes, hide, new_ticket, number, \
    policy, stored

SECOND = START.replace(microsecond=0)
MODELS = ('component', 'version', 'milestone')
ENUMS = {'type': 'Ticket Type', 'resolution': 'Resolution',
         'priority': 'Priority', 'severity': 'Severity'}
DATES = {'component': (), 'version': ('time',),
         'milestone': ('due', 'completed')}


@pytest.fixture(params=MODELS)
def kind(request):
    return request.param


@pytest.fixture(params=ENUMS)
def enum(request):
    return request.param


def called(client, kind):
    return getattr(client.ticket, kind)


def empty(kind, name):
    struct = {'name': name, 'description': ''}
    struct.update((date, 0) for date in DATES[kind])
    if kind == 'component':
        struct['owner'] = ''
    return struct


# Components, versions, milestones

def test_life(rpc, env, kind):
    admin = called(rpc.admin, kind)
    assert admin.create('  new   one ', {}) == 0
    assert 'new one' in admin.getAll()
    assert admin.get('new one') == empty(kind, 'new one')
    assert admin.update('new one', {'description': 'text'}) == 0
    assert admin.get('new one') == dict(empty(kind, 'new one'),
                                        description='text')
    assert admin.update('new one', {'name': 'newer'}) == 0
    assert admin.get('newer')['description'] == 'text'
    assert admin.delete('newer') == 0
    for name in ('get', 'delete'):
        with rpc.fault(404) as fault:
            getattr(admin, name)('newer')
        assert fault.text == '%s newer does not exist.' % kind.capitalize()
    with rpc.fault(404):
        admin.update('newer', {})


def test_order(rpc, env):
    assert rpc.user.ticket.component.getAll() == ['component1', 'component2']
    assert rpc.user.ticket.version.getAll() == ['2.0', '1.0']
    rpc.admin.ticket.milestone.update('milestone3', {'due': SECOND})
    assert rpc.user.ticket.milestone.getAll() == [
        'milestone3', 'milestone1', 'milestone2', 'milestone4']


def test_names_that_are_taken(rpc, env, kind):
    admin = called(rpc.admin, kind)
    admin.create('one', {'description': '1'})
    admin.create('two', {'description': '2'})
    text = '%s "one" already exists.' % kind.capitalize()
    before = admin.getAll()
    for call in (lambda: admin.create(' one', {'description': 'x'}),
                 lambda: admin.create('x', {'name': 'one'}),
                 lambda: admin.update('two', {'name': 'one'})):
        with rpc.fault(1) as fault:
            call()
        assert fault.text == text
    assert admin.getAll() == before
    assert admin.get('one')['description'] == '1'
    assert admin.get('two')['description'] == '2'


@pytest.mark.parametrize('name', ['', None, '   '])
def test_E4_empty_names(rpc, env, kind, name):
    admin = called(rpc.admin, kind)
    before = admin.getAll()
    for method in ('get', 'delete'):
        with rpc.fault(404, 'does not exist.'):
            getattr(admin, method)(name)
    with rpc.fault(404):
        admin.update(name, {})
    for call in (lambda: admin.create(name, {}),
                 lambda: admin.create('x', {'name': name}),
                 lambda: admin.update(before[0], {'name': name})):
        with rpc.fault(1) as fault:
            call()
        assert fault.text == 'Invalid %s name.' % kind
    assert admin.getAll() == before


def test_E1_only_listed_attributes_are_set(rpc, env, kind, caplog):
    admin = called(rpc.admin, kind)
    hostile = {'update': 1, 'env': 'x', '_old_name': 'y', 'iteritems': 'z',
               'exists': True, '__class__': 'q', 'insert': 5, 'cache': '',
               'delete': [], 'line\nbreak': {}}
    admin.create('one', dict(hostile, description='d'))
    assert admin.get('one') == dict(empty(kind, 'one'), description='d')
    admin.update('one', hostile)
    assert admin.get('one') == dict(empty(kind, 'one'), description='d')
    assert "no attribute 'iteritems' (ignored)" in caplog.text
    others = {'owner', 'time', 'due', 'completed'} - set(DATES[kind]) - \
        ({'owner'} if kind == 'component' else set())
    admin.update('one', dict.fromkeys(others, 'x'))
    assert admin.get('one') == dict(empty(kind, 'one'), description='d')


def test_E1_texts(rpc, env, kind):
    admin = called(rpc.admin, kind)
    admin.create('one', {'description': 5})
    assert admin.get('one')['description'] == '5'
    admin.update('one', {'description': None})
    assert admin.get('one')['description'] == ''
    for value in ([1], {'a': 1}, b'x', START):
        for name in ('description', 'name'):
            with rpc.fault(1, 'The attribute %s is invalid: ' % name):
                admin.update('one', {name: value})
            with rpc.fault(1, 'The attribute %s is invalid: ' % name):
                admin.create('two', {name: value})
    assert 'two' not in admin.getAll()
    assert admin.get('one') == empty(kind, 'one')


@pytest.mark.parametrize('kind, name', [
    ('version', 'time'), ('milestone', 'due'), ('milestone', 'completed')])
def test_E1_dates(rpc, env, kind, name):
    admin = called(rpc.admin, kind)
    admin.create('one', {name: SECOND})
    assert admin.get('one')[name] == SECOND
    for clear in (0, '', None, False, [], ' '):
        admin.update('one', {name: clear})
        assert admin.get('one')[name] == 0
        admin.update('one', {name: '2020-01-02T03:04:05Z'})
        assert admin.get('one')[name] == SECOND
    admin.update('one', {name: '20200102T03:04:05'})
    admin.update('one', {'description': 'x'})
    assert admin.get('one')[name] == SECOND
    for wrong in ('someday', 5, 1.5, True, [1], {'a': 1}, b'x',
                  '2020-13-01'):
        with rpc.fault(1) as fault:
            admin.update('one', {'description': 'y', name: wrong})
        assert fault.text.startswith('The attribute %s is invalid: ' % name)
        with rpc.fault(1):
            admin.create('two', {name: wrong})
    assert admin.get('one') == dict(empty(kind, 'one'), description='x',
                                    **{name: SECOND})
    assert 'two' not in admin.getAll()


def test_rights(rpc, env, kind):
    admin, user = called(rpc.admin, kind), called(rpc.user, kind)
    admin.create('one', {})
    before = admin.getAll()
    for call in (lambda: user.create('two', {}),
                 lambda: user.update('one', {'description': 'x'}),
                 lambda: user.delete('one')):
        with rpc.fault(403):
            call()
    assert admin.getAll() == before
    assert admin.get('one') == empty(kind, 'one')
    revoke(env, 'anonymous', 'TICKET_VIEW')
    anonymous = called(rpc.anonymous, kind)
    with rpc.fault(403, 'TICKET_VIEW privileges are required'):
        anonymous.getAll()
    with rpc.fault(403, 'TICKET_VIEW privileges are required'):
        anonymous.get('one')


def test_arguments(rpc, env, kind):
    admin = called(rpc.admin, kind)
    admin.create('one', [])  # as PHP sends an empty struct
    with rpc.fault(1, '"attributes"'):
        admin.update('one', 'description')
    with rpc.fault(1):
        admin.create('two')
    with rpc.fault(1):
        admin.get([])
    admin.create(5, {})
    assert admin.get('5') == admin.get(5) == empty(kind, '5')


def test_renaming_takes_the_tickets_along(rpc, env, kind):
    id = new_ticket(env, **{kind: called(rpc.admin, kind).getAll()[0]})
    old = rpc.user.ticket.get(id)[3][kind]
    called(rpc.admin, kind).update(old, {'name': 'renamed'})
    assert rpc.user.ticket.get(id)[3][kind] == 'renamed'
    assert kind != 'milestone' or [row[1:] for row in changes(env, id)] == [
        ('admin', 'comment', '1', 'Milestone renamed'),
        ('admin', 'milestone', old, 'renamed')]


def test_new_names_are_options_at_once(rpc, env, kind):
    called(rpc.admin, kind).create('fresh', {})
    id = rpc.user.ticket.create('one', '', {kind: 'fresh'})
    assert rpc.user.ticket.get(id)[3][kind] == 'fresh'
    called(rpc.admin, kind).delete('fresh')
    with rpc.fault(1, '"fresh" is not a valid value'):
        rpc.user.ticket.create('one', '', {kind: 'fresh'})


def test_defaults_do_not_outlive_what_they_name(rpc, env, kind):
    option = ('ticket', 'default_' + kind)
    called(rpc.admin, kind).create('one', {})
    called(rpc.admin, kind).create('two', {})
    env.config.set(*option + ('one',))
    env.config.set('milestone', 'default_retarget_to', 'one')
    called(rpc.admin, kind).delete('two')
    assert env.config.get(*option) == 'one'
    called(rpc.admin, kind).delete('one')
    assert env.config.get(*option) == ''
    assert env.config.get('milestone', 'default_retarget_to') == \
        ('' if kind == 'milestone' else 'one')


def test_configurations_that_cannot_be_written(rpc, env, monkeypatch,
                                               caplog):
    def fail():
        raise OSError('read-only')
    env.config.set('ticket', 'default_component', 'component1')
    monkeypatch.setattr(env.config, 'save', fail)
    assert rpc.admin.ticket.component.delete('component1') == 0
    assert 'read-only' in caplog.text


def test_component_owners(rpc, env):
    admin = rpc.admin.ticket.component
    admin.create('one', {'owner': ' joe '})
    assert admin.get('one')['owner'] == 'joe'
    admin.update('one', {'owner': None})
    assert admin.get('one')['owner'] == ''


# E2

def milestone(env, name):
    return model.Milestone(env, name)


def test_E2_hidden_milestones(rpc, env, components):
    hide(env, components, 'milestone', 'milestone2', 'MILESTONE_VIEW')
    assert rpc.user.ticket.milestone.getAll() == [
        'milestone1', 'milestone3', 'milestone4']
    with rpc.fault(403, 'MILESTONE_VIEW privileges are required to perform '
                        'this operation on Milestone milestone2.'):
        rpc.user.ticket.milestone.get('milestone2')
    with rpc.fault(404):
        rpc.user.ticket.milestone.get('milestone9')
    assert 'milestone2' in rpc.admin.ticket.milestone.getAll()
    assert rpc.admin.ticket.milestone.get('milestone2')['due'] == 0
    # TICKET_ADMIN without a view of it changes nothing
    grant(env, 'bob', 'TICKET_ADMIN')
    bob = rpc.as_user('bob').ticket.milestone
    with rpc.fault(403):
        bob.update('milestone2', {'description': 'x'})
    with rpc.fault(403):
        bob.delete('milestone2')
    bob.update('milestone1', {'description': 'x'})
    bob.delete('milestone1')
    bob.create('milestone5', {})
    assert milestone(env, 'milestone2').description == ''


def test_E2_the_rights_of_milestones(rpc, env):
    def ann():
        return rpc.as_user('ann').ticket.milestone
    with rpc.fault(403, 'MILESTONE_CREATE privileges are required to perform '
                        'this operation on Milestone m.'):
        ann().create('m', {})
    grant(env, 'ann', 'MILESTONE_CREATE')
    ann().create('m', {})
    with rpc.fault(403, 'MILESTONE_MODIFY'):
        ann().update('m', {'description': 'x'})
    grant(env, 'ann', 'MILESTONE_MODIFY')
    ann().update('m', {'description': 'x'})
    with rpc.fault(403, 'MILESTONE_DELETE'):
        ann().delete('m')
    grant(env, 'ann', 'MILESTONE_DELETE')
    ann().delete('m')
    with rpc.fault(404, 'Milestone m does not exist.'):
        ann().delete('m')


def test_E2_rights_may_differ_by_milestone(rpc, env, components):
    def decide(action, user, resource):
        if user == 'ann' and action.startswith('MILESTONE_') and resource:
            return resource.id == 'mine'
        return None
    policy(env, components, decide)
    ann = rpc.as_user('ann').ticket.milestone
    with rpc.fault(403):
        ann.create('other', {})
    with rpc.fault(403):
        ann.create('mine', {'name': 'other'})
    ann.create('mine', {})
    ann.update('mine', {'due': SECOND})
    with rpc.fault(403):
        ann.update('milestone1', {'due': SECOND})
    ann.delete('mine')


def test_E2_deleting_moves_the_tickets(rpc, env):
    id = new_ticket(env, milestone='milestone1')
    other = new_ticket(env, milestone='milestone2')
    assert rpc.admin.ticket.milestone.delete('milestone1') == 0
    assert not stored(env, id)['milestone']
    assert [row[1:] for row in changes(env, id)] == [
        ('admin', 'comment', '1', 'Milestone deleted'),
        ('admin', 'milestone', 'milestone1', None)]
    assert changes(env, other) == []


def test_E2_deleting_is_all_or_nothing(rpc, env, components):

    class Listener(Component):

        implements(IMilestoneChangeListener)

        def milestone_created(self, milestone):
            pass

        def milestone_changed(self, milestone, old_values):
            pass

        def milestone_deleted(self, milestone):
            raise RuntimeError('listener')

    components(Listener)
    id = new_ticket(env, milestone='milestone1')
    env.config.set('ticket', 'default_milestone', 'milestone1')
    with rpc.fault(1, 'listener'):
        rpc.admin.ticket.milestone.delete('milestone1')
    assert stored(env, id)['milestone'] == 'milestone1'
    assert changes(env, id) == []
    assert 'milestone1' in rpc.admin.ticket.milestone.getAll()
    assert env.config.get('ticket', 'default_milestone') == 'milestone1'


def test_renaming_to_a_taken_name_loses_nothing(rpc, env):
    import io
    attachment = Attachment(env, 'milestone', 'milestone1')
    attachment.insert('a.txt', io.BytesIO(b'text'), 4)
    id = new_ticket(env, milestone='milestone1')
    with rpc.fault(1, 'Milestone "milestone2" already exists.'):
        rpc.admin.ticket.milestone.update('milestone1',
                                          {'name': 'milestone2'})
    assert stored(env, id)['milestone'] == 'milestone1'
    assert changes(env, id) == []
    with Attachment(env, 'milestone', 'milestone1', 'a.txt').open() as file:
        assert file.read() == b'text'


def test_completed_milestones(rpc, env):
    update = rpc.admin.ticket.milestone.update
    update('milestone1', {'completed': SECOND})
    assert milestone(env, 'milestone1').is_completed
    future = datetime_now(utc) + timedelta(days=1)
    for call in (lambda: update('milestone1', {'completed': future}),
                 lambda: rpc.admin.ticket.milestone.create(
                     'm', {'completed': future})):
        with rpc.fault(1) as fault:
            call()
        assert fault.text == 'Completion date may not be in the future'
    update('milestone1', {'completed': 0, 'due': future})
    assert not milestone(env, 'milestone1').is_completed
    env.db_transaction("UPDATE milestone SET completed=%s WHERE name=%s",
                       (4 * 10 ** 15, 'milestone2'))
    del model.MilestoneCache(env).milestones
    update('milestone2', {'description': 'x'})
    assert milestone(env, 'milestone2').completed.year > 2090


# Enumerations

def test_enum_life(rpc, env, enum):
    admin = called(rpc.admin, enum)
    for name in admin.getAll():
        admin.delete(name)
    assert admin.getAll() == []
    assert admin.create(' new  one ', '') == 0
    assert admin.create('b', None) == 0
    assert admin.create('c', '7') == 0
    assert admin.create('d', 5) == 0
    assert admin.getAll() == ['new one', 'b', 'd', 'c']
    assert [admin.get(name) for name in admin.getAll()] == [
        '1', '2', '5', '7']
    assert admin.update('c', '0') == 0
    assert admin.getAll() == ['c', 'new one', 'b', 'd']
    assert admin.delete('b') == 0
    assert [(name, admin.get(name)) for name in admin.getAll()] == [
        ('c', '0'), ('new one', '1'), ('d', '4')]


def test_enum_faults(rpc, env, enum):
    admin, label = called(rpc.admin, enum), ENUMS[enum]
    admin.create('e1', '')
    with rpc.fault(1) as fault:
        admin.create('e1', '9')
    assert fault.text == '%s value "e1" already exists' % label
    for call in (lambda: admin.get('nope'), lambda: admin.delete('nope'),
                 lambda: admin.update('nope', '1')):
        with rpc.fault(404) as fault:
            call()
        assert fault.text == '%s nope does not exist.' % label


@pytest.mark.parametrize('name', ['', None, ' '])
def test_E4_empty_names_of_enums(rpc, env, enum, name):
    admin = called(rpc.admin, enum)
    before = admin.getAll()
    for call in (lambda: admin.get(name), lambda: admin.delete(name),
                 lambda: admin.update(name, '1')):
        with rpc.fault(404, 'does not exist.'):
            call()
    with rpc.fault(1) as fault:
        admin.create(name, '')
    assert fault.text == 'Invalid %s name.' % ENUMS[enum]
    assert admin.getAll() == before


@pytest.mark.parametrize('value', [
    'abc', '1.5', 1.5, [1], {'a': 1}, '1x', '0x10', '1_0', '--1', '٣',
    2 ** 31, '-2147483648', '9' * 50])
def test_E3_values_must_be_integers(rpc, env, enum, value):
    admin = called(rpc.admin, enum)
    admin.create('e1', '')
    before = [(name, admin.get(name)) for name in admin.getAll()]
    with rpc.fault(1):
        admin.create('e2', number(rpc, value))
    with rpc.fault(1):
        admin.update('e1', number(rpc, value))
    assert [(name, admin.get(name)) for name in admin.getAll()] == before


def test_E3_the_texts_of_integers(rpc, env):
    admin = rpc.admin.ticket.type
    for value, expected in ((' 7 ', '7'), ('+8', '8'), ('007', '7'),
                            (3.0, '3'), ('-1', '-1'), (0, '0'), ('2147483647',
                                                     '2147483647')):
        admin.update('defect', value)
        assert admin.get('defect') == expected


def test_E3_empty_is_the_next_free_value(rpc, env):
    admin = rpc.admin.ticket.type
    for empty_value in ('', None, ' '):
        admin.update('defect', empty_value)
        assert admin.get('defect') == '4'
        assert admin.getAll() == ['enhancement', 'task', 'defect']


def test_entries_that_old_versions_broke(rpc, env):
    admin = rpc.admin.ticket.type
    with env.db_transaction as db:
        for name, value in (('null', None), ('junk', 'abc'), ('same', '2')):
            db("INSERT INTO enum VALUES ('ticket_type', %s, %s, NULL)",
               (name, value))
    assert admin.get('null') == ''
    # another one of the same value survives, and leaves no gap
    admin.delete('enhancement')
    assert admin.get('same') == '2'
    assert admin.get('task') == '3'
    admin.update('null', '9')
    assert admin.get('null') == '9'
    admin.update('junk', '')
    assert admin.get('junk') == '10'
    admin.delete('null')
    assert admin.get('junk') == '9'
    admin.delete('junk')


def test_enum_rights(rpc, env, enum):
    user = called(rpc.user, enum)
    name = called(rpc.admin, enum)
    name.create('e1', '')
    for call in (lambda: user.create('e2', ''), lambda: user.delete('e1'),
                 lambda: user.update('e1', '1')):
        with rpc.fault(403, 'TICKET_ADMIN privileges are required'):
            call()
    revoke(env, 'anonymous', 'TICKET_VIEW')
    for call in (lambda: called(rpc.anonymous, enum).getAll(),
                 lambda: called(rpc.anonymous, enum).get('e1')):
        with rpc.fault(403, 'TICKET_VIEW privileges are required'):
            call()


def test_enums_are_options_at_once(rpc, env):
    rpc.admin.ticket.priority.create('urgent', '')
    id = rpc.user.ticket.create('one', '', {'priority': 'urgent'})
    rpc.admin.ticket.priority.update('urgent', '0')
    fields = {field['name']: field
              for field in rpc.user.ticket.getTicketFields()}
    assert fields['priority']['options'][0] == 'urgent'
    env.config.set('ticket', 'default_priority', 'urgent')
    rpc.admin.ticket.priority.delete('urgent')
    assert env.config.get('ticket', 'default_priority') == ''
    assert rpc.user.ticket.get(id)[3]['priority'] == 'urgent'
    with rpc.fault(1, '"urgent" is not a valid value'):
        rpc.user.ticket.create('one', '', {'priority': 'urgent'})


# States

def test_states(rpc, env):
    status = rpc.admin.ticket.status
    assert status.getAll() == ['accepted', 'assigned', 'closed', 'new',
                               'reopened']
    for name in ('new', 'nope', '', None, 5):
        assert status.get(name) == '0'
        assert status.delete(name) == 0
        assert status.create(name, {'a': 1}) == 0
        assert status.update(name, []) == 0
    assert len(status.getAll()) == 5
    for call in (lambda: rpc.user.ticket.status.delete('new'),
                 lambda: rpc.user.ticket.status.create('x', {}),
                 lambda: rpc.user.ticket.status.update('x', {})):
        with rpc.fault(403, 'TICKET_ADMIN'):
            call()
    assert rpc.user.ticket.status.get('new') == '0'
