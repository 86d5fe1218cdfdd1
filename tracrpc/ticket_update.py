# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""Changing tickets, as the ticket's form does it."""

from typing import NamedTuple, Optional

from trac.resource import Resource
from trac.util import get_reporter_id
from trac.util.datefmt import datetime_now, from_utimestamp, to_utimestamp, \
    utc

from tracrpc.arguments import Mismatch, converter
from tracrpc.faults import Conflict, RPCError, about
from tracrpc.ticket_form import TicketForm, form_text, send_notification
from tracrpc.ticket_reader import TicketReader, as_client_sees, visible_ticket
from tracrpc.undo import all_or_nothing
from tracrpc.values import shown

# How often an update without `_ts` is tried again when others change the
# ticket meanwhile, before it locks the ticket first.
_ATTEMPTS = 5

_to_int = converter((int,))


class TicketUpdate:
    """A call of `ticket.update`: how it chooses the workflow's action and
    reads the `_ts` that guards against lost updates depends on whether the
    attributes name an `action`."""

    def __init__(self, env, req, id, attributes):
        self.env = env
        self.req = req
        self.id = id
        self.attributes = attributes

    @classmethod
    def of(cls, env, req, id, attributes):
        """The kind of update that the attributes ask for."""
        kind = ActionUpdate if 'action' in attributes else PlainUpdate
        return kind(env, req, id, attributes)

    def run(self, comment, notify=False, author='', when=None):
        """Update the ticket; return it as clients see it."""
        for _attempt in range(_ATTEMPTS):
            saved = self._attempt(comment, author, when)
            if saved is not None:
                break
            if self.guarded():
                raise self.conflict()
        else:
            with self.env.db_transaction as db:
                db("UPDATE ticket SET changetime=changetime WHERE id=%s",
                   (self.id,))
                saved = self._attempt(comment, author, when)
        if notify and saved.event is not None:
            send_notification(self.env, *saved.event)
        return saved.answer

    # What the two kinds differ in

    #: The text of the fault when the ticket has changed since.
    collision = ''

    def guarded(self):
        """Whether the client sent a `_ts` to be respected."""
        raise NotImplementedError

    def check_token(self, changetime):
        """Check a `_ts` that is to be respected against the ticket's."""
        raise NotImplementedError

    def fill(self, form):
        """Put the values into the form, make the workflow's changes, and
        return the action, `None` if there is none."""
        raise NotImplementedError

    # Internal methods

    def conflict(self):
        return about(Conflict(self.collision), Resource('ticket', self.id))

    def _attempt(self, comment, author, when):
        """Fill in the form and save it; `None` if the ticket has been
        changed since it was read."""
        form = self._form(comment, author)
        action = self.fill(form)
        form.validate()
        form.check()
        admin = 'TICKET_ADMIN' in self.req.perm(form.ticket.resource)
        if not author or self.req.is_authenticated and not admin:
            author = get_reporter_id(self.req)
        return self._save(form, action, author, when if admin else None)

    def _form(self, comment, author):
        """An empty form for the ticket as it is now."""
        ticket = visible_ticket(self.env, self.req, self.id)
        if self.guarded():
            self.check_token(to_utimestamp(ticket['changetime']))
        # for those who are logged in the workflow never looks at it
        return TicketForm(self.env, self.req, ticket, comment,
                          author if not self.req.is_authenticated else '')

    def _save(self, form, action, author, when):
        """Save the changes, and all that follows from them, in one
        transaction that holds the ticket."""
        ticket = form.ticket
        event = None
        controllers = form.workflow.controllers(action)
        with all_or_nothing(self.env) as db:
            if ticket._old or form.comment:
                read_at = to_utimestamp(ticket['changetime'])
                if not _claim(db, ticket.id, read_at):
                    return None
                time = self._store(db, form, author, when, read_at)
                event = time and ('changed', ticket, time, author,
                                  form.comment)
            for controller in controllers:
                controller.apply_action_side_effects(self.req, ticket, action)
            return _Saved(event, self._answer(ticket))

    def _store(self, db, form, author, when, read_at):
        """Store the changes of a ticket that was read with that changetime;
        return their time, `None` if there were none."""
        ticket = form.ticket
        ts = _free_instant(db, ticket.id, to_utimestamp(when) if when else max(
            to_utimestamp(datetime_now(utc)), read_at + 1))
        time = from_utimestamp(ts)
        saved = ticket.save_changes(author, form.comment, time,
                                    self.req.args.get('replyto'))
        if not saved or ts <= read_at:
            # never back: who asks for recent changes must not miss it
            changed_at = read_at + 1 if saved else read_at
            db("UPDATE ticket SET changetime=%s WHERE id=%s",
               (changed_at, ticket.id))
            ticket.values['changetime'] = from_utimestamp(changed_at)
        return time if saved else None

    def _answer(self, ticket):
        # a side effect may even have deleted the ticket
        return TicketReader(self.env).tickets([ticket.id]).get(ticket.id) or \
            as_client_sees(ticket.id, dict(ticket.values))


class _Saved(NamedTuple):
    """A ticket that is saved: what to notify of, `None` if nothing changed,
    and the ticket as clients see it."""
    event: Optional[tuple]
    answer: list


