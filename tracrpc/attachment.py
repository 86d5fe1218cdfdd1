# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""Attachments of wiki pages and tickets: the checks of Trac's upload form, and
a way of storing that leaves everything as it was if anything fails.
"""

import os
import shutil
import uuid
from contextlib import contextmanager, suppress

from trac.attachment import Attachment, AttachmentModule
from trac.perm import PermissionCache
from trac.resource import ResourceNotFound
from trac.util import get_reporter_id, lazy, normalize_filename
from trac.util.datefmt import datetime_now, to_utimestamp, utc
from trac.util.text import exception_to_unicode, pretty_size

from tracrpc.api import Binary, RPCError
from tracrpc.faults import Conflict, about
from tracrpc.undo import all_or_nothing, is_lost_race
from tracrpc.values import plain_text
from tracrpc.viewable import Viewable

__all__ = ['AttachmentStore']

#: How many numbered names are tried for a file whose name is taken, and how
#: often a file is tried again that somebody else changes at the same time.
_ATTEMPTS = 100

#: How many parents one statement names.
_CHUNK = 500

#: Who imports and migrates, and may attach files of any size.
_SIZE_EXEMPTIONS = {'ticket': 'TICKET_ADMIN', 'wiki': 'WIKI_ADMIN'}


class AttachmentStore:
    """The attachments of an environment, as a request's user may use them.

    Parents are given as `trac.resource.Resource`; whether they exist is for
    the caller to check.
    """

    def __init__(self, env):
        self.env = env
        self.log = env.log

    def visible(self, req, parent):
        """Return the list of the parent's attachments that the user may
        view, the oldest first."""
        return self.visible_of_many(req, parent.realm, [parent.id])[0]

    def visible_of_many(self, req, realm, ids):
        """Return such a list for each of several parents of one realm."""
        viewable = Viewable(self.env, req, 'ATTACHMENT_VIEW', realm)
        attachments = {str(id): [] for id in ids}
        for id, *row in self._rows_of(realm, list(attachments)):
            if viewable(id, attachment=row[0]):
                attachment = Attachment(self.env, realm, id)
                attachment._from_database(*row)
                attachments[id].append(attachment)
        return [attachments[str(id)] for id in ids]

    def _rows_of(self, realm, ids):
        for start in range(0, len(ids), _CHUNK):
            chunk = ids[start:start + _CHUNK]
            yield from self.env.db_query("""
                SELECT id, filename, description, size, time, author
                FROM attachment WHERE type=%%s AND id IN (%s) ORDER BY time
                """ % ','.join(['%s'] * len(chunk)), [realm] + chunk)

    def get(self, req, parent, filename):
        """Return the content of an attachment as a `Binary` that is read
        only while it is sent.

        :raises ResourceNotFound: if there is no such attachment, or its file
                                  is missing on disk.
        """
        attachment = self._existing(parent, filename)
        req.perm(attachment.resource).require('ATTACHMENT_VIEW')
        fileobj = attachment.open()
        return Binary(file=fileobj, size=os.fstat(fileobj.fileno()).st_size)

    def info(self, req, parent, filename):
        """Return an attachment, `None` if there is no such attachment."""
        try:
            attachment = self._existing(parent, filename)
        except ResourceNotFound:
            return None
        req.perm(attachment.resource).require('ATTACHMENT_VIEW')
        return attachment

    def put(self, req, parent, filename, description, data, replace):
        """Attach a file to the parent and return the name it got.

        :param data: the content, a `Binary`
        :param replace: whether it replaces an attachment of the same name;
                        otherwise the name is made unique: `b.2.txt`
        """
        req.perm(parent.child(Attachment.realm)).require('ATTACHMENT_CREATE')
        filename = _clean_filename(filename)
        new = self._new(req, parent, filename, description, data)
        if replace:
            self._replaceable(req, new)
        self._validate(req, new, data, replace)
        with self._os_errors('stored', filename):
            content = _write(os.path.dirname(new.path), data)
            try:
                return self._settle(req, new, content, replace)
            finally:
                with suppress(FileNotFoundError):
                    os.unlink(content)

    def delete(self, req, parent, filename):
        """Delete an attachment and return `True`.

        :raises ResourceNotFound: if there is no such attachment.
        """
        with self._os_errors('deleted', filename):
            for _ in range(_ATTEMPTS):
                old = self._existing(parent, filename)
                self._require_delete(req, old)
                if self._exchange(old, None):
                    self._tell(old, None)
                    return True
        raise _busy(filename)

    # Internal methods: finding and checking

    def _existing(self, parent, filename):
        if not filename:
            raise ResourceNotFound("Attachment 'None' not found",
                                   "Invalid Attachment")
        resource = parent.child(Attachment.realm, filename)
        try:
            return Attachment(self.env, resource)
        except ResourceNotFound as e:
            about(e, resource)
            raise

    def _new(self, req, parent, filename, description, data):
        new = Attachment(self.env, parent.child(Attachment.realm))
        new.filename = filename
        new.description = description or ''
        new.author = get_reporter_id(req, 'author')
        new.size = data.size
        if not new._is_valid_path(new.path):
            raise RPCError("Invalid attachment file name")
        return new

    def _replaceable(self, req, new):
        """The attachment that has the new one's name, if the user may
        replace it; `None` if there is no such attachment."""
        if self._row(new) is None:
            return None
        try:
            old = Attachment(self.env, new.resource)
        except ResourceNotFound:  # deleted just now
            return None
        self._require_delete(req, old)
        return old

    def _require_delete(self, req, attachment):
        # Without the decisions that were cached: they may have been about
        # somebody else's file of that name.
        perm = req.perm
        if type(perm) is PermissionCache:
            perm = PermissionCache(self.env, perm.username)
        perm(attachment.resource).require('ATTACHMENT_DELETE')

    def _validate(self, req, new, data, replace):
        """Run the checks of the upload form; all that they find is one
        fault."""
        module = AttachmentModule(self.env)
        problems = list(self._size_problems(req, new, module.max_size))
        self._fill_in_form(req, new, data, replace)
        for manipulator in module.manipulators:
            for field, text in manipulator.validate_attachment(req, new) or ():
                text = plain_text(text)
                problems.append(
                    "Attachment field %s is invalid: %s" % (field, text)
                    if field else "Invalid attachment: %s" % text)
        if problems:
            raise RPCError('; '.join(problems))

    def _size_problems(self, req, new, max_size):
        parent = new.resource.parent
        if 0 <= max_size < new.size:
            exemption = _SIZE_EXEMPTIONS.get(parent.realm)
            if not exemption or exemption not in req.perm(parent):
                yield "Maximum attachment size: %s (%d bytes)" % (
                    pretty_size(max_size), max_size)

    def _fill_in_form(self, req, new, data, replace):
        """Make the request look to manipulators as if the upload form had
        sent it."""
        req.args.update({'action': 'new', 'realm': new.parent_realm,
                         'path': new.parent_id,
                         'description': new.description,
                         'attachment': _Upload(new.filename, data)})
        if replace:
            req.args['replace'] = 'on'

    # Internal methods: storing

    def _settle(self, req, new, content, replace):
        """Give a file that is safely written its name and its row."""
        wanted, description = new.filename, new.description
        blocked = set()  # by files without a row
        for _ in range(_ATTEMPTS):
            new.filename, new.description = wanted, description
            old = self._replaceable(req, new) if replace else None
            if old is None and (not replace or wanted in blocked):
                new.filename = self._free_name(new, blocked)
            elif old and not description.strip():
                new.description = old.description
            new.date = datetime_now(utc)
            try:
                if self._exchange(old, new, content):
                    self._tell(old, new)
                    return new.filename
            except FileExistsError:
                blocked.add(new.filename)
        raise _busy(wanted)

    def _free_name(self, new, blocked):
        taken = blocked.union(row[0] for row in self.env.db_query("""
            SELECT filename FROM attachment WHERE type=%s AND id=%s
            """, (new.parent_realm, new.parent_id)))
        base, extension = os.path.splitext(new.filename)
        number, name = 1, new.filename
        while name in taken:
            number += 1
            name = '%s.%d%s' % (base, number, extension)
        return name

    def _exchange(self, old, new, content=None):
        """Put `new`, whose content is in a file, in the place of `old`;
        either may be `None`.

        Row and file change together or not at all. Returns `False` if
        `old` is no longer as it was, or somebody else just took the name.

        :raises FileExistsError: if the name's file exists without a row
        """
        either = new or old
        key = (either.parent_realm, either.parent_id, either.filename)
        swap = _FileSwap(either.path, self.log)
        try:
            with all_or_nothing(self.env) as db:
                # A write comes first: it holds the row (on SQLite the whole
                # database) against others from here on.
                db("""UPDATE attachment SET size=size
                      WHERE type=%s AND id=%s AND filename=%s""", key)
                if self._row(either) != (_row_of(old) if old else None):
                    return False
                db("""DELETE FROM attachment
                      WHERE type=%s AND id=%s AND filename=%s""", key)
                if new:
                    self._insert(db, key, new)
                swap.perform(content, occupied=bool(old))
        except BaseException as e:
            swap.undo()
            if is_lost_race(self.env, e):
                return False
            raise
        swap.finish()
        return True

    def _row(self, attachment):
        for row in self.env.db_query("""
                SELECT size, time, description, author FROM attachment
                WHERE type=%s AND id=%s AND filename=%s
                """, (attachment.parent_realm, attachment.parent_id,
                      attachment.filename)):
            return (int(row[0] or 0), int(row[1] or 0)) + tuple(row[2:])
        return None

    def _insert(self, db, key, new):
        db("""INSERT INTO attachment
               (type, id, filename, size, time, description, author)
              VALUES (%s,%s,%s,%s,%s,%s,%s)""", key + _row_of(new))

    def _tell(self, old, new):
        """Tell the listeners what has happened, as if one had deleted the
        old attachment and added the new one.

        It cannot be undone any more (mails are out), so a listener that
        fails is logged and does not make the call fail.
        """
        if old:
            self.log.info("Attachment removed: %r", old.title)
        if new:
            self.log.info("New attachment: %r by %r", new.title, new.author)
        for listener in AttachmentModule(self.env).change_listeners:
            if old:
                with self.env.component_guard(listener):
                    listener.attachment_deleted(old)
        for listener in AttachmentModule(self.env).change_listeners:
            if new:
                with self.env.component_guard(listener):
                    listener.attachment_added(new)

    @contextmanager
    def _os_errors(self, done, filename):
        """Make a fault of what the operating system refuses; its own text
        would tell the client where the files are."""
        try:
            yield
        except OSError as e:
            self.log.error("The attachment %r could not be %s: %s", filename,
                           done, exception_to_unicode(e, traceback=True))
            raise RPCError("The attachment '%s' could not be %s: %s"
                           % (filename, done, e.strerror or "I/O error")) \
                from e


class _FileSwap:
    """Exchanges the file at a path in such a way that it can be undone."""

    def __init__(self, path, log):
        self._path = path
        self._log = log
        self._backup = None
        self._created = False

    def perform(self, content, occupied):
        """Move the file `content` to the path, or nothing if it is `None`.

        :param occupied: whether a file may be there, to be replaced
        """
        if not occupied:
            # Reserves the name, as Trac does itself.
            os.close(os.open(self._path, _NEW_FILE, 0o666))
            self._created = True
        elif os.path.isfile(self._path):
            self._make_backup()
        else:
            self._created = True
        if content is not None:
            os.replace(content, self._path)
        elif self._backup:
            with suppress(FileNotFoundError):
                os.unlink(self._path)

    def undo(self):
        """Have the path as it was before."""
        leftover = self._backup or self._created and self._path
        if self._backup:
            os.replace(self._backup, self._path)
        if leftover:
            # Renaming a file to a hard link of itself does nothing, so the
            # backup may be there still.
            with suppress(FileNotFoundError):
                os.unlink(leftover)

    def finish(self):
        """Forget what was there before."""
        if self._backup:
            try:
                os.unlink(self._backup)
            except OSError as e:
                self._log.warning("The replaced file %s is left over: %s",
                                  self._backup, exception_to_unicode(e))

    def _make_backup(self):
        backup = _beside(self._path)
        try:
            os.link(self._path, backup)
        except (AttributeError, NotImplementedError, OSError):
            # No hard links here. Then there is no file for a moment.
            os.replace(self._path, backup)
        self._backup = backup


class _Upload:
    """A file as manipulators find it in `req.args` after an upload."""

    def __init__(self, filename, data):
        self.name = 'attachment'
        self.filename = filename
        self._data = data

    @lazy
    def file(self):
        return self._data.open()

    @property
    def value(self):
        return self._data.data


_NEW_FILE = os.O_CREAT | os.O_WRONLY | os.O_EXCL | getattr(os, 'O_BINARY', 0)


def _write(directory, data):
    """Write the data to a file of its own in that directory, safely, and
    return its path."""
    os.makedirs(directory, exist_ok=True)
    path = _beside(os.path.join(directory, 'new'))
    try:
        with os.fdopen(os.open(path, _NEW_FILE, 0o666), 'wb') as target:
            with data.open() as source:
                shutil.copyfileobj(source, target)
            target.flush()
            os.fsync(target.fileno())
            written = target.tell()
        if written != data.size:
            raise RPCError("The data are incomplete: %d bytes of %d"
                           % (written, data.size))
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(path)
        raise
    return path


def _beside(path):
    return '%s.%s.tmp' % (path, uuid.uuid4().hex)


def _row_of(attachment):
    return (attachment.size, to_utimestamp(attachment.date),
            attachment.description, attachment.author)


def _clean_filename(filename):
    """The name that Trac's upload form makes of a file's name."""
    name = normalize_filename(filename)
    if name in ('', '.', '..'):
        raise RPCError("Invalid attachment file name '%s'" % filename)
    return name


def _busy(filename):
    return Conflict("The attachment '%s' is being changed by others, please "
                    "try again" % filename)
