# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""The namespace `search`."""

import datetime as dt

import pytest
from trac.core import Component, implements
from trac.search.api import ISearchSource
from trac.ticket.model import Ticket
from trac.util.datefmt import utc
from trac.util.html import tag
from trac.util.translation import N_
from trac.wiki.model import WikiPage

from tracrpc.search import SearchRPC  # noqa: F401 has to be there
from tracrpc.tests.support import grant, revoke

_WHEN = dt.datetime(2020, 1, 2, 3, 4, 5, tzinfo=utc)


@pytest.fixture(autouse=True)
def content(env):
    page = WikiPage(env, 'Über Uns')
    page.text = 'the uniqueword of this page'
    page.save('ann', '', _WHEN)
    ticket = Ticket(env)
    ticket.populate({'summary': 'uniqueword <b>', 'reporter': 'bob',
                     'description': 'red apple pie', 'status': 'new',
                     'type': 'defect'})
    ticket.insert(_WHEN)


def source(results=(), filters=(('mine', 'My source'),), seen=None):
    class Source(Component):
        implements(ISearchSource)

        def get_search_filters(self, req):
            if isinstance(filters, Exception):
                raise filters
            return filters

        def get_search_results(self, req, terms, filters):
            if seen is not None:
                seen.append((terms, list(filters)))
            if isinstance(results, Exception):
                raise results
            return results

    return Source


def hrefs(rows):
    return [row[0] for row in rows]


# getSearchFilters

def test_filters(rpc):
    filters = rpc.user.search.getSearchFilters()
    assert ['milestone', 'Milestones'] in filters
    assert ['wiki', 'Wiki'] in filters and ['ticket', 'Tickets'] in filters


def test_filters_of_what_the_caller_may_use(rpc, env):
    revoke(env, 'anonymous', 'WIKI_VIEW')
    revoke(env, 'authenticated', 'WIKI_VIEW')
    ids = [id_ for id_, label in rpc.user.search.getSearchFilters()]
    assert 'wiki' not in ids and 'ticket' in ids
    assert ['wiki', 'Wiki'] in rpc.admin.search.getSearchFilters()


def test_filters_of_other_shapes(rpc, components):
    components(source(filters=(('a', tag.b('A'), False), ['b', N_('B')])),
               source(filters=None))
    filters = rpc.user.search.getSearchFilters()
    assert ['a', '<b>A</b>'] in filters and ['b', 'B'] in filters


def test_S1_a_source_that_fails_to_list_filters(rpc, components, caplog):
    def exhausted():
        yield 'half', 'Half'
        raise KeyError('boom')
    components(source(filters=ValueError('boom')), source(filters=5),
               source(filters=[('one',)]), source(filters=exhausted()))
    caplog.clear()
    ids = [id_ for id_, label in rpc.user.search.getSearchFilters()]
    assert 'half' not in ids and {'wiki', 'ticket'} <= set(ids)
    errors = [record for record in caplog.records
              if record.levelname == 'ERROR']
    assert len(errors) == 4
    assert 'Traceback' in errors[0].getMessage()


# performSearch

def test_search(rpc):
    rows = rpc.user.search.performSearch('uniqueword')
    assert sorted(rows) == [
        ['http://example.org/trac/ticket/1',
         '<span class="new">#1</span>: defect: uniqueword &lt;b&gt; (new)',
         _WHEN, 'bob', 'red apple pie'],
        ['http://example.org/trac/wiki/%C3%9Cber%20Uns',
         'Über Uns: the uniqueword of this page', _WHEN, 'ann',
         'the uniqueword of this page']]


def test_search_hides_what_the_caller_may_not_see(rpc, env):
    revoke(env, 'anonymous', 'WIKI_VIEW')
    revoke(env, 'authenticated', 'WIKI_VIEW')
    assert hrefs(rpc.user.search.performSearch('uniqueword')) == \
        ['http://example.org/trac/ticket/1']
    # naming a filter does not help
    assert rpc.user.search.performSearch('uniqueword', ['wiki']) == []
    assert len(rpc.admin.search.performSearch('uniqueword')) == 2


def test_search_needs_search_view(rpc, env):
    revoke(env, 'anonymous', 'SEARCH_VIEW')
    revoke(env, 'authenticated', 'SEARCH_VIEW')
    for call in (lambda: rpc.user.search.performSearch('uniqueword'),
                 rpc.user.search.getSearchFilters):
        with rpc.fault(403, 'SEARCH_VIEW'):
            call()
    grant(env, 'bob', 'SEARCH_VIEW')
    assert rpc.as_user('bob').search.performSearch('uniqueword')


