# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""Access tokens: what a program sends in place of its owner's password."""

import hashlib
import hmac
import re
import secrets
from datetime import datetime, timedelta
from operator import attrgetter

from trac.core import Component, implements
from trac.db.api import DatabaseManager
from trac.db.schema import Column, Index, Table
from trac.env import IEnvironmentSetupParticipant
from trac.resource import ResourceNotFound
from trac.util.datefmt import datetime_now, from_utimestamp, to_utimestamp, \
    utc

from tracrpc.api import XMLRPCSystem
from tracrpc.faults import RPCError
from tracrpc.token_model import EVERYTHING, INTROSPECTION, Scope, Token, \
    includes
from tracrpc.util import _

__all__ = ['TokenStore']

#: What all tokens begin with.
PREFIX = 'trac_'

#: How old the time of the last use may get before it is written again.
COARSENESS = timedelta(hours=1)

#: The last time that can be shown in all time zones.
LATEST = datetime(9999, 12, 30, tzinfo=utc)

MAX_NAME = 64
MAX_USERNAME = 190

SCHEMA_NAME = 'rpc_token_version'
SCHEMA_VERSION = 1
SCHEMA = [
    # MySQL needs to know how much of a text its indices hold: all of it
    Table('rpc_token', key='id')[
        Column('id', key_size=16),
        Column('username', key_size=MAX_USERNAME),
        Column('name', key_size=MAX_NAME),
        Column('digest'),
        Column('reads_only', type='int'),
        Column('namespaces'),  # separated by blanks, '*' for all
        Column('created', type='int64'),
        Column('expires', type='int64'),
        Column('last_used', type='int64'),
        Index(['username', 'name'], unique=True)],
]

_FORM = re.compile(PREFIX + '([0-9a-f]{16})_([0-9a-f]{64})')


