# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""The namespace `search`."""

from typing import List, Optional
from urllib.parse import urlsplit

from trac.search.web_ui import SearchModule
from trac.util.text import exception_to_unicode

from tracrpc.api import AbstractRPCHandler, RPCError, expose_rpc
from tracrpc.shapes import SearchFilter, SearchResult
from tracrpc.viewable import shared_decisions

__all__ = ['SearchRPC']


class SearchRPC(AbstractRPCHandler):
    """Search in everything that Trac's search page finds."""

    # IXMLRPCHandler methods

    def xmlrpc_namespace(self):
        return 'search'

    # Exported methods

    @expose_rpc('SEARCH_VIEW', read_only=True)
    def getSearchFilters(self, req) -> List[SearchFilter]:
        """List what can be searched.

        Returns an array of pairs, the id of a filter and its label, for the
        filters that the caller may use: `[["ticket", "Tickets"], ["wiki",
        "Wiki"], ...]`.
        """
        filters = [[id_, label] for source in self._sources
                   for id_, label in self._filters(req, source)]
        return filters

    @expose_rpc('SEARCH_VIEW', read_only=True)
    def performSearch(self, req, query: str, filters:
                      Optional[List[str]] = None) -> List[SearchResult]:
        """Search for words.

        `query` is a string with the words to search for, all of which must
        be found; quotes keep words together (`"release plan"`). `filters`
        is an array of ids, as of `search.getSearchFilters`, that tells what
        to search. Without it, or if it is empty, everything is searched;
        ids that are not known are ignored.

        Returns an array of arrays `[href, title, date, author, excerpt]`,
        all strings but for the date, for each result that the caller may
        see. They are grouped by what was searched. `href` is a complete
        URL, `title` may hold HTML.

        Faults: the query is empty.
        """
        terms = self._terms(query)
        filters = self._known(req, filters)
        if not filters:
            return []
        host = '%s://%s' % urlsplit(req.abs_href())[:2]
        with shared_decisions(self.env, req):
            return [result for source in self._sources
                    for result in self._results(req, source, terms, filters,
                                                host)]

    # Internal methods

    @property
    def _sources(self):
        return SearchModule(self.env).search_sources

    def _terms(self, query):
        """The words of a query, as the search page reads it; there a `!`
        suppresses the quick-jump, which we do not have."""
        if query.startswith('!'):
            query = query[1:]
        terms = [term for term in SearchModule(self.env)
                 ._get_search_terms(query) if term]
        if not terms:
            raise RPCError("The search query is empty")
        return terms

    def _known(self, req, filters):
        """The ids of those filters that there are, of all if none is given."""
        known = [id_ for source in self._sources
                 for id_, label in self._filters(req, source)]
        if not filters:
            return known
        for id_ in filters:
            if not isinstance(id_, str):
                raise RPCError('Argument 2 ("filters") must be an array of '
                               'strings')
        return [id_ for id_ in known if id_ in filters]

    def _filters(self, req, source):
        return self._guarded(source, lambda: [
            (filter_[0], filter_[1])
            for filter_ in source.get_search_filters(req) or ()])

    def _results(self, req, source, terms, filters, host):
        return self._guarded(source, lambda: [
            _row(host, *result[:5])
            for result in source.get_search_results(req, terms, filters)
            or ()])

    def _guarded(self, source, function):
        """What the function returns, nothing if it fails."""
        try:
            return function()
        except Exception as e:
            self.log.error("The search source %r is left out: %s", source,
                           exception_to_unicode(e, traceback=True))
            return []


def _row(host, href, title, date, author, excerpt):
    href = str(href)
    if href.startswith('/'):
        href = host + href
    return [href, str(title), date, author, str(excerpt)]