def test_search_queries(rpc, components):
    seen = []
    components(source(seen=seen))
    for query, terms in (
            ('red apple', ['red', 'apple']), ('"red apple"', ['red apple']),
            ("'apple pie' red", ['apple pie', 'red']), ('x', ['x']),
            ('!WikiStart', ['WikiStart']), ('WikiStart', ['WikiStart']),
            ('!!a', ['!a']), ('/trunk', ['/trunk']),
            ('ticket:1', ['ticket:1']), ('a "" b', ['a', 'b']),
            ('100%', ['100%']), (5, ['5'])):
        rpc.user.search.performSearch(query)
        assert seen.pop()[0] == terms
    assert len(rpc.user.search.performSearch('apple red')) == 1
    assert rpc.user.search.performSearch('"pie apple"') == []
    assert rpc.user.search.performSearch('nosuchword') == []
    assert rpc.user.search.performSearch('%') == []


def test_S1_an_empty_query_is_a_clean_fault(rpc):
    for query in ('', ' ', '\t\n', '!', '! ', '""', "''", '"'):
        with rpc.fault(1) as fault:
            rpc.user.search.performSearch(query)
        assert fault.text == 'The search query is empty'


def test_S1_wrong_types_are_clean_faults(rpc):
    for query in (None, ['a'], {'a': 1}, True):
        with rpc.fault(1, 'Argument 1 ("query") must be a string'):
            rpc.user.search.performSearch(query)
    for filters in ('wiki', 5, {'a': 1}, True):
        with rpc.fault(1, 'Argument 2 ("filters") must be an array'):
            rpc.user.search.performSearch('uniqueword', filters)
    for item in (5, ['ticket'], {'a': 1}, True, None):
        with rpc.fault(1, 'Argument 2 ("filters") must be an array of '
                          'strings'):
            rpc.user.search.performSearch('uniqueword', ['wiki', item])
    with rpc.fault(1, 'missing 1 required positional argument'):
        rpc.user.search.performSearch()


def test_S1_filters(rpc):
    search = rpc.user.search.performSearch
    everything = search('uniqueword')
    assert len(everything) == 2
    assert search('uniqueword', None) == everything
    assert search('uniqueword', []) == everything
    (page,) = search('uniqueword', ['wiki'])
    assert page[0] == 'http://example.org/trac/wiki/%C3%9Cber%20Uns'
    assert search('uniqueword', ['nosuch', 'wiki', 'wiki']) == [page]
    assert search('uniqueword', ['nosuch']) == []
    assert sorted(search('uniqueword', ['ticket', 'wiki'])) == \
        sorted(everything)


def test_S1_sources_get_known_filters_only(rpc, components):
    seen = []
    components(source(seen=seen))
    rpc.user.search.performSearch('x', ['mine', 'forged', 'wiki'])
    assert sorted(seen[0][1]) == ['mine', 'wiki']


def row(href='/trac/x', title='t', date=_WHEN, author='a', excerpt='e'):
    return href, title, date, author, excerpt


def test_S1_a_source_that_fails_is_skipped(rpc, components, caplog):
    def half():
        yield row()
        raise KeyError('late boom')
    components(source(ValueError('boom')), source(half()), source(None),
               source([('too', 'short')]), source(5), source([]),
               source([row(href='/trac/good')]))
    caplog.clear()
    found = hrefs(rpc.user.search.performSearch('uniqueword'))
    assert sorted(found) == ['http://example.org/trac/good',
                             'http://example.org/trac/ticket/1',
                             'http://example.org/trac/wiki/%C3%9Cber%20Uns']
    errors = [record.getMessage() for record in caplog.records
              if record.levelname == 'ERROR']
    assert len(errors) == 4
    assert all('Traceback' in text for text in errors)


def test_S1_a_source_that_fails_to_list_filters_does_not_spoil_a_search(
        rpc, components):
    components(source(filters=ValueError('boom'), results=[row()]))
    assert len(rpc.user.search.performSearch('uniqueword', ['wiki'])) == 2


def test_rows_of_other_shapes(rpc, components):
    components(source([
        row(href='http://other.example/x', title=tag.i('<t>')),
        row(href='relative', author=None, excerpt=tag('a', tag.b('b'))),
        row() + ('more',)]))
    rows = rpc.user.search.performSearch('nosuchword')
    assert rows == [
        ['http://other.example/x', '<i>&lt;t&gt;</i>', _WHEN, 'a', 'e'],
        ['relative', 't', _WHEN, None if rpc.protocol == 'json' else '',
         'a<b>b</b>'],
        ['http://example.org/trac/x', 't', _WHEN, 'a', 'e']]


@pytest.mark.parametrize('name, signatures, line', [
    ('getSearchFilters', ['array'], 'array search.getSearchFilters()'),
    ('performSearch', ['array,string', 'array,string,array'],
     'array search.performSearch(string query, array filters=None)')])
def test_declared_signatures(rpc, name, signatures, line):
    name = 'search.' + name
    assert rpc.user.system.methodSignature(name) == signatures
    assert rpc.user.system.methodHelp(name).split('\n')[0].rstrip('\r') == \
        line
