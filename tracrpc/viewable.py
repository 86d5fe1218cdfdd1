# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""Permission decisions about many resources of a realm.

Trac asks every policy about every resource. On most sites no policy looks at
the resource for the actions that reading needs, so one decision holds for
all. Which policies those are is known by their classes; as soon as any other
one is configured, each resource is asked about.
"""

from contextlib import contextmanager

from trac.attachment import LegacyAttachmentPolicy
from trac.perm import DefaultPermissionPolicy, PermissionCache, \
    PermissionSystem
from trac.resource import Resource
from trac.ticket.web_ui import DefaultTicketPolicy
from trac.wiki.web_ui import DefaultWikiPolicy

from tracrpc.method import attempt

# For the actions in `_ACTIONS` these do not look at the resource itself. (The
# one for attachments decides by the parent's realm, as far as that is one of
# Trac's own.)
_REGARDLESS = frozenset((DefaultPermissionPolicy, DefaultTicketPolicy,
                         DefaultWikiPolicy, LegacyAttachmentPolicy))

_ACTIONS = frozenset(('TICKET_VIEW', 'WIKI_VIEW', 'MILESTONE_VIEW',
                      'ATTACHMENT_VIEW'))

_REALMS = frozenset(('ticket', 'wiki', 'milestone'))


class Viewable:
    """Answers whether a user may do `action` on resources of a realm, given
    by id, or on attachments of such resources."""

    def __init__(self, env, req, action, realm):
        self.action = action
        self._perm = req.perm
        self._resource = Resource(realm)
        #: the one decision for all, `None` if each is decided by itself
        self.for_all = None
        if _decided_regardless(env, req.perm, action):
            some = self._resource(id='0')
            if action == 'ATTACHMENT_VIEW':
                some = some.child('attachment', '0')
            self.for_all = action in req.perm(some)

    def __call__(self, id, version=False, attachment=None):
        """Whether the action is allowed on the resource, or on its
        attachment of that name."""
        if self.for_all is not None:
            return self.for_all
        return self.action in self._perm_of(id, version, attachment)

    def those_of(self, ids):
        """The list of those ids whose resources the action is allowed on."""
        return list(ids) if self.for_all else list(filter(self, ids))

    def refusal(self, id, version=False, attachment=None):
        """The `PermissionError` if the action is not allowed, else `None`."""
        if self.for_all:
            return None
        return attempt(self._perm_of(id, version, attachment).require,
                       self.action)

    def _perm_of(self, id, version, attachment):
        resource = self._resource(id=id, version=version)
        if attachment is not None:
            resource = resource.child('attachment', attachment)
        return self._perm(resource)


class _SharedDecisions(PermissionCache):
    """A user's permissions, where one decision holds for all resources of a
    realm."""

    __slots__ = ()

    def __call__(self, realm_or_resource, id=False, version=False):
        resource = Resource(realm_or_resource, id, version) \
            if realm_or_resource else None
        return _SharedDecisions(self.env, self.username, resource,
                                self._cache)

    def has_permission(self, action, realm_or_resource=None, id=False,
                       version=False):
        resource = self._normalize_resource(realm_or_resource, id, version)
        if action in _ACTIONS and resource and resource.realm in _REALMS \
                and not resource.parent:
            resource = Resource(resource.realm, '0')
        return super().has_permission(action, resource)

    __contains__ = has_permission


@contextmanager
def shared_decisions(env, req):
    """Let what Trac and plugins ask `req.perm` in this context, about many
    resources, be decided together if that comes to the same."""
    perm = req.perm
    if _are_regardless(env, perm):
        req.perm = _SharedDecisions(env, perm.username)
    try:
        yield
    finally:
        req.perm = perm


def _decided_regardless(env, perm, action):
    return action in _ACTIONS and _are_regardless(env, perm)


def _are_regardless(env, perm):
    return type(perm) is PermissionCache and {
        type(policy) for policy in PermissionSystem(env).policies
    } <= _REGARDLESS
