# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""Reading tickets and their histories, one or many with the same few
statements.
"""

from trac.core import TracError
from trac.resource import ResourceNotFound
from trac.ticket.api import TicketSystem
from trac.ticket.model import Ticket
from trac.util.datefmt import from_utimestamp, parse_date, to_utimestamp, utc
from trac.util.translation import _

from tracrpc.method import attempt
from tracrpc.viewable import Viewable

# How many ids one statement names.
_CHUNK = 500

_MAX_ID = (1 << 31) - 1


def ticket_missing(id):
    """The exception for a ticket that does not exist."""
    return ResourceNotFound(_("Ticket %(id)s does not exist.", id=id),
                            _("Invalid ticket number"))


def visible_ticket(env, req, id, action='TICKET_VIEW'):
    """The ticket as Trac's model.

    :raises ResourceNotFound: if there is no such ticket
    :raises PermissionError: if there is, but the caller lacks the permission
                             on it
    """
    if not _is_id(id):
        raise ticket_missing(id)
    ticket = Ticket(env, id)
    req.perm(ticket.resource).require(action)
    return ticket


def visible_ids(env, req, ids):
    """Those of the tickets that the caller may view."""
    return Viewable(env, req, 'TICKET_VIEW', 'ticket').those_of(ids)


def _is_id(id):
    return id is not None and 0 < id <= _MAX_ID


def _holders(values):
    return ','.join(['%s'] * len(values))


class TicketReader:
    """Reads what the clients see of tickets."""

    def __init__(self, env):
        self.env = env

    def existing(self, ids):
        """The set of those ids that tickets have."""
        return {row[0] for row in self._select(
            "SELECT id FROM ticket WHERE id IN (%s)", ids)}

    # Tickets

    def visible_tickets(self, req, ids):
        """The tickets as clients see them, see `tickets`: a list with a
        ticket, or the exception why there is none, for each id."""
        return _visible(self.env, req, ids, self.tickets(ids))

    def tickets(self, ids):
        """A dict of the tickets that exist: each `[id, time, changetime,
        attributes]`, by id."""
        fields = TicketSystem(self.env).fields
        standard = [field for field in fields if not field.get('custom')]
        rows = self._select("SELECT id,%s FROM ticket WHERE id IN (%%s)"
                            % ','.join(field['name'] for field in standard),
                            ids)
        custom = _CustomFields(self.env, fields)
        stored = {}
        if custom:
            for id, name, value in self._select(
                    """SELECT ticket, name, value FROM ticket_custom
                       WHERE ticket IN (%s)""", [row[0] for row in rows]):
                stored.setdefault(id, {})[name] = value
        result = {}
        for row in rows:
            values = {field['name']: _standard_value(field, value)
                      for field, value in zip(standard, row[1:])}
            values.update(custom.values(stored.get(row[0], {})))
            result[row[0]] = as_client_sees(row[0], values)
        return result

    # Histories

    def visible_changelogs(self, req, ids, when=None):
        """The histories of tickets, see `changelogs`: a list with a history,
        or the exception why there is none, for each id."""
        return _visible(self.env, req, ids,
                        self.changelogs(req, self.existing(ids), when))

    def changelogs(self, req, ids, when=None):
        """A dict of histories by id: each a list of `[time, author, field,
        old value, new value, permanent]`, oldest first.

        :param when: only what happened at that time, in microseconds
        """
        time_fields = {field['name']
                       for field in TicketSystem(self.env).fields
                       if field['type'] == 'time'}
        result = {id: [] for id in ids}
        viewable = Viewable(self.env, req, 'ATTACHMENT_VIEW', 'ticket')
        for id, time, author, field, old, new, permanent, filename in \
                self._changes(ids, when):
            if not permanent and not viewable(id, attachment=filename):
                continue
            if field in time_fields:
                old, new = _stored_time(old), _stored_time(new)
            result[id].append([from_utimestamp(time), author or '', field,
                               old or '', new or '', permanent])
        return result

    def _changes(self, ids, when):
        with self.env.db_query as db:
            attached = "%s, time, author, %%s, '', %%s, 0, filename" \
                       % db.cast('id', 'int')
            at = " AND time=%d" % when if when else ''
            return self._select("""
                SELECT ticket, time, author, field, oldvalue, newvalue,
                       1 AS permanent, '' AS filename
                FROM ticket_change WHERE ticket IN (%%s)%(at)s
                UNION SELECT %(file)s
                FROM attachment WHERE type='ticket' AND id IN (%%s)%(at)s
                UNION SELECT %(description)s
                FROM attachment WHERE type='ticket' AND id IN (%%s)%(at)s
                ORDER BY time, permanent, author, field
                """ % {'at': at,
                       'file': attached % ("'attachment'", 'filename'),
                       'description': attached % ("'comment'",
                                                  'description')},
                ids, int, str, str)

    # Internal methods

    def _select(self, sql, ids, *types):
        """The rows that a statement gives for the ids, which it names once
        for each of the `types` (`int` by default) to pass them as."""
        types = types or (int,)
        ids = [id for id in ids if _is_id(id)]
        rows = []
        with self.env.db_query as db:
            for start in range(0, len(ids), _CHUNK):
                chunk = ids[start:start + _CHUNK]
                rows.extend(db(sql % ((_holders(chunk),) * len(types)),
                               [kind(id) for kind in types for id in chunk]))
        return rows


def _visible(env, req, ids, found):
    """For each id what was found for it, or the exception why the caller
    does not get it."""
    viewable = Viewable(env, req, 'TICKET_VIEW', 'ticket')

    def result(id):
        if id not in found:
            raise ticket_missing(id)
        viewable.require(id)
        return found[id]
    return [attempt(result, id) for id in ids]


def as_client_sees(id, values):
    """A ticket as clients see it, of its values."""
    values['_ts'] = str(_microseconds(values['changetime']))
    return [id, values['time'], values['changetime'], values]


def _microseconds(time):
    return to_utimestamp(time) if time else 0


def _standard_value(field, value):
    if field['type'] == 'time':
        return from_utimestamp(value)
    return '' if value is None else value


def _stored_time(value):
    """The time that a text in the database stands for, or `None`."""
    if not value:
        return None
    try:
        return from_utimestamp(int(value))
    except (ValueError, OverflowError):
        pass
    try:
        return parse_date(value, utc, hint='datetime')
    except (TracError, ValueError, OverflowError):
        return None


class _CustomFields:
    """The custom fields, and what a ticket without a stored value has."""

    def __init__(self, env, fields):
        self.log = env.log
        self._fields = [field for field in fields if field.get('custom')]
        self._defaults = {}

    def __len__(self):
        return len(self._fields)

    def values(self, stored):
        """The values of a ticket, by name, of the stored texts."""
        values = {}
        for field in self._fields:
            name = field['name']
            if name not in stored:
                default = self._default(field)
                if default:
                    values[name] = default
            elif field['type'] == 'time':
                values[name] = _stored_time(stored[name])
            else:
                values[name] = stored[name] or ''
        return values

    def _default(self, field):
        name = field['name']
        if name not in self._defaults:
            self._defaults[name] = self._read_default(field)
        return self._defaults[name]

    def _read_default(self, field):
        default, options = field.get('value'), field.get('options')
        try:
            if default and options and default not in options:
                return options[int(default)]  # as Trac's model allows
            if default and field['type'] == 'time':
                return parse_date(default, hint=field.get('format'))
        except (TracError, ValueError, IndexError) as e:
            self.log.warning("Invalid default value %r of the custom field "
                             "%r: %s", default, field['name'], e)
            return default if options else None
        return default
