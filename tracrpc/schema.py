# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""Schemas: what type hints say, as JSON Schema and as text to read.

Arguments and results are described by type hints: plain types, those of
`typing`, and shapes. A shape is a class that names the parts of an array
(`Row`) or of a struct (`Struct`), each with its type and a description; it is
never instantiated:

    class Point(Row):
        \"\"\"A place on the map.\"\"\"
        x: int = member("how far to the right")
        y: int = member("how far up")

    def getPoint(self, req, name: str) -> Point:

`shapes` has those of this plugin. `schema(hint)` is a JSON Schema (draft 7)
that refers to shapes by their names, `definitions(hints)` are the schemas of
all that they refer to, `text(hint)` is one line: `[int x, int y]`, and
`parts(hint)` are the parts with their descriptions.
"""

import inspect
import typing
from collections import abc
from datetime import datetime
from typing import Any, Dict, NamedTuple

from tracrpc.arguments import RPC_TYPES, UNIONS, members, type_name
from tracrpc.binary import Binary

_NoneType = type(None)
_REFERENCE = '#/components/schemas/'


class Row(list):
    """An array whose items have a meaning by their position."""


class Struct(dict):
    """A struct with certain members; `others` is the type of those that may
    be there besides, if any may."""

    others: Any = None

    def __init_subclass__(cls, others=None, **kwargs):
        super().__init_subclass__(**kwargs)
        cls.others = others if others is not None else cls.others


class Part(NamedTuple):
    """An item of a `Row` or a member of a `Struct`."""
    name: str
    hint: Any
    description: str
    optional: bool

    @property
    def text(self):
        return text(self.hint)


class _Given(NamedTuple):
    description: str
    optional: bool


def member(description, optional=False) -> Any:
    """Describe a part of a shape; `optional` ones may be missing."""
    return _Given(description, optional)


# JSON Schema

_PLAIN: Dict[Any, dict] = {
    bool: {'type': 'boolean'}, int: {'type': 'integer'},
    float: {'type': 'number'}, str: {'type': 'string'},
    list: {'type': 'array'}, dict: {'type': 'object'},
    None: {'type': 'null'}}


def _hinted(title, kind, content, description):
    """The schema of an object with a type hint. (`properties` would make a
    part of the schema look like such an object itself.)"""
    return {'title': title, 'description': description, 'type': 'object',
            'required': ['__jsonclass__'], 'additionalProperties': False,
            'patternProperties': {'^__jsonclass__$': {
                'type': 'array', 'items': [
                    {'type': 'string', 'const': kind}, content],
                'minItems': 2, 'maxItems': 2}}}


# What has a name of its own.
_NAMED: Dict[Any, dict] = {
    datetime: _hinted(
        'DateTime', 'datetime',
        {'type': 'string', 'pattern': r'^[0-9]{4}-[0-9]{2}-[0-9]{2}'},
        'A date, in ISO 8601, UTC unless it names a zone: {"__jsonclass__": '
        '["datetime", "2026-11-21T18:01:19.261944"]}'),
    Binary: _hinted(
        'Binary', 'binary',
        {'type': 'string', 'contentEncoding': 'base64'},
        'Binary data: {"__jsonclass__": ["binary", "<base64>"]}')}


def schema(hint):
    """The JSON Schema of a type hint; what has a name is referred to."""
    name = _name(hint)
    if name:
        return {'$ref': _REFERENCE + name}
    kind, arguments = _taken_apart(hint)
    if kind is typing.Union:
        return {'anyOf': [schema(each) for each in arguments]}
    if kind is typing.Literal:
        return dict(_PLAIN.get(type(arguments[0]), {}),
                    enum=list(arguments))
    if kind is tuple:
        return _row_schema([({}, each) for each in arguments])
    described = dict(_PLAIN.get(kind, {}))
    if kind is list and arguments:
        described['items'] = schema(arguments[0])
    elif kind is dict and arguments:
        described['additionalProperties'] = schema(arguments[0])
    return described


def give_name(hint, name, description):
    """Give a hint that is no shape a name, by which schemas refer to it and
    texts call it."""
    _NAMED[hint] = dict(schema(hint), title=name, description=description)


def definitions(hints):
    """The schemas of all that the hints' own schemas refer to, by name."""
    found: Dict[str, dict] = {}

    def add(hint):
        name = _name(hint)
        if name in found:
            return
        if name:
            found[name] = _shape_schema(hint) if _is_shape(hint) else \
                _NAMED[hint]
        for each in _inside(hint):
            add(each)
    for hint in hints:
        add(hint)
    return found


def _shape_schema(shape):
    described = {'title': shape.__name__,
                 'description': inspect.cleandoc(shape.__doc__ or '')}
    given = _parts_of(shape)
    if _is_row(shape):
        # titles would be taken for the names of types
        described.update(_row_schema([
            ({'description': ': '.join(filter(None, (
                part.name, part.description)))}, part.hint)
            for part in given]))
        return described
    others = getattr(shape, 'others', None)
    described.update(
        type='object',
        properties={part.name: _with_description(part) for part in given},
        required=[part.name for part in given if not part.optional],
        additionalProperties=schema(others) if others is not None else False)
    return described


def _row_schema(items):
    return {'type': 'array', 'minItems': len(items), 'maxItems': len(items),
            'items': [dict(about, **schema(hint)) for about, hint in items]}


