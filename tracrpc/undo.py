# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""Transactions in which either everything happens or nothing.

Trac's models tell listeners, which may fail, when their own transaction is
over, and remove the files of attachments before they know that the database
agrees. And a listener that makes a mistake in its own SQL undoes on SQLite
what was done before, without anybody noticing if it keeps silent.
"""

import os
import random
import shutil
import tempfile
import time
import uuid
from contextlib import ExitStack, contextmanager, suppress

from trac.attachment import Attachment

from tracrpc.faults import RPCError

#: How long, in seconds, a writer waits for the others at least.
PATIENCE = 60


@contextmanager
def all_or_nothing(env, *parents):
    """A database transaction, in which attachments of the parents, given as
    `trac.resource.Resource`, may be deleted or moved among them.

    :raises RPCError: if what was done in it is gone at its end
    """
    kept = [_KeptFiles(env, parent) for parent in parents]
    names = {name for files in kept for name in files.names}
    try:
        with ExitStack() as stack:
            # is there still at the end, unless something was undone
            mark = 'tracrpc.' + uuid.uuid4().hex
            db = _begin(env, stack, mark)
            yield db
            if not db("SELECT 1 FROM system WHERE name=%s", (mark,)):
                raise RPCError("The change was undone by an error in a "
                               "plugin")
            db("DELETE FROM system WHERE name=%s", (mark,))
    except BaseException:
        for files in kept:
            files.restore(names)
        raise
    finally:
        for files in kept:
            files.forget()


def _begin(env, stack, mark):
    """Enter a transaction whose first statement writes the mark.

    SQLite lets one writer at a time have the database and is not fair to the
    others: who has waited in vain tries again.
    """
    deadline = time.monotonic() + PATIENCE
    while True:
        transaction = env.db_transaction
        with ExitStack() as attempt:
            db = attempt.enter_context(transaction)
            try:
                db("INSERT INTO system (name, value) VALUES (%s, '')",
                   (mark,))
                stack.enter_context(attempt.pop_all())
                return db
            except env.db_exc.OperationalError as e:
                # part of an outer transaction, that one is lost
                if 'locked' not in str(e) or not transaction.db or \
                        time.monotonic() > deadline:
                    raise
        time.sleep(random.uniform(.01, .1))


def is_lost_race(env, exc):
    """Whether a transaction failed because another one was faster, so that
    it may be tried again: that wrote the same row, or the database gave this
    one up for its sake."""
    return isinstance(exc, env.db_exc.IntegrityError) or \
        isinstance(exc, env.db_exc.OperationalError) and \
        'deadlock' in str(exc).lower()


class _KeptFiles:
    """The files of a parent's attachments, kept beside them as links."""

    def __init__(self, env, parent):
        self._path = Attachment._get_path(
            env.attachments_dir, parent.realm, str(parent.id), None)
        self._kept = ''
        self.names = []
        with suppress(FileNotFoundError):
            self.names = os.listdir(self._path)
        if self.names:
            self._kept = tempfile.mkdtemp('.kept', dir=env.attachments_dir)
            for name in self.names:
                self._link(os.path.join(self._path, name),
                           os.path.join(self._kept, name))

    def restore(self, moved):
        """Have the files as they were; those of the names in `moved` that
        were not there are gone."""
        for name in moved.difference(self.names):
            with suppress(FileNotFoundError):
                os.unlink(os.path.join(self._path, name))
        if self.names:
            os.makedirs(self._path, exist_ok=True)
        for name in self.names:
            path = os.path.join(self._path, name)
            if not os.path.lexists(path):
                os.replace(os.path.join(self._kept, name), path)

    def forget(self):
        """Remove the links."""
        if self._kept:
            shutil.rmtree(self._kept, ignore_errors=True)

    def _link(self, path, kept):
        try:
            os.link(path, kept)
        except (AttributeError, NotImplementedError, OSError):
            shutil.copy2(path, kept)  # no hard links here
