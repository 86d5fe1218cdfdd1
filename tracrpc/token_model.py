# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""What an access token is, and what it may be used for."""

import re
from datetime import datetime
from typing import NamedTuple, Optional, Tuple

from trac.perm import PermissionError
from trac.util.datefmt import datetime_now, parse_date, utc
from trac.util.text import shorten_line


#: Namespaces that tell about methods and callers: what only reads there is in
#: every scope.
INTROSPECTION = ('system', 'rpc')


class Scope(NamedTuple):
    """The methods that a token may call: those of some namespaces, or of all
    if there are none; perhaps only those that change nothing."""

    read_only: bool = False
    namespaces: Tuple[str, ...] = ()

    def __str__(self):
        names = ', '.join(self.namespaces)
        if not self.read_only:
            return names or 'everything'
        return 'read-only: ' + names if names else 'read-only'

    def allows(self, method):
        """Whether a `Method` is in the scope. What tells about methods and
        callers always is; its answers are cut by the scope themselves."""
        if method.read_only and method.namespace in INTROSPECTION:
            return True
        if self.read_only and not method.read_only:
            return False
        return not self.namespaces or any(
            includes(namespace, method.namespace)
            for namespace in self.namespaces)


EVERYTHING = Scope()


def includes(namespace, other):
    """Whether a namespace is another one or above it: `ticket` includes
    `ticket.milestone`."""
    return other == namespace or other.startswith(namespace + '.')


class Token(NamedTuple):
    """A token, without its secret; times are aware."""

    id: str
    username: str
    name: str
    scope: Scope
    created: datetime
    expires: Optional[datetime] = None
    last_used: Optional[datetime] = None

    @property
    def expired(self):
        return self.expires is not None and self.expires <= datetime_now(utc)

    def require(self, method):
        """Refuse a `Method` that is not in the scope.

        :raises PermissionError: if it is not
        """
        if not self.scope.allows(method):
            raise PermissionError(
                msg='The scope of the access token "%s" (%s) does not '
                    'include %s' % (self.name, self.scope, method.name))


def parse_expiry(text, tzinfo):
    """The time until which a token is good that expires at the end of a day,
    or at a time of day; `None` for no text.

    :raises TracError: if it is no date
    """
    text = text.strip()
    if not text:
        return None
    text = shorten_line(text, 100)  # Trac takes very long for more
    expires = parse_date(text, tzinfo, 'iso8601')
    if re.fullmatch(r'\d{4}-?\d\d-?\d\d', text):
        expires = parse_date(text + 'T23:59:59', tzinfo, 'iso8601')
    return expires
