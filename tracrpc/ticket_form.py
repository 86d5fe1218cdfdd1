# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""What Trac's ticket form does with the values that a user enters: it sets
fields, runs the workflow, and validates the whole.
"""

import re
from datetime import datetime
from decimal import Decimal

from trac.core import TracError
from trac.notification.api import NotificationSystem
from trac.perm import PermissionError, PermissionSystem
from trac.resource import Resource
from trac.ticket.model import Ticket
from trac.ticket.notification import TicketChangeEvent
from trac.ticket.web_ui import TicketModule
from trac.util import as_int
from trac.util.datefmt import format_datetime, parse_date, to_utimestamp, \
    user_time, utc
from trac.util.html import tag
from trac.util.text import exception_to_unicode
from trac.util.translation import _, tag_

from tracrpc.binary import Binary
from tracrpc.faults import RPCError
from tracrpc.values import plain_text, shown
from tracrpc.workflow import Workflow

#: How many characters of a text may be a date, in whatever format.
_LONGEST_DATE = 100

# Arguments of the form that mean something to those who read them; clients
# set them by other means, or not at all.
_RESERVED = frozenset((
    'action', 'author', 'cancel_comment', 'cc_update', 'cnum', 'cnum_edit',
    'comment', 'edit_comment', 'edited_comment', 'id', 'preview',
    'preview_comment', 'revert_cc', 'start_time', 'submit', 'view_time',
    '__FORM_TOKEN'))

_line_end_re = re.compile('\r\n|\r|\n')


def form_text(value):
    """The text that the form would have sent for a client's value.

    :raises ValueError: if the value cannot be a text
    """
    if value is None:
        return ''
    if isinstance(value, bool):
        return '1' if value else '0'
    if isinstance(value, str):
        return value
    if isinstance(value, (int, float, Decimal)):
        return str(value)
    for known, name in ((datetime, "a date"), (Binary, "base64 data"),
                        (list, "an array"), (dict, "a struct")):
        if isinstance(value, known):
            raise ValueError("%s is not a text" % name)
    raise ValueError("not a text")


class TicketForm:
    """One submission of the ticket form.

    Problems are collected, so that the client learns all of them at once
    when it comes to `check()`; nothing is stored before.
    """

    def __init__(self, env, req, ticket, comment='', author=''):
        self.env = env
        self.req = req
        self.ticket = ticket
        self.comment = comment
        self.module = TicketModule(env)
        self.workflow = Workflow(env, req, ticket)
        self.problems = []
        self.forbidden = False
        self._prepare_args(author)

    # Problems

    def problem(self, text):
        """Note a problem: a text, `Markup` or `Fragment`."""
        self.problems.append(plain_text(text))

    def field_problem(self, field, message):
        self.problem(tag_("The ticket field %(field)s is invalid: "
                          "%(message)s", field=tag.strong(field),
                          message=plain_text(message)))

    def missing_right(self, text):
        self.problem(text)
        self.forbidden = True

    def check(self):
        """Raise a fault that names all problems, if there are any."""
        if self.problems:
            text = ' '.join(self.problems)
            raise PermissionError(msg=text) if self.forbidden \
                else RPCError(text)

    # Values

    def is_field(self, name):
        """Whether clients may set that field (the other ones belong to the
        workflow)."""
        return name in self.ticket.fields and \
            name not in Ticket.protected_fields

    def set_field(self, name, value):
        """Set a field to a client's value, and the argument of the form."""
        field = self.ticket.fields.by_name(name)
        try:
            if field['type'] == 'time':
                value, text = self._time_value(field, value)
            else:
                value = text = form_text(value)
        except ValueError as e:
            self.field_problem(name, e)
            return
        self.req.args['field_' + name] = text
        if name not in _RESERVED:
            self.req.args[name] = text
        if self._differs(field, value):
            self.ticket[name] = value
            if name == 'milestone' and not field.get('custom'):
                self._restrict_milestone(field, self.ticket[name])

    def set_input(self, name, value):
        """Set an argument of the form that is no field of the ticket, such
        as an input of the workflow."""
        if name in _RESERVED or name.startswith('field_'):
            return
        try:
            self.req.args[name] = self._argument(value)
        except ValueError as e:
            self.problem("The workflow input %s is invalid: %s"
                         % (shown(name), e))

    # Workflow

    def apply_action(self, action):
        """Make the changes of a workflow action, `None` for none at all."""
        args = self.req.args
        args['action'] = action or ''
        if action is not None:
            if 'owner' in self.ticket._old and self.ticket['owner']:
                # a new owner is meant for the action, if it sets one
                args.setdefault('action_%s_reassign_owner' % action,
                                self.ticket['owner'])
            self.workflow.fill_inputs(action)
        changes, problems = self.module.get_ticket_changes(
            self.req, self.ticket, action)
        for text in problems:
            self.problem(text)
        for name in changes:
            self.ticket[name] = changes[name]['new']

    # Validation

    def validate(self):
        """Check rights and values as the form does, in its order."""
        if self.ticket.exists:
            self._check_rights()
            self._check_replyto()
        for manipulator in self.module.ticket_manipulators:
            if self.ticket.exists and hasattr(manipulator,
                                              'validate_comment'):
                for message in manipulator.validate_comment(
                        self.req, self.comment) or ():
                    self.problem(tag_("The ticket comment is invalid: "
                                      "%(message)s",
                                      message=plain_text(message)))
            for field, message in manipulator.validate_ticket(
                    self.req, self.ticket) or ():
                if field and not self._is_bare(field):
                    self.field_problem(field, message)
                else:
                    self.problem(message)

    # Internal methods

    def _prepare_args(self, author):
        args = self.req.args
        args.clear()
        args['submit'] = 'Submit changes'
        args['comment'] = self.comment
        if author:
            args['author'] = author
        if self.ticket.exists:
            args['id'] = str(self.ticket.id)
            args['view_time'] = args['start_time'] = \
                str(to_utimestamp(self.ticket['changetime']))

    def _time_value(self, field, value):
        """A client's value of a time field, and the text for the form."""
        if isinstance(value, datetime):
            return value, format_datetime(value, 'iso8601', utc)
        if not value and isinstance(value, (int, type(None))):
            return None, ''
        text = form_text(value).strip()
        if not text:
            return None, ''
        if len(text) > _LONGEST_DATE:  # Trac would take minutes to read it
            raise ValueError("the text is too long for a date")
        try:
            return user_time(self.req, parse_date, text,
                             hint=field.get('format')), text
        except TracError:
            return text, text  # the validation tells what is wrong
        except OverflowError:
            raise ValueError("the date is out of range") from None

    def _argument(self, value):
        if isinstance(value, datetime):
            return format_datetime(value, 'iso8601', utc)
        if isinstance(value, list):
            return [form_text(each) for each in value]
        return form_text(value)

    def _differs(self, field, value):
        """Whether a value is another one than the ticket's. To send back what
        was read is no change: line ends may differ, and XML-RPC's dates have
        no fractions."""
        current = self.ticket[field['name']]
        if not value and not current:
            return False
        if isinstance(value, str) and isinstance(current, str):
            current = _line_end_re.sub('\r\n', current)
            return value.strip() != current.strip() or \
                field['type'] == 'textarea' and value != current
        if isinstance(value, datetime) and isinstance(current, datetime):
            return value not in (current, current.replace(microsecond=0))
        return True

    def _restrict_milestone(self, field, name):
        """Leave out a milestone that the form would not offer the user."""
        if name in field.get('options', ()) and \
                not may_set_milestone(self.env, self.req, name):
            field['options'].remove(name)

    def _check_rights(self):
        perm = self.req.perm(self.ticket.resource)
        # the rights to the other two are the workflow's business
        changed = set(self.ticket._old) - {'status', 'resolution'}
        for name, action, text in (
                ('description', 'TICKET_EDIT_DESCRIPTION',
                 _("No permission to edit the ticket description.")),
                ('reporter', 'TICKET_ADMIN',
                 _("No permission to change the ticket reporter."))):
            if name in changed and action not in perm:
                self.missing_right(text)
            changed.discard(name)
        if changed and 'TICKET_CHGPROP' not in perm:
            self.missing_right(_("No permission to change ticket fields."))
        if self.comment and 'TICKET_APPEND' not in perm:
            self.missing_right(_("No permissions to add a comment."))

    def _check_replyto(self):
        replyto = self.req.args.get('replyto') or 0
        if replyto != 'description' and as_int(replyto, None) is None:
            self.problem(_("Invalid comment threading identifier"))

    def _is_bare(self, field):
        """Whether a new ticket has no summary, which clients know by the
        message alone."""
        return field == 'summary' and not self.ticket.exists and \
            not self.ticket['summary']


def may_set_milestone(env, req, name):
    """Whether the ticket form offers the milestone to the user."""
    action = 'TICKET_CHG_MILESTONE'
    resource = Resource('milestone', name)
    perm = req.perm(resource)
    if action in perm:
        return True
    # Nobody may have granted it just because Trac's own policy is missing.
    system = PermissionSystem(env)
    for policy in system.policies:
        decision = policy.check_permission(action, req.authname, resource,
                                           perm)
        if decision is not None:
            return decision
    return action not in system.actions and 'MILESTONE_VIEW' in perm


def send_notification(env, category, ticket, time, author, comment=None):
    """Notify the subscribers; a failure is only logged, the change is
    stored."""
    try:
        NotificationSystem(env).notify(TicketChangeEvent(
            category, ticket, time, author, comment))
    except Exception as e:
        env.log.error("Failure sending notification on a change of ticket "
                      "#%s: %s", ticket.id,
                      exception_to_unicode(e, traceback=True))