class ActionUpdate(TicketUpdate):
    """An update that names the workflow's action, as the form does."""

    collision = "Your changes have not been saved because this ticket has " \
                "been modified since you started editing."

    def guarded(self):
        return '_ts' in self.attributes

    def check_token(self, changetime):
        token = self.attributes['_ts']
        try:
            token = _to_int(token)
        except Mismatch:
            raise RPCError("RPC ticket.update: Wrong '_ts' token in "
                           "attributes ('%s')." % shown('%s' % (token,))) \
                from None
        if token != changetime:
            raise self.conflict()

    def fill(self, form):
        action = self.attributes['action']
        if action not in form.workflow.actions():
            raise RPCError("Rpc: Ticket %d by %s invalid action '%s'"
                           % (self.id, self.req.authname,
                              shown('%s' % (action,))))
        for name, value in self.attributes.items():
            if form.is_field(name):
                form.set_field(name, value)
            elif name != '_ts':
                form.set_input(name, value)
        resolution = _asked(form, self.attributes, 'resolution')
        if resolution is not None:
            form.req.args.setdefault('action_%s_resolve_resolution' % action,
                                     resolution)
        form.apply_action(action)
        if resolution is not None and \
                resolution != (form.ticket['resolution'] or ''):
            form.field_problem('resolution', "the action %s does not set it "
                                             "to that value" % action)
        return action


class PlainUpdate(TicketUpdate):
    """An update that names no action: it leaves the workflow alone, or asks
    for a status that the workflow must lead to."""

    collision = "Ticket has been updated since last get()."

    def guarded(self):
        return bool(self.attributes.get('_ts'))

    def check_token(self, changetime):
        if str(self.attributes['_ts']).strip() != str(changetime):
            raise self.conflict()

    def fill(self, form):
        self._refuse_unknown(form)
        status = _asked(form, self.attributes, 'status')
        resolution = _asked(form, self.attributes, 'resolution')
        direct = False
        if status is None and resolution is None:
            action = self._neutral_action(form)
        else:
            action = form.workflow.leading_to(
                form.ticket['status'] if status is None else status,
                resolution, _asked(form, self.attributes, 'owner'))
            if action is None:
                direct = True
                self._require_direct(form, status, resolution)
        for name, value in self.attributes.items():
            if form.is_field(name):
                form.set_field(name, value)
        if action is not None and 'owner' in form.ticket._old:
            form.workflow.answer_owner(action, form.ticket['owner'])
        form.apply_action(action)
        if direct:
            _set_directly(form.ticket, status, resolution)
        return action

    def _refuse_unknown(self, form):
        unknown = [shown(name) for name in self.attributes
                   if name not in form.ticket.fields and name != '_ts']
        if unknown:
            raise RPCError(' '.join(
                '"%s" is not a ticket field (no such column: %s)'
                % (name, name) for name in unknown))

    def _neutral_action(self, form):
        action = form.workflow.keeping_everything()
        if action is None and not self._is_admin(form):
            raise RPCError("No available action leaves the ticket as it is. "
                           "Name one as the attribute \"action\": %s"
                           % form.workflow.destinations())
        return action

    def _require_direct(self, form, status, resolution):
        """Check that the caller may do without the workflow."""
        known = form.workflow.system.get_all_status()
        if self._is_admin(form) and 'status' in self.attributes:
            if status is None or status in known:
                return
            raise RPCError('"%s" is no status of the workflow, which has: %s'
                           % (shown(status), ', '.join(known)))
        wanted = ['%s "%s"' % (name, shown(value)) for name, value in
                  (('status', status), ('resolution', resolution))
                  if value is not None]
        raise RPCError("No available action leads to the %s. Available "
                       "actions and where they lead: %s"
                       % (' and the '.join(wanted),
                          form.workflow.destinations()))

    def _is_admin(self, form):
        return 'TICKET_ADMIN' in self.req.perm(form.ticket.resource)


def _asked(form, attributes, name):
    """The value that the attributes give a field, if it is another one than
    the ticket's; else `None`."""
    if name not in attributes or name not in form.ticket.fields:
        return None
    try:
        value = form_text(attributes[name]).strip()
    except ValueError as e:
        if not form.is_field(name):  # else noticed when it is set
            form.field_problem(name, e)
        return None
    return value if value != (form.ticket[name] or '') else None


def _set_directly(ticket, status, resolution):
    if status is not None:
        if ticket['status'] == 'closed' and resolution is None:
            resolution = ''
        ticket['status'] = status
    if resolution is not None:
        ticket['resolution'] = resolution


def _claim(db, id, read_at):
    """Lock the ticket for this transaction, if it still is as it was read.

    The value really changes, because MySQL does not count rows that an
    UPDATE leaves as they are.
    """
    cursor = db.cursor()
    cursor.execute("UPDATE ticket SET changetime=%s "
                   "WHERE id=%s AND changetime=%s",
                   (read_at + 1, id, read_at))
    return cursor.rowcount == 1


def _free_instant(db, id, ts):
    """The first microsecond from `ts` on at which nothing was changed."""
    taken = {time for time, in db("""
        SELECT time FROM ticket_change WHERE ticket=%s AND time>=%s
        """, (id, ts))}
    while ts in taken:
        ts += 1
    return ts
