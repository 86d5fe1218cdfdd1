# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""The pages for access tokens: a user's in the preferences, everybody's in
the administration.
"""

from trac.admin.api import IAdminPanelProvider
from trac.core import Component, TracError, implements
from trac.prefs.api import IPreferencePanelProvider
from trac.resource import ResourceNotFound
from trac.util.translation import has_babel
from trac.web.chrome import add_notice, add_script, add_stylesheet, \
    add_warning

from tracrpc.faults import message_of
from tracrpc.token_model import Scope, parse_expiry
from tracrpc.tokens import TokenStore
from tracrpc.util import _, i18n_domain

__all__ = ['TokenAdminPanel', 'TokenPreferences']


class TokenPreferences(Component):
    """Lets users manage their access tokens."""

    implements(IPreferencePanelProvider)

    # IPreferencePanelProvider methods

    def get_preference_panels(self, req):
        if req.is_authenticated and 'XML_RPC' in req.perm and \
                TokenStore(self.env).enabled:
            yield 'tokens', _("Access Tokens")

    def render_preference_panel(self, req, panel):
        page = _Page(self.env, req, req.href.prefs(panel), req.authname)
        return page.render('prefs_tokens.html')


class TokenAdminPanel(Component):
    """Lets administrators manage the access tokens of all users."""

    implements(IAdminPanelProvider)

    # IAdminPanelProvider methods

    def get_admin_panels(self, req):
        if 'TRAC_ADMIN' in req.perm and TokenStore(self.env).enabled:
            yield 'rpc', _("API"), 'tokens', _("Access Tokens")

    def render_admin_panel(self, req, category, page, path_info):
        page = _Page(self.env, req, req.href.admin(category, page))
        return page.render('admin_tokens.html')


class _Page:
    """A page that lists, creates and revokes tokens; without scripts, too.

    :param href: its address
    :param owner: whose tokens; `None` for those of all users
    """

    def __init__(self, env, req, href, owner=None):
        self.req = req
        self.href = href
        self.owner = owner
        self.store = TokenStore(env)

    def render(self, template):
        """Template, data and metadata, as providers of panels return
        them."""
        data = {'show_user': self.owner is None, 'token_href': self.href,
                'form': self._form()}
        if self.req.method == 'POST':
            if 'create' in self.req.args:
                self._create(data)
            elif 'revoke' in self.req.args:
                self._revoke()
        elif 'token' in self.req.args:
            data['revoking'] = self._chosen()
        data['tokens'] = self.store.tokens(self.owner)
        data['namespaces'] = self.store.namespaces()
        add_stylesheet(self.req, 'tracrpc/tokens.css')
        add_script(self.req, 'tracrpc/tokens.js')
        # else Trac fails on any domain
        return template, data, {'domain': i18n_domain} if has_babel else {}

    # Internal methods

    def _form(self):
        """What was put into the form, or what it starts with."""
        return {'user': self._text('user'), 'name': self._text('name'),
                'expires': self._text('expires'),
                'access': self._text('access', 'read'),
                'namespaces': [name for name
                               in self.req.args.getlist('namespaces')
                               if isinstance(name, str)]}

    def _text(self, name, default=''):
        """What was put into a field; the default for a file."""
        value = self.req.args.getfirst(name, default)
        return value if isinstance(value, str) else default

    def _create(self, data):
        """Make a token from the form. The answer itself shows its secret,
        once: nothing else, not even the session, gets to know it."""
        form = data['form']
        scope = Scope(form['access'] != 'all', tuple(form['namespaces']))
        try:
            expires = parse_expiry(form['expires'], self.req.tz)
            data['created'], data['secret'] = self.store.create(
                form['user'] if self.owner is None else self.owner,
                form['name'], scope, expires, self.req.authname)
        except TracError as e:
            add_warning(self.req, message_of(e))
        else:
            self.req.send_header('Cache-Control', 'no-store')
            data['form'] = {'access': 'read', 'namespaces': []}

    def _chosen(self):
        """The token that a request names."""
        owner = self._text('user') if self.owner is None else self.owner
        try:
            return self.store.get(owner, self._text('token'))
        except ResourceNotFound as e:
            add_warning(self.req, message_of(e))
            self.req.redirect(self.href)

    def _revoke(self):
        token = self._chosen()
        self.store.revoke(token.username, token.name, self.req.authname)
        add_notice(self.req, _('The access token "%(name)s" of %(user)s has '
                               'been revoked.', name=token.name,
                               user=token.username))
        self.req.redirect(self.href)
