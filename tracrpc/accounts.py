# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""The bridge to the plugin AccountManager, where that is installed: its
password stores, and its guard against guessing."""

import traceback
from contextlib import suppress
from threading import Lock

from trac.core import Component, implements

from tracrpc.tokens import TokenStore

try:
    from acct_mgr.api import AccountManager, IAccountChangeListener
    from acct_mgr.guard import AccountGuard
    from acct_mgr.model import prime_auth_session, user_known
except Exception:  # not there, or not for this Python, which Trac logs
    AccountManager = None

__all__ = ['Accounts']


class Denied(Exception):
    """Credentials that are refused; the text is for the log only."""


class Accounts(Component):
    """The accounts that AccountManager keeps; nothing else of it is used
    from here."""

    if AccountManager:
        implements(IAccountChangeListener)

    def __init__(self):
        self._counting = Lock()

    # IAccountChangeListener methods

    def user_created(self, user, password):
        pass

    def user_id_changed(self, old_uid, new_uid):
        self._end_tokens(old_uid)

    def user_password_changed(self, user, password):
        pass

    def user_deleted(self, user):
        self._end_tokens(user)

    def user_password_reset(self, user, email, password):
        pass

    def user_email_verification_requested(self, user, token):
        pass

    def user_registration_approval_required(self, user):
        pass

    # Public API

    @property
    def available(self):
        """Whether there is something to check passwords with."""
        return AccountManager is not None and \
            self.env.is_enabled(AccountManager)

    def check(self, user, password, address):
        """Check a password as AccountManager's login form does: attempts
        that fail are counted, and lock the account in the end.

        :raises Denied: if the password is wrong or the account is locked
        """
        right = self._ask(AccountManager.check_password, user, password)
        if right and not self._failures(user):
            return
        if not right:
            self._count_failure(user, address)
        if self.is_locked(user):
            raise Denied("the account is locked")
        if not right:
            raise Denied("wrong user name or password")
        AccountGuard(self.env).failed_count(user, reset=True)

    def is_locked(self, user):
        """Whether the guard has locked the account of a user."""
        return self.available and bool(
            AccountGuard(self.env).user_locked(user))

    def leave_alone(self, req):
        """Keep the login form of AccountManager off a request: it takes each
        POST below `/login` for its own, reads passwords from the address, and
        takes what the web server says about the user away."""
        req.args['user_locked'] = False

    # Internal methods

    def _ask(self, question, *args):
        """Ask the password stores."""
        try:
            return question(AccountManager(self.env), *args) is True
        except Exception as e:
            # without the text, which may quote the password
            self.log.error("A password store failed: %s\n%s",
                           type(e).__name__, ''.join(
                               traceback.format_tb(e.__traceback__)).rstrip())
            raise Denied("the password cannot be checked") from e

    def _guards(self):
        return AccountGuard(self.env).login_attempt_max_count > 0

    def _failures(self, user):
        """The number of attempts that failed since the last login."""
        return self._guards() and \
            AccountGuard(self.env).failed_count(user, reset=None)

    def _count_failure(self, user, address):
        if not self._guards():
            return
        guard = AccountGuard(self.env)
        # One after the other, or attempts at the same time count as one; not
        # in a transaction, in which the guard would invalidate caches: there
        # Trac's threads can wait for each other. Other processes may get in
        # between.
        with self._counting:
            if not self._is_guardable(user):
                return
            with suppress(self.env.db_exc.IntegrityError):
                guard.failed_count(user, address)
            if guard.user_locked(user):
                guard.lock_count(user, 'up')

    def _is_guardable(self, user):
        """Whether attempts can be counted for the user. The guard does that
        for users only who have been here before: not for those who never
        used the login form, unless they are made known."""
        if user_known(self.env, user):
            return True
        if not self._ask(AccountManager.has_user, user):
            return False
        with suppress(self.env.db_exc.IntegrityError):
            prime_auth_session(self.env, user)
        return True

    def _end_tokens(self, user):
        TokenStore(self.env).revoke_all(user, 'AccountManager')
