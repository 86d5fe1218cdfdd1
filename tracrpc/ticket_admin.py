# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""What the components for components, versions, milestones and enumerations
have in common.
"""

from datetime import datetime
from typing import Any, Dict, List, NamedTuple, Optional, Tuple, Union

from trac.resource import Resource, ResourceExistsError, ResourceNotFound
from trac.ticket.api import TicketSystem
from trac.ticket.model import MilestoneCache, simplify_whitespace
from trac.util import as_int
from trac.util.datefmt import datetime_now, utc
from trac.util.text import exception_to_unicode
from trac.util.translation import _, gettext

from tracrpc.api import AbstractRPCHandler, RPCError, batch_of, expose_rpc
from tracrpc.arguments import Mismatch, converter
from tracrpc.faults import about
from tracrpc.method import attempt, single
from tracrpc.ticket_form import form_text
from tracrpc.undo import all_or_nothing
from tracrpc.values import parse_datetime, shown
from tracrpc.viewable import Viewable

# PostgreSQL sorts enumerations by their value as an integer of 32 bit.
_MAX_VALUE = (1 << 31) - 1

_to_int = converter((int,))


class NamedThingRPC(AbstractRPCHandler):
    """Base of the components for the named things that classify tickets.

    A subclass names the thing in `kind`, and its class in Trac in `model`.
    """

    abstract = True

    kind = ''
    model: Any = None

    # IXMLRPCHandler methods

    def xmlrpc_namespace(self):
        return 'ticket.' + self.kind

    # Methods for subclasses

    def existing(self, name):
        """The model instance of that name; nothing has an empty one."""
        try:
            if not name:
                raise self.missing('""' if name == '' else name)
            return self.model(self.env, name)
        except ResourceNotFound as e:
            about(e, Resource(self.kind, name))
            raise

    def instances(self, names):
        """What has these names, with the model's attributes, or the exception
        why there is nothing, for each."""
        if len(names) == 1:
            return [attempt(self.existing, names[0])]
        found = {each.name: each for each in self.model.select(self.env)}
        return [found[name] if name in found else
                attempt(self.existing, name) for name in names]

    def missing(self, name):
        """The exception for a name that nothing has."""
        raise NotImplementedError

    def defaults(self):
        """Section and name of the options whose value may be such a name."""
        return [('ticket', 'default_' + self.kind)]

    def reset_defaults(self, name):
        """Let no option refer to the name any more, as the administration
        pages do when something is removed."""
        stale = [option for option in self.defaults()
                 if self.config.get(*option) == name]
        for section, option in stale:
            self.config.set(section, option, '')
        try:
            if stale:
                self.config.save()
        except OSError as e:
            self.log.error("Error writing to trac.ini: %s",
                           exception_to_unicode(e))


class TicketModelRPC(NamedThingRPC):
    """Base of the components for components, versions and milestones.

    A subclass lists the text and the date attributes, besides `name`, that
    clients may read and write.
    """

    abstract = True

    texts: Tuple[str, ...] = ('description',)
    dates: Tuple[str, ...] = ()

    # NamedThingRPC methods

    def missing(self, name):
        text = {'component': _("Component %(name)s does not exist.",
                               name=name),
                'version': _("Version %(name)s does not exist.", name=name),
                'milestone': _("Milestone %(name)s does not exist.",
                               name=name)}[self.kind]
        return ResourceNotFound(text, 'Not found')

    # What the exported methods do

    def names(self, req):
        """The names of all that the caller may see, in Trac's order."""
        return [each.name for each in self.model.select(self.env)]

    def structs(self, req, names):
        """Those of these names as clients see them: a list with a struct, or
        the exception why there is none, for each."""
        return [instance if isinstance(instance, Exception) else
                self._struct(instance)
                for instance in self.instances(names)]

    def _struct(self, instance):
        struct: Dict[str, Any] = {'name': instance.name}
        for each in self.dates:
            struct[each] = getattr(instance, each) or 0
        for each in self.texts:
            struct[each] = getattr(instance, each) or ''
        return struct

    def remove(self, req, name):
        """Delete the one of that name."""
        self.existing(name).delete()
        self.reset_defaults(name)

    def insert(self, req, name, attributes):
        """Create one."""
        instance = self.model(self.env)
        instance.name = name
        self.fill(instance, attributes)
        instance.insert()

    def change(self, req, name, attributes):
        """Change the one of that name."""
        instance = self.existing(name)
        self.fill(instance, attributes)
        instance.update()

    # Methods for subclasses

    def fill(self, instance, attributes):
        """Set the client's attributes; a fault if one of them is no good."""
        for name, value in attributes.items():
            try:
                if name in self.dates:
                    setattr(instance, name, _date(value))
                elif name == 'name' or name in self.texts:
                    setattr(instance, name, form_text(value))
                else:
                    self.log.warning("ticket.%s has no attribute %r "
                                     "(ignored)", self.kind, shown(name))
            except ValueError as e:
                raise RPCError("The attribute %s is invalid: %s"
                               % (name, e)) from None
        instance.name = simplify_whitespace(instance.name)