def _with_description(part):
    described = schema(part.hint)
    if part.description:
        described['description'] = part.description
    return described


# Text

def text(hint, within=()):
    """A type hint in one line, in the words that clients know.

    :param within: the shapes that it is a part of
    """
    given = _given_name(hint)
    if given:
        return given
    kind, arguments = _taken_apart(hint)
    if kind is typing.Union:
        return ' or '.join(dict.fromkeys(text(each, within)
                                         for each in arguments))
    if kind is typing.Literal:
        return ' or '.join('"%s"' % each if isinstance(each, str) else
                           '%s' % each for each in arguments)
    if kind is None:
        return 'nil'
    if _is_shape(hint) and hint not in within:
        return _shape_text(hint, (*within, hint))
    if kind is tuple:
        return '[%s]' % ', '.join(text(each, within) for each in arguments)
    if kind in (list, dict) and arguments:
        return type_name(kind) + _inner_text(arguments[0], within)
    return type_name(kind) if kind else 'any'


def _inner_text(hint, within):
    kind, _arguments = _taken_apart(hint)
    if kind is typing.Union and not _given_name(hint):
        return ' of (%s)' % text(hint, within)
    return ' of %s' % text(hint, within) if kind is not False else ''


def _shape_text(shape, within):
    given = _parts_of(shape)
    if _is_row(shape):
        return '[%s]' % ', '.join(
            '%s %s' % (text(part.hint, within), part.name) for part in given)
    if getattr(shape, 'others', None) is not None:
        return 'struct'
    return '{%s}' % ', '.join('%s%s: %s' % (
        part.name, '?' if part.optional else '', text(part.hint, within))
        for part in given)


def parts(hint):
    """The `Part`s of the first shape that a hint holds: of each item, if it
    is an array of such."""
    if _is_shape(hint):
        return _parts_of(hint)
    for each in _inside(hint):
        found = parts(each)
        if found:
            return found
    return []


# Type hints

def without_nil(hint):
    """The hint without `None`, and whether it had it."""
    kind, arguments = _taken_apart(hint)
    hints = arguments if kind is typing.Union else (hint,)
    others = [each for each in hints if each not in (None, _NoneType)]
    return either(others), len(others) < len(hints)


def either(hints):
    """The hint for one of these types; `None` if there are none."""
    try:
        return typing.Union[tuple(hints)] if hints else None
    except TypeError:  # one of them is no type
        return Any


def _taken_apart(hint):
    """What a hint is, and the hints in it: `Union`, `Literal`, `tuple` for
    an array of fixed types, one of the types that clients know (with the
    hint for all its items, if that is given), or `False` for anything."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in UNIONS:
        return typing.Union, sorted(arguments, key=_rank)
    if origin is typing.Literal:
        return origin, arguments
    if origin is tuple and arguments and arguments[-1] is not Ellipsis:
        return tuple, arguments
    known = members(hint)
    if not known:
        return False, ()
    kind, = known
    if kind is list and _is_generic(origin, abc.Iterable):
        return kind, arguments[:1]
    if kind is dict and _is_generic(origin, abc.Mapping):
        return kind, arguments[1:]
    return kind, ()


def _rank(hint):
    """A number by which the members of a union are sorted: `typing` does not
    keep their order."""
    kind, _arguments = _taken_apart(hint)
    order = [*RPC_TYPES][:-1] + [False, tuple, typing.Literal, None]
    return order.index(kind)


def _is_generic(origin, kind):
    return isinstance(origin, type) and issubclass(origin, kind)


def _inside(hint):
    """The hints that a hint holds."""
    if _is_shape(hint):
        given = [part.hint for part in _parts_of(hint)]
        return given + [getattr(hint, 'others', None)]
    return _taken_apart(hint)[1] if typing.get_origin(hint) is not \
        typing.Literal else ()


def _name(hint):
    """The name of what is described once, `None` for everything else."""
    if not _is_shape(hint):
        return _given_name(hint)
    name = hint.__name__
    if hint.__module__ == 'tracrpc.shapes':
        return name
    return '%s.%s' % (hint.__module__, name)


def _given_name(hint):
    """The name in `_NAMED`, `None` if there is none."""
    try:
        return _NAMED[hint]['title']
    except (KeyError, TypeError):  # what plugins take for a hint may be a list
        return None


def _is_shape(hint):
    return isinstance(hint, type) and (
        _is_row(hint) or issubclass(hint, Struct) or
        issubclass(hint, dict) and hasattr(hint, '__total__'))  # TypedDict


def _is_row(hint):
    return issubclass(hint, Row) or \
        issubclass(hint, tuple) and hasattr(hint, '_fields')  # NamedTuple


def _parts_of(shape):
    """The parts of a shape, of a `NamedTuple` or of a `TypedDict`."""
    optional = getattr(shape, '__optional_keys__', ())
    try:
        hints = typing.get_type_hints(shape)
    except Exception:  # they name something that is not there
        hints = dict.fromkeys(getattr(shape, '__annotations__', ()), Any)
    found = []
    for name, hint in hints.items():
        given = getattr(shape, name, None)
        if not isinstance(given, _Given):
            given = _Given('', name in optional)
        if name != 'others':
            found.append(Part(name, hint, *given))
    return found