class TokenStore(Component):
    """Access tokens in the database. Disable this component to have none:
    those that were made are good for nothing then, but can be revoked."""

    implements(IEnvironmentSetupParticipant)

    def __init__(self):
        self._has_table = False

    # IEnvironmentSetupParticipant methods

    def environment_created(self):
        self._make_table()

    def environment_needs_upgrade(self):
        """Make the table where there is none, and ask for an upgrade only
        where it is an older one: Trac serves nothing at all until that is
        done, and who installs this plugin may have no use for tokens."""
        try:
            self._make_table()
        except self.env.db_exc.Error as e:
            self.log.error("There are no access tokens, their table cannot be "
                           "made: %s", e)
            return False
        return DatabaseManager(self.env).needs_upgrade(SCHEMA_VERSION,
                                                       SCHEMA_NAME)

    def upgrade_environment(self):
        dbm = DatabaseManager(self.env)
        with self.env.db_transaction:
            dbm.upgrade_tables(SCHEMA)  # keeps the rows
            dbm.set_database_version(SCHEMA_VERSION, SCHEMA_NAME)

    # Public API

    @property
    def enabled(self):
        """Whether there may be tokens at all."""
        return self.env.is_enabled(TokenStore)

    def verify(self, secret, address='-'):
        """The token that a caller proves to have, `None` if it is unknown,
        wrong or expired, which is logged. Takes the same steps in all cases.

        :param secret: what the caller sent; begins with `PREFIX`
        :param address: where the caller is, for the log
        """
        form = _FORM.fullmatch(secret)
        id_, key = form.groups() if form else ('', '')
        rows = self._select('id=%s', (id_,)) if self.enabled else []
        row = rows[0] if rows else _UNKNOWN
        token = self._token(row)
        matches = hmac.compare_digest(row[-1], _digest(key))
        if matches and row is not _UNKNOWN and not token.expired:
            return token
        what = 'unknown' if row is _UNKNOWN else '%s, %s' % (
            _quoted(token), 'expired' if matches else 'wrong secret')
        self.log.warning("RPC token refused: %s, from %r", what, address)
        return None

    def note_use(self, token, address='-'):
        """Log that a token is used, and write when, now and then: no call
        fails, and few wait, because of it."""
        self.log.info("RPC token used: %s (%s) from %r", _quoted(token),
                      token.scope, address)
        now = datetime_now(utc)
        if token.last_used and now - token.last_used < COARSENESS:
            return
        try:
            self.env.db_transaction(
                "UPDATE rpc_token SET last_used=%s WHERE id=%s",
                (to_utimestamp(now), token.id))
        except self.env.db_exc.Error as e:
            self.log.warning("The last use of an RPC token is not noted: %s",
                             e)

    def tokens(self, username=None):
        """All tokens, or those of a user, ordered by user and name."""
        tokens = sorted(map(self._token, self._select('1=1', ())),
                        key=attrgetter('username', 'name'))
        if username is None:
            return tokens
        owner = spelled(self.env, username)
        return [token for token in tokens if token.username == owner]

    def get(self, username, name):
        """The token of a user.

        :raises ResourceNotFound: if the user has none of that name
        """
        return self._named(username, name)[0]

    def namespaces(self):
        """The names of which scopes are made."""
        names = dict.fromkeys(method.namespace for method
                              in XMLRPCSystem(self.env).all_methods())
        return [name for name in names
                if name not in INTROSPECTION and _is_storable(name)]

    def create(self, username, name, scope=EVERYTHING, expires=None,
               by=None):
        """Make a token and return it, and the secret that its owner has to
        keep: only a digest of it is stored.

        :param by: who makes it, for the log
        :raises RPCError: if something about it is not right
        """
        username, name = spelled(self.env, username.strip()), name.strip()
        self._check(username, name, scope, expires)
        expires = expires and min(expires, LATEST)
        token = Token(secrets.token_hex(8), username, name, scope,
                      datetime_now(utc), expires)
        key = secrets.token_hex(32)
        self._make_table()
        self._insert(token, _digest(key))
        self.log.info("RPC token created by %r: %s (%s), expires %s",
                      by or username, _quoted(token), scope,
                      expires.isoformat() if expires else 'never')
        return token, '%s%s_%s' % (PREFIX, token.id, key)

    def revoke(self, username, name, by=None):
        """End a token.

        :param by: who ends it, for the log
        :raises ResourceNotFound: if the user has none of that name
        """
        for token in self._named(username, name):
            self._end(token, by)

    def revoke_all(self, username, by=None):
        """End all tokens of a user; how many there were."""
        tokens = self.tokens(username)
        for token in tokens:
            self._end(token, by)
        return len(tokens)

    # Internal methods

    def _named(self, username, name):
        """The tokens of a user that have a name: one, or more if his was
        spelled in several ways once."""
        tokens = [token for token in self.tokens(username)
                  if token.name == name]
        if not tokens:
            raise ResourceNotFound(_(
                '%(user)s has no access token "%(name)s".', user=username,
                name=name))
        return tokens

    def _end(self, token, by):
        self.env.db_transaction("DELETE FROM rpc_token WHERE id=%s",
                                (token.id,))
        self.log.info("RPC token revoked by %r: %s", by or token.username,
                      _quoted(token))

    def _token(self, row):
        id_, username, name, reads_only, namespaces = row[:5]
        names = () if namespaces == '*' else tuple(namespaces.split())
        times = [time and from_utimestamp(time) for time in row[5:8]]
        return Token(id_, spelled(self.env, username), name,
                     Scope(bool(reads_only), names), *times)

    def _select(self, where, args):
        """The rows of tokens, which end with the digest of the secret."""
        if not self._is_there():
            return []
        return self.env.db_query("""
            SELECT id, username, name, reads_only, namespaces, created,
                   expires, last_used, digest
            FROM rpc_token WHERE %s
            """ % where, args)

    def _insert(self, token, digest):
        scope = token.scope
        try:
            self.env.db_transaction("""
                INSERT INTO rpc_token (id, username, name, digest, reads_only,
                                       namespaces, created, expires)
                VALUES (%s,%s,%s,%s,%s,%s,%s,%s)
                """, (token.id, token.username, token.name, digest,
                      int(scope.read_only), ' '.join(scope.namespaces) or '*',
                      to_utimestamp(token.created),
                      token.expires and to_utimestamp(token.expires)))
        except self.env.db_exc.IntegrityError:
            raise RPCError(_('%(user)s already has an access token "%(name)s"'
                             '.', user=token.username, name=token.name)) \
                from None

    def _check(self, username, name, scope, expires):
        if not self.enabled:
            raise RPCError(_("There are no access tokens here."))
        for text, most, wrong in (
                (username, MAX_USERNAME, _("The name of the user")),
                (name, MAX_NAME, _("The name of the token"))):
            if not text or len(text) > most or not text.isprintable():
                raise RPCError(_(
                    "%(what)s must have 1 to %(most)s printable characters.",
                    what=wrong, most=most))
            if text.startswith('-'):  # a mistake, or to be taken for one
                raise RPCError(_("%(what)s must not begin with a hyphen.",
                                 what=wrong))
        if username in ('anonymous', 'authenticated'):
            raise RPCError(_("%(user)s is no user who could own a token.",
                             user=username))
        known = self.namespaces()
        for namespace in scope.namespaces:
            if not _is_storable(namespace) or \
                    not any(includes(namespace, other) for other in known):
                raise RPCError(_('There is no namespace "%(name)s" to '
                                 'choose.', name=namespace))
        if expires is not None and expires <= datetime_now(utc):
            raise RPCError(_("The date on which a token expires must be in "
                             "the future."))

    def _is_there(self):
        """Whether the table is; once made it stays."""
        if not self._has_table:
            dbm = DatabaseManager(self.env)
            self._has_table = dbm.has_table(SCHEMA[0]) and \
                bool(dbm.get_database_version(SCHEMA_NAME))
        return self._has_table

    def _make_table(self, attempts=3):
        if self._is_there():
            return
        dbm = DatabaseManager(self.env)
        try:
            with self.env.db_transaction:
                if not dbm.has_table(SCHEMA[0]):
                    dbm.create_tables(SCHEMA)
                dbm.set_database_version(SCHEMA_VERSION, SCHEMA_NAME)
        except self.env.db_exc.Error:
            if attempts == 1:
                raise
            self._make_table(attempts - 1)  # another process may be at it


def spelled(env, user):
    """The name of a user as Trac's login modules spell it."""
    return user.lower() if env.config.getbool('trac', 'ignore_auth_case') \
        else user


def _digest(key):
    """The digest of a token's secret part. That is random and has 256 bits,
    so nobody can guess it, however fast SHA-256 is: the slow functions that
    passwords need would slow down every call, and protect nothing more."""
    return hashlib.sha256(key.encode('ascii')).hexdigest()


#: The row of a token that is not there, so that nobody can tell from the time
#: that it takes to refuse one whether it is.
_UNKNOWN = ('', '', '', 0, '*', 1, None, None, _digest(''))


def _is_storable(namespace):
    """Whether the name of a namespace stays what it is in a list that blanks
    separate, in which an asterisk means all of them."""
    return namespace.split() == [namespace] and namespace != '*'


def _quoted(token):
    """A token as the log names it."""
    return '%r of %r' % (token.name, token.username)
