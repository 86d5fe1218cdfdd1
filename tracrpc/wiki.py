# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""The namespace `wiki`."""

from datetime import datetime
from typing import Any, List, Literal, Optional, Union

from trac.resource import Resource, ResourceNotFound
from trac.web.chrome import web_context
from trac.wiki.api import WikiSystem
from trac.wiki.formatter import format_to_html
from trac.wiki.model import WikiPage
from trac.wiki.web_ui import WikiModule

from tracrpc import shapes
from tracrpc.api import AbstractRPCHandler, Binary, RPCError, batch_of, \
    expose_rpc
from tracrpc.attachment import AttachmentStore
from tracrpc.method import single
from tracrpc.parameter import Unshown
from tracrpc.multicall import isolate
from tracrpc.undo import all_or_nothing
from tracrpc.viewable import Viewable
from tracrpc.wiki_links import page_links, pages_that_may_link_to
from tracrpc.wiki_reader import PageReader, no_page, page_info
from tracrpc.wiki_save import PageEdit

__all__ = ['WikiRPC']

_NO_ATTRIBUTES: Any = Unshown()


class WikiRPC(AbstractRPCHandler):
    """Wiki pages, their versions and attachments; a superset of the WikiRPC
    interface, version 2, that several wikis have in common."""

    realm = WikiSystem.realm

    # IXMLRPCHandler methods

    def xmlrpc_namespace(self):
        return 'wiki'

    # Exported methods, in the order in which clients list them

    @expose_rpc(None, dict, datetime, read_only=True)
    def getRecentChanges(self, req, since: Optional[datetime]
                         ) -> List[shapes.PageInfo]:
        """List the pages that were changed since a date.

        `since` is a date; nil or 0 lists all pages.

        Returns an array with one struct for each page whose latest version
        is not older than `since`, the latest change first: `[{name: string,
        lastModified: dateTime, author: string, version: int, comment:
        string}, ...]`, as of `wiki.getPageInfo`. Pages that the caller may
        not view (WIKI_VIEW on the page) are left out.
        """
        return PageReader(self.env).recent_changes(req, since)

    @expose_rpc('WIKI_VIEW', read_only=True)
    def getRPCVersionSupported(self, req) -> int:
        """Tell the version of the WikiRPC interface: 2."""
        return 2

    @expose_rpc(None, read_only=True)
    def getPage(self, req, pagename: Optional[str],
                version: Optional[int] = None) -> str:
        """Return the wiki text of a page as it is stored.

        `pagename` is the page's name, `version` the version to return, 1
        being the first; without it, the latest. Lines of pages that were
        saved in the browser or with this interface end in CRLF.

        Needs WIKI_VIEW on the page.

        Faults: 404 there is no such page or version.
        """
        return single(self._get_page_batch(req, [(pagename, version)]))

    @expose_rpc(None, str, str, int, read_only=True)
    def getPageVersion(self, req, pagename: Optional[str],
                       version: Optional[int] = None) -> str:
        """Return the wiki text of a version of a page.

        `pagename` is the page's name, `version` the version to return. The
        same as `wiki.getPage`.
        """
        return self.getPage(req, pagename, version)

    @batch_of(getPage, getPageVersion)
    def _get_page_batch(self, req, calls):
        return [page if isinstance(page, Exception) else page.text
                for page in PageReader(self.env).visible_pages(req, calls)]

    @expose_rpc(None, read_only=True)
    def getPageHTML(self, req, pagename: Optional[str],
                    version: Optional[int] = None) -> str:
        """Return a page rendered as HTML.

        `pagename` is the page's name, `version` the version to render, 1
        being the first; without it, the latest.

        Returns `<html><body>`, the content of the page, `</body></html>`.
        Links are absolute, below the URL that the request was sent to; what
        the caller may not see is rendered as it would be on the page.

        Needs WIKI_VIEW on the page.

        Faults: 404 there is no such page or version.
        """
        return single(self._get_page_html_batch(req, [(pagename, version)]))

    @expose_rpc(None, read_only=True)
    def getPageHTMLVersion(self, req, pagename: Optional[str],
                           version: Optional[int] = None) -> str:
        """Return a version of a page rendered as HTML.

        `pagename` is the page's name, `version` the version to render. The
        same as `wiki.getPageHTML`.
        """
        return self.getPageHTML(req, pagename, version)

    @batch_of(getPageHTML, getPageHTMLVersion)
    def _get_page_html_batch(self, req, calls):
        found = PageReader(self.env).visible_pages(req, calls)
        for number, (page, (_, version)) in enumerate(zip(found, calls)):
            if not isinstance(page, Exception):
                if number:
                    isolate(self.env, req)  # macros may do anything to it
                found[number] = '<html><body>%s</body></html>' % \
                    self._render(req, page.model(self.env, version))
        return found

    @expose_rpc(None, read_only=True)
    def getAllPages(self, req) -> List[str]:
        """List the names of all pages.

        Returns an array of strings, sorted, without the pages that the
        caller may not view (WIKI_VIEW on the page).
        """
        viewable = Viewable(self.env, req, 'WIKI_VIEW', self.realm)
        return viewable.those_of(sorted(WikiSystem(self.env).get_pages()))

    @expose_rpc(None, read_only=True)
    def getPageInfo(self, req, pagename: Optional[str],
                    version: Optional[int] = None
                    ) -> Union[shapes.PageInfo, Literal[0]]:
        """Tell who saved a page, and when.

        `pagename` is the page's name, `version` the version asked for, 1
        being the first; without it, the latest.

        Returns a struct `{name: string, lastModified: dateTime, author:
        string, version: int, comment: string}`; `comment` is nil if none
        was given (an empty string over XML-RPC). If there is no such page
        or version, it returns the int 0.

        Needs WIKI_VIEW on the page.
        """
        return single(self._get_page_info_batch(req, [(pagename, version)]))

    @expose_rpc(None, dict, str, int, read_only=True)
    def getPageInfoVersion(self, req, pagename: Optional[str],
                           version: Optional[int] = None
                           ) -> Union[shapes.PageInfo, Literal[0]]:
        """Tell who saved a version of a page, and when.

        `pagename` is the page's name, `version` the version asked for. The
        same as `wiki.getPageInfo`.
        """
        return self.getPageInfo(req, pagename, version)

    @batch_of(getPageInfo, getPageInfoVersion)
    def _get_page_info_batch(self, req, calls):
        return [0 if isinstance(page, ResourceNotFound) else
                page if isinstance(page, Exception) else
                page_info(*page[:4], page.comment)
                for page in PageReader(self.env).visible_pages(req, calls)]

    @expose_rpc(None, bool, str, str, dict)
    def putPage(self, req, pagename: str, content: str,
                attributes: shapes.PageAttributes = _NO_ATTRIBUTES) -> bool:
        """Create a page or save a new version of it.

        `pagename` is the page's name, `content` its wiki text. `attributes`
        is a struct which may be left out, as may each of its members:
         * `comment`: string, what was changed
         * `version`: int, the version that `content` was made from, 0 for a
           page that did not exist. If the page has another version by now,
           nothing is saved, so that nobody's changes are lost.
         * `readonly`: boolean, whether the page is locked for all without
           WIKI_ADMIN; by default it stays as it is
         * `author`: string, who is named as the author; counts only for
           anonymous callers and with WIKI_ADMIN on the page
        Other members are ignored.

        Returns `True`.

        Needs WIKI_VIEW and WIKI_CREATE or, if the page exists, WIKI_MODIFY
        on the page; WIKI_ADMIN if it is locked; WIKI_CHANGE_READONLY (part of
        WIKI_ADMIN) to lock or unlock it.

        Faults: `Page not modified`; `Page has been modified by <author>
        since version <n>: current version is <m>`; the name is not valid; the
        text is longer than `[wiki] max_size`, or a plugin rejects it.
        """
        PageEdit(self.env, req, pagename, content, attributes).save()
        return True

    @expose_rpc(None, read_only=True)
    def listAttachments(self, req, pagename: Optional[str]) -> List[str]:
        """List the attachments of a page.

        `pagename` is the page's name.

        Returns an array of paths, `["WikiStart/logo.png", ...]`, the oldest
        attachment first; empty if there is no such page. Attachments that
        the caller may not view (ATTACHMENT_VIEW) are left out.
        """
        return single(self._list_attachments_batch(req, [[pagename]]))

    @batch_of(listAttachments)
    def _list_attachments_batch(self, req, calls):
        names = [name or '' for name, in calls]
        return [['%s/%s' % (name, each.filename) for each in attachments]
                for name, attachments in zip(
                    names, AttachmentStore(self.env).visible_of_many(
                        req, self.realm, names))]

    @expose_rpc(None, read_only=True)
    def getAttachment(self, req, path: str) -> Binary:
        """Return the content of an attachment.

        `path` is the page's name, a slash and the file's name, as of
        `wiki.listAttachments`.

        Needs ATTACHMENT_VIEW.

        Faults: 404 there is no such attachment, or its file is missing.
        """
        pagename, filename = _split(path)
        return AttachmentStore(self.env).get(
            req, Resource(self.realm, pagename), filename)

    @expose_rpc(None)
    def putAttachment(self, req, path: str, data: Binary) -> bool:
        """Attach a file to a page, replacing one of the same name.

        `path` is the page's name, a slash and the file's name; `data` is the
        content. Returns `True`.

        The same as `wiki.putAttachmentEx` without a description.
        """
        pagename, filename = _split(path)
        self.putAttachmentEx(req, pagename, filename, '', data)
        return True

    @expose_rpc(None, bool, str, str, str, Binary, bool)
    @expose_rpc(None, bool, str, str, str, Binary)
    def putAttachmentEx(self, req, pagename: str, filename: str,
                        description: Optional[str], data: Binary,
                        replace: bool = True) -> str:
        """Attach a file to a page.

        `pagename` is the page's name. `filename` is reduced to its last path
        component. `description` is wiki text; if it is empty, a replaced
        attachment's description stays. `data` is the content. `replace` tells
        whether the file takes the place of one of the same name; if not, its
        name is made unique (`logo.2.png`).

        Returns the name that the attachment got, a string. Replacing is
        done when the new file is safely stored; if anything fails, the old
        one stays.

        Needs ATTACHMENT_CREATE on the page and, to replace an attachment,
        ATTACHMENT_DELETE on it; by default these come with WIKI_MODIFY and,
        unless it is the caller's own, WIKI_DELETE.

        Faults: 404 there is no such page; the file is larger than
        `[attachment] max_size` (which does not bind those who have
        WIKI_ADMIN on the page); the name is empty, `.` or `..`; a plugin
        rejects the file.
        """
        return AttachmentStore(self.env).put(
            req, self._existing_page(pagename).resource, filename,
            description or '', data, replace)

    @expose_rpc(None)
    def deletePage(self, req, name: str,
                   version: Optional[int] = None) -> bool:
        """Delete a page with all its versions and attachments, or one version.

        `name` is the page's name, `version` the only version to delete. A
        page without versions is gone.

        Returns `True`, or `False` if there is no such page or version.

        Needs WIKI_VIEW and WIKI_DELETE on the page; WIKI_ADMIN if it is
        locked.
        """
        page = WikiPage(self.env, name, version)
        perm = req.perm(page.resource)
        perm.require('WIKI_DELETE')
        perm.require('WIKI_VIEW')
        if not page.exists:
            return False
        parent = Resource(self.realm, name)
        with all_or_nothing(self.env, parent):
            page.delete(version)
        return True

    @expose_rpc(None)
    def deleteAttachment(self, req, path: str) -> bool:
        """Delete an attachment.

        `path` is the page's name, a slash and the file's name. Returns
        `True`.

        Needs ATTACHMENT_DELETE: by default, one's own attachments or
        WIKI_DELETE.

        Faults: 404 there is no such page or attachment.
        """
        pagename, filename = _split(path)
        return AttachmentStore(self.env).delete(
            req, self._existing_page(pagename).resource, filename)

    @expose_rpc('WIKI_VIEW', read_only=True)
    def listLinks(self, req,
                  pagename: Optional[str]) -> List[shapes.PageLink]:
        """List the links of a page.

        `pagename` is the page's name; its latest version counts.

        Returns an array with a struct for each link of the rendered page, in
        their order: `[{page: string, type: string, href: string}, ...]`.
        `href` is the link as in `wiki.getPageHTML`. `type` is `local` for a
        link to a wiki page of this Trac, whose name is `page`, and
        `external` for any other, also for one to this Trac's tickets,
        changesets and so on; then `page` is the link again. Links to missing
        pages are listed if the caller may create them, as only then they
        lead somewhere.

        Needs WIKI_VIEW on the page.

        Faults: 404 there is no such page; it renders to more than 1 MiB.

        Example: `[{"page": "TracGuide", "type": "local", "href":
        "http://example.org/trac/wiki/TracGuide"}]`
        """
        page = self._visible_page(req, pagename)
        return page_links(req, page.name, self._render(req, page))

    @expose_rpc('WIKI_VIEW', read_only=True)
    def wikiToHtml(self, req, text: Optional[str]) -> str:
        """Render wiki text as HTML.

        `text` is any wiki text. Returns HTML without a document around it;
        links are absolute, below the URL that the request was sent to.
        """
        return str(format_to_html(self.env, web_context(req, absurls=True),
                                  text or ''))

    @expose_rpc('WIKI_VIEW', read_only=True)
    def getBackLinks(self, req, pagename: str) -> List[str]:
        """List the pages that link to a page.

        `pagename` is the page's name. Returns an array of strings, the names
        of the pages whose latest version links to it, sorted, without those
        that the caller may not view. The page itself is among them if it
        links to itself.

        Needs WIKI_VIEW on the page.

        Faults: 404 there is no such page.
        """
        page = self._visible_page(req, pagename)
        return [name for name in pages_that_may_link_to(self.env, page.name)
                if 'WIKI_VIEW' in req.perm(self.realm, name) and
                self._links_to(req, name, page.name)]

    @expose_rpc(None, read_only=True)
    def getAttachmentInfo(self, req, path: str) -> shapes.PageAttachment:
        """Describe an attachment of a page.

        `path` is the page's name, a slash and the file's name, as of
        `wiki.listAttachments`.

        Returns a struct `{name: string, lastModified: dateTime, size: int,
        author: string, description: string}`; `size` is in bytes. If there is
        no such attachment, `lastModified` and `size` are 0, the strings
        empty.

        Needs ATTACHMENT_VIEW on the attachment.
        """
        pagename, filename = _split(path)
        attachment = AttachmentStore(self.env).info(
            req, Resource(self.realm, pagename), filename)
        if attachment is None:
            return {'name': filename, 'lastModified': 0, 'size': 0,
                    'author': '', 'description': ''}
        return {'name': attachment.filename, 'lastModified': attachment.date,
                'size': attachment.size, 'author': attachment.author or '',
                'description': attachment.description or ''}

    # Internal methods

    def _links_to(self, req, name, target):
        try:
            html = self._render(req, WikiPage(self.env, name))
            return any(link['type'] == 'local' and link['page'] == target
                       for link in page_links(req, name, html))
        except RPCError as e:  # too large to be searched
            self.log.warning("wiki.getBackLinks leaves out %r: %s", name, e)
            return False

    def _visible_page(self, req, pagename):
        return single(PageReader(self.env).visible_pages(
            req, [(pagename, None)])).model(self.env, None)

    def _existing_page(self, pagename):
        page = WikiPage(self.env, pagename)
        if not page.exists:
            raise no_page(pagename)
        return page

    def _render(self, req, page):
        """The page's HTML, a `str`, with what plugins make of its text."""
        fields = {'text': page.text}
        for manipulator in WikiModule(self.env).page_manipulators:
            manipulator.prepare_wiki_page(req, page, fields)
        context = web_context(req, page.resource, absurls=True)
        return str(format_to_html(self.env, context, fields.get('text', '')))


def _split(path):
    """Name of the page and name of the file."""
    pagename, _, filename = path.rpartition('/')
    return pagename, filename
