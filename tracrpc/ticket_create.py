# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""Creating tickets, as the form for new tickets does it."""

from trac.ticket.model import Ticket
from trac.util import get_reporter_id
from trac.util.translation import _

from tracrpc.ticket_form import TicketForm, form_text, send_notification
from tracrpc.undo import all_or_nothing
from tracrpc.values import shown


class TicketCreation:
    """A call of `ticket.create`."""

    def __init__(self, env, req, attributes):
        self.env = env
        self.log = env.log
        self.req = req
        self.attributes = attributes
        self.ticket = Ticket(env)
        self.form = TicketForm(env, req, self.ticket)

    def run(self, summary, description, notify=False, when=None):
        """Create the ticket and return its id."""
        self.req.perm('ticket').require('TICKET_CREATE')
        self._set_fields(summary, description)
        self._set_reporter()
        action = self._action()
        if action is not None:
            self.form.apply_action(action)
        self.form.validate()
        self.form.check()
        controllers = self.form.workflow.controllers(action)
        if 'TICKET_ADMIN' not in self.req.perm(self.ticket.resource):
            when = None
        with all_or_nothing(self.env):
            self.ticket.insert(when)
            for controller in controllers:
                controller.apply_action_side_effects(self.req, self.ticket,
                                                     action)
        if notify:
            # the author of the event is who did it, as on the web
            send_notification(self.env, 'created', self.ticket,
                              self.ticket['time'], self.req.authname)
        return self.ticket.id

    def _set_fields(self, summary, description):
        values = {'summary': summary, 'description': description}
        for name, value in self.attributes.items():
            if name in values and value is None:
                continue
            if self.form.is_field(name):
                values[name] = value
            elif name == 'action' or name.startswith('action_'):
                self.form.set_input(name, value)
            elif name not in self.ticket.fields and name != '_ts':
                self.log.warning("ticket.create: %r is not a ticket field "
                                 "(ignored)", shown(name))
        values.pop('reporter', None)
        for name, value in values.items():
            if value is not None:  # the default stays
                self.form.set_field(name, value)

    def _set_reporter(self):
        caller = get_reporter_id(self.req)
        try:
            reporter = form_text(self.attributes.get('reporter')).strip()
        except ValueError as e:
            self.form.field_problem('reporter', e)
            return
        if reporter and reporter != caller and self.req.is_authenticated \
                and 'TICKET_ADMIN' not in self.req.perm(self.ticket.resource):
            self.form.missing_right(_("No permission to change the ticket "
                                      "reporter."))
        self.form.set_field('reporter', reporter or caller)

    def _action(self):
        """The workflow action: the one that the client names, or the first
        available one, as in the form."""
        actions = self.form.workflow.actions()
        action = self.attributes.get('action')
        if action and action not in actions:
            self.form.problem(
                _('The action "%(name)s" is not available.',
                  name=shown(action)) +
                ' Available actions: %s.' % (', '.join(actions) or 'none'))
        elif action or actions:
            return action or actions[0]
        elif 'TICKET_ADMIN' in self.req.perm(self.ticket.resource):
            self.ticket['status'] = 'new'
        else:
            self.form.problem(_("There are no workflow actions defined for "
                                "this ticket's status."))
        return None
