# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""The documentation page: what a visitor gets to see."""

import re
from collections import OrderedDict
from itertools import groupby
from typing import Any, Dict
from urllib.parse import quote

from trac.util.html import Markup
from trac.util.text import to_unicode
from trac.util.translation import has_babel
from trac.web.chrome import add_script, add_script_data, add_stylesheet

from tracrpc import __version__
from tracrpc.api import XMLRPCSystem, api_version
from tracrpc.docs_html import Fragments, Visit
from tracrpc.docs_texts import script_texts
from tracrpc.faults import traceback_of
from tracrpc.openrpc import OpenRPC
from tracrpc.tokens import TokenStore
from tracrpc.util import i18n_domain


class DocumentationPage:
    """Renders protocols and methods for a visitor."""

    def __init__(self, env, protocols):
        self.env = env
        self.protocols = protocols
        self._fragments = Fragments(env)

    def render(self, req):
        """Template, data and metadata, as a request handler returns them."""
        protocols = list(self._protocols(req))
        namespaces = self._namespaces()
        visit = Visit(self.env, req, self._fragments)
        add_stylesheet(req, 'common/css/wiki.css')
        add_stylesheet(req, 'tracrpc/rpc.css')
        add_script(req, 'tracrpc/rpc.js')
        add_script(req, 'tracrpc/console.js')
        add_script_data(req, tracrpc={
            'url': _console_address(req, protocols),
            'example': _addresses(req), 'user': req.authname,
            'texts': script_texts()})
        metadata: Dict[str, Any] = {'iterable': False}
        if has_babel:  # else Trac fails on any domain
            metadata['domain'] = i18n_domain
        return 'rpc.html', {
            'version': __version__, 'openrpc': req.href(OpenRPC.path),
            'has_tokens': req.is_authenticated and
                          TokenStore(self.env).enabled,
            'index': visit.index([each['name'] for each in protocols],
                                 namespaces),
            'protocols': Markup('').join(map(visit.protocol, protocols)),
            'methods': Markup('').join(visit.methods(namespaces)),
        }, metadata

    # Internal methods

    def _protocols(self, req):
        for protocol in self.protocols:
            try:
                yield _described(req, protocol)
            except Exception as e:
                self.env.log.error("The protocol %r is not documented: %s",
                                   protocol, traceback_of(e))

    def _namespaces(self):
        methods = XMLRPCSystem(self.env).all_methods()
        return [(name, list(group)) for name, group in
                groupby(methods, key=lambda method: method.namespace)]


# Protocols

def _described(req, protocol):
    name, text = [to_unicode(each or '') for each in protocol.rpc_info()]
    pairs = list(protocol.rpc_match())
    values = _addresses(req, pairs)
    return {'name': name, 'text': _filled_in(text, values),
            'bindings': _bindings(req, pairs),
            'examples': [(title, _filled_in(code, values)) for title, code
                         in getattr(protocol, 'rpc_examples', list)()]}


def _filled_in(text, values):
    try:
        return text % values
    except (KeyError, TypeError, ValueError):
        return to_unicode(text)  # it holds a % of its own


def _console_address(req, protocols):
    """Where JSON-RPC calls have the identity that the visitor has on this
    page; `None` if they are not answered."""
    if not any('application/json' in each['bindings'] for each in protocols):
        return None
    if req.path_info.startswith('/login/') and req.is_authenticated:
        return req.href.login('rpc')
    return req.href.rpc()


def _addresses(req, pairs=()):
    """What texts and examples of a protocol can refer to. Its `url_auth`
    holds the visitor's name."""
    path = 'rpc' if any(path == 'rpc' for path, _ in pairs) else \
        pairs[0][0] if pairs else 'rpc'
    url = req.abs_href('login', path)
    user = req.authname if req.is_authenticated else 'your_name'
    scheme, _, place = url.partition('://')
    return {'version': api_version, 'url': url,
            'url_anon': req.abs_href(path),
            'url_auth': '%s://%s:your_password@%s' % (
                scheme, quote(user, safe=''), place),
            # in quotes of whatever language
            'credentials': '%s:your_password' % re.sub(r'[\\\'"]', '', user)}


def _bindings(req, pairs):
    """The addresses of each content type."""
    by_type = OrderedDict()
    for path, media_type in pairs:
        by_type.setdefault(media_type, []).append(
            {'anonymous': req.abs_href(path),
             'authenticated': req.abs_href('login', path)})
    return by_type
