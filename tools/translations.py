# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""Collects the texts to translate from the sources into tracrpc.pot, and
brings the catalogs of all languages up to date with it. Then lists what is
left to translate.
"""

import glob
import io
import os
import re
from datetime import datetime

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract
from trac.dist import extract_python

from tracrpc import __version__

US = 'the TracXMLRPC developers'
PACKAGE = os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), 'tracrpc')
TEMPLATE = os.path.join(PACKAGE, 'locale', 'tracrpc.pot')

#: Which argument of a function is a text to translate.
KEYWORDS = {'_': None, 'N_': None, 'tag_': None, 'ngettext': (1, 2),
            'cleandoc_': None, 'Option': (4,), 'BoolOption': (4,),
            'IntOption': (4,), 'FloatOption': (4,), 'ListOption': (4,),
            'ChoiceOption': (4,), 'ExtensionOption': (5,),
            'ConfigSection': (2,)}

#: What makes the texts of a module those of Trac's own catalog.
OF_TRAC = re.compile(rb'^from trac\.util\.translation import .*\b_\b', re.M)

#: Trac's way of writing templates.
JINJA = {'variable_start_string': '${', 'variable_end_string': '}',
         'line_statement_prefix': '#', 'line_comment_prefix': '##',
         'silent': 'no', 'trimmed': 'no'}


def extracted():
    """A catalog of all texts in the sources."""
    catalog = Catalog(project='TracXMLRPC', version=__version__,
                      charset='utf-8', fuzzy=False, copyright_holder=US,
                      msgid_bugs_address=US, last_translator=US,
                      language_team=US)
    for path, method, options in _sources():
        with open(path, 'rb') as f:
            content = f.read()
        keywords = {name: which for name, which in KEYWORDS.items()
                    if name not in ('_', 'tag_')
                    or not OF_TRAC.search(content)}
        for _line, message, comments, _context in extract(
                method, io.BytesIO(content), keywords, options=options):
            catalog.add(message, auto_comments=comments)
    return catalog


def _sources():
    for path in sorted(glob.glob(os.path.join(PACKAGE, '*.py'))):
        yield path, extract_python, {'encoding': 'utf-8'}
    for path in sorted(glob.glob(os.path.join(PACKAGE, 'templates',
                                              '*.html'))):
        yield path, babel_extract, JINJA


def catalogs():
    """The paths of the catalogs by language."""
    paths = glob.glob(os.path.join(PACKAGE, 'locale', '*', 'LC_MESSAGES',
                                   'tracrpc.po'))
    return {path.split(os.sep)[-3]: path for path in sorted(paths)}


def read(path):
    with open(path, 'rb') as f:
        return read_po(f, domain='tracrpc')


def missing(catalog):
    """The texts that a catalog does not translate, or not for sure."""
    return [message.id for message in catalog if message.id and
            (message.fuzzy or not all(
                message.string if isinstance(message.string, tuple)
                else [message.string]))]


def write(path, catalog):
    with open(path, 'wb') as f:
        write_po(f, catalog, width=79, no_location=True,
                 ignore_obsolete=True)


def main():
    template = extracted()
    old = read(TEMPLATE)
    if texts(old) == texts(template):
        template.creation_date = old.creation_date
    template.header_comment = old.header_comment
    write(TEMPLATE, template)
    for language, path in catalogs().items():
        catalog = read(path)
        before = texts(catalog)
        catalog.update(template, no_fuzzy_matching=True)
        if texts(catalog) != before:
            catalog.revision_date = datetime.now()
        write(path, catalog)
        for text in missing(catalog):
            print('%s: %s' % (language, text))


def texts(catalog):
    return [message.id for message in catalog if message.id]


if __name__ == '__main__':
    main()
