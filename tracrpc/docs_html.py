# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""The HTML of the documentation page, in fragments: how each looks is up to
the templates `rpc_*.html`. Those that look the same to others are kept."""

import re
from typing import Any, Dict

from trac.util.html import Markup
from trac.web.chrome import Chrome, web_context
from trac.wiki.formatter import format_to_html, format_to_oneliner

from tracrpc.arguments import RPC_TYPES, members
from tracrpc.faults import traceback_of
from tracrpc.schema import parts
from tracrpc.util import _


class Fragments:
    """HTML that was rendered, to be sent again."""

    #: How many characters are kept: some hundred methods, in a few languages.
    LIMIT = 8 << 20

    def __init__(self, env):
        self.env = env
        self._known: Dict[Any, str] = {}
        self._size = 0

    def __getitem__(self, key):
        return self._known.get(key)

    def __setitem__(self, key, html):
        if self._size > self.LIMIT:
            self._known.clear()
            self._size = 0
        self._known[key] = html
        self._size += len(html)

    def rendered(self, filename, data):
        """A template, rendered without what Trac adds to pages."""
        template = Chrome(self.env).load_template(filename)
        return Markup(template.render(dict(data, _=_)))


class Visit:
    """Renders for one visitor, what is the same for others only once."""

    def __init__(self, env, req, fragments):
        self.env = env
        self._fragments = fragments
        self._context = web_context(req)
        self._locale = str(req.locale)
        self._perm = req.perm
        #: permission -> whether the visitor has it
        self._held: Dict[str, Any] = {'': None}
        self._same_for_all = True  # what is being rendered

    def index(self, protocols, namespaces):
        """Links to all protocols and methods."""
        key = ('index', self._locale, tuple(protocols),
               tuple(method.name for _, group in namespaces
                     for method in group))
        return self._kept(key, lambda: ('rpc_index.html', {
            'protocols': protocols, 'namespaces': namespaces}))

    def protocol(self, protocol):
        key = ('protocol', self._locale, *map(repr, protocol.values()))
        return self._kept(key, lambda: ('rpc_protocol.html', {
            'protocol': protocol, 'text': self._wiki(protocol['text'])}))

    def methods(self, namespaces):
        for name, group in namespaces:
            text = group[0].namespace_description
            yield self._kept(
                ('namespace', self._locale, name, text),
                lambda name=name, text=text: ('rpc_namespace.html', {
                    'name': name, 'text': self._wiki(text)}))
            for method in group:
                yield self._method(method)

    # Internal methods

    def _method(self, method):
        permission = str(method.permission or '')  # may be no text at all
        held = self._has(permission)
        key = (self._locale, held, method.name, method.signature,
               method.description, permission)
        return self._kept(key, lambda: ('rpc_method.html',
                                        self._method_data(method, held)))

    def _method_data(self, method, held):
        parameters = [self._parameter(each) for each in method.parameters]
        return {'method': method, 'held': held, 'parameters': parameters,
                'described': any(each['description'] for each in parameters),
                'text': self._wiki(_without_faults(method)),
                'faults': self._inline(method.faults),
                'parts': self._parts(method.hint)}

    def _parameter(self, parameter):
        """A parameter as the page shows it."""
        return {'name': parameter.name, 'type': parameter.text,
                'optional': parameter.optional,
                'kinds': ' '.join(_kinds(parameter)),
                'default': parameter.default_text,
                'description': self._inline(parameter.description),
                'parts': self._parts(parameter.hint)}

    def _parts(self, hint, depth=3):
        """What a struct or an array is made of."""
        if not depth:  # a shape may hold itself
            return []
        return [{'name': part.name, 'type': part.text,
                 'optional': part.optional,
                 'description': self._inline(part.description),
                 'parts': self._parts(part.hint, depth - 1)}
                for part in parts(hint)]

    def _has(self, permission):
        if permission not in self._held:
            self._held[permission] = permission in self._perm
        return self._held[permission]

    def _kept(self, key, template):
        """A rendered template, `()` -> `(filename, data)`, which is kept
        unless a wiki text in it looks different to others."""
        html = self._fragments[key]
        if html is None:
            self._same_for_all = True
            html = self._fragments.rendered(*template())
            if self._same_for_all:
                self._fragments[key] = html
        return html

    def _wiki(self, text):
        """Wiki text as HTML, each paragraph by itself: most look the same to
        all, even if another one holds a link."""
        return Markup('\n').join(self._formatted(each, format_to_html)
                                 for each in _paragraphs(_flowed(text)))

    def _inline(self, text):
        return self._formatted(_flowed(text), format_to_oneliner)

    def _formatted(self, text, formatter):
        key = ('wiki', formatter, text)
        html = self._fragments[key]
        if html is None:
            try:
                html = formatter(self.env, self._context, text)
            except Exception as e:
                self.env.log.error("A documentation cannot be rendered: %s",
                                   traceback_of(e))
                return text
            if _depends_on_visitor(text, html):
                self._same_for_all = False
            else:
                self._fragments[key] = html
        return html


# Methods

_FAULTS = re.compile(r'(^|\n\s*\n)Faults:.*?(?=\n\s*\n|\Z)', re.S)


def _without_faults(method):
    """The description without the paragraph on faults, if that is shown
    elsewhere."""
    return _FAULTS.sub('', method.description) if method.faults else \
        method.description


def _kinds(parameter):
    """The names of the types that a parameter takes, for the console; none
    if it takes anything."""
    types = parameter.types or [
        # older plugins declare a struct for whatever they like
        each for each in members(parameter.hint) if each is not dict]
    return [RPC_TYPES[each] for each in types if each is not None]


# Wiki text

_CODE = re.compile(r'`[^`]*`|\{\{\{(?!\s*#!).*?\}\}\}', re.S)
_LINK = re.compile(r'<a (?!class="ext-link")')


def _depends_on_visitor(text, html):
    """Whether rendered text depends on more than the text: links depend on
    the rights of the visitor, and macros on anything."""
    return _LINK.search(html) is not None or \
        re.search(r'\[\[|\{\{\{', _CODE.sub('', text)) is not None


def _paragraphs(text):
    """The paragraphs of a wiki text, as far as they are sure to be some."""
    return [text] if '{{{' in text else re.split(r'\n[ \t]*\n', text)


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
