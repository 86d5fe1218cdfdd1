# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""The workflow: what `ticket.getActions` tells of it, and what
`ticket.update` does with it."""

import pytest
from trac.core import Component, implements
from trac.ticket.api import ITicketActionController
from trac.util.html import Markup, tag
from trac.util.translation import tag_

import tracrpc.ticket  # noqa: F401 - its components
from tracrpc.tests.support import grant, revoke
from tracrpc.tests.tickets import change_ticket, changes, hide, new_ticket, \
    stored, workflow
from tracrpc.workflow import plain_text, read_controls


@pytest.fixture
def id(env):
    return new_ticket(env)


def state(env, id):
    ticket = stored(env, id)
    return ticket['status'], ticket['resolution'] or '', ticket['owner'] or ''


def controllers(env, components, *classes):
    """Enable action controllers besides Trac's own."""
    components(*classes)
    env.config.set('ticket', 'workflow', ','.join(
        ['ConfigurableTicketWorkflow'] + [cls.__name__ for cls in classes]))


class Controller:
    """What the controllers of the tests have in common; made a component by
    them."""

    action = 'leave'
    weight = 0
    rendered = ('label', None, None)
    changes: dict = {}

    def get_ticket_actions(self, req, ticket):
        return [(self.weight, self.action)]

    def get_all_status(self):
        return []

    def render_ticket_action_control(self, req, ticket, action):
        return self.rendered

    def get_ticket_changes(self, req, ticket, action):
        return self.changes

    def apply_action_side_effects(self, req, ticket, action):
        pass


# getAvailableActions, getActions

def test_available_actions(rpc, env, id):
    assert rpc.user.ticket.getAvailableActions(id) == [
        'leave', 'resolve', 'reassign', 'accept']
    assert rpc.anonymous.ticket.getAvailableActions(id) == ['leave']
    change_ticket(env, id, status='closed')
    assert rpc.user.ticket.getAvailableActions(id) == ['leave', 'reopen']


def test_actions(rpc, env, id):
    assert rpc.user.ticket.getActions(id) == [
        ['leave', 'leave', 'The owner will remain ann.', []],
        ['resolve', 'resolve', "The resolution will be set. Next status will "
                               "be 'closed'.",
         [['action_resolve_resolve_resolution', 'fixed',
           ['fixed', 'invalid', 'wontfix', 'duplicate', 'worksforme']]]],
        ['reassign', 'reassign', "The owner will be changed from ann to the "
                                 "specified user. Next status will be "
                                 "'assigned'.",
         [['action_reassign_reassign_owner', 'user', []]]],
        ['accept', 'accept', "The owner will be changed from ann to user. "
                             "Next status will be 'accepted'.", []]]


def test_T8_hints_are_plain_text(rpc, env):
    id = new_ticket(env, owner='< default >')
    for action in rpc.user.ticket.getActions(id):
        assert 'span' not in action[2] and '&lt;' not in action[2]
    assert 'from < default > to user' in rpc.user.ticket.getActions(id)[3][2]
    id = new_ticket(env, owner='<b>&amp;</b>')
    assert 'from <b>&amp;</b> to user' in \
        rpc.user.ticket.getActions(id)[3][2]


def test_actions_of_a_workflow_with_fixed_values(rpc, env, id):
    workflow(env, """
        leave = * -> *
        leave.operations = leave_status
        leave.default = 9
        wontfix = new -> closed
        wontfix.label = won't fix & forget
        wontfix.operations = set_resolution
        wontfix.set_resolution = wontfix
        give = new -> assigned
        give.operations = set_owner
        give.set_owner = ann,bob
    """)
    assert rpc.user.ticket.getActions(id)[1:] == [
        ['wontfix', "won't fix & forget",
         "The resolution will be set to wontfix. Next status will be "
         "'closed'.",
         [['action_wontfix_resolve_resolution', 'wontfix', []]]],
        ['give', 'give', "The owner will be changed from ann to the selected "
                         "user. Next status will be 'assigned'.",
         [['action_give_reassign_owner', '', ['ann', 'bob']]]]]


