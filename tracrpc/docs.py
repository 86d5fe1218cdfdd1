# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""The documentation page."""

from collections import OrderedDict
from itertools import groupby
from typing import Any, Dict
from urllib.parse import quote, urlsplit, urlunsplit

from trac.util.text import to_unicode
from trac.util.translation import has_babel
from trac.web.chrome import add_script, add_stylesheet, web_context
from trac.wiki.formatter import format_to_html

from tracrpc import __version__
from tracrpc.api import XMLRPCSystem, api_version
from tracrpc.faults import traceback_of
from tracrpc.util import i18n_domain


class DocumentationPage:
    """Renders protocols and methods for a visitor."""

    def __init__(self, env, protocols):
        self.env = env
        self.protocols = protocols
        self._known = {}  # what was rendered, by text

    def render(self, req):
        """Template, data and metadata, as a request handler returns them."""
        context = web_context(req)
        add_stylesheet(req, 'common/css/wiki.css')
        add_stylesheet(req, 'tracrpc/rpc.css')
        add_script(req, 'tracrpc/rpc.js')
        metadata: Dict[str, Any] = {'iterable': False}
        if has_babel:  # else Trac fails on any domain
            metadata['domain'] = i18n_domain
        return 'rpc.html', {
            'version': __version__,
            'protocols': list(self._protocols(req, context)),
            'namespaces': list(self._namespaces(context)),
        }, metadata

    # Internal methods

    def _protocols(self, req, context):
        for protocol in self.protocols:
            try:
                name, text = protocol.rpc_info()
                pairs = list(protocol.rpc_match())
            except Exception as e:
                self.env.log.error("The protocol %r is not documented: %s",
                                   protocol, traceback_of(e))
                continue
            text = _formatted(text or '', {
                'url_anon': req.abs_href('rpc'),
                'url_auth': _address(req, pairs), 'version': api_version})
            yield {'name': name,
                   'description': self._rendered(context, text),
                   'bindings': _bindings(req, pairs)}

    def _namespaces(self, context):
        methods = XMLRPCSystem(self.env).all_methods()
        for name, grouped in groupby(methods, key=lambda m: m.namespace):
            group = list(grouped)
            yield {'name': name, 'methods': [
                       {'name': method.name, 'signature': method.signature,
                        'description': self._html(context,
                                                  method.description),
                        'permission': method.permission}
                       for method in group],
                   'description': self._html(
                       context, group[0].namespace_description)}

    def _html(self, context, text):
        """A docstring as HTML, rendered once if that is possible."""
        if text not in self._known:
            html = self._rendered(context, text)
            if not _is_the_same_for_all(text, html):
                return html
            self._known[text] = html
        return self._known[text]

    def _rendered(self, context, text):
        try:
            return format_to_html(self.env, context, _flowed(text))
        except Exception as e:
            self.env.log.error("A documentation cannot be rendered: %s",
                               traceback_of(e))
            return text


def _is_the_same_for_all(text, html):
    """Whether rendered text depends on nothing but the text: links depend on
    the rights of the visitor, and macros on anything."""
    return '<a' not in html and '[[' not in text and '{{{' not in text


def _formatted(text, values):
    try:
        return text % values
    except (KeyError, TypeError, ValueError):
        return to_unicode(text)  # it holds a % of its own


def _flowed(text):
    """Wiki text whose inline code is not broken over lines, which Trac would
    not recognise."""
    lines, in_block = [], False
    for line in text.splitlines():
        if not in_block and lines and lines[-1].count('`') % 2:
            lines[-1] += ' ' + line.strip()
            continue
        if '{{{' in line or '}}}' in line:
            in_block = '{{{' in line and '}}}' not in line
        lines.append(line)
    return '\n'.join(lines)


def _address(req, pairs):
    """The address of authenticated calls, with the visitor's name."""
    path = 'rpc' if any(path == 'rpc' for path, _ in pairs) else \
        pairs[0][0] if pairs else 'rpc'
    parts = urlsplit(req.abs_href('login', path))
    netloc = '%s:your_password@%s' % (quote(req.authname, safe=''),
                                      parts.netloc)
    return urlunsplit(parts._replace(netloc=netloc))


def _bindings(req, pairs):
    """The addresses of each content type."""
    by_type = OrderedDict()
    for path, media_type in pairs:
        by_type.setdefault(media_type, []).append(
            {'anonymous': req.abs_href(path),
             'authenticated': req.abs_href('login', path)})
    return by_type
