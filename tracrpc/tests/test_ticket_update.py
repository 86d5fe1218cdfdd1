# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""`ticket.update`: rights, values, validation, the `_ts`, times. What it does
with the workflow is in `test_workflow`."""

from datetime import datetime, timedelta

import pytest
from trac.core import Component, implements
from trac.notification.api import NotificationSystem
from trac.ticket.api import ITicketChangeListener, ITicketManipulator
from trac.ticket.model import Component as TicketComponent, Ticket
from trac.util.datefmt import datetime_now, to_utimestamp, utc
from trac.util.html import Markup, tag

from tracrpc import ticket_update
from tracrpc.tests.support import grant, revoke
from tracrpc.tests.tickets import START, change_ticket, changes, \
    custom_fields, hide, new_ticket, number, policy, stored

PLAIN = "Ticket has been updated since last get()."
ACTION = "Your changes have not been saved because this ticket has been " \
         "modified since you started editing."
DAY = timedelta(days=1)


@pytest.fixture
def id(env):
    return new_ticket(env)


@pytest.fixture(params=['plain', 'action'])
def form(request):
    """The attributes that make it the one form of update or the other."""
    return {'plain': {}, 'action': {'action': 'leave'}}[request.param]


def untouched(env, id):
    return stored(env, id)['changetime'] == to_utimestamp(START) and \
        not changes(env, id)


# What it does

def test_update(rpc, env, id, form):
    before = datetime_now(utc)
    answer = rpc.user.ticket.update(id, 'done', dict(form, keywords='k'))
    assert answer == rpc.user.ticket.get(id)
    assert answer[0] == id
    assert answer[3]['keywords'] == 'k'
    log = changes(env, id)
    assert [row[1:] for row in log] == [
        ('user', 'comment', '1', 'done'), ('user', 'keywords', None, 'k')]
    assert to_utimestamp(before) <= log[0][0] <= \
        to_utimestamp(datetime_now(utc))
    assert stored(env, id)['changetime'] == log[0][0]
    assert answer[3]['_ts'] == str(log[0][0])


def test_nothing_to_change(rpc, env, id, form):
    for comment in ('', None, '  \n '):
        assert rpc.user.ticket.update(id, comment, form)[0] == id
    assert untouched(env, id)


def test_what_get_gave_can_be_sent_back(rpc, env, form):
    custom_fields(env, flag={'type': 'checkbox'}, text={'type': 'text'},
                  area={'type': 'textarea'}, due={'type': 'time'})
    # line ends as clients of old versions left them
    id = new_ticket(env, description='a\nb\rc\r\nd', keywords=' x ',
                    cc='a, b', area='x\ny')
    change_ticket(env, id, due=START)
    env.db_transaction("UPDATE ticket SET keywords=' z ' WHERE id=%s", (id,))
    before = stored(env, id)
    log = changes(env, id)
    attributes = rpc.user.ticket.get(id)[3]
    rpc.user.ticket.update(id, '', dict(attributes, **form))
    assert stored(env, id) == before
    assert changes(env, id) == log
    # also when only some of it changes
    answer = rpc.user.ticket.update(id, '', dict(attributes, keywords='y',
                                                 **form))
    assert answer[3]['keywords'] == 'y'
    assert [row[2] for row in changes(env, id)[len(log):]] == [
        'comment', 'keywords']


def test_texts_normalised_by_trac_are_no_change(rpc, env, form):
    id = new_ticket(env, cc='a, b')
    rpc.user.ticket.update(id, '', dict(form, cc='a,b'))
    assert untouched(env, id)
    rpc.user.ticket.update(id, '', dict(form, cc='b a'))
    assert Ticket(env, id)['cc'] == 'b, a'


def test_missing_tickets(rpc, env, form):
    for id in (None, 0, -1, 999, 2 ** 33):
        with rpc.fault(404, 'Ticket %s does not exist.' % id):
            rpc.admin.ticket.update(number(rpc, id), 'c', form)


def test_notify(rpc, env, id, form, monkeypatch):
    events = []
    monkeypatch.setattr(NotificationSystem, 'notify',
                        lambda self, event: events.append(event))
    rpc.user.ticket.update(id, 'one', form)
    rpc.user.ticket.update(id, '', form, True)
    assert events == []
    rpc.user.ticket.update(id, 'two', dict(form, keywords='k'), True)
    assert [(e.category, e.target.id, e.author, e.comment) for e in events] \
        == [('changed', id, 'user', 'two')]
    assert sorted(events[0].changes['fields']) == ['comment', 'keywords']


def test_failing_notifications_are_logged(rpc, env, id, form, monkeypatch,
                                          caplog):
    def fail(self, event):
        raise OSError('no mail')
    monkeypatch.setattr(NotificationSystem, 'notify', fail)
    rpc.user.ticket.update(id, 'one', form, True)
    assert len(changes(env, id)) == 1
    assert 'no mail' in caplog.text


def test_replies(rpc, env, id):
    update = rpc.user.ticket.update
    update(id, 'one', {'action': 'leave'})
    update(id, 'two', {'action': 'leave', 'replyto': '1'})
    update(id, 'three', {'action': 'leave', 'replyto': 2})
    update(id, 'four', {'action': 'leave', 'replyto': 'description'})
    assert [row[3] for row in changes(env, id)] == ['1', '1.2', '2.3',
                                                    'description.4']
    with rpc.fault(1, 'Invalid comment threading identifier'):
        update(id, 'five', {'action': 'leave', 'replyto': 'x'})


# T1

@pytest.mark.parametrize('name', [
    'nofld', 'id', 'comment', '_old', 'fields', 'summary=1--', 'Summary', '',
    'sum mary', "x'; DROP TABLE ticket; --", '__class__', 'checkbox_flag'])
def test_T1_unknown_names_are_refused(rpc, env, id, name):
    with rpc.fault(1) as fault:
        rpc.admin.ticket.update(id, 'c', {'keywords': 'k', name: 'x'})
    assert fault.text == ('"%s" is not a ticket field (no such column: %s)'
                          % (name, name))
    assert untouched(env, id)


def test_T1_with_action_they_are_inputs(rpc, env, id):
    rpc.user.ticket.update(id, 'c', {
        'action': 'leave', 'nofld': 'x', 'id': 5, 'comment': 'other',
        'fields': [1], 'values': True, 'field_summary': 'z', '_old': START})
    assert [row[4] for row in changes(env, id)] == ['c']
    with rpc.fault(1) as fault:
        rpc.user.ticket.update(id, 'c', {'action': 'leave', 'x': {'a': 1}})
    assert fault.text == \
        'The workflow input x is invalid: a struct is not a text'


# T2

def test_T2_everything_wrong_is_told_at_once(rpc, env, id, form):
    with rpc.fault(1) as fault:
        rpc.user.ticket.update(id, '', dict(
            form, milestone='nope', summary='', keywords=[1]))
    assert fault.text == (
        'The ticket field keywords is invalid: an array is not a text '
        'The ticket field milestone is invalid: "nope" is not a valid value '
        'The ticket field summary is invalid: Tickets must contain a '
        'summary.')
    assert untouched(env, id)


def test_T2_missing_rights(rpc, env, id, form):
    update = rpc.anonymous.ticket.update
    for attributes, comment, text in (
            ({}, 'c', 'No permissions to add a comment.'),
            ({'keywords': 'k'}, '', 'No permission to change ticket fields.'),
            ({'owner': 'x'}, '', 'No permission to change ticket fields.'),
            ({'description': 'd'}, '',
             'No permission to edit the ticket description.'),
            ({'reporter': 'r'}, '',
             'No permission to change the ticket reporter.')):
        with rpc.fault(403) as fault:
            update(id, comment, dict(attributes, **form))
        assert fault.text == text
    with rpc.fault(403) as fault:
        update(id, 'c', dict(form, keywords='k', description='d',
                             reporter='r', milestone='nope'))
    assert fault.text == (
        'No permission to edit the ticket description. '
        'No permission to change the ticket reporter. '
        'No permission to change ticket fields. '
        'No permissions to add a comment. '
        'The ticket field milestone is invalid: "nope" is not a valid value')
    assert untouched(env, id)


def test_T2_rights_are_those_of_the_form(rpc, env, id, form):
    revoke(env, 'authenticated', 'TICKET_MODIFY')
    grant(env, 'bob', 'TICKET_APPEND')
    bob = rpc.as_user('bob').ticket
    bob.update(id, 'c', form)
    with rpc.fault(403):
        bob.update(id, '', dict(form, keywords='k'))
    grant(env, 'joe', 'TICKET_CHGPROP')
    joe = rpc.as_user('joe').ticket
    joe.update(id, '', dict(form, keywords='k'))
    with rpc.fault(403):
        joe.update(id, 'c', form)
    with rpc.fault(403):
        joe.update(id, '', dict(form, description='x'))
    grant(env, 'joe', 'TICKET_EDIT_DESCRIPTION')
    joe.update(id, '', dict(form, description='x'))
    with rpc.fault(403):
        joe.update(id, '', dict(form, reporter='x'))
    rpc.admin.ticket.update(id, '', dict(form, reporter='x'))
    assert stored(env, id)['reporter'] == 'x'


def test_T2_rights_may_differ_by_ticket(rpc, env, id, form, components):
    other = new_ticket(env)
    hide(env, components, 'ticket', id, 'TICKET_CHGPROP')
    with rpc.fault(403):
        rpc.user.ticket.update(id, '', dict(form, keywords='k'))
    rpc.user.ticket.update(other, '', dict(form, keywords='k'))
    assert untouched(env, id)


def test_T2_hidden_milestones(rpc, env, id, form, components):
    hide(env, components, 'milestone', 'milestone2', 'MILESTONE_VIEW')
    with rpc.fault(1) as fault:
        rpc.user.ticket.update(id, '', dict(form, milestone='milestone2'))
    assert fault.text == ('The ticket field milestone is invalid: '
                          '"milestone2" is not a valid value')
    rpc.admin.ticket.update(id, '', dict(form, milestone='milestone2'))
    # to keep it needs nothing
    rpc.user.ticket.update(id, 'c', dict(form, milestone='milestone2'))
    rpc.user.ticket.update(id, '', dict(form, milestone=''))


def manipulator(components):

    class Spam(Component):

        implements(ITicketManipulator)

        seen = None
        calls = 0

        def prepare_ticket(self, req, ticket, fields, actions):
            pass

        def validate_ticket(self, req, ticket):
            Spam.calls += 1
            Spam.seen = dict(req.args)
            if 'spam' in (ticket['keywords'] or ''):
                return [('keywords', Markup('<em>no</em> spam &amp; eggs')),
                        (None, tag.p('at ', tag.b('all')))]
            return []

        def validate_comment(self, req, comment):
            if 'spam' in comment:
                yield tag('no ', tag.b('spam'), ' in comments')

    return components(Spam)


def test_T2_manipulators_are_asked(rpc, env, id, form, components):
    spam = manipulator(components)
    with rpc.fault(1) as fault:
        rpc.admin.ticket.update(id, 'spam', dict(form, keywords='spam'))
    for text in ('The ticket comment is invalid: no spam in comments',
                 'The ticket field keywords is invalid: no spam & eggs',
                 'at all'):
        assert text in fault.text
    assert '<' not in fault.text
    assert untouched(env, id)
    rpc.user.ticket.update(id, 'ham', dict(form, keywords='ham'))
    assert spam.seen['comment'] == 'ham'
    assert spam.seen['field_keywords'] == 'ham'
    assert spam.seen['action'] == 'leave'
    assert spam.seen['submit']
    assert spam.seen['view_time'] == spam.seen['start_time'] == \
        str(to_utimestamp(START))
    assert 'preview' not in spam.seen


def test_T2_clients_do_not_forge_the_forms_arguments(rpc, env, id,
                                                     components):
    spam = manipulator(components)
    rpc.user.ticket.update(id, 'ham', {
        'action': 'leave', 'comment': 'x', 'view_time': '1', 'submit': '',
        'preview': '1', 'author': 'x', 'field_keywords': 'x',
        'start_time': '2', 'edited_comment': 'x', 'extra': True, 'none': None,
        'number': 5, 'when': START, 'keywords': 'k'})
    assert spam.seen['comment'] == 'ham'
    assert spam.seen['view_time'] == str(to_utimestamp(START))
    assert spam.seen['field_keywords'] == 'k'
    for name in ('preview', 'author', 'edited_comment'):
        assert name not in spam.seen
    assert (spam.seen['extra'], spam.seen['none'], spam.seen['number']) == \
        ('1', '', '5')
    assert spam.seen['when'].startswith('2020-01-02T03:04:05')


def test_T2_without_ticket_view_nothing_is_saved(rpc, env, id, form,
                                                 components):
    hide(env, components, 'ticket', id, 'TICKET_VIEW')
    with rpc.fault(403, 'TICKET_VIEW'):
        rpc.user.ticket.update(id, 'c', dict(form, keywords='k'))
    assert untouched(env, id)


def test_T8_the_answer_needs_no_second_permission(rpc, env, id, form,
                                                  components):
    # a policy that hides a ticket once it is changed
    policy(env, components, lambda action, user, resource:
           False if action == 'TICKET_VIEW' and user == 'user' and
           changes(env, id) else None)
    assert rpc.user.ticket.update(id, 'c', form)[0] == id
    with rpc.fault(403):
        rpc.user.ticket.get(id)


def test_the_component_changes_the_owner_as_on_the_web(rpc, env, form):
    for name, owner in (('core', 'cora'), ('docs', 'dora')):
        component = TicketComponent(env)
        component.name, component.owner = name, owner
        component.insert()
    id = new_ticket(env, component='core', owner='cora')
    assert rpc.user.ticket.update(id, '', dict(form, component='docs'))[3][
        'owner'] == 'dora'


# T5

@pytest.mark.parametrize('kind', [int, str])
def test_T5_a_current_token_is_accepted(rpc, env, id, form, kind):
    token = kind(rpc.user.ticket.get(id)[3]['_ts'])
    answer = rpc.user.ticket.update(
        id, 'c', dict(form, _ts=number(rpc, token)))
    token = kind(answer[3]['_ts'])
    rpc.user.ticket.update(id, 'c', dict(form, _ts=number(rpc, token)))
    assert len(changes(env, id)) == 2


def test_T5_a_stale_token_is_refused(rpc, env, id, form):
    token = rpc.user.ticket.get(id)[3]['_ts']
    rpc.user.ticket.update(id, 'first')
    for attributes in ({}, {'keywords': 'k'}, {'milestone': 'nope'}):
        for comment in ('', 'second'):
            with rpc.fault(1) as fault:
                rpc.user.ticket.update(
                    id, comment, dict(attributes, _ts=token, **form))
            assert fault.text == (ACTION if form else PLAIN)
    assert len(changes(env, id)) == 1


def test_T5_stale_before_everything_else(rpc, env, id):
    token = rpc.user.ticket.get(id)[3]['_ts']
    rpc.user.ticket.update(id, '', {'action': 'resolve'})
    with rpc.fault(1, ACTION):
        rpc.user.ticket.update(id, '', {'action': 'resolve', '_ts': token})


def test_T5_odd_tokens_of_the_plain_form(rpc, env, id):
    for token in ('', 0, None, [], False):
        rpc.user.ticket.update(id, 'c', {'_ts': token})
    for token in ('abc', 1, [1], {'a': 'b'}, 1.5, True, START, b'x'):
        with rpc.fault(1) as fault:
            rpc.user.ticket.update(id, 'c', {'_ts': token})
        assert fault.text == PLAIN
    assert len(changes(env, id)) == 5


def test_T5_odd_tokens_of_the_action_form(rpc, env, id):
    def update(token):
        return rpc.user.ticket.update(id, 'c', {'action': 'leave',
                                                '_ts': token})
    for token, shown in (('', ''), ('abc', 'abc'), (None, 'None'),
                         ('1' * 40, '1' * 40), ([], '[]'), ('1 2', '1 2')):
        with rpc.fault(1) as fault:
            update(token)
        assert fault.text == ("RPC ticket.update: Wrong '_ts' token in "
                              "attributes ('%s')." % shown)
    for token in (0, 1, '5', ' 7 ', True):
        with rpc.fault(1) as fault:
            update(token)
        assert fault.text == ACTION
    assert untouched(env, id)


def racing(monkeypatch, env, times):
    """Let somebody else change the ticket between reading and saving, that
    many times."""
    save = ticket_update.TicketUpdate._save
    left = [times]

    def race(self, form, *args):
        if left[0]:
            left[0] -= 1
            change_ticket(env, self.id, 'race %d' % left[0], keywords='race',
                          when=START + (times - left[0]) * DAY)
        return save(self, form, *args)
    monkeypatch.setattr(ticket_update.TicketUpdate, '_save', race)


def test_T5_a_race_is_lost_with_a_token(rpc, env, id, form, monkeypatch):
    token = rpc.user.ticket.get(id)[3]['_ts']
    racing(monkeypatch, env, 1)
    with rpc.fault(1) as fault:
        rpc.user.ticket.update(id, 'mine', dict(form, _ts=token,
                                                keywords='mine'))
    assert fault.text == (ACTION if form else PLAIN)
    assert Ticket(env, id)['keywords'] == 'race'
    assert [row[4] for row in changes(env, id)] == ['race 0', 'race']


def test_T5_a_race_is_run_again_without_token(rpc, env, id, form,
                                              monkeypatch):
    racing(monkeypatch, env, 3)
    rpc.user.ticket.update(id, 'mine', dict(form, keywords='mine'))
    log = [row[2:] for row in changes(env, id) if row[1] == 'user']
    assert log == [('comment', '4', 'mine'), ('keywords', 'race', 'mine')]


def test_T5_a_race_is_won_in_the_end(rpc, env, id, form, monkeypatch):
    racing(monkeypatch, env, ticket_update._ATTEMPTS)
    rpc.user.ticket.update(id, 'mine', dict(form, keywords='mine'))
    assert Ticket(env, id)['keywords'] == 'mine'


def test_T5_deleted_meanwhile(rpc, env, id, form, monkeypatch):
    save = ticket_update.TicketUpdate._save

    def race(self, *args):
        env.db_transaction("DELETE FROM ticket WHERE id=%s", (self.id,))
        return save(self, *args)
    monkeypatch.setattr(ticket_update.TicketUpdate, '_save', race)
    with rpc.fault(404):
        rpc.user.ticket.update(id, 'mine', form)
    assert changes(env, id) == []


def test_T5_nothing_is_half_stored(rpc, env, id, form, components):

    class Listener(Component):

        implements(ITicketChangeListener)

        def ticket_created(self, ticket):
            pass

        def ticket_changed(self, ticket, comment, author, old_values):
            raise RuntimeError('listener')

        def ticket_deleted(self, ticket):
            pass

    components(Listener)
    with rpc.fault(1, 'listener'):
        rpc.user.ticket.update(id, 'c', dict(form, keywords='k'))
    assert untouched(env, id)


# T6

def test_T6_two_changes_in_the_same_microsecond(rpc, env, id, form,
                                                monkeypatch):
    monkeypatch.setattr(ticket_update, 'datetime_now', lambda tz: START)
    for _ in range(3):
        rpc.user.ticket.update(id, 'c', form)
    assert [row[0] - to_utimestamp(START) for row in changes(env, id)] == \
        [1, 2, 3]
    assert stored(env, id)['changetime'] == to_utimestamp(START) + 3


def test_T6_a_clock_behind_the_tickets(rpc, env, id, form, monkeypatch):
    monkeypatch.setattr(ticket_update, 'datetime_now', lambda tz: START - DAY)
    rpc.user.ticket.update(id, 'c', form)
    assert stored(env, id)['changetime'] == to_utimestamp(START) + 1


def test_T6_when_equal_to_an_existing_change(rpc, env, id, form):
    when = (START + DAY).replace(microsecond=0)
    change_ticket(env, id, 'a', when=when)
    for _ in range(2):
        rpc.admin.ticket.update(id, 'c', form, False, '', when)
    assert [row[0] - to_utimestamp(when) for row in changes(env, id)] == \
        [0, 1, 2]
    assert stored(env, id)['changetime'] == to_utimestamp(when) + 2


def test_T6_history_is_imported_as_given(rpc, env, id, form):
    last = (START + 9 * DAY).replace(microsecond=0)
    change_ticket(env, id, 'last', when=last)
    token = rpc.admin.ticket.get(id)[3]['_ts']
    for n in (3, 2, 2, 5):
        when = (START + n * DAY).replace(microsecond=0)
        answer = rpc.admin.ticket.update(id, 'c%d' % n, form, False, 'old',
                                         when)
    base = to_utimestamp(START.replace(microsecond=0))
    assert [((row[0] - base) // 86400000000, (row[0] - base) % 86400000000)
            for row in changes(env, id)] == [(2, 0), (2, 1), (3, 0), (5, 0),
                                             (9, 0)]
    # changetime never goes back, and each import is noticed
    assert stored(env, id)['changetime'] == to_utimestamp(last) + 4
    assert answer[3]['_ts'] == str(to_utimestamp(last) + 4)
    assert rpc.admin.ticket.getRecentChanges(last) == [id]
    with rpc.fault(1):
        rpc.admin.ticket.update(id, 'c', dict(form, _ts=token))


def test_T6_when_of_creation(rpc, env, form):
    start = START.replace(microsecond=0)
    id = new_ticket(env, start)
    rpc.admin.ticket.update(id, 'c', form, False, '', start)
    assert changes(env, id)[0][0] == to_utimestamp(start)
    assert stored(env, id)['changetime'] == to_utimestamp(start) + 1


def test_T6_dates_before_1970(rpc, env, id, form):
    when = datetime(1950, 1, 1, tzinfo=utc)
    rpc.admin.ticket.update(id, 'c', form, False, '', when)
    assert rpc.admin.ticket.changeLog(id)[0][0] == when


def test_when_is_for_admins(rpc, env, id, form):
    rpc.user.ticket.update(id, 'c', form, False, '', START + DAY)
    assert changes(env, id)[0][0] > to_utimestamp(START + 2 * DAY)
    with rpc.fault(1, '"when"'):
        rpc.admin.ticket.update(id, 'c', form, False, '', 'junk')


# author

def test_author(rpc, env, id, form):
    grant(env, 'anonymous', 'TICKET_APPEND')
    for client, author, expected in (
            (rpc.user, 'bob', 'user'), (rpc.user, '', 'user'),
            (rpc.admin, 'bob', 'bob'), (rpc.admin, '', 'admin'),
            (rpc.anonymous, 'joe', 'joe'),
            (rpc.anonymous, '', 'anonymous'),
            (rpc.admin, None, 'admin')):
        client.ticket.update(id, 'c', form, False, author)
        assert changes(env, id)[-1][1] == expected


def test_anonymous_authors_reach_the_workflow(rpc, env, id):
    grant(env, 'anonymous', 'TICKET_MODIFY')
    answer = rpc.anonymous.ticket.update(id, '', {'action': 'accept'}, False,
                                         'joe@example.org')
    assert answer[3]['owner'] == 'joe@example.org'


# T7

def test_T7_values(rpc, env, form):
    custom_fields(env, flag={'type': 'checkbox', 'value': '0'},
                  text={'type': 'text'}, due={'type': 'time'},
                  day={'type': 'time', 'format': 'date'})
    id = new_ticket(env)

    def set_to(**attributes):
        return rpc.user.ticket.update(id, '', dict(attributes, **form))[3]
    assert set_to(flag=True)['flag'] == '1'
    assert set_to(flag=False)['flag'] == '0'
    assert set_to(flag=1)['flag'] == '1'
    assert set_to(flag='0')['flag'] == '0'
    assert set_to(text=7)['text'] == '7'
    assert set_to(text=0)['text'] == '0'
    assert set_to(text=1.5)['text'] == '1.5'
    assert set_to(text=True)['text'] == '1'
    assert set_to(text=None)['text'] == ''
    second = START.replace(microsecond=0)
    assert set_to(due=second)['due'] == second
    assert not set_to(due=None)['due']
    assert set_to(due='2020-01-02T03:04:05Z')['due'] == second
    for empty in ('', 0, False, ' '):
        assert not set_to(due=empty)['due']
        set_to(due=second)
    assert set_to(day='2020-01-02')['day'].year == 2020
    assert set_to(keywords=None)['keywords'] == ''


def test_T7_the_users_date_format(rpc, env, form):
    custom_fields(env, due={'type': 'time'})
    id = new_ticket(env)
    with env.db_transaction as db:
        db("INSERT INTO session VALUES ('user', 1, 0)")
        db("""INSERT INTO session_attribute
              VALUES ('user', 1, 'tz', 'GMT +5:00')""")
    answer = rpc.user.ticket.update(
        id, '', dict(form, due='2020-01-02 08:00'))
    assert answer[3]['due'] == datetime(2020, 1, 2, 3, tzinfo=utc)


@pytest.mark.parametrize('value, text', [
    ([1], 'an array is not a text'), ([], 'an array is not a text'),
    ({'a': 1}, 'a struct is not a text'), (b'x', 'base64 data is not a text'),
    (START, 'a date is not a text')])
def test_T7_wrong_values_name_the_field(rpc, env, id, form, value, text):
    with rpc.fault(1) as fault:
        rpc.admin.ticket.update(id, 'c', dict(form, keywords=value))
    assert fault.text == 'The ticket field keywords is invalid: ' + text
    assert untouched(env, id)


@pytest.mark.parametrize('value', ['someday', 5, True, [1], {}, b'1',
                                   '1' * 1000000])
def test_T7_wrong_times_name_the_field(rpc, env, form, value):
    custom_fields(env, due={'type': 'time'})
    id = new_ticket(env)
    with rpc.fault(1, 'The ticket field '):
        rpc.admin.ticket.update(id, 'c', dict(form, due=value))
    assert untouched(env, id)


def test_T7_times_of_the_ticket_are_dropped(rpc, env, id, form):
    for value in (START - DAY, 'junk', ['x']):
        rpc.user.ticket.update(id, 'c', dict(form, time=value,
                                             changetime=value))
    assert rpc.user.ticket.get(id)[1].replace(microsecond=0) == \
        START.replace(microsecond=0)


def test_T7_sizes(rpc, env, id, form):
    env.config.set('ticket', 'max_comment_size', '10')
    with rpc.fault(1, 'The ticket comment is invalid: Must be less than or '
                      'equal to 10 characters'):
        rpc.user.ticket.update(id, 'x' * 11, form)
    assert untouched(env, id)


def test_options_that_do_not_allow_nothing(rpc, env, id, form):
    with rpc.fault(1, 'priority is invalid: field cannot be empty'):
        rpc.user.ticket.update(id, '', dict(form, priority=''))
    rpc.user.ticket.update(id, '', dict(form, milestone=None))
