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
from trac.db.api import DatabaseManager
from trac.resource import Resource, ResourceNotFound
from trac.ticket.api import TicketSystem
from trac.ticket.model import Ticket
from trac.util.datefmt import parse_date, to_utimestamp, utc
from trac.util.text import empty
from trac.util.translation import _

from tracrpc.faults import about
from tracrpc.values import from_microseconds
from tracrpc.viewable import Viewable

# How many ids one statement names.
_CHUNK = 500

_MAX_ID = (1 << 31) - 1

# The value of a custom field; NULL only if none is stored.
_CUSTOM_VALUE = """(SELECT COALESCE(value, '') FROM ticket_custom
                    WHERE ticket=t.id AND name=%%s)"""

# The same by a join, which takes SQLite a fifth less of the whole statement;
# PostgreSQL takes its time to plan joins.
_JOINED_VALUE = """CASE WHEN c{0}.ticket IS NOT NULL
                   THEN COALESCE(c{0}.value, '') END"""
_JOIN = """ LEFT JOIN ticket_custom c{0}
            ON c{0}.ticket=t.id AND c{0}.name=%%s"""

# SQLite joins at most 64 tables.
_MOST_JOINS = 50


def ticket_missing(id):
    """The exception for a ticket that does not exist."""
    return about(ResourceNotFound(_("Ticket %(id)s does not exist.", id=id),
                                  _("Invalid ticket number")),
                 Resource('ticket', id))


