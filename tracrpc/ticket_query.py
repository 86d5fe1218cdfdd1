# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""Searching tickets with Trac's query language."""

from contextlib import contextmanager

from trac.ticket.api import TicketSystem
from trac.ticket.query import Query, QueryValueError
from trac.util import Ranges, translation
from trac.util.datefmt import to_utimestamp
from trac.web.api import parse_arg_list

from tracrpc.faults import RPCError
from tracrpc.ticket_reader import visible_ids
from tracrpc.values import MAX_INT, shown
from tracrpc.viewable import Viewable

# Where Trac's SQL goes on after the columns.
_SOURCE = '\nFROM ticket AS t'

# Larger numbers mean nothing here, and some databases refuse them.
_MAX_PAGING = (1 << 31) - 1

#: How many characters two dates may have; Trac would take minutes to read
#: what is longer.
_LONGEST_TIMES = 200


class StrictQuery(Query):
    """A ticket query that refuses names it does not know, which Trac's own
    ignores, so that a misspelt filter would match every ticket."""

    def __init__(self, env, report=None, constraints=None, cols=None,
                 order=None, group=None, rows=None, verbose=None,
                 **options):
        synonyms = TicketSystem(env).get_field_synonyms()
        known = {field['name'] for field in TicketSystem(env).fields} | {'id'}
        names = {name for clause in constraints or () for name in clause}
        names.update(synonyms.get(name, name)
                     for name in (order, group) if name)
        for name in sorted(names - known):
            raise RPCError('"%s" is neither a field nor an option of a ticket '
                           'query' % shown(name))
        super().__init__(env, None, constraints, ['id'], order or None,
                         group=synonyms.get(group, group), **options)
        self._check_paging()
        self._check_values()

    def ids(self, req):
        """The ids of one page, in the order of the query, whether or not the
        caller may view them."""
        sql, args = self._sql(req)
        if not self.max:
            return self._ids(sql, args)
        found = self._ids("%s LIMIT %d OFFSET %d"
                          % (sql, self.max, self.offset), args)
        if not found and self.page > 1 and self._ids(sql + " LIMIT 1", args):
            raise RPCError("Page %d is beyond the number of pages in the "
                           "query" % self.page)
        return found

    # Internal methods

    def _check_paging(self):
        if self.page > _MAX_PAGING:
            raise RPCError("Query page %s is invalid." % self.page)
        if self.max > _MAX_PAGING:
            raise RPCError("Query max %s is invalid." % self.max)

    def _check_values(self):
        """Refuse values that Trac would ignore or leave to the database."""
        for clause in self.constraints:
            for value in clause.get('id', ()):
                ranges = Ranges()
                try:
                    ranges.appendrange(value.replace('!', ''))
                except ValueError:
                    raise QueryValueError([value]) from None
                if not all(-MAX_INT <= bound < MAX_INT for pair in
                           ranges.pairs or [(MAX_INT,)] for bound in pair):
                    raise QueryValueError([value])
            for name in ('time', 'changetime'):
                for value in clause.get(name, ()):
                    if not value.lstrip('!~^$'):
                        raise QueryValueError([value])
            for name in self.time_fields:
                for value in clause.get(name, ()):
                    if len(value) > _LONGEST_TIMES:
                        raise QueryValueError([shown(value)])

    def _sql(self, req):
        try:
            sql, args = self.get_sql(_Dates(req))
        except OverflowError:
            raise QueryValueError([]) from None
        # the columns that Trac's page shows are not needed here
        columns, source, conditions = sql.partition(_SOURCE)
        return ('SELECT t.id' if source else columns) + source + conditions, \
            args

    def _ids(self, sql, args):
        # the column `id` is the first
        return [row[0] for row in self.env.db_query(sql, args)]


class _Dates:
    """Of a request, what a query needs to read dates; `$USER` is a name like
    any other."""

    authname = None

    def __init__(self, req):
        self._req = req

    @property
    def tz(self):
        return self._req.tz

    @property
    def lc_time(self):
        return self._req.lc_time  # which languages there are takes long


def query_tickets(env, req, text):
    """The ids of the tickets that match a query and that the caller may
    view."""
    with _lazy_translations(env, req):  # of labels, which nobody sees
        query = StrictQuery.from_string(env, _query_language(text))
    return visible_ids(env, req, query.ids(req))


@contextmanager
def _lazy_translations(env, req):
    """Within it, what is translated waits until it is needed, and with it
    the catalog, which takes a millisecond to load."""
    active = translation.deactivate()
    try:
        yield
    finally:
        if active:
            translation.reactivate(active)
        else:  # as Trac's dispatcher does
            translation.make_activable(
                lambda: getattr(req, 'locale', None), env.path)


def _query_language(text):
    """A query in Trac's query language, also if it was written as the query
    string of a URL, with a leading `?`."""
    if not text.startswith('?'):
        return text
    try:
        filters = parse_arg_list(text)
    except UnicodeDecodeError:
        raise QueryValueError([text]) from None
    return '&'.join('or' if name == 'or' else '%s=%s' % (
        name, value.replace('&', r'\&').replace('|', r'\|'))
        for name, value in filters)


def recent_changes(env, req, since):
    """The ids of the tickets changed at a time or later, and that the caller
    may view."""
    if since is None:
        rows = env.db_query("SELECT id FROM ticket ORDER BY id")
    else:
        rows = env.db_query("""
            SELECT id FROM ticket WHERE changetime>=%s ORDER BY id
            """, (to_utimestamp(since),))
    return visible_ids(env, req, [id for id, in rows])


def ticket_fields(env, req):
    """The definitions of the ticket fields; the milestones are those that
    the caller may view."""
    fields = TicketSystem(env).get_ticket_fields()
    milestone = fields.by_name('milestone')
    if milestone and not milestone.get('custom'):
        viewable = Viewable(env, req, 'MILESTONE_VIEW', 'milestone')
        milestone['options'] = viewable.those_of(milestone['options'])
    return list(fields)
