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

from trac.attachment import LegacyAttachmentPolicy
from trac.perm import DefaultPermissionPolicy, PermissionCache, \
    PermissionSystem
from trac.resource import Resource
from trac.ticket.web_ui import DefaultTicketPolicy
from trac.wiki.web_ui import DefaultWikiPolicy

# For the actions in `_ACTIONS` these do not look at the resource itself. (The
# one for attachments decides by the parent's realm, as far as that is one of
# Trac's own.)
_REGARDLESS = frozenset((DefaultPermissionPolicy, DefaultTicketPolicy,
                         DefaultWikiPolicy, LegacyAttachmentPolicy))

_ACTIONS = frozenset(('TICKET_VIEW', 'WIKI_VIEW', 'MILESTONE_VIEW',
                      'ATTACHMENT_VIEW'))


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

    def require(self, id, version=False, attachment=None):
        """Raise `PermissionError` unless the action is allowed."""
        if not self.for_all:
            self._perm_of(id, version, attachment).require(self.action)

    def _perm_of(self, id, version, attachment):
        resource = self._resource(id=id, version=version)
        if attachment is not None:
            resource = resource.child('attachment', attachment)
        return self._perm(resource)


def _decided_regardless(env, perm, action):
    if type(perm) is not PermissionCache or action not in _ACTIONS:
        return False
    return {type(policy) for policy
            in PermissionSystem(env).policies} <= _REGARDLESS