def visible_ticket(env, req, id, action='TICKET_VIEW'):
    """The ticket as Trac's model.

    :raises ResourceNotFound: if there is no such ticket
    :raises PermissionError: if there is, but the caller lacks the permission
                             on it
    """
    if not _is_id(id):
        raise ticket_missing(id)
    try:
        ticket = Ticket(env, id)
    except ResourceNotFound:
        raise ticket_missing(id) from None
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
        columns = _Columns(self.env)
        rows = self._select(columns.sql, ids, args=columns.args)
        return {ticket[0]: ticket for ticket in columns.tickets(rows)}

    def visible_models(self, req, ids):
        """Trac's models of tickets, or the exception why there is none, for
        each id; each is made when it is asked for, as it is not small."""
        names = [field['name'] for field in TicketSystem(self.env).fields
                 if not field.get('custom')]
        rows = {row[-1]: row for row in self._select(
            "SELECT %s, id FROM ticket WHERE id IN (%%s)" % ','.join(names),
            ids)}
        custom = {id: {} for id in rows}
        for id, name, value in self._select(
                """SELECT ticket, name, value FROM ticket_custom
                   WHERE ticket IN (%s)""", list(rows)):
            custom[id][name] = value
        for found in _visible(self.env, req, ids, rows):
            yield found if isinstance(found, Exception) else \
                _ReadTicket(self.env, found[-1], found, custom[found[-1]])

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
            result[id].append([from_microseconds(time), author or '', field,
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
                UNION ALL SELECT %(file)s
                FROM attachment WHERE type='ticket' AND id IN (%%s)%(at)s
                UNION ALL SELECT %(description)s
                FROM attachment WHERE type='ticket' AND id IN (%%s)%(at)s
                ORDER BY time, permanent, author, field
                """ % {'at': at,
                       'file': attached % ("'attachment'", 'filename'),
                       'description': attached % ("'comment'",
                                                  'description')},
                ids, int, str, str)

    # Internal methods

    def _select(self, sql, ids, *types, args=()):
        """The rows that a statement gives for the ids, which it names, after
        the `args`, once for each of the `types` (`int` by default) to pass
        them as."""
        types = types or (int,)
        ids = [id for id in ids if _is_id(id)]
        rows = []
        with self.env.db_query as db:
            for start in range(0, len(ids), _CHUNK):
                chunk = ids[start:start + _CHUNK]
                rows.extend(db(sql % ((_holders(chunk),) * len(types)),
                               [*args, *(kind(id) for kind in types
                                         for id in chunk)]))
        return rows


def _visible(env, req, ids, found):
    """For each id what was found for it, or the exception why the caller
    does not get it."""
    viewable = Viewable(env, req, 'TICKET_VIEW', 'ticket')
    return [viewable.refusal(id) or found[id] if id in found else
            ticket_missing(id) for id in ids]


class _ReadTicket(Ticket):
    """Trac's model of a ticket that was read along with others."""

    def __init__(self, env, id, row, custom):
        self._row = row
        self._custom = custom
        super().__init__(env, id)

    def _fetch_ticket(self, tkt_id):
        self.id = tkt_id
        stored = {**self._custom, **dict(zip(self.std_fields, self._row))}
        for field in self.fields:
            name = field['name']
            if name not in stored:
                default = self._custom_field_default(field)
                if default:
                    self[name] = default
            elif name not in self.time_fields:
                self.values[name] = empty if stored[name] is None \
                    else stored[name]
            elif field.get('custom'):
                self.values[name] = _stored_time(stored[name])
            else:
                self.values[name] = from_microseconds(stored[name])


def as_client_sees(id, values):
    """A ticket as clients see it, of its values."""
    values['_ts'] = str(_microseconds(values['changetime']))
    return [id, values['time'], values['changetime'], values]


def _microseconds(time):
    return to_utimestamp(time) if time else 0


def _stored_time(value):
    """The time that a text in the database stands for, or `None`."""
    if not value:
        return None
    try:
        return from_microseconds(int(value))
    except (ValueError, OverflowError):
        pass
    try:
        return parse_date(value, utc, hint='datetime')
    except (TracError, ValueError, OverflowError):
        return None


class _Columns:
    """What is read of tickets, as `sql` with its `args`, and the tickets that
    the rows stand for."""

    def __init__(self, env):
        self.log = env.log
        fields = TicketSystem(env).fields
        standard = [field for field in fields if not field.get('custom')]
        custom = [field for field in fields if field.get('custom')]
        self._fields = standard + custom
        self._names = [field['name'] for field in self._fields]
        self.sql, self.args = self._statement(
            ['t.%s' % field['name'] for field in standard],
            [field['name'] for field in custom],
            _MOST_JOINS if _is_sqlite(env) else 0)

    def _statement(self, columns, custom, joins):
        """The statement that selects columns and the values of custom fields,
        the first ones by joins; and its arguments."""
        joined, others = custom[:joins], custom[joins:]
        numbers = range(len(joined))
        columns = [*columns, *map(_JOINED_VALUE.format, numbers),
                   *[_CUSTOM_VALUE] * len(others), 't.id']
        return 'SELECT %s FROM ticket t%s WHERE t.id IN (%%s)' % (
            ','.join(columns), ''.join(map(_JOIN.format, numbers))
        ), others + joined

    def tickets(self, rows):
        """The tickets as clients see them, of rows that end with their
        ids."""
        if not rows:
            return []
        *columns, ids = zip(*rows)
        found = [dict(zip(self._names, values)) for values in
                 zip(*map(self._converted, self._fields, columns))]
        for name, column in zip(self._names, columns):
            if _has_null(column):
                _leave_out_missing(name, found)
        changetimes = columns[self._names.index('changetime')]
        for values, changetime in zip(found, changetimes):
            values['_ts'] = str(changetime or 0)
        return [[id, values['time'], values['changetime'], values]
                for id, values in zip(ids, found)]

    def _converted(self, field, column):
        """What the values of a column stand for."""
        convert = _as_is if field['type'] != 'time' else \
            _stored_time if field.get('custom') else from_microseconds
        if _has_null(column):
            null = self._null(field)
            return [null if value is None else convert(value)
                    for value in column]
        return column if convert is _as_is else map(convert, column)

    def _null(self, field):
        """What NULL in the column of a field stands for."""
        if field.get('custom'):
            return self._default(field) or _MISSING
        return from_microseconds(0) if field['type'] == 'time' else ''

    def _default(self, field):
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


# Stands for the value of a field that a ticket does not have.
_MISSING = object()


def _is_sqlite(env):
    return DatabaseManager(env).connection_uri.startswith('sqlite:')


def _as_is(value):
    return value


def _has_null(column):
    return not all(column) and None in column  # all() is quick


def _leave_out_missing(name, tickets):
    for values in tickets:
        if values[name] is _MISSING:
            del values[name]
