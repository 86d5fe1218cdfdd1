# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""What is read from docstrings."""

import pytest

from tracrpc.docstring import Docstring


def read(text, *arguments):
    def function():
        pass
    function.__doc__ = text
    return Docstring(function, arguments)


ALL = """Do it `now. Or` never, version 1.2
    included. Not always.

    `id` is the ticket's number, `text` its text;
    `more` may be empty. With `notify`, others are told. `list` is one of:
     * `a`: an item. `unknown` as well.
     * `b`: another.

    Returns an array `[id, a.b. C]`; it is
    sorted. Never empty. Needs TICKET_VIEW.

    Faults: 404 there is no such
    ticket; 403.
    """


def test_parts():
    doc = read(ALL, 'id', 'text', 'more', 'notify', 'list')
    assert doc.summary == 'Do it `now. Or` never, version 1.2 included.'
    assert doc.result == 'An array `[id, a.b. C]`; it is sorted. Never empty.'
    assert doc.faults == '404 there is no such ticket; 403.'
    assert [doc.argument(name) for name in
            ('id', 'text', 'more', 'notify', 'list', 'none')] == [
        "The ticket's number.", 'Its text.', 'May be empty.',
        'With `notify`, others are told.', 'One of.', '']
    assert not doc.deprecated


@pytest.mark.parametrize('text', [None, '', '  \n ', '`', '.', '`a'])
def test_nothing_there(text):
    doc = read(text, 'a')
    assert doc.result == doc.faults == ''
    assert doc.argument('a') == '' and not doc.deprecated
    assert doc.summary == (text or '').strip().strip('.')


@pytest.mark.parametrize('text, expected', [
    ('Do it.\n\nDeprecated, use `other`.', True),
    ('Do it.\n\nDEPRECATED\n\nMore.', True),
    ('Deprecated: do it.', True),
    ('Do it.\n\n.. deprecated:: 1.2', True),
    ('List deprecated things.', False)])
def test_deprecated(text, expected):
    assert read(text).deprecated is expected


def test_long_texts_are_read_in_linear_time():
    for text in ('`' * 100000, '.' * 100000, '` ' * 50000, 'a. ' * 50000,
                 '`a' * 50000):
        doc = read('Do it.\n\n' + text, 'a')
        doc.argument('b')
        assert doc.faults == ''
