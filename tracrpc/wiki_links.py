# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""The links of a rendered wiki page."""

from urllib.parse import unquote, urljoin, urlsplit

from trac.wiki.api import WikiSystem

from tracrpc.api import RPCError

#: How many characters of HTML are searched for links.
MAX_HTML = 1 << 20

# The parser searches for the end of whatever it finds open, and starts again
# behind it if there is none, which takes time quadratic in the size of hostile
# HTML. Closing everything at the end keeps it linear.
_TAIL = '\'> "> --> ]]> ?> </script></style></textarea></title>'


def page_links(req, pagename, html):
    """Return the links of a page, in their order, as structs of WikiRPC v2.

    :param html: the page, rendered with absolute links
    :raises RPCError: if there is too much of it
    """
    if len(html) > MAX_HTML:
        raise RPCError("Wiki page \"%s\" is too large to be searched for "
                       "links: it renders to %d characters, the limit is %d"
                       % (pagename, len(html), MAX_HTML))
    wiki_url = urlsplit(req.abs_href.wiki())
    page_url = req.abs_href.wiki(pagename)
    return [_link(href, _page_name(wiki_url, page_url, href))
            for href in _hrefs(html)]


def pages_that_may_link_to(env, pagename):
    """The names of the pages whose text could hold a link to that page: they
    have to be rendered to know."""
    with env.db_query as db:
        mentions = 'w.text %s' % db.like()
        texts = [pagename.rpartition('/')[2]]
        if pagename == WikiSystem.START_PAGE:
            texts.append('wiki')  # its address without a name
        return [name for name, in db("""
            SELECT w.name FROM wiki w INNER JOIN (
                SELECT name, max(version) AS version
                FROM wiki GROUP BY name) latest
            ON w.name=latest.name AND w.version=latest.version
            WHERE %s OR (w.name %s AND %s) ORDER BY w.name
            """ % (' OR '.join([mentions] * len(texts)), db.prefix_match(),
                   mentions),
            [_within(db, text) for text in texts] +
            # pages below it reach it by `..`
            [db.prefix_match_value(pagename + '/'), _within(db, '..')])]


def _within(db, text):
    return '%' + db.like_escape(text) + '%'


def _link(href, pagename):
    return {'page': href if pagename is None else pagename,
            'type': 'external' if pagename is None else 'local',
            'href': href}


def _page_name(wiki_url, page_url, href):
    """The wiki page that a link leads to, `None` if it leads elsewhere."""
    try:
        target = urlsplit(urljoin(page_url, href))
    except ValueError:  # not a valid URL
        return None
    if target[:2] != wiki_url[:2]:
        return None
    start, path = wiki_url.path, target.path
    if path == start or path == start + '/':
        return WikiSystem.START_PAGE
    if path.startswith(start + '/'):
        return unquote(path[len(start) + 1:])
    return None


def _hrefs(html):
    from genshi.core import START
    from genshi.input import HTMLParser  # takes 40 ms
    # Two layers of the parser decode entities in attributes.
    source = _Source(html.replace('&', '&amp;') + _TAIL)
    for kind, data, _ in HTMLParser(source):
        if kind is START and data[0].localname == 'a' and data[1].get('href'):
            yield data[1].get('href')


class _Source:
    """A file that gives all at once: in small pieces, the parser would look
    again and again for the end of something that is not there yet."""

    def __init__(self, text):
        self._text = text

    def read(self, size=-1):
        text, self._text = self._text, ''
        return text
