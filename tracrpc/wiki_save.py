# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""Saving a wiki page as the web's form does, and without losing what others
save at the same time.
"""

import re

from trac.perm import PermissionError
from trac.util import get_reporter_id
from trac.util.datefmt import datetime_now, to_utimestamp, utc
from trac.wiki.api import WikiSystem, validate_page_name
from trac.wiki.model import WikiPage
from trac.wiki.web_ui import WikiModule

from tracrpc.api import RPCError
from tracrpc.arguments import Mismatch, converter, described
from tracrpc.faults import Conflict, about
from tracrpc.undo import all_or_nothing, is_lost_race
from tracrpc.values import plain_text

#: How often a save is tried again that others were faster with.
_ATTEMPTS = 100

_line_end_re = re.compile('\r\n|\r|\n')


class PageEdit:
    """What a client wants a page to be: its text, and the attributes
    `comment`, `author`, `readonly` and `version` of `wiki.putPage`."""

    def __init__(self, env, req, pagename, text, attributes):
        self.env = env
        self.req = req
        self.pagename = pagename
        self.text = text
        self.comment = _text(attributes, 'comment')
        self.author = _text(attributes, 'author')
        self.readonly = _flag(attributes, 'readonly')
        self.base_version = _attribute(attributes, 'version', int)

    def save(self):
        """Check and save."""
        page = WikiPage(self.env, self.pagename)
        # With a version, as manipulators get it when a form is submitted.
        page = WikiPage(self.env, self.pagename, page.version)
        self._require_permissions(page)
        if not validate_page_name(page.name) or '\n' in page.name:
            raise RPCError("Invalid Wiki page name '%s'" % page.name)
        self._require_base(page)
        self._apply(page)
        self._validate(page)
        self.author = self._author_for(page)
        for _ in range(_ATTEMPTS):
            try:
                saved = self._store(page)
            except Exception as e:
                if is_lost_race(self.env, e):
                    continue
                raise
            self._tell_listeners(saved)
            return
        raise about(Conflict("Wiki page \"%s\" is being changed by others, "
                             "please try again" % self.pagename),
                    page.resource)

    # Internal methods: checks

    def _require_permissions(self, page):
        perm = self.req.perm(page.resource)
        if page.readonly:
            perm.require('WIKI_ADMIN')
        perm.require('WIKI_MODIFY' if page.exists else 'WIKI_CREATE')
        perm.require('WIKI_VIEW')  # nobody gets at the form without
        if self.readonly not in (None, page.readonly) and \
                'WIKI_CHANGE_READONLY' not in perm and \
                'WIKI_ADMIN' not in perm:
            raise PermissionError('WIKI_CHANGE_READONLY', page.resource,
                                  self.env)

    def _require_base(self, page):
        if self.base_version not in (None, page.version):
            raise about(Conflict("Page has been modified by %s since version "
                                 "%d: current version is %d"
                                 % (page.author or 'unknown',
                                    self.base_version, page.version)),
                        page.resource)

    def _apply(self, page):
        # Pages that did not come through a form may be stored with other
        # line ends; that is no difference.
        if _line_end_re.sub('\r\n', page.old_text) != self.text:
            page.text = self.text
        if self.readonly is not None:
            page.readonly = self.readonly

    def _validate(self, page):
        """Run the checks of the edit form; all that they find is one
        fault."""
        module = WikiModule(self.env)
        problems = []
        if len(self.text) > module.max_size:
            problems.append("The wiki page is too long (must be less than %d "
                            "characters)" % module.max_size)
        self._fill_in_form(page)
        text = page.text
        for manipulator in module.page_manipulators:
            for field, problem in manipulator.validate_wiki_page(self.req,
                                                                 page) or ():
                problem = plain_text(problem)
                problems.append(
                    "The Wiki page field %s is invalid: %s" % (field, problem)
                    if field else "Invalid Wiki page: %s" % problem)
        if problems:
            raise RPCError('; '.join(problems))
        if page.text != text:  # by a manipulator
            self.text = page.text
        self.comment = self.req.args.get('comment') or self.comment

    def _fill_in_form(self, page):
        """Make the request look to manipulators as if the edit form had sent
        it."""
        args = self.req.args
        args.update({'action': 'edit', 'save': 'Submit changes',
                     'page': page.name, 'version': str(page.version),
                     'text': self.text, 'comment': self.comment or ''})
        if page.readonly:
            args['readonly'] = 'on'
        if self.author and not self.req.is_authenticated:
            args['author'] = self.author

    def _author_for(self, page):
        if self.author and self.req.is_authenticated and \
                'WIKI_ADMIN' in self.req.perm(page.resource):
            return self.author
        return get_reporter_id(self.req, 'author')

    # Internal methods: storing

    def _store(self, validated):
        """Save the page, in one transaction that holds it from before it is
        read, and return it.

        This is `WikiPage.save` without its call of the listeners: they may
        do what must not happen in here. They wait for mail servers, and an
        SQL error of theirs would undo the saving without anybody noticing.
        """
        with all_or_nothing(self.env) as db:
            # A write comes first: it holds the version (on SQLite the whole
            # database) against others from here on.
            db("""UPDATE wiki SET readonly=readonly
                  WHERE name=%s AND version=%s
                  """, (self.pagename, validated.version))
            page = WikiPage(self.env, self.pagename)
            self._require_base(page)
            page = WikiPage(self.env, self.pagename, page.version)
            if (page.version, page.readonly) != (validated.version,
                                                 validated.old_readonly):
                self._require_permissions(page)
            self._apply(page)
            self._write(db, page)
        return page

    def _write(self, db, page):
        page.author = self.author
        page.comment = self.comment
        page.time = datetime_now(utc)
        if page.text != page.old_text:
            page.version += 1
            db("""INSERT INTO wiki
                   (name, version, time, author, text, comment, readonly)
                  VALUES (%s,%s,%s,%s,%s,%s,%s)
                  """, (page.name, page.version, to_utimestamp(page.time),
                        page.author, page.text, page.comment, page.readonly))
        elif page.readonly != page.old_readonly:
            db("UPDATE wiki SET readonly=%s WHERE name=%s",
               (page.readonly, page.name))
        else:
            raise RPCError("Page not modified")
        if page.version == 1:
            del WikiSystem(self.env).pages  # the cache of their names

    def _tell_listeners(self, page):
        for listener in WikiSystem(self.env).change_listeners:
            with self.env.component_guard(listener):
                if page.version == 1:
                    listener.wiki_page_added(page)
                else:
                    listener.wiki_page_changed(page, page.version, page.time,
                                               page.comment, page.author)
        page.old_readonly = page.readonly
        page.old_text = page.text


# Attributes: what clients put into a struct is of any type

def _attribute(attributes, name, kind):
    """An attribute as a value of that type, `None` if it is not there."""
    value = attributes.get(name)
    if value is None:
        return None
    try:
        return converter((kind,))(value)
    except Mismatch as e:
        raise RPCError('Attribute "%s" must be %s, not %s'
                       % (name, e, described(value))) from None


def _text(attributes, name):
    """An attribute as text; nil is empty text."""
    text = _attribute(attributes, name, str)
    return '' if text is None and name in attributes else text


def _flag(attributes, name):
    """An attribute as 0 or 1; PHP clients write them as text."""
    value = attributes.get(name)
    if isinstance(value, str) and value.strip() in ('', '0', '1'):
        attributes = {name: int(value.strip() or 0)}
    flag = _attribute(attributes, name, bool)
    return flag if flag is None else int(flag)
