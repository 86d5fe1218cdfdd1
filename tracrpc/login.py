# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""Who calls: the credentials that requests to `RPCWeb` carry, and
`system.whoAmI`."""

import base64
import re
from typing import NamedTuple, Optional

from trac.config import ChoiceOption
from trac.core import Component, implements
from trac.perm import PermissionSystem
from trac.util.text import shorten_line
from trac.web.api import Cookie, IAuthenticator
from trac.web.auth import LoginModule

from tracrpc.accounts import Accounts, Denied
from tracrpc.api import AbstractRPCHandler, XMLRPCSystem, expose_rpc
from tracrpc.http import Refusal
from tracrpc.shapes import Caller
from tracrpc.tokens import PREFIX, TokenStore, spelled
from tracrpc.util import i18n_domain

__all__ = ['RPCLogin', 'WhoAmI']


class Login(NamedTuple):
    """The user whom the credentials of a request name, `None` if they are
    refused, and their kind: `password` or `token`."""

    username: Optional[str]
    kind: str = ''


class RPCLogin(Component):
    """Checks the passwords and access tokens that requests to the RPC paths
    carry, and asks for them where they are missing."""

    implements(IAuthenticator)

    basic_auth = ChoiceOption('rpc', 'basic_auth',
                              ('auto', 'enabled', 'disabled'),
        """Whether user names and passwords that are sent with a call (Basic
        authentication) are checked here, with the password stores of the
        plugin AccountManager. `auto`: where AccountManager is enabled and
        Trac's own `LoginModule`, for which the web server checks passwords,
        is not. Without AccountManager there is nothing to check them with,
        whatever this says. Access tokens do not depend on it.""",
        case_sensitive=False, doc_domain=i18n_domain)

    def __init__(self):
        self._told = False

    # IAuthenticator methods

    def authenticate(self, req):
        login = vars(req).get('rpc_login')  # none but RPCWeb's requests
        return login.username if login else None

    # Public API

    def receive(self, req):
        """Look at the credentials of a request, before anybody asks who
        calls: sets `rpc_login`, `None` if there are none to be checked here,
        and `rpc_token`."""
        req.rpc_login = req.rpc_token = None
        Accounts(self.env).leave_alone(req)
        try:
            req.rpc_login = self._login(req)
        except Denied as e:
            req.rpc_login = Login(None)
            if e.args:
                self.log.warning("RPC login refused: %s", e)
        if req.rpc_login:
            _forget_cookies(req)
            if req.rpc_login.username:  # whatever other authenticators say
                req.authname = req.rpc_login.username

    def require(self, req):
        """Refuse a request whose credentials are wrong, or missing where they
        can be checked."""
        login = req.rpc_login
        if login and login.username is None:
            raise self._unauthorized(req, "The credentials are not valid")
        if req.path_info.startswith('/login/') and \
                not req.is_authenticated and self.checks_passwords:
            raise self._unauthorized(
                req, "Credentials are required: a user name and password, or "
                     "an access token")

    @property
    def checks_passwords(self):
        """Whether passwords are checked here."""
        if self.basic_auth == 'disabled':
            return False
        if Accounts(self.env).available:
            return self.basic_auth == 'enabled' or \
                not self.env.is_enabled(LoginModule)
        if self.basic_auth == 'enabled' and not self._told:
            self._told = True
            self.log.warning("[rpc] basic_auth is enabled, but AccountManager "
                             "is not: passwords cannot be checked")
        return False

    # Internal methods

    def _login(self, req):
        """The login that the header `Authorization` makes; `None` for one
        that is meant for somebody else."""
        scheme, sent = (req.environ.get('HTTP_AUTHORIZATION', '').strip()
                        .split(None, 1) + ['', ''])[:2]
        scheme = scheme.lower()
        if scheme == 'bearer' and sent.startswith(PREFIX):
            return self._token_login(req, sent, req.remote_user)
        if req.remote_user:
            return None  # the web server has authenticated the user
        if scheme == 'bearer' and not sent:
            raise self._denied(req, None, "malformed header")
        return self._basic_login(req, sent) if scheme == 'basic' else None

    def _basic_login(self, req, sent):
        user, password = _user_and_password(sent)
        if password and password.startswith(PREFIX) and \
                TokenStore(self.env).enabled:
            return self._token_login(req, password, user)
        if not self.checks_passwords:
            return None
        if not user or not password:
            # an empty password is right for many a directory server
            raise self._denied(req, user, "malformed header")
        user = spelled(self.env, user)
        try:
            Accounts(self.env).check(user, password, req.remote_addr)
        except Denied as e:
            raise self._denied(req, user, e) from e
        return Login(user, 'password')

    def _token_login(self, req, secret, user):
        """
        :param user: who says to be the owner, if anybody does
        """
        store = TokenStore(self.env)
        token = store.verify(secret, req.remote_addr)
        if token is None:
            raise Denied  # the store has logged it
        if user and spelled(self.env, user) != token.username:
            raise self._denied(req, user, "the access token is another's")
        if Accounts(self.env).is_locked(token.username):
            raise self._denied(req, token.username, "the account is locked")
        store.note_use(token, req.remote_addr)
        req.rpc_token = token
        return Login(token.username, 'token')

    def _denied(self, req, user, why):
        return Denied("%s, user %r from %r"
                      % (why, shorten_line(user or ''), req.remote_addr))

    def _unauthorized(self, req, text):
        # Before the answer: clients that are asked for a password send the
        # next request at once, and gunicorn's threads may miss what has
        # arrived together with the end of a body.
        req.rpc_body.drain()
        realm = re.sub(r'[^ -~]|["\\]', '_', self.env.project_name) or 'Trac'
        challenges = ['Bearer realm="%s"' % realm]
        if self.checks_passwords:
            challenges.insert(0, 'Basic realm="%s", charset="UTF-8"' % realm)
        return Refusal(401, text, [('WWW-Authenticate', challenge)
                                   for challenge in challenges])


class WhoAmI(AbstractRPCHandler):
    """Tells callers who they are."""

    # IXMLRPCHandler methods

    def xmlrpc_namespace(self):
        return 'system'

    # Exported methods

    @expose_rpc('XML_RPC', read_only=True)
    def whoAmI(self, req) -> Caller:
        """Tell who the caller is for the server.

        Returns a struct `{username: string, authenticated_by: string,
        permissions: array, token: struct}`.

        `username` is `"anonymous"` if nobody is logged in.
        `authenticated_by` is `"anonymous"`, `"server"` (the web server told
        who calls), `"session"` (a cookie of the login form), `"password"`
        or `"token"` (sent with the call).

        `permissions` holds the names of the actions that the caller has on
        the site as a whole, sorted: `["TICKET_VIEW", "XML_RPC", ...]`. An
        action that serves for nothing but methods outside of the scope of
        the access token is left out; but the scope may forbid more than can
        be told by actions.

        `token` is there only if the call came with an access token:
        `{name: string, scope: string, expires: DateTime}`. `expires` is `0`
        for a token that does not expire.
        """
        token = getattr(req, 'rpc_token', None)
        answer = {'username': req.authname,
                  'authenticated_by': authenticated_by(req),
                  'permissions': self._actions(req, token)}
        if token is not None:
            answer['token'] = {'name': token.name, 'scope': str(token.scope),
                               'expires': token.expires or 0}
        return answer

    # Internal methods

    def _actions(self, req, token):
        actions = {action for action in PermissionSystem(self.env)
                   .get_actions() if action in req.perm}
        return sorted(actions - self._cut(token) if token else actions)

    def _cut(self, token):
        """The actions that serve for nothing within the scope of a token,
        and those that include one of them."""
        methods = XMLRPCSystem(self.env).all_methods()
        allowed = {method.permission for method in methods
                   if token.scope.allows(method)}
        cut = {method.permission for method in methods} - allowed
        included = PermissionSystem(self.env).get_actions_dict()
        if cut:
            cut.add('TRAC_ADMIN')
            cut.update([action for action in included
                        if cut.intersection(included[action])])
        return cut


def authenticated_by(req):
    """How it is known who calls, in a word."""
    if not req.is_authenticated:
        return 'anonymous'
    login = getattr(req, 'rpc_login', None)
    if login:
        return login.kind
    if req.remote_user or req.get_header('Authorization') or \
            not req.get_header('Cookie'):
        return 'server'
    return 'session'


def _user_and_password(sent):
    """What is in the credentials of Basic authentication (RFC 7617); `None`
    for both if they are malformed."""
    try:
        text = base64.b64decode(sent, validate=True).decode('utf-8')
    except ValueError:
        return None, None
    user, colon, password = text.partition(':')
    if not colon or re.search('[\x00-\x1f\x7f]', text):
        return None, None
    return user, password


def _forget_cookies(req):
    """Have a request taken for what its credentials make it, whoever was
    logged in in the browser that sends it, and whoever asked before."""
    req.incookie = Cookie()
    for name in ('authname', 'is_authenticated', 'session', 'perm'):
        vars(req).pop(name, None)