def _date(value):
    """The date that a client's value stands for, `None` to clear it."""
    if isinstance(value, datetime):
        return value
    if not value or isinstance(value, str) and not value.strip():
        return None
    if isinstance(value, str):
        return parse_datetime(value)
    raise ValueError("expected a date")


class _StoredMilestone(NamedTuple):
    name: str
    due: Optional[datetime]
    completed: Optional[datetime]
    description: str


class TicketMilestoneRPC(TicketModelRPC):
    """Base of the component for milestones: who may see and change them is
    decided for each, as on the web."""

    abstract = True

    kind = 'milestone'
    dates = ('due', 'completed')

    # NamedThingRPC methods

    def instances(self, names):
        # Trac has them at hand; its model would sort all of them
        known = MilestoneCache(self.env).milestones
        return [_StoredMilestone(*known[name]) if name in known else
                attempt(self.existing, name) for name in names]

    def defaults(self):
        return super().defaults() + [('milestone', 'default_retarget_to')]

    # TicketModelRPC methods

    def names(self, req):
        viewable = Viewable(self.env, req, 'MILESTONE_VIEW', self.kind)
        return [each.name for each in self.model.select(self.env)
                if viewable(each.name)]

    def structs(self, req, names):
        viewable = Viewable(self.env, req, 'MILESTONE_VIEW', self.kind)
        return [struct if isinstance(struct, Exception) else
                viewable.refusal(struct['name']) or struct
                for struct in super().structs(req, names)]

    def remove(self, req, name):
        milestone = self.existing(name)
        self._require(req, 'MILESTONE_DELETE', milestone)
        with all_or_nothing(self.env, milestone.resource):
            milestone.move_tickets(None, req.authname, "Milestone deleted")
            milestone.delete()
        self.reset_defaults(name)

    def insert(self, req, name, attributes):
        milestone = self.model(self.env)
        milestone.name = name
        self.fill(milestone, attributes)
        self._require(req, 'MILESTONE_CREATE', milestone)
        self._check_completed(milestone)
        with all_or_nothing(self.env):
            milestone.insert()

    def change(self, req, name, attributes):
        milestone = self.existing(name)
        self._require(req, 'MILESTONE_MODIFY', milestone)
        completed = milestone.completed
        self.fill(milestone, attributes)
        if milestone.completed != completed:
            self._check_completed(milestone)
        if milestone.name != name and self._is_taken(milestone.name):
            # Trac would move its attachments before it notices
            raise ResourceExistsError(
                _('Milestone "%(name)s" already exists.',
                  name=milestone.name), 'Resource exists')
        renamed = [self.existing(name).resource, milestone.resource] \
            if milestone.name != name else []
        with all_or_nothing(self.env, *renamed):
            milestone.update(author=req.authname)

    # Internal methods

    def _require(self, req, action, milestone):
        """Check for what the administration page of milestones needs."""
        perm = req.perm(milestone.resource)
        if not ('TICKET_ADMIN' in req.perm and 'MILESTONE_VIEW' in perm):
            perm.require(action)

    def _is_taken(self, name):
        return any(each.name == name for each in self.model.select(self.env))

    def _check_completed(self, milestone):
        if milestone.completed and milestone.completed > datetime_now(utc):
            raise RPCError(_("Completion date may not be in the future"))


