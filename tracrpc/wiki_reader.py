# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""Reading wiki pages, many with the same few statements."""

from typing import NamedTuple, Optional

from trac.resource import Resource, ResourceNotFound
from trac.util.datefmt import to_utimestamp
from trac.wiki.model import WikiPage

from tracrpc.faults import about
from tracrpc.values import from_microseconds
from tracrpc.viewable import Viewable

#: How many pages one statement names.
_CHUNK = 400

_COLUMNS = 'w.name, w.version, w.time, w.author, w.text, w.comment, ' \
           'w.readonly'

_IS_LATEST = """NOT EXISTS (SELECT 1 FROM wiki later
                WHERE later.name=w.name AND later.version>w.version)"""

# The same; takes less time for all pages, and as much for a few.
_IS_LATEST_OF_ALL = """(w.name, w.version) IN (
    SELECT name, MAX(version) FROM wiki GROUP BY name)"""


def no_page(pagename, version=None):
    """The exception for a page or a version that does not exist."""
    text = 'Wiki page "%s" does not exist' % pagename
    if version is not None:
        text += ' at version %d' % version
    return about(ResourceNotFound(text, "Invalid Wiki page"),
                 Resource('wiki', pagename, version))


def page_info(name, version, time, author, comment):
    """What clients learn about a version of a page; `time` is in
    microseconds."""
    return {'name': name, 'lastModified': from_microseconds(time),
            'author': author, 'version': version, 'comment': comment}


class StoredPage(NamedTuple):
    """A version of a page, as the database has it."""
    name: str
    version: int
    time: int
    author: Optional[str]
    text: str
    comment: Optional[str]
    readonly: Optional[int]

    def model(self, env, version):
        """Trac's model of the page, of which that version was asked for, or
        the latest (`None`)."""
        page = WikiPage(env)
        page.name = self.name
        page._resource_version = version
        page.version = int(self.version)
        page.time = from_microseconds(self.time)
        page.author, page.comment = self.author, self.comment
        page.text = page.old_text = self.text
        page.readonly = page.old_readonly = int(self.readonly or 0)
        return page


class PageReader:
    """Reads pages, without a statement for each."""

    def __init__(self, env):
        self.env = env

    def visible_pages(self, req, keys):
        """The pages of pairs of a name and a version (`None` for the latest):
        a list with a `StoredPage`, or the exception why the caller does not
        get it, for each."""
        viewable = Viewable(self.env, req, 'WIKI_VIEW', 'wiki')
        latest = self._latest({name for name, version in keys
                               if version is None})
        versions = self._versions({(name, version) for name, version in keys
                                   if version is not None})
        return [viewable.refusal(name or '', version) or
                (latest.get(name) if version is None else
                 versions.get((name, version))) or no_page(name, version)
                for name, version in keys]

    def recent_changes(self, req, since):
        """What clients learn about the pages whose latest version is not
        older than `since`, or about all (`None`), the latest change first."""
        viewable = Viewable(self.env, req, 'WIKI_VIEW', 'wiki')
        time = to_utimestamp(since) if since else -1 << 62
        rows = self.env.db_query("""
            SELECT name, version, time, author, comment FROM wiki w
            WHERE time>=%%s AND %s ORDER BY time DESC
            """ % (_IS_LATEST if time > 0 else _IS_LATEST_OF_ALL), (time,))
        if not viewable.for_all:
            rows = [row for row in rows if viewable(*row[:2])]
        return [page_info(*row) for row in rows]

    # Internal methods

    def _latest(self, names):
        return {row[0]: StoredPage(*row) for row in self._rows(
            "SELECT %s FROM wiki w WHERE w.name IN (%%s) AND %s"
            % (_COLUMNS, _IS_LATEST), [(name,) for name in names], ',')}

    def _versions(self, keys):
        return {row[:2]: StoredPage(*row) for row in self._rows(
            "SELECT %s FROM wiki w WHERE %%s" % _COLUMNS, list(keys), ' OR ',
            '(w.name=%s AND w.version=%s)')}

    def _rows(self, sql, keys, separator, holder='%s'):
        for start in range(0, len(keys), _CHUNK):
            chunk = keys[start:start + _CHUNK]
            yield from self.env.db_query(
                sql % separator.join([holder] * len(chunk)),
                [value for key in chunk for value in key])
