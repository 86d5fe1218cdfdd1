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

from functools import cached_property

from trac.core import TracError
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
        rows = self._select("SELECT %s, t.id FROM ticket t WHERE t.id IN (%%s)"
                            % columns.sql, ids, args=columns.args)
        return {row[-1]: columns.ticket(row) for row in rows}

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
    """What is read of tickets: the columns, as `sql` with its `args`, and
    what the values of a row stand for."""

    def __init__(self, env):
        self.log = env.log
        fields = TicketSystem(env).fields
        standard = [field for field in fields if not field.get('custom')]
        self._custom = {field['name']: field for field in fields
                        if field.get('custom')}
        self._names = [field['name'] for field in standard] + \
            list(self._custom)
        self._times = [field['name'] for field in standard
                       if field['type'] == 'time']
        self._custom_times = [name for name, field in self._custom.items()
                              if field['type'] == 'time']
        self.sql = ','.join(self._names[:len(standard)] +
                            [_CUSTOM_VALUE] * len(self._custom))
        self.args = list(self._custom)

    def ticket(self, row):
        """A ticket as clients see it, of a row that ends with its id."""
        values = dict(zip(self._names, row))
        if None in row:
            self._fill(values)
        values['_ts'] = str(values['changetime'] or 0)
        for name in self._times:
            values[name] = from_microseconds(values[name])
        for name in self._custom_times:
            if isinstance(values.get(name), str):
                values[name] = _stored_time(values[name])
        return [row[-1], values['time'], values['changetime'], values]

    def _fill(self, values):
        """Replace each `None`: by the default of a custom field, if there is
        one, or by an empty text."""
        for name in [name for name in values if values[name] is None]:
            if name not in self._custom:
                values[name] = ''
            elif self._defaults[name]:
                values[name] = self._defaults[name]
            else:
                del values[name]

    @cached_property
    def _defaults(self):
        return {name: self._default(field)
                for name, field in self._custom.items()}

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