class TicketEnumRPC(NamedThingRPC):
    """Base of the components for enumerations."""

    abstract = True

    # NamedThingRPC methods

    def missing(self, name):
        return ResourceNotFound(_("%(type)s %(name)s does not exist.",
                                  type=gettext(self.model.label[0]),
                                  name=name), 'Not found')

    # Exported methods

    @expose_rpc('TICKET_VIEW', read_only=True)
    def getAll(self, req) -> List[str]:
        """List the names, in their order.

        Returns an array of strings. Needs TICKET_VIEW.
        """
        return [each.name for each in self.model.select(self.env)]

    @expose_rpc('TICKET_VIEW', read_only=True)
    def get(self, req, name: Optional[str]) -> str:
        """Tell the position of an entry.

        `name` is the entry's name.

        Returns its value, the text of an integer by which the entries are
        ordered: `"1"`. Needs TICKET_VIEW.

        Faults: 404 there is no such entry.
        """
        return single(self._get_batch(req, [[name]]))

    @batch_of(get)
    def _get_batch(self, req, calls):
        return [enum if isinstance(enum, Exception) else enum.value or ''
                for enum in self.instances([name for name, in calls])]

    @expose_rpc('TICKET_ADMIN')
    def delete(self, req, name: Optional[str]) -> None:
        """Delete an entry.

        `name` is the entry's name. Those behind it move up by one. Tickets
        that have the deleted entry keep its name.

        Returns 0. Needs TICKET_ADMIN.

        Faults: 404 there is no such entry.
        """
        enum = self.existing(name)
        self.log.info("Deleting %s %r", self.kind, name)
        # Not by Trac's model, which deletes by value, and so all entries
        # that have the same one, and fails if another entry has none.
        with self.env.db_transaction as db:
            db("DELETE FROM enum WHERE type=%s AND name=%s",
               (self.model.type, name))
            gap, others = as_int(enum.value, None), self._values()
            if gap is not None and gap not in others.values():
                for other, value in others.items():
                    if value > gap:
                        self._store(other, value - 1)
            TicketSystem(self.env).reset_ticket_fields()
        self.reset_defaults(name)

    @expose_rpc('TICKET_ADMIN', None, str, str)
    def create(self, req, name: Optional[str],
               value: Union[int, str, None]) -> None:
        """Add an entry.

        `name` is the entry's name; runs of blanks count as one. `value` is
        its position, the text of an integer (or an int); an empty one puts
        it last.

        Returns 0. Needs TICKET_ADMIN.

        Faults: there is an entry of that name; the name is empty; the value
        is not an integer of 32 bit.
        """
        enum = self.model(self.env)
        enum.name = name
        enum.value = str(self._position(value, name))
        enum.insert()

    @expose_rpc('TICKET_ADMIN', None, str, str)
    def update(self, req, name: Optional[str],
               value: Union[int, str, None]) -> None:
        """Give an entry another position.

        `name` is the entry's name, which does not change. `value` is its new
        position, the text of an integer (or an int); an empty one puts it
        last. The other entries stay where they are.

        Returns 0. Needs TICKET_ADMIN.

        Faults: 404 there is no such entry; the value is not an integer of 32
        bit.
        """
        self.existing(name)
        position = self._position(value, name)
        self.log.info("Updating %s %r", self.kind, name)
        # Not by Trac's model, which refuses to mend an entry without value.
        with self.env.db_transaction:
            self._store(name, position)
            TicketSystem(self.env).reset_ticket_fields()

    # Internal methods

    def _values(self):
        """The values, as integers, of the entries that have such ones."""
        rows = self.env.db_query("""
            SELECT name, value FROM enum WHERE type=%s
            """, (self.model.type,))
        return {name: int(value) for name, value in rows
                if as_int(value, None) is not None}

    def _position(self, value, name):
        """A client's value as an integer; behind all others if empty."""
        if value is None or isinstance(value, str) and not value.strip():
            return max([0] + [other for other_name, other
                              in self._values().items()
                              if other_name != name]) + 1
        try:
            position = _to_int(value)
        except Mismatch:
            position = None
        if position is None or abs(position) > _MAX_VALUE:
            raise RPCError("The value of %s %s must be an integer of at most "
                           "32 bit, not \"%s\""
                           % (gettext(self.model.label[0]), shown(name),
                              shown('%s' % (value,))))
        return position

    def _store(self, name, value):
        self.env.db_transaction("""
            UPDATE enum SET value=%s WHERE type=%s AND name=%s
            """, (str(value), self.model.type, name))