def test_actions_of_third_parties(rpc, env, id, components):
    class First(Controller, Component):
        implements(ITicketActionController)
        rendered = ('first', Markup(
            '<p>Unclosed <INPUT type=text name="a&amp;b" value="1 &lt; 2">'
            '<select name=sel><option>one<option value="2" selected>two'
            '</select><input value="no name"><select name="empty"></select>'
            '<textarea name="area">x</textarea><button name=b>y</button>'
            '<!-- <input name="comment"> --><script>"<input name=s>"'
            '</script>'), Markup('<b>First</b> &amp; &quot;foremost&quot;...'))

    class Second(Controller, Component):
        implements(ITicketActionController)
        rendered = ('second', tag(tag.input(type='checkbox', name='box',
                                            value='on'), None, 5),
                    tag_("by %(who)s", who=tag.em('<me>')))

    class Third(Controller, Component):
        implements(ITicketActionController)
        rendered = ('third', '<input name="text" value="of str">', '')

    controllers(env, components, First, Second, Third)
    actions = {action[0]: action[1:]
               for action in rpc.user.ticket.getActions(id)}
    label, hints, controls = actions['leave']
    assert label == 'leave'
    assert hints == ('The owner will remain ann. First & "foremost". '
                     'by <me>.')
    assert controls == [['a&b', '1 < 2', []], ['sel', '2', ['one', '2']],
                        ['empty', '', []], ['box', 'on', []],
                        ['text', 'of str', []]]


def test_controls_that_are_too_long_are_left_out(rpc, env, id, components,
                                                 caplog):
    class Long(Controller, Component):
        implements(ITicketActionController)
        action = 'long'
        rendered = ('long', Markup('<a b="' * 100000), 'hint')

    controllers(env, components, Long)
    actions = {action[0]: action[1:]
               for action in rpc.user.ticket.getActions(id)}
    assert actions['long'] == ['long', 'hint.', []]
    assert "'long' are left out" in caplog.text
    # and it does not hinder the action
    rpc.user.ticket.update(id, 'c', {'action': 'long'})


def test_hostile_owners_cost_no_time(rpc, env):
    id = new_ticket(env, owner='<a b="' * 20000)
    assert len(rpc.user.ticket.getActions(id)) == 4


def test_actions_without_controller(rpc, env, id, monkeypatch):
    from trac.ticket.api import TicketSystem
    monkeypatch.setattr(TicketSystem, 'get_available_actions',
                        lambda self, req, ticket: ['odd'])
    assert rpc.user.ticket.getActions(id) == [['odd', 'odd', '', []]]


def test_read_controls_of_a_browser():
    controls = read_controls(
        '<input name=a type=checkbox><input name=b type=CHECKBOX checked>'
        '<input name=c type=radio value=1 checked><input name=d type=submit>'
        '<input name=e value=x disabled><select name=f><option>1</option>'
        '<option>2</option></select><option>stray</option></select>'
        '<select name=g></select>')
    assert [(c.name, c.sent) for c in controls] == [
        ('a', None), ('b', 'on'), ('c', '1'), ('d', None), ('e', None),
        ('f', '1'), ('g', None)]
    assert controls[5].value == ''
    assert read_controls('') == []


def test_plain_text():
    assert plain_text(None) == ''
    assert plain_text(tag('a', tag.b('<'), Markup('<i>&gt;</i>'), 3)) == \
        'a<>3'
    assert plain_text('a < b &amp;') == 'a < b &amp;'


# update with an action

def test_actions_are_taken(rpc, env, id):
    rpc.user.ticket.update(id, '', {
        'action': 'reassign', 'action_reassign_reassign_owner': 'bob'})
    assert state(env, id) == ('assigned', '', 'bob')
    rpc.user.ticket.update(id, '', {'action': 'accept'})
    assert state(env, id) == ('accepted', '', 'user')
    rpc.user.ticket.update(id, '', {
        'action': 'resolve', 'action_resolve_resolve_resolution': 'wontfix'})
    assert state(env, id) == ('closed', 'wontfix', 'user')
    rpc.user.ticket.update(id, '', {'action': 'reopen'})
    assert state(env, id) == ('reopened', '', 'user')


