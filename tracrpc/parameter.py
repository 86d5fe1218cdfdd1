# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""`Parameter`: a parameter of an exposed method, as everything else sees
it."""

import copy
import inspect
import json
import typing
from datetime import datetime
from functools import cached_property

from tracrpc.arguments import Mismatch, converter, described
from tracrpc.binary import Binary
from tracrpc.faults import ArgumentError, message_of
from tracrpc.schema import either, schema, text, without_nil

_empty = inspect.Parameter.empty


class Unshown(dict):
    """The default of a struct that clients know as a required argument: the
    signature that they read does not tell it."""


class Parameter:
    """A parameter of a method: `name`, `position` (from 1), `types` (plain
    types, none if any value will do), `default`, `hint` (the type hint that
    describes it)."""

    def __init__(self, name, position, types, default=_empty, hint=typing.Any,
                 docstring=None):
        self.name = name
        self.position = position
        self.types = types
        self.default = default
        self.hint = self._without_meaningless_nil(hint)
        self._docstring = docstring
        self._convert = converter(types)

    @property
    def optional(self):
        return self.default is not _empty

    @property
    def default_text(self):
        """The default as signatures tell it; empty if there is none, or if
        they do not tell it."""
        if not self.optional or isinstance(self.default, Unshown):
            return ''
        return _default_text(self.default)

    @cached_property
    def description(self):
        """What the method's description says of it."""
        return self._docstring.argument(self.name) if self._docstring else ''

    @property
    def text(self):
        """The type in one line."""
        return text(self.hint)

    @cached_property
    def schema(self):
        """The JSON Schema of the values that clients should send."""
        described = schema(self.hint)
        if self.optional:
            try:
                json.dumps(self.default, allow_nan=False)
                described['default'] = self.default
            except (TypeError, ValueError, RecursionError):
                pass  # of a type that JSON does not have
        return described

    def _without_meaningless_nil(self, hint):
        """The type hint without the nil that is accepted, but means no more
        than leaving the argument out or an empty text."""
        plain, has_nil = without_nil(hint)
        if self.default is None or has_nil and datetime in self.types:
            return either([plain, None])
        return plain

    def convert(self, value):
        """The value that the method gets for a client's `value`."""
        if value is None and self.optional:
            # the method may keep, but never shares, what it gets
            return copy.copy(self.default)
        if self._convert is None:
            return value
        try:
            return self._convert(value)
        except Mismatch as e:
            # not what a file sent as text begins with
            given = 'a string' if isinstance(value, str) and \
                Binary in self.types else described(value)
            raise ArgumentError('Argument %d ("%s") must be %s, not %s'
                                % (self.position, self.name, e, given)) \
                from None


def _default_text(default):
    if isinstance(default, str):
        return '"%s"' % default if '"' not in default else "'%s'" % default
    try:
        return str(default)
    except Exception as e:
        return message_of(e)
