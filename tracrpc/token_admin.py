# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""The commands `rpc token ...` of trac-admin."""

from contextlib import contextmanager

from trac.admin.api import AdminCommandError, IAdminCommandProvider, \
    console_datetime_format, get_console_locale
from trac.core import Component, TracError, implements
from trac.perm import PermissionCache
from trac.util.datefmt import format_datetime, localtz
from trac.util.text import print_table, printerr, printout
from trac.util.translation import activate, deactivate, reactivate

from tracrpc.faults import message_of
from tracrpc.token_model import Scope, parse_expiry
from tracrpc.tokens import TokenStore
from tracrpc.util import _, add_texts

__all__ = ['TokenAdmin']

_READ_ONLY = '--read-only'
_NAMESPACES = '--namespaces'
_EXPIRES = '--expires'
_ALL = '--all'

#: Who makes and ends tokens here, as the log tells it.
_BY = 'trac-admin'


class TokenAdmin(Component):
    """Manages access tokens with trac-admin."""

    implements(IAdminCommandProvider)

    def __init__(self):
        add_texts(self.env)

    # IAdminCommandProvider methods

    def get_admin_commands(self):
        yield ('rpc token list', '[user]',
               """List access tokens

               Lists the tokens of a user, or of all users, with their
               scopes, and when they were created, expire, and were used last
               (to the hour). Their secrets are known to nobody but their
               owners.""",
               self._complete_user, self._do_list)
        yield ('rpc token create', '<user> <name> [--read-only] '
               '[--namespaces=<name>,...] [--expires=<date>]',
               """Create an access token for a user

               A program that sends the token may call what its user may, as
               far as the scope allows: methods that change nothing
               (--read-only), methods of some namespaces
               (--namespaces=ticket,wiki), or both. Without these options it
               may call everything.

               The token is good until the end of a day
               (--expires=2030-12-31), or until it is revoked.

               Prints the token. Only a digest of it is stored: keep it.""",
               self._complete_create, self._do_create)
        yield ('rpc token revoke', '<user> <name>|--all',
               """End an access token, or all of a user

               Programs that send it are refused from now on.""",
               self._complete_revoke, self._do_revoke)

    # Internal methods: completion

    def _complete_user(self, args):
        if len(args) == 1:
            return sorted({token.username
                           for token in TokenStore(self.env).tokens()})

    def _complete_create(self, args):
        if len(args) == 1:
            return sorted(self.env.get_known_users(as_dict=True))
        if args[-1].startswith(_NAMESPACES + '='):
            given, comma, _last = args[-1].rpartition(',')
            start = given + comma or _NAMESPACES + '='
            return [start + name
                    for name in TokenStore(self.env).namespaces()]
        if len(args) > 2:
            return [_READ_ONLY, _NAMESPACES + '=', _EXPIRES + '=']

    def _complete_revoke(self, args):
        if len(args) == 2:
            return [token.name for token
                    in TokenStore(self.env).tokens(args[0])] + [_ALL]
        return self._complete_user(args)

    # Internal methods: commands

    def _do_list(self, user=None):
        with _telling_users(self.env):
            print_table(
                [(token.username, token.name, str(token.scope),
                  _format(token.created),
                  _format(token.expires) or _("never"),
                  _format(token.last_used))
                 for token in TokenStore(self.env).tokens(user)],
                (_("User"), _("Name"), _("Scope"), _("Created"),
                 _("Expires"), _("Last use")))

    def _do_create(self, user, name, *options):
        with _telling_users(self.env):
            scope, expires = _parsed(options)
            token, secret = TokenStore(self.env).create(user, name, scope,
                                                        expires, _BY)
            printout(secret)
            printerr(_("It is shown only now."))
            if 'XML_RPC' not in PermissionCache(self.env, token.username):
                printerr(_("%(user)s does not have XML_RPC: calls will be "
                           "refused.", user=token.username))

    def _do_revoke(self, user, name):
        store = TokenStore(self.env)
        with _telling_users(self.env):
            if name != _ALL:
                store.revoke(user, name, _BY)
            elif not store.revoke_all(user, _BY):
                raise TracError(_("%(user)s has no access tokens.",
                                  user=user))


@contextmanager
def _telling_users(env):
    """Tell what is to be told in the language of the console, for which
    trac-admin leaves out plugins, and mistakes as it tells those in its own
    commands."""
    before = deactivate()
    activate(get_console_locale(env) or 'en_US', env.path)
    try:
        yield
    except AdminCommandError:
        raise
    except TracError as e:
        raise AdminCommandError(message_of(e)) from e
    finally:
        deactivate()
        reactivate(before)


def _parsed(options):
    """The scope and the time that the options of `create` mean."""
    read_only, namespaces, expires = False, (), None
    for option in options:
        name, _equals, value = option.partition('=')
        if option == _READ_ONLY:
            read_only = True
        elif name == _NAMESPACES and value.strip(', '):
            namespaces = tuple(value.replace(',', ' ').split())
        elif name == _EXPIRES and value.strip():
            expires = parse_expiry(value, localtz)
        else:
            raise AdminCommandError(_('"%(option)s" is no option, or lacks '
                                      'its value.', option=option),
                                    show_usage=True)
    return Scope(read_only, namespaces), expires


def _format(time):
    return time and format_datetime(time, console_datetime_format, localtz)