def test_inputs_that_are_left_out_are_those_of_the_form(rpc, env, id):
    rpc.user.ticket.update(id, '', {'action': 'reassign'})
    assert state(env, id) == ('assigned', '', 'user')
    rpc.user.ticket.update(id, '', {'action': 'resolve'})
    assert state(env, id) == ('closed', 'fixed', 'user')
    id = new_ticket(env)
    rpc.user.ticket.update(id, '', {
        'action': 'reassign', 'action_reassign_reassign_owner': ''})
    assert state(env, id) == ('assigned', '', '')


def test_fields_stand_in_for_inputs(rpc, env, id):
    rpc.user.ticket.update(id, '', {'action': 'reassign', 'owner': 'bob'})
    assert state(env, id) == ('assigned', '', 'bob')
    rpc.user.ticket.update(id, '', {'action': 'resolve',
                                    'resolution': 'invalid'})
    assert state(env, id) == ('closed', 'invalid', 'bob')


def test_unavailable_actions(rpc, env, id):
    for action in ('reopen', 'create', 'nope', '', None, ['resolve'], {}, 5):
        with rpc.fault(1) as fault:
            rpc.anonymous.ticket.update(id, 'c', {'action': action})
        assert fault.text == ("Rpc: Ticket %d by anonymous invalid action "
                              "'%s'" % (id, action))
    with rpc.fault(1, "by anonymous invalid action 'resolve'"):
        rpc.anonymous.ticket.update(id, '', {'action': 'resolve'})
    assert changes(env, id) == []


def test_T4_the_resolution_is_the_workflows(rpc, env, id):
    with rpc.fault(1, 'The ticket field resolution is invalid'):
        rpc.admin.ticket.update(id, 'c', {'action': 'leave',
                                          'resolution': 'fixed'})
    rpc.user.ticket.update(id, 'c', {'action': 'leave', 'status': 'closed'})
    assert state(env, id) == ('new', '', 'ann')
    with rpc.fault(1, 'resolution is invalid: "nope" is not a valid value'):
        rpc.user.ticket.update(id, '', {
            'action': 'resolve', 'action_resolve_resolve_resolution': 'nope'})
    with rpc.fault(1, 'resolution'):
        rpc.user.ticket.update(id, '', {'action': 'leave',
                                        'resolution': [1]})
    assert state(env, id) == ('new', '', 'ann')


def test_problems_between_controllers(rpc, env, id, components):
    class Other(Controller, Component):
        implements(ITicketActionController)
        action = 'resolve'
        changes = {'status': 'elsewhere'}

    controllers(env, components, Other)
    with rpc.fault(1, 'Other changed "status" to "elsewhere", but '
                      'ConfigurableTicketWorkflow changed it to "closed".'):
        rpc.user.ticket.update(id, '', {'action': 'resolve'})
    with rpc.fault(1, '"owner"'):
        rpc.user.ticket.update(id, '', {'action': 'accept', 'owner': 'bob'})
    assert changes(env, id) == []


def side_effects(env, components, **attributes):

    class Effects(Controller, Component):

        implements(ITicketActionController)

        done: list = []

        def apply_action_side_effects(self, req, ticket, action):
            Effects.done.append((action, ticket.id, len(changes(
                self.env, ticket.id)), req.args.get('extra')))
            if Effects.fails:
                raise RuntimeError('side effect')
            if Effects.deletes:
                ticket.delete()

        fails = deletes = False

    Effects.done = []
    for name, value in attributes.items():
        setattr(Effects, name, value)
    controllers(env, components, Effects)
    return Effects


def test_T2_side_effects_follow_the_change(rpc, env, id, components):
    effects = side_effects(env, components)
    rpc.user.ticket.update(id, 'c', {'action': 'leave', 'extra': 'x'})
    rpc.user.ticket.update(id, 'c', {})
    rpc.user.ticket.update(id, '', {'action': 'leave'})
    rpc.user.ticket.update(id, '', {'action': 'resolve'})
    assert effects.done == [('leave', id, 1, 'x'), ('leave', id, 2, None),
                            ('leave', id, 2, None)]


