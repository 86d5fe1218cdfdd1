# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""The namespace `ticket`: reading tickets, histories, fields, attachments;
deleting."""

from datetime import datetime, timedelta

import pytest
from trac.attachment import Attachment
from trac.resource import ResourceNotFound
from trac.ticket.api import TicketSystem
from trac.ticket.model import Ticket
from trac.util.datefmt import to_utimestamp, utc

from tracrpc.tests.support import grant, revoke
from tracrpc.tests.tickets import START, change_ticket, changes, \
    custom_fields, hide, new_ticket, number, policy
from tracrpc.ticket import TicketRPC
from tracrpc.ticket_reader import TicketReader

SECOND = START.replace(microsecond=0)


def date(rpc, value):
    """A date as clients of the protocol see it."""
    return value.replace(microsecond=0) if rpc.protocol == 'xml' else value


# get

def test_get(rpc, env):
    id = new_ticket(env, keywords='a, b', description='x\r\ny')
    got = rpc.user.ticket.get(id)
    assert got[:3] == [id, date(rpc, START), date(rpc, START)]
    attributes = got[3]
    assert list(attributes) == [
        'summary', 'reporter', 'owner', 'description', 'type', 'status',
        'priority', 'milestone', 'component', 'version', 'resolution',
        'keywords', 'cc', 'time', 'changetime', '_ts'] \
        or rpc.protocol == 'xml'
    assert attributes['_ts'] == str(to_utimestamp(START))
    assert attributes['milestone'] == attributes['resolution'] == ''
    assert attributes['keywords'] == 'a, b'
    assert attributes['description'].replace('\r', '') == 'x\ny'
    assert attributes['time'] == attributes['changetime'] == date(rpc, START)


def test_get_order_of_attributes(env):
    custom_fields(env, zz={'type': 'text'}, aa={'type': 'text', 'order': '9'})
    id = new_ticket(env, zz='1', aa='2')
    values = TicketReader(env).tickets([id])[id][3]
    assert list(values)[-3:] == ['zz', 'aa', '_ts']


def test_get_custom_fields(rpc, env):
    custom_fields(
        env, c_text={'type': 'text', 'value': 'dflt'},
        c_none={'type': 'text'}, c_area={'type': 'textarea'},
        c_sel={'type': 'select', 'options': 'x|y', 'value': '1'},
        c_check={'type': 'checkbox', 'value': 'true'},
        c_time={'type': 'time'}, c_unset={'type': 'time'})
    id = new_ticket(env)
    ticket = rpc.user.ticket.get(id)[3]
    assert ticket['c_text'] == 'dflt'
    assert ticket['c_sel'] == 'y'
    assert ticket['c_check'] == '1'
    assert not {'c_none', 'c_area', 'c_unset', 'c_time'} & set(ticket)
    change_ticket(env, id, c_time=START, c_none='n', c_text='')
    ticket = rpc.user.ticket.get(id)[3]
    assert ticket['c_time'] == date(rpc, START)
    assert ticket['c_none'] == 'n'
    assert ticket['c_text'] == ''


@pytest.mark.parametrize('count', [1, 49, 50, 51, 120])
def test_get_many_custom_fields(rpc, env, count):
    """More than a database joins tables."""
    names = ['c%03d' % number for number in range(count)]
    custom_fields(env, **{name: {'type': 'text'} for name in names})
    values = {name: 'value of %s' % name for name in names}
    full = new_ticket(env, **values)
    last = new_ticket(env)
    change_ticket(env, last, **{names[-1]: 'the last'})

    def custom(id):
        return {name: value for name, value in
                rpc.user.ticket.get(id)[3].items() if name in values}
    assert custom(full) == values
    assert custom(last) == {names[-1]: 'the last'}


def test_get_reads_what_tracs_model_reads(env):
    custom_fields(
        env, c_text={'type': 'text', 'value': 'dflt'},
        c_none={'type': 'text'}, c_area={'type': 'textarea', 'value': 'v'},
        c_sel={'type': 'select', 'options': 'x|y', 'value': '7'},
        c_radio={'type': 'radio', 'options': 'x|y', 'value': '0'},
        c_time={'type': 'time', 'value': '2020-05-06T07:08:09Z',
                'format': 'datetime'},
        c_bad={'type': 'time', 'value': 'nonsense'},
        c_stored={'type': 'time'})
    ids = [new_ticket(env), new_ticket(env, c_stored=START, c_text='')]
    with env.db_transaction as db:
        db("DELETE FROM ticket_custom WHERE ticket=%s", ids[:1])
        db("""INSERT INTO ticket_custom VALUES (%s, 'c_stored', 'junk')
           """, ids[:1])
        db("INSERT INTO ticket_custom VALUES (%s, 'gone', 'x')", ids[:1])
        db("UPDATE ticket SET keywords=NULL, owner=''")
    found = TicketReader(env).tickets(ids)
    for id in ids:
        values = dict(found[id][3])
        del values['_ts']
        model = Ticket(env, id).values
        assert values == model
        assert found[id][:3] == [id, model['time'], model['changetime']]


@pytest.mark.parametrize('id', [999, 0, -1, None, 2 ** 31, 2 ** 62, True])
def test_T8_missing_tickets_are_404(rpc, env, id):
    for name in ('get', 'getActions', 'getAvailableActions', 'changeLog',
                 'delete'):
        with rpc.fault(404, 'Ticket %s does not exist.'
                            % (1 if id is True else id)):
            getattr(rpc.admin.ticket, name)(number(rpc, id))


def test_T8_reading_a_hidden_ticket_is_refused(rpc, env, components):
    id = new_ticket(env)
    hide(env, components, 'ticket', id, 'TICKET_VIEW')
    for name in ('get', 'getActions', 'getAvailableActions', 'changeLog'):
        with rpc.fault(403, 'TICKET_VIEW privileges are required to perform '
                            'this operation on Ticket #%d.' % id):
            getattr(rpc.user.ticket, name)(id)
        getattr(rpc.admin.ticket, name)(id)


def test_T8_existence_comes_before_permission(rpc, env):
    revoke(env, 'anonymous', 'TICKET_VIEW')
    with rpc.fault(404):
        rpc.anonymous.ticket.get(999)
    id = new_ticket(env)
    with rpc.fault(403):
        rpc.anonymous.ticket.get(id)


def test_ids_that_clients_send(rpc, env):
    id = new_ticket(env)
    assert rpc.user.ticket.get('1')[0] == rpc.user.ticket.get(1.0)[0] == id
    for wrong in (1.5, 'abc', [1], {}):
        with rpc.fault(1):
            rpc.user.ticket.get(wrong)


def test_reading_a_ticket_takes_few_statements(rpc, env, monkeypatch):
    id = new_ticket(env)
    rpc.user.ticket.get(id)
    statements = []
    from trac.db.util import IterableCursor
    execute = IterableCursor.execute
    monkeypatch.setattr(IterableCursor, 'execute',
                        lambda self, sql, args=None:
                        statements.append(sql) or execute(self, sql, args))
    assert len(TicketReader(env).tickets([id] * 500)) == 1
    assert len(statements) <= 2


def test_batches_of_more_than_one_statement(env):
    custom_fields(env, c_text={'type': 'text'})
    ids = [new_ticket(env, c_text=str(n)) for n in range(7)]
    from tracrpc import ticket_reader
    chunk, ticket_reader._CHUNK = ticket_reader._CHUNK, 3
    try:
        found = TicketReader(env).tickets(ids + [99, 2 ** 40, None])
    finally:
        ticket_reader._CHUNK = chunk
    assert [found[id][3]['c_text'] for id in ids] == list('0123456')
    assert sorted(found) == ids


# changeLog

def test_changelog(rpc, env):
    custom_fields(env, c_time={'type': 'time'})
    id = new_ticket(env)
    one, two = START + timedelta(days=1), START + timedelta(days=2)
    change_ticket(env, id, 'first', when=one, keywords='k')
    change_ticket(env, id, '', 'bob', when=two, c_time=START)
    log = rpc.user.ticket.changeLog(id)
    assert log == [
        [date(rpc, one), 'ann', 'comment', '1', 'first', 1],
        [date(rpc, one), 'ann', 'keywords', '', 'k', 1],
        [date(rpc, two), 'bob', 'c_time', '', date(rpc, START), 1],
        [date(rpc, two), 'bob', 'comment', '2', '', 1]]
    assert type(log[0][5]) is int
    assert rpc.user.ticket.changeLog(id, 0) == log
    assert rpc.user.ticket.changeLog(id, None) == log


def test_T10_when_is_an_exact_instant(rpc, env):
    id = new_ticket(env)
    change_ticket(env, id, 'a', when=SECOND)
    change_ticket(env, id, 'b', when=START)
    change_log = rpc.user.ticket.changeLog
    assert [row[4] for row in change_log(id, SECOND)] == ['a']
    assert [row[4] for row in change_log(
        id, number(rpc, to_utimestamp(SECOND)))] == ['a']
    if rpc.protocol == 'json':
        assert [row[4] for row in change_log(id, START)] == ['b']
        assert [row[4] for row in
                change_log(id, to_utimestamp(START))] == ['b']
    assert change_log(id, SECOND + timedelta(days=1)) == []
    assert [row[4] for row in change_log(id, SECOND.isoformat())] == ['a']


@pytest.mark.parametrize('when', ['yesterday', [1], {'a': 1}, 1.5])
def test_T10_anything_else_is_a_fault(rpc, env, when):
    id = new_ticket(env)
    change_ticket(env, id, 'a')
    with rpc.fault(1, '"when"'):
        rpc.user.ticket.changeLog(id, when)


def attach(env, id, name='a.txt', description='text', author='ann'):
    import io
    attachment = Attachment(env, 'ticket', id)
    attachment.author = author
    attachment.description = description
    attachment.insert(name, io.BytesIO(b'content'), 7,
                      START + timedelta(days=3))


def test_changelog_tells_of_attachments(rpc, env):
    id = new_ticket(env)
    attach(env, id)
    when = date(rpc, START + timedelta(days=3))
    assert rpc.user.ticket.changeLog(id) == [
        [when, 'ann', 'attachment', '', 'a.txt', 0],
        [when, 'ann', 'comment', '', 'text', 0]]


def test_changelog_keeps_hidden_attachments_to_itself(rpc, env, components):
    id = new_ticket(env)
    attach(env, id, 'secret.txt', 'hush')
    policy(env, components, lambda action, user, resource:
           False if action == 'ATTACHMENT_VIEW' and user == 'user' else None)
    assert rpc.user.ticket.changeLog(id) == []
    assert len(rpc.admin.ticket.changeLog(id)) == 2


def test_changelog_equals_tracs(env):
    custom_fields(env, c_time={'type': 'time'})
    id, other = new_ticket(env), new_ticket(env)
    change_ticket(env, id, 'a', keywords='x', c_time=START)
    change_ticket(env, other, 'b')
    attach(env, id)
    Ticket(env, id).modify_comment(START + timedelta(days=1), 'ed', 'b')

    class Req:
        perm = staticmethod(lambda resource: {'ATTACHMENT_VIEW'})
    assert [tuple(row) for row in
            TicketReader(env).changelogs(Req, [id, other])[id]] == \
        Ticket(env, id).get_changelog()


def test_changelog_without_author(rpc, env):
    id = new_ticket(env)
    change_ticket(env, id, 'a', author=None)
    assert rpc.user.ticket.changeLog(id)[0][1] == ''


# getRecentChanges

def test_recent_changes(rpc, env, components):
    ids = [new_ticket(env, START + timedelta(days=n)) for n in range(4)]
    assert rpc.user.ticket.getRecentChanges(
        SECOND + timedelta(days=2)) == ids[2:]
    for nothing in (None, 0, ''):
        assert rpc.user.ticket.getRecentChanges(nothing) == ids
    hide(env, components, 'ticket', ids[3], 'TICKET_VIEW')
    assert rpc.user.ticket.getRecentChanges(START) == ids[1:3] \
        or rpc.user.ticket.getRecentChanges(START) == ids[:3]
    assert ids[3] in rpc.admin.ticket.getRecentChanges(START)
    with rpc.fault(1, '"since"'):
        rpc.user.ticket.getRecentChanges('last week')


def test_recent_changes_without_any_right(rpc, env):
    new_ticket(env)
    revoke(env, 'anonymous', 'TICKET_VIEW')
    assert rpc.anonymous.ticket.getRecentChanges(0) == []


# delete

def test_delete(rpc, env):
    id = new_ticket(env)
    with rpc.fault(403, 'TICKET_ADMIN'):
        rpc.user.ticket.delete(id)
    assert rpc.admin.ticket.delete(id) == 0
    with pytest.raises(ResourceNotFound):
        Ticket(env, id)
    with rpc.fault(404):
        rpc.admin.ticket.delete(id)


def test_delete_needs_the_right_on_the_ticket(rpc, env, components):
    id, other = new_ticket(env), new_ticket(env)
    grant(env, 'bob', 'TICKET_ADMIN')
    hide(env, components, 'ticket', id, 'TICKET_ADMIN')
    with rpc.fault(403):
        rpc.as_user('bob').ticket.delete(id)
    rpc.as_user('bob').ticket.delete(other)
    assert changes(env, id) == []
    Ticket(env, id)


# getTicketFields

def test_fields(rpc, env):
    custom_fields(env, c_area={'type': 'textarea', 'rows': '4'},
                  c_sel={'type': 'select', 'options': 'x|y|'})
    fields = {field['name']: field
              for field in rpc.user.ticket.getTicketFields()}
    assert [field['name'] for field in rpc.user.ticket.getTicketFields()] == \
        [field['name'] for field in TicketSystem(env).get_ticket_fields()]
    assert fields['summary'] == {'name': 'summary', 'type': 'text',
                                 'label': 'Summary'}
    assert fields['type']['options'] == ['defect', 'enhancement', 'task']
    assert fields['milestone']['optional'] is True
    assert fields['c_area']['height'] == 4
    assert fields['c_sel']['custom'] is fields['c_sel']['optional'] is True
    assert fields['c_sel']['options'] == ['x', 'y']


def test_fields_show_visible_milestones_only(rpc, env, components):
    hide(env, components, 'milestone', 'milestone2', 'MILESTONE_VIEW')

    def options(client):
        return next(field['options']
                    for field in client.ticket.getTicketFields()
                    if field['name'] == 'milestone')
    assert options(rpc.user) == ['milestone1', 'milestone3', 'milestone4']
    assert 'milestone2' in options(rpc.admin)
    assert 'milestone2' in options(rpc.admin)


def test_fields_need_ticket_view(rpc, env):
    revoke(env, 'anonymous', 'TICKET_VIEW')
    with rpc.fault(403, 'TICKET_VIEW privileges are required'):
        rpc.anonymous.ticket.getTicketFields()


# Attachments

def test_attachments(rpc, env):
    id = new_ticket(env)
    ticket = rpc.user.ticket
    assert ticket.putAttachment(id, 'a.txt', 'text', b'one') == 'a.txt'
    assert ticket.putAttachment(id, 'a.txt', None, b'two', False) == \
        'a.2.txt'
    assert ticket.getAttachment(id, 'a.txt') == b'one'
    listed = ticket.listAttachments(id)
    assert [row[:3] + row[4:] for row in listed] == [
        ['a.txt', 'text', 3, 'user'], ['a.2.txt', '', 3, 'user']]
    assert all(isinstance(row[3], datetime) for row in listed)
    assert ticket.deleteAttachment(id, 'a.txt') is True
    assert [row[0] for row in ticket.listAttachments(id)] == ['a.2.txt']


def test_attachments_of_missing_tickets(rpc, env):
    ticket = rpc.admin.ticket
    assert ticket.listAttachments(999) == []
    assert ticket.listAttachments(None) == []
    for id in (999, None, -1, 2 ** 40):
        with rpc.fault(404, 'Ticket %s does not exist.' % id):
            ticket.putAttachment(number(rpc, id), 'a', '', b'')
        with rpc.fault(404):
            ticket.getAttachment(number(rpc, id), 'a')
        with rpc.fault(404):
            ticket.deleteAttachment(number(rpc, id), 'a')
    id = new_ticket(env)
    with rpc.fault(404, "Attachment 'ticket:%d: no' does not exist." % id):
        ticket.getAttachment(id, 'no')


def test_attachments_need_rights(rpc, env, components):
    id = new_ticket(env)
    rpc.admin.ticket.putAttachment(id, 'a', '', b'x')
    hide(env, components, 'ticket', id, 'TICKET_VIEW')
    assert rpc.user.ticket.listAttachments(id) == []
    with rpc.fault(403):
        rpc.user.ticket.getAttachment(id, 'a')
    with rpc.fault(403):
        rpc.anonymous.ticket.putAttachment(id, 'b', '', b'x')
    with rpc.fault(403):
        rpc.user.ticket.deleteAttachment(id, 'a')
    assert len(rpc.admin.ticket.listAttachments(id)) == 1


def test_attachments_check_their_arguments(rpc, env):
    id = new_ticket(env)
    with rpc.fault(1, 'base64'):
        rpc.user.ticket.putAttachment(id, 'a', '', 'no binary')
    with rpc.fault(1):
        rpc.user.ticket.getAttachment(id, [])


def test_documentation_is_complete(env):
    from tracrpc.api import XMLRPCSystem
    for method in XMLRPCSystem(env).all_methods():
        if method.namespace.partition('.')[0] == 'ticket':
            assert method.description.split('\n\n')[0].count('\n') == 0, \
                method.name
            assert 'eturns' in method.description, method.name
    assert TicketRPC(env).xmlrpc_namespace() == 'ticket'


def test_utc(env):
    id = new_ticket(env)
    assert TicketReader(env).tickets([id])[id][1].utcoffset() == \
        utc.utcoffset(None)
