# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""What the tests of tickets need: tickets, and rules about who may what."""

from datetime import datetime, timedelta

from trac.core import Component, implements
from trac.perm import IPermissionPolicy
from trac.ticket.default_workflow import ConfigurableTicketWorkflow
from trac.ticket.model import Ticket
from trac.util.datefmt import utc

START = datetime(2020, 1, 2, 3, 4, 5, 678901, tzinfo=utc)


def new_ticket(env, when=START, **values):
    """Store a ticket, not by way of the workflow; return its id."""
    ticket = Ticket(env)
    for name, value in dict({'summary': 'one', 'status': 'new',
                             'reporter': 'user', 'owner': 'ann'},
                            **values).items():
        ticket[name] = value
    return ticket.insert(when)


def change_ticket(env, id, comment='', author='ann', when=None, **values):
    """Change a ticket, past everything that the tested code does."""
    ticket = Ticket(env, id)
    for name, value in values.items():
        ticket[name] = value
    ticket.save_changes(author, comment, when or START + timedelta(days=1))


def stored(env, id):
    """The columns of a ticket that were stored, and its custom fields."""
    names = ('summary', 'description', 'status', 'resolution', 'owner',
             'reporter', 'milestone', 'changetime')
    rows = env.db_query("SELECT %s FROM ticket WHERE id=%%s"
                        % ','.join(names), (id,))
    values = dict(zip(names, rows[0]))
    values.update(env.db_query(
        "SELECT name, value FROM ticket_custom WHERE ticket=%s", (id,)))
    return values


def changes(env, id):
    """`(time, author, field, old, new)` of all changes of a ticket."""
    return env.db_query("""
        SELECT time, author, field, oldvalue, newvalue FROM ticket_change
        WHERE ticket=%s ORDER BY time, field
        """, (id,))


def custom_fields(env, **fields):
    """Configure custom fields: `due={'type': 'time', 'format': 'date'}`."""
    for name, options in fields.items():
        env.config.set('ticket-custom', name, options.pop('type'))
        for option, value in options.items():
            env.config.set('ticket-custom', '%s.%s' % (name, option), value)
    _forget_fields(env)


def workflow(env, text):
    """Configure a workflow, given as in trac.ini."""
    for option, _ in list(env.config.options('ticket-workflow')):
        env.config.remove('ticket-workflow', option)
    for line in text.strip().splitlines():
        option, _, value = line.partition('=')
        env.config.set('ticket-workflow', option.strip(), value.strip())
    controller = ConfigurableTicketWorkflow(env)
    controller.actions = controller.get_all_actions()
    _forget_fields(env)


def _forget_fields(env):
    from trac.ticket.api import TicketSystem
    system = TicketSystem(env)
    system.reset_ticket_fields()
    del system.custom_fields


def policy(env, components, decide):
    """Let `decide(action, username, resource)` decide before everything
    else; `None` leaves it to the others."""

    class TestPolicy(Component):

        implements(IPermissionPolicy)

        def check_permission(self, action, username, resource, perm):
            return decide(action, username, resource)

    components(TestPolicy)
    env.config.set('trac', 'permission_policies',
                   'TestPolicy, DefaultWikiPolicy, DefaultTicketPolicy, '
                   'DefaultPermissionPolicy, LegacyAttachmentPolicy')


def hide(env, components, realm, id, action):
    """Deny an action on one resource to everybody but `admin`."""
    def decide(asked, username, resource):
        if resource and asked == action and username != 'admin' and \
                (resource.realm, str(resource.id)) == (realm, str(id)):
            return False
        return None
    policy(env, components, decide)


def number(rpc, value):
    """An int as clients send it that write no `<i8>`."""
    wide = rpc.protocol == 'xml' and isinstance(value, int) and \
        not -1 << 31 <= value < 1 << 31
    return str(value) if wide else value