def test_T2_no_side_effects_of_what_is_refused(rpc, env, id, components):
    effects = side_effects(env, components)
    for attributes in ({'milestone': 'nope'}, {'_ts': '5'}, {'nofld': 1}):
        with rpc.fault(1):
            rpc.user.ticket.update(id, 'c', dict(attributes))
    assert effects.done == []


def test_T3_side_effects_of_create(rpc, env, components):
    effects = side_effects(env, components, action='create')
    id = rpc.user.ticket.create('one', '', {'action': 'create',
                                            'action_extra': 'x'})
    assert effects.done == [('create', id, 0, None)]


def test_side_effects_that_fail(rpc, env, id, components):
    side_effects(env, components, fails=True)
    with rpc.fault(1, 'side effect'):
        rpc.user.ticket.update(id, 'c', {'action': 'leave'})
    assert changes(env, id) == []  # nothing is half done


def test_side_effects_that_delete_the_ticket(rpc, env, id, components):
    side_effects(env, components, deletes=True)
    answer = rpc.user.ticket.update(id, 'c', {'action': 'leave',
                                              'keywords': 'k'})
    assert answer[0] == id
    assert answer[3]['keywords'] == 'k'
    with rpc.fault(404):
        rpc.user.ticket.get(id)


def test_inputs_of_third_parties(rpc, env, id, components):
    class Effort(Controller, Component):
        implements(ITicketActionController)
        rendered = ('', Markup('<input name="effort" value="3"><input '
                               'type=checkbox name=really value=1>'), '')

        def get_ticket_changes(self, req, ticket, action):
            return {'keywords': '%s %s' % (req.args.get('effort'),
                                           req.args.get('really'))}

    controllers(env, components, Effort)
    answer = rpc.user.ticket.update(id, '', {'action': 'leave'})
    assert answer[3]['keywords'] == '3 None'
    answer = rpc.user.ticket.update(id, '', {'action': 'leave', 'effort': 5,
                                             'really': True})
    assert answer[3]['keywords'] == '5 1'


# T4: update without an action that asks for a status

def test_T4_closing_and_reopening(rpc, env, id):
    update = rpc.user.ticket.update
    update(id, 'c', {'status': 'closed', 'resolution': 'wontfix'})
    assert state(env, id) == ('closed', 'wontfix', 'ann')
    update(id, 'c', {'status': 'reopened', 'resolution': ''})
    assert state(env, id) == ('reopened', '', 'ann')
    update(id, 'c', {'status': 'closed'})
    assert state(env, id) == ('closed', 'fixed', 'ann')
    # all that get gave, but for the status
    attributes = rpc.user.ticket.get(id)[3]
    update(id, '', dict(attributes, status='reopened'))
    assert state(env, id) == ('reopened', '', 'ann')


def test_T4_the_same_status_is_no_change(rpc, env, id):
    rpc.user.ticket.update(id, 'c', {'status': 'new', 'resolution': ''})
    rpc.user.ticket.update(id, 'c', {'status': ' new '})
    assert [row[2] for row in changes(env, id)] == ['comment', 'comment']
    rpc.user.ticket.update(id, '', {'status': 'closed',
                                    'resolution': 'fixed'})
    rpc.user.ticket.update(id, 'c', {'status': 'closed',
                                     'resolution': 'fixed'})
    assert state(env, id) == ('closed', 'fixed', 'ann')


def test_T4_the_owner_is_kept_or_as_asked_for(rpc, env, id):
    update = rpc.user.ticket.update
    update(id, '', {'status': 'assigned'})
    assert state(env, id) == ('assigned', '', 'ann')
    update(id, '', {'status': 'accepted'})
    assert state(env, id) == ('accepted', '', 'user')
    update(id, '', {'status': 'assigned', 'owner': 'bob'})
    assert state(env, id) == ('assigned', '', 'bob')
    update(id, '', {'status': 'closed', 'owner': 'joe'})
    assert state(env, id) == ('closed', 'fixed', 'joe')


