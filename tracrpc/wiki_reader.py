# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""Reading wiki pages, many with the same few statements."""

from trac.resource import ResourceNotFound
from trac.util.datefmt import from_utimestamp
from trac.wiki.model import WikiPage

from tracrpc.method import attempt
from tracrpc.viewable import Viewable

#: How many pages one statement names.
_CHUNK = 400

_COLUMNS = 'w.name, w.version, w.time, w.author, w.text, w.comment, ' \
           'w.readonly'


def no_page(pagename, version=None):
    """The exception for a page or a version that does not exist."""
    text = 'Wiki page "%s" does not exist' % pagename
    if version is not None:
        text += ' at version %d' % version
    return ResourceNotFound(text, "Invalid Wiki page")


class PageReader:
    """Reads pages as Trac's model, without a statement for each."""

    def __init__(self, env):
        self.env = env

    def visible_pages(self, req, keys):
        """The pages of pairs of a name and a version: a list with a page, or
        the exception why the caller does not get it, for each."""
        viewable = Viewable(self.env, req, 'WIKI_VIEW', 'wiki')

        def visible(page, name, version):
            viewable.require(page.name, version)
            if not page.exists:
                raise no_page(name, version)
            return page
        pages = self.pages([(name or '', version) for name, version in keys])
        return [attempt(visible, page, name, version)
                for page, (name, version) in zip(pages, keys)]

    def pages(self, keys):
        """The pages, which may not exist, of pairs of a name and a version
        (`None` for the latest): a list in their order."""
        latest = self._latest({name for name, version in keys
                               if version is None})
        versions = self._versions({key for key in keys
                                   if key[1] is not None})
        return [self._page(name, version,
                           latest.get(name) if version is None else
                           versions.get((name, version)))
                for name, version in keys]

    # Internal methods

    def _latest(self, names):
        return {row[0]: row[1:] for row in self._rows("""
            SELECT %s FROM wiki w INNER JOIN (
                SELECT name, max(version) AS version FROM wiki
                WHERE name IN (%%s) GROUP BY name) latest
            ON w.name=latest.name AND w.version=latest.version
            """ % _COLUMNS, [(name,) for name in names], ',')}

    def _versions(self, keys):
        return {row[:2]: row[1:] for row in self._rows(
            "SELECT %s FROM wiki w WHERE %%s" % _COLUMNS, list(keys), ' OR ',
            '(w.name=%s AND w.version=%s)')}

    def _rows(self, sql, keys, separator, holder='%s'):
        for start in range(0, len(keys), _CHUNK):
            chunk = keys[start:start + _CHUNK]
            yield from self.env.db_query(
                sql % separator.join([holder] * len(chunk)),
                [value for key in chunk for value in key])

    def _page(self, name, version, row):
        page = WikiPage(self.env)
        page.name = name
        page._resource_version = version
        if row is not None:
            number, time, page.author, text, page.comment, readonly = row
            page.version = int(number)
            page.time = from_utimestamp(time)
            page.text = page.old_text = text
            page.readonly = page.old_readonly = int(readonly or 0)
        return page
