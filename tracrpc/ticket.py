# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""The namespace `ticket`, and those below it for what tickets are classified
by.
"""

from datetime import datetime
from itertools import groupby
from typing import Any, List, Optional, Union

from trac.resource import Resource
from trac.ticket import model
from trac.ticket.api import TicketSystem
from trac.util.datefmt import to_utimestamp

from tracrpc import shapes
from tracrpc.api import AbstractRPCHandler, Binary, batch_of, expose_rpc
from tracrpc.attachment import AttachmentStore
from tracrpc.method import attempt, single
from tracrpc.multicall import isolate
from tracrpc.ticket_admin import TicketEnumRPC, TicketMilestoneRPC, \
    TicketModelRPC
from tracrpc.ticket_create import TicketCreation
from tracrpc.ticket_query import query_tickets, recent_changes, ticket_fields
from tracrpc.ticket_reader import TicketReader, ticket_missing, visible_ticket
from tracrpc.ticket_update import TicketUpdate
from tracrpc.undo import all_or_nothing
from tracrpc.workflow import Workflow

__all__ = ['ComponentRPC', 'MilestoneRPC', 'PriorityRPC', 'ResolutionRPC',
           'SeverityRPC', 'StatusRPC', 'TicketRPC', 'TypeRPC', 'VersionRPC']

#: Never changed: methods get copies.
NO_ATTRIBUTES: Any = {}


class TicketRPC(AbstractRPCHandler):
    """Tickets, their history, workflow and attachments.

    A ticket is an array `[id, time, changetime, attributes]`: an int, two
    dates, and a struct of its fields. All fields are strings, those of type
    `time` dates; a custom field without value or default may be missing. The
    member `_ts` is a token for that state of the ticket, see
    `ticket.update`.

    Many rights, TICKET_VIEW first of all, may be granted or denied for each
    ticket.
    """

    # IXMLRPCHandler methods

    def xmlrpc_namespace(self):
        return 'ticket'

    # Exported methods

    @expose_rpc(None, read_only=True)
    def query(self, req, qstr: str = 'status!=closed') -> List[int]:
        """Search tickets with a query.

        `qstr` is a query in the language of
        [https://trac.edgewall.org/wiki/TracQuery TracQuery], such
        as `"status!=closed&owner=joe|ann&order=changetime&desc=1"`; all open
        tickets by default. Without a filter for `status`, closed tickets are
        found, too. The options `max` (tickets per page, 0 for all; `[query]
        items_per_page` by default, usually 100), `page`, `order`, `desc`,
        `group` and `groupdesc` are respected, columns are not. A query may
        also be written as in a URL, with a leading `?`. `$USER` is not
        replaced.

        Returns an array of ids in the query's order, by default that of
        priorities. Tickets that the caller may not view (TICKET_VIEW) are
        left out of their page.

        Example: `ticket.query("component=core&max=0")` gives `[3, 17, 4]`

        Faults: the query cannot be read; a name in it is neither a field nor
        an option; a value, such as an id or a date, is invalid; there is no
        such page.
        """
        return query_tickets(self.env, req, qstr)

    @expose_rpc(None, read_only=True)
    def getRecentChanges(self, req, since: Optional[datetime]) -> List[int]:
        """List the tickets that were changed recently.

        `since` is the date from which on changes, and creations, count; an
        empty one (nil, 0 or an empty string) means all tickets.

        Returns an array of ids in no particular order, of the tickets that
        the caller may view (TICKET_VIEW).
        """
        return recent_changes(self.env, req, since)

    @expose_rpc(None, read_only=True)
    def getAvailableActions(self, req, id: Optional[int]) -> List[str]:
        """List the workflow actions that the caller can take on a ticket.

        `id` is the ticket's number.

        Returns an array of names, the default action first: `["leave",
        "resolve"]`. Needs TICKET_VIEW on the ticket. `ticket.getActions`
        tells more about them.

        Faults: 404 there is no such ticket; 403.
        """
        ticket = visible_ticket(self.env, req, id)
        return Workflow(self.env, req, ticket).actions()

    @batch_of(getAvailableActions)
    def _get_available_actions_batch(self, req, calls):
        return self._workflows(req, calls, Workflow.actions)

    @expose_rpc(None, read_only=True)
    def getActions(self, req, id: Optional[int]) -> List[shapes.Action]:
        """Describe the workflow actions that the caller can take on a ticket.

        `id` is the ticket's number.

        Returns an array with an item `[action, label, hints, inputs]` for
        each action, the default one first. `label` and `hints` are plain
        text, the latter tells what the action does. `inputs` are what
        `ticket.update` takes along with the action: an array of `[name,
        value, options]`, where `value` is the preselected one and `options`
        is an array of strings, empty if any text will do.

        Example: `["resolve", "resolve", "The resolution will be set. Next
        status will be 'closed'.", [["action_resolve_resolve_resolution",
        "fixed", ["fixed", "invalid"]]]]`

        Needs TICKET_VIEW on the ticket.

        Faults: 404 there is no such ticket; 403.
        """
        ticket = visible_ticket(self.env, req, id)
        return Workflow(self.env, req, ticket).described()

    @batch_of(getActions)
    def _get_actions_batch(self, req, calls):
        return self._workflows(req, calls, Workflow.described)

    def _workflows(self, req, calls, tell):
        """What `tell` says of the workflows of tickets."""
        def answer(ticket):
            isolate(self.env, req)  # controllers may do anything to it
            return tell(Workflow(self.env, req, ticket))
        return [ticket if isinstance(ticket, Exception) else
                attempt(answer, ticket) for ticket in
                TicketReader(self.env).visible_models(
                    req, [id for id, in calls])]

    @expose_rpc(None, read_only=True)
    def get(self, req, id: Optional[int]) -> shapes.Ticket:
        """Fetch a ticket.

        `id` is the ticket's number.

        Returns an array `[id, time, changetime, attributes]`: an int, the
        dates of creation and of the last change, and a struct of the fields:
        `{summary: string, ..., time: DateTime, ..., _ts: string}`. Empty
        fields are empty strings. `_ts` guards an update against those of
        others, see `ticket.update`. Needs TICKET_VIEW on the ticket.

        Faults: 404 there is no such ticket; 403.
        """
        return single(self._get_batch(req, [[id]]))

    @batch_of(get)
    def _get_batch(self, req, calls):
        return TicketReader(self.env).visible_tickets(
            req, [id for id, in calls])

    @expose_rpc('TICKET_CREATE')
    def create(self, req, summary: Optional[str], description: Optional[str],
               attributes: shapes.NewTicketFields = NO_ATTRIBUTES,
               notify: bool = False,
               when: Optional[datetime] = None) -> int:
        """Create a ticket, as the form for new tickets does.

        `summary` is its title, `description` its text in wiki format.
        `attributes` is a struct of other fields, by name; their values
        (`FieldValue`) are texts, numbers, booleans for checkboxes, dates for
        time fields; nil means the default. `status` and `resolution` follow
        from the workflow's `action`, one of those for new tickets, by
        default the first available one; its inputs can be given as well.
        Unknown names are ignored. With `notify`, those who subscribed are
        told. `when` is the date of creation; without TICKET_ADMIN it is now.

        Returns the new ticket's id.

        Example: `ticket.create("Crash", "It does.", {"component": "core",
        "cc": "joe, ann"})` gives `42`

        Needs TICKET_CREATE, and TICKET_ADMIN for those who are logged in to
        name another `reporter` than themselves.

        Faults: whatever the form objects to, all of it in one text; 403.
        """
        return TicketCreation(self.env, req, attributes).run(
            summary or '', description or '', notify, when)

    @expose_rpc(None)
    def update(self, req, id: Optional[int], comment: Optional[str],
               attributes: shapes.TicketChanges = NO_ATTRIBUTES,
               notify: bool = False, author: str = '',
               when: Optional[datetime] = None) -> shapes.Ticket:
        """Change a ticket or comment on it, as the ticket's form does.

        `id` is the ticket's number. `comment` is a text in wiki format, or
        empty. `attributes` is a struct of fields to change, by name; their
        values (`FieldValue`) are texts, numbers, booleans for checkboxes,
        dates for time fields; nil empties a field. What equals the ticket's
        value is no change, so that what `ticket.get` returned can be sent
        back; `time` and `changetime` are ignored. Two names are special:

         * `_ts`: the token from `ticket.get`. If the ticket has changed since
           then, the call is refused and nothing is stored. Use it whenever
           the new values depend on what was read.
         * `action`: the workflow's action, one of `ticket.getActions`, with
           its inputs as further members; inputs that are left out have the
           value that the form preselects. Without it, the status stays, or,
           if `status` (and `resolution`) are given and differ, the first
           available action that leads there is taken; TICKET_ADMIN may set
           any status of the workflow directly.

        With `notify`, those who subscribed are told. `author` counts for
        anonymous callers and with TICKET_ADMIN; others are themselves. `when`
        is the date of the change; without TICKET_ADMIN it is now.

        Returns the changed ticket, as `ticket.get` does.

        Example: `ticket.update(42, "Done.", {"action": "resolve",
        "action_resolve_resolve_resolution": "fixed", "_ts":
        "1795284079261944"})`

        Needs TICKET_VIEW on the ticket, and what the form needs: TICKET_APPEND
        to comment, TICKET_CHGPROP to change fields, TICKET_EDIT_DESCRIPTION
        to change the description, TICKET_ADMIN to change the reporter.

        Faults: 404 there is no such ticket; 403; the ticket has been updated
        since; a name is no ticket field (without `action`); the action is
        not available, or none leads to the status; whatever the form objects
        to, all of it in one text.
        """
        return TicketUpdate.of(self.env, req, id, attributes).run(
            comment or '', notify, author, when)

    @expose_rpc(None)
    def delete(self, req, id: Optional[int]) -> None:
        """Delete a ticket with its history and its attachments.

        `id` is the ticket's number.

        Returns 0. Needs TICKET_ADMIN on the ticket.

        Faults: 404 there is no such ticket; 403.
        """
        ticket = visible_ticket(self.env, req, id, 'TICKET_ADMIN')
        with all_or_nothing(self.env, ticket.resource):
            ticket.delete()

    @expose_rpc(None, dict, int, int, read_only=True)
    @expose_rpc(None, dict, int, read_only=True)
    def changeLog(self, req, id: Optional[int],
                  when: Union[int, datetime, None] = 0
                  ) -> List[shapes.Change]:
        """Tell the history of a ticket.

        `id` is the ticket's number. `when` is the exact time of the change
        to tell about: a date, or an int, the microseconds since 1970; an
        empty one (0) means all changes.

        Returns an array (the declared struct is a mistake that clients know)
        with an item `[time, author, field, oldvalue, newvalue, permanent]`
        for each changed field, oldest first; `time` is a date, `permanent`
        an int. Comments are changes of the field `comment`: `oldvalue` is
        the comment's number, `"3"`, or `"1.3"` for a reply to comment 1. An
        attachment makes two items whose `permanent` is 0: for the field
        `attachment`, with the file name, and for `comment`, with the
        description.

        Needs TICKET_VIEW on the ticket, and ATTACHMENT_VIEW for each
        attachment.

        Faults: 404 there is no such ticket; 403.
        """
        return single(self._change_log_batch(req, [[id, when]]))

    @batch_of(changeLog)
    def _change_log_batch(self, req, calls):
        reader, outcomes = TicketReader(self.env), []
        for when, group in groupby(calls, key=lambda call: call[1]):
            if isinstance(when, datetime):
                when = to_utimestamp(when)
            outcomes += reader.visible_changelogs(
                req, [id for id, _ in group], when or None)
        return outcomes

    @expose_rpc(None, read_only=True)
    def listAttachments(self, req, ticket: Optional[int]
                        ) -> List[shapes.TicketAttachment]:
        """List the attachments of a ticket.

        `ticket` is the ticket's number.

        Returns an array with an item `[filename, description, size, time,
        author]` for each attachment that the caller may view
        (ATTACHMENT_VIEW), the oldest first; `size` is in bytes. It is empty
        if there is no such ticket.
        """
        return single(self._list_attachments_batch(req, [[ticket]]))

    @batch_of(listAttachments)
    def _list_attachments_batch(self, req, calls):
        return [[[each.filename, each.description or '', each.size,
                  each.date, each.author or ''] for each in attachments]
                for attachments in AttachmentStore(self.env).visible_of_many(
                    req, 'ticket', [ticket for ticket, in calls])]

    @expose_rpc(None, read_only=True)
    def getAttachment(self, req, ticket: Optional[int],
                      filename: str) -> Binary:
        """Fetch the content of an attachment.

        `ticket` is the ticket's number, `filename` the attachment's name.

        Returns the file's bytes. Needs ATTACHMENT_VIEW on the attachment.

        Faults: 404 there is no such ticket or attachment; 403.
        """
        return AttachmentStore(self.env).get(req, Resource('ticket', ticket),
                                             filename)

    @expose_rpc(None, str, int, str, str, Binary)
    @expose_rpc(None, str, int, str, str, Binary, bool)
    def putAttachment(self, req, ticket: Optional[int], filename: str,
                      description: Optional[str], data: Binary,
                      replace: bool = True) -> str:
        """Attach a file to a ticket.

        `ticket` is the ticket's number. `filename` is the name to give to
        the file, of which only the last path component counts;
        `description` may be empty; `data` is the content. With `replace`, an
        attachment of that name is replaced, else the new one gets another
        name.

        Returns the name that the attachment has: `"log.2.txt"`.

        Needs ATTACHMENT_CREATE, and ATTACHMENT_DELETE on an attachment that
        is replaced.

        Faults: 404 there is no such ticket; the file is too large, or
        something else is wrong with it; 403.
        """
        if not TicketReader(self.env).existing([ticket]):
            raise ticket_missing(ticket)
        return AttachmentStore(self.env).put(
            req, Resource('ticket', ticket), filename, description or '',
            data, replace)

    @expose_rpc(None)
    def deleteAttachment(self, req, ticket: Optional[int],
                         filename: str) -> bool:
        """Delete an attachment of a ticket.

        `ticket` is the ticket's number, `filename` the attachment's name.

        Returns `True`. Needs ATTACHMENT_DELETE on the attachment.

        Faults: 404 there is no such ticket or attachment; 403.
        """
        return AttachmentStore(self.env).delete(
            req, Resource('ticket', ticket), filename)

    @expose_rpc('TICKET_VIEW', read_only=True)
    def getTicketFields(self, req) -> List[shapes.TicketField]:
        """Describe the fields that tickets have.

        Returns an array of structs, in the order of Trac's forms. All have
        `name`, `type` (`text`, `textarea`, `select`, `radio`, `checkbox` or
        `time`) and `label`; some `value` (the default), `options` (array of
        strings), `optional` and `custom` (booleans, which are true), `order`
        (int), `format` and others. Milestones are those that the caller may
        view (MILESTONE_VIEW). Needs TICKET_VIEW.
        """
        return ticket_fields(self.env, req)


class StatusRPC(AbstractRPCHandler):
    """The states of the workflow. They are part of the site's configuration
    and cannot be changed from here."""

    # IXMLRPCHandler methods

    def xmlrpc_namespace(self):
        return 'ticket.status'

    # Exported methods

    @expose_rpc('TICKET_VIEW', read_only=True)
    def getAll(self, req) -> List[str]:
        """List the states of the workflow.

        Returns an array of strings, sorted. Needs TICKET_VIEW.
        """
        return TicketSystem(self.env).get_all_status()

    @expose_rpc('TICKET_VIEW', dict, str, read_only=True)
    def get(self, req, name: Optional[str]) -> str:
        """Tell nothing: states have no properties.

        `name` is any string. Returns the string `"0"` (the declared struct
        is a mistake that clients know). Needs TICKET_VIEW.
        """
        return '0'

    @batch_of(get)
    def _get_batch(self, req, calls):
        return ['0'] * len(calls)

    @expose_rpc('TICKET_ADMIN')
    def delete(self, req, name: Optional[str]) -> None:
        """Do nothing: the workflow defines the states.

        `name` is any string. Returns 0. Needs TICKET_ADMIN.
        """

    @expose_rpc('TICKET_ADMIN')
    def create(self, req, name: Optional[str], attributes: dict) -> None:
        """Do nothing: the workflow defines the states.

        `name` is any string, `attributes` any struct. Returns 0. Needs
        TICKET_ADMIN.
        """

    @expose_rpc('TICKET_ADMIN')
    def update(self, req, name: Optional[str], attributes: dict) -> None:
        """Do nothing: the workflow defines the states.

        `name` is any string, `attributes` any struct. Returns 0. Needs
        TICKET_ADMIN.
        """


class ComponentRPC(TicketModelRPC):
    """The components that tickets are about.

    A component is a struct `{name: string, owner: string, description:
    string}`.
    """

    kind = 'component'
    model = model.Component
    texts = ('owner', 'description')

    # Exported methods

    @expose_rpc('TICKET_VIEW', read_only=True)
    def getAll(self, req) -> List[str]:
        """List the names of all components.

        Returns an array of strings, sorted. Needs TICKET_VIEW.
        """
        return self.names(req)

    @expose_rpc('TICKET_VIEW', read_only=True)
    def get(self, req, name: Optional[str]) -> shapes.Component:
        """Fetch a component.

        `name` is the component's name.

        Returns `{name: string, owner: string, description: string}`. Needs
        TICKET_VIEW.

        Faults: 404 there is no such component.
        """
        return single(self.structs(req, [name]))

    @batch_of(get)
    def _get_batch(self, req, calls):
        return self.structs(req, [name for name, in calls])

    @expose_rpc('TICKET_ADMIN')
    def delete(self, req, name: Optional[str]) -> None:
        """Delete a component.

        `name` is the component's name. Tickets keep it.

        Returns 0. Needs TICKET_ADMIN.

        Faults: 404 there is no such component.
        """
        self.remove(req, name)

    @expose_rpc('TICKET_ADMIN')
    def create(self, req, name: Optional[str],
               attributes: shapes.ComponentChanges) -> None:
        """Create a component.

        `name` is the new component's name; runs of blanks count as one.
        `attributes` is a struct that may have `owner` and `description`,
        both strings; other members are ignored.

        Returns 0. Needs TICKET_ADMIN.

        Faults: the component exists; its name is empty.
        """
        self.insert(req, name, attributes)

    @expose_rpc('TICKET_ADMIN')
    def update(self, req, name: Optional[str],
               attributes: shapes.ComponentChanges) -> None:
        """Change a component.

        `name` is the component's name. `attributes` is a struct of what to
        change, `owner`, `description` or, to rename it and change its
        tickets accordingly, `name`; other members are ignored.

        Returns 0. Needs TICKET_ADMIN.

        Faults: 404 there is no such component; the new name is empty or
        taken.
        """
        self.change(req, name, attributes)


class VersionRPC(TicketModelRPC):
    """The versions that tickets are about.

    A version is a struct `{name: string, time: DateTime, description:
    string}`; `time`, the date of its release, is the int 0 if it is not set.
    """

    kind = 'version'
    model = model.Version
    dates = ('time',)

    # Exported methods

    @expose_rpc('TICKET_VIEW', read_only=True)
    def getAll(self, req) -> List[str]:
        """List the names of all versions.

        Returns an array of strings, those without date first, then the
        latest. Needs TICKET_VIEW.
        """
        return self.names(req)

    @expose_rpc('TICKET_VIEW', read_only=True)
    def get(self, req, name: Optional[str]) -> shapes.Version:
        """Fetch a version.

        `name` is the version's name.

        Returns `{name: string, time: DateTime, description: string}`; `time`
        is the int 0 if it is not set. Needs TICKET_VIEW.

        Faults: 404 there is no such version.
        """
        return single(self.structs(req, [name]))

    @batch_of(get)
    def _get_batch(self, req, calls):
        return self.structs(req, [name for name, in calls])

    @expose_rpc('TICKET_ADMIN')
    def delete(self, req, name: Optional[str]) -> None:
        """Delete a version.

        `name` is the version's name. Tickets keep it.

        Returns 0. Needs TICKET_ADMIN.

        Faults: 404 there is no such version.
        """
        self.remove(req, name)

    @expose_rpc('TICKET_ADMIN')
    def create(self, req, name: Optional[str],
               attributes: shapes.VersionChanges) -> None:
        """Create a version.

        `name` is the new version's name; runs of blanks count as one.
        `attributes` is a struct that may have `time`, a date or its ISO 8601
        text (0, an empty string or nil for none), and `description`, a
        string; other members are ignored.

        Returns 0. Needs TICKET_ADMIN.

        Faults: the version exists; its name is empty; `time` is no date.
        """
        self.insert(req, name, attributes)

    @expose_rpc('TICKET_ADMIN')
    def update(self, req, name: Optional[str],
               attributes: shapes.VersionChanges) -> None:
        """Change a version.

        `name` is the version's name. `attributes` is a struct of what to
        change, `time` (0, an empty string or nil clears it), `description`
        or, to rename it and change its tickets accordingly, `name`; other
        members are ignored.

        Returns 0. Needs TICKET_ADMIN.

        Faults: 404 there is no such version; the new name is empty or taken;
        `time` is no date.
        """
        self.change(req, name, attributes)


class MilestoneRPC(TicketMilestoneRPC):
    """The milestones that tickets are planned for.

    A milestone is a struct `{name: string, due: DateTime, completed:
    DateTime, description: string}`; the dates are the int 0 if they are not
    set.

    Rights may be granted or denied for each milestone.
    """

    model = model.Milestone

    # Exported methods

    @expose_rpc('TICKET_VIEW', read_only=True)
    def getAll(self, req) -> List[str]:
        """List the names of the milestones.

        Returns an array of strings: the completed ones first, then by the
        date at which they are due. Needs TICKET_VIEW; those without
        MILESTONE_VIEW are left out.
        """
        return self.names(req)

    @expose_rpc('TICKET_VIEW', read_only=True)
    def get(self, req, name: Optional[str]) -> shapes.Milestone:
        """Fetch a milestone.

        `name` is the milestone's name.

        Returns `{name: string, due: DateTime, completed: DateTime,
        description: string}`; the dates are the int 0 if they are not set.
        Needs TICKET_VIEW, and MILESTONE_VIEW on the milestone.

        Faults: 404 there is no such milestone; 403.
        """
        return single(self.structs(req, [name]))

    @batch_of(get)
    def _get_batch(self, req, calls):
        return self.structs(req, [name for name, in calls])

    @expose_rpc(None)
    def delete(self, req, name: Optional[str]) -> None:
        """Delete a milestone.

        `name` is the milestone's name. Its tickets have no milestone any
        more, and an entry about it in their history.

        Returns 0. Needs MILESTONE_DELETE on it, or TICKET_ADMIN together
        with MILESTONE_VIEW on it.

        Faults: 404 there is no such milestone; 403.
        """
        self.remove(req, name)

    @expose_rpc(None)
    def create(self, req, name: Optional[str],
               attributes: shapes.MilestoneChanges) -> None:
        """Create a milestone.

        `name` is the new milestone's name; runs of blanks count as one.
        `attributes` is a struct that may have `due` and `completed`, dates
        or their ISO 8601 texts (0, an empty string or nil for none), and
        `description`, a string; other members are ignored.

        Returns 0. Needs MILESTONE_CREATE on it, or TICKET_ADMIN together
        with MILESTONE_VIEW on it.

        Faults: the milestone exists; its name is empty; a date is none, or
        `completed` is in the future; 403.
        """
        self.insert(req, name, attributes)

    @expose_rpc(None)
    def update(self, req, name: Optional[str],
               attributes: shapes.MilestoneChanges) -> None:
        """Change a milestone.

        `name` is the milestone's name. `attributes` is a struct of what to
        change: `due` and `completed` (0, an empty string or nil clears
        them), `description` or, to rename it along with its tickets, `name`;
        other members are ignored.

        Returns 0. Needs MILESTONE_MODIFY on it, or TICKET_ADMIN together
        with MILESTONE_VIEW on it.

        Faults: 404 there is no such milestone; the new name is empty or
        taken; a date is none, or `completed` is in the future; 403.
        """
        self.change(req, name, attributes)


class TypeRPC(TicketEnumRPC):
    """The types of tickets: names in an order, which is that of the integer
    each has as its value."""

    kind = 'type'
    model = model.Type


class ResolutionRPC(TicketEnumRPC):
    """The resolutions of closed tickets: names in an order, which is that of
    the integer each has as its value."""

    kind = 'resolution'
    model = model.Resolution


class PriorityRPC(TicketEnumRPC):
    """The priorities of tickets: names in an order, which is that of the
    integer each has as its value."""

    kind = 'priority'
    model = model.Priority


class SeverityRPC(TicketEnumRPC):
    """The severities of tickets: names in an order, which is that of the
    integer each has as its value."""

    kind = 'severity'
    model = model.Severity