def test_T4_the_better_action_is_taken(rpc, env, id):
    workflow(env, """
        leave = * -> *
        leave.operations = leave_status
        grab = new -> work
        grab.operations = set_owner_to_self
        grab.default = 5
        start = new -> work
        fix = new,work -> closed
        fix.operations = set_resolution
        fix.set_resolution = fixed
        fix.default = 3
        refuse = new,work -> closed
        refuse.operations = set_resolution
        refuse.set_resolution = wontfix,invalid
        both = new -> closed
        both.operations = set_owner_to_self, set_resolution
        both.default = 9
    """)
    update = rpc.user.ticket.update
    update(id, '', {'status': 'work'})
    assert state(env, id) == ('work', '', 'ann')
    update(id, '', {'status': 'closed', 'resolution': 'invalid'})
    assert state(env, id) == ('closed', 'invalid', 'ann')
    id = new_ticket(env)
    update(id, '', {'status': 'closed'})
    assert state(env, id) == ('closed', 'fixed', 'ann')
    id = new_ticket(env)
    update(id, '', {'status': 'work', 'owner': 'user'})
    assert state(env, id) == ('work', '', 'user')


def test_T4_its_checks_and_side_effects_run(rpc, env, id, components):
    effects = side_effects(env, components, action='resolve')
    rpc.user.ticket.update(id, '', {'status': 'closed'})
    assert [row[:2] for row in effects.done] == [('resolve', id)]
    with rpc.fault(1, '"nope" is not a valid value'):
        rpc.user.ticket.update(new_ticket(env), '', {
            'status': 'closed', 'resolution': 'nope'})
    assert len(effects.done) == 1


def test_T4_no_action_leads_there(rpc, env, id):
    for client, available in (
            (rpc.user, 'leave (new), resolve (closed), reassign (assigned), '
                       'accept (accepted)'),
            (rpc.anonymous, 'leave (new)')):
        for status in ('reopened', 'nowhere', '', None):
            with rpc.fault(1) as fault:
                client.ticket.update(id, 'c', {'status': status})
            assert fault.text == (
                'No available action leads to the status "%s". Available '
                'actions and where they lead: %s' % (status or '', available))
    with rpc.fault(1, 'leads to the status "closed"'):
        rpc.anonymous.ticket.update(id, '', {'status': 'closed'})
    with rpc.fault(1, 'The ticket field status is invalid: an array'):
        rpc.user.ticket.update(id, '', {'status': ['closed']})
    assert changes(env, id) == []


def test_T4_rights_of_the_action(rpc, env, id):
    revoke(env, 'authenticated', 'TICKET_MODIFY')
    grant(env, 'bob', 'TICKET_APPEND')
    grant(env, 'bob', 'TICKET_CHGPROP')
    with rpc.fault(1, 'No available action'):
        rpc.as_user('bob').ticket.update(id, '', {'status': 'closed'})
    change_ticket(env, id, status='closed', resolution='fixed')
    rpc.as_user('bob').ticket.update(id, '', {'status': 'reopened'})
    assert state(env, id)[:2] == ('reopened', '')


def test_T4_admins_may_set_any_status(rpc, env, id):
    update = rpc.admin.ticket.update
    answer = update(id, 'c', {'status': 'reopened', 'keywords': 'k'})
    assert state(env, id) == ('reopened', '', 'ann')
    assert answer[3]['keywords'] == 'k'
    update(id, '', {'status': 'closed', 'resolution': 'fixed'})
    update(id, '', {'status': 'new'})
    assert state(env, id) == ('new', '', 'ann')  # cleared when left
    update(id, '', {'status': 'closed', 'resolution': 'fixed'})
    update(id, '', {'status': 'closed', 'resolution': 'wontfix'})
    assert state(env, id) == ('closed', 'wontfix', 'ann')
    update(id, '', {'status': 'accepted', 'resolution': ''})
    assert state(env, id) == ('accepted', '', 'ann')
    with rpc.fault(1) as fault:
        update(id, '', {'status': 'nowhere'})
    assert fault.text == ('"nowhere" is no status of the workflow, which '
                          'has: accepted, assigned, closed, new, reopened')
    with rpc.fault(1, '"nope" is not a valid value'):
        update(id, '', {'status': 'new', 'resolution': 'nope'})
    assert state(env, id) == ('accepted', '', 'ann')


def test_T4_the_right_is_that_on_the_ticket(rpc, env, id, components):
    grant(env, 'bob', 'TICKET_ADMIN')
    hide(env, components, 'ticket', id, 'TICKET_ADMIN')
    with rpc.fault(1, 'No available action'):
        rpc.as_user('bob').ticket.update(id, '', {'status': 'reopened'})
    other = new_ticket(env)
    rpc.as_user('bob').ticket.update(other, '', {'status': 'reopened'})


def test_T4_the_resolution_alone(rpc, env, id):
    with rpc.fault(1) as fault:
        rpc.user.ticket.update(id, 'c', {'resolution': 'fixed'})
    assert 'leads to the resolution "fixed"' in fault.text
    with rpc.fault(1):
        rpc.admin.ticket.update(id, 'c', {'resolution': 'fixed'})
    rpc.admin.ticket.update(id, '', {'status': 'closed'})
    with rpc.fault(1):
        rpc.user.ticket.update(id, 'c', {'resolution': 'wontfix'})
    with rpc.fault(1, 'leads to the status "reopened" and the resolution '
                      '"wontfix"'):
        rpc.user.ticket.update(id, 'c', {'status': 'reopened',
                                         'resolution': 'wontfix'})
    assert state(env, id) == ('closed', 'fixed', 'ann')


def test_T4_an_action_may_change_the_resolution_alone(rpc, env):
    workflow(env, """
        leave = * -> *
        leave.operations = leave_status
        amend = closed -> closed
        amend.operations = set_resolution
    """)
    id = new_ticket(env, status='closed', resolution='fixed')
    rpc.user.ticket.update(id, '', {'resolution': 'invalid'})
    assert state(env, id) == ('closed', 'invalid', 'ann')
    rpc.user.ticket.update(id, 'c')
    assert state(env, id) == ('closed', 'invalid', 'ann')


def test_T4_workflows_without_leave(rpc, env, id):
    workflow(env, """
        push = new -> assigned
        push.default = 9
        stay = new,assigned -> *
        stay.operations = leave_status
    """)
    rpc.user.ticket.update(id, 'c', {'keywords': 'k'})
    assert state(env, id) == ('new', '', 'ann')
    workflow(env, """
        push = new -> assigned
        shut = new -> closed
    """)
    with rpc.fault(1) as fault:
        rpc.user.ticket.update(id, 'c', {'keywords': 'k'})
    assert 'push (assigned), shut (closed)' in fault.text or \
        'shut (closed), push (assigned)' in fault.text
    assert len(changes(env, id)) == 2
    rpc.admin.ticket.update(id, 'c', {'keywords': 'l'})
    assert state(env, id) == ('new', '', 'ann')
    rpc.user.ticket.update(id, '', {'status': 'assigned'})
    assert state(env, id) == ('assigned', '', 'ann')


def test_T4_a_leave_that_does_more_is_not_taken(rpc, env, id):
    workflow(env, """
        leave = new -> assigned
        leave.default = 9
        rest = * -> *
        rest.operations = leave_status
    """)
    rpc.user.ticket.update(id, 'c')
    assert state(env, id) == ('new', '', 'ann')


def test_T4_an_action_that_keeps_the_owner_may_change_it(rpc, env):
    workflow(env, """
        reassign = assigned -> assigned
        reassign.operations = set_owner
    """)
    id = new_ticket(env, status='assigned')
    rpc.user.ticket.update(id, 'c')
    assert state(env, id) == ('assigned', '', 'ann')
    rpc.user.ticket.update(id, '', {'owner': 'bob'})
    assert state(env, id) == ('assigned', '', 'bob')
    rpc.user.ticket.update(id, '', {'owner': ''})
    assert state(env, id) == ('assigned', '', '')


def test_T4_a_status_that_the_workflow_lost(rpc, env):
    id = new_ticket(env, status='lost')
    rpc.user.ticket.update(id, 'c', {'status': 'lost', 'keywords': 'k'})
    assert state(env, id)[0] == 'lost'
    rpc.admin.ticket.update(id, 'c', {'status': 'new'})
    assert state(env, id)[0] == 'new'


def test_the_owner_changes_without_the_workflow(rpc, env, id):
    rpc.user.ticket.update(id, '', {'owner': 'bob'})
    assert state(env, id) == ('new', '', 'bob')
