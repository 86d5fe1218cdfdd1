# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""What methods take and return is what their schemas say."""

import datetime as dt
from typing import Any, Dict, Iterator, List, Literal, NamedTuple, Optional, \
    Tuple, TypedDict, Union

import pytest
from trac.util.datefmt import utc

from tracrpc import schema, shapes
from tracrpc.api import AbstractRPCHandler, Binary, XMLRPCSystem, expose_rpc
from tracrpc.schema import Row, Struct, member

DAY = dt.datetime(2020, 5, 6, 7, 8, 9, tzinfo=utc)


# Hints to schemas and texts

class Point(Row):
    """A place."""

    x: int = member("to the right")
    y: Optional[float] = member("up")


class Named(TypedDict, total=False):
    name: str


class Pair(NamedTuple):
    left: str
    right: List[int]


class Open(Struct, others=int):
    """May have more."""

    at: Point = member("where it is", optional=True)


POINT = {'$ref': '#/components/schemas/%s.Point' % __name__}


@pytest.mark.parametrize('hint, expected, text', [
    (int, {'type': 'integer'}, 'int'),
    (bool, {'type': 'boolean'}, 'boolean'),
    (str, {'type': 'string'}, 'string'),
    (float, {'type': 'number'}, 'double'),
    (None, {'type': 'null'}, 'nil'),
    (Any, {}, 'any'),
    (object, {}, 'any'),
    (dt.datetime, {'$ref': '#/components/schemas/DateTime'}, 'DateTime'),
    (Binary, {'$ref': '#/components/schemas/Binary'}, 'Binary'),
    (list, {'type': 'array'}, 'array'),
    (List[int], {'type': 'array', 'items': {'type': 'integer'}},
     'array of int'),
    (List[Any], {'type': 'array', 'items': {}}, 'array'),
    (Iterator[str], {'type': 'array', 'items': {'type': 'string'}},
     'array of string'),
    (Tuple[int, ...], {'type': 'array', 'items': {'type': 'integer'}},
     'array of int'),
    (Tuple[int, str], {'type': 'array', 'minItems': 2, 'maxItems': 2,
                       'items': [{'type': 'integer'}, {'type': 'string'}]},
     '[int, string]'),
    (dict, {'type': 'object'}, 'struct'),
    (Dict[str, int], {'type': 'object', 'additionalProperties':
                      {'type': 'integer'}}, 'struct of int'),
    (Union[int, str], {'anyOf': [{'type': 'integer'}, {'type': 'string'}]},
     'int or string'),
    (List[Union[str, int]], {'type': 'array', 'items': {'anyOf': [
        {'type': 'integer'}, {'type': 'string'}]}},
     'array of (int or string)'),
    (Union[None, Literal[0], Point, str, dt.datetime], {'anyOf': [
        {'type': 'string'}, {'$ref': '#/components/schemas/DateTime'}, POINT,
        {'type': 'integer', 'enum': [0]}, {'type': 'null'}]},
     'string or DateTime or [int x, double or nil y] or 0 or nil'),
    (Literal[0], {'type': 'integer', 'enum': [0]}, '0'),
    (Literal['a', 'b'], {'type': 'string', 'enum': ['a', 'b']},
     '"a" or "b"'),
    (Point, POINT, '[int x, double or nil y]'),
    (List[Point], {'type': 'array', 'items': POINT},
     'array of [int x, double or nil y]'),
    (Named, {'$ref': '#/components/schemas/%s.Named' % __name__},
     '{name?: string}' if hasattr(Named, '__optional_keys__')
     else '{name: string}'),
    (Pair, {'$ref': '#/components/schemas/%s.Pair' % __name__},
     '[string left, array of int right]'),
    (Open, {'$ref': '#/components/schemas/%s.Open' % __name__}, 'struct'),
    ('what', {}, 'any'),
    (5, {}, 'any'),
])
def test_hints(hint, expected, text):
    assert schema.schema(hint) == expected
    assert schema.text(hint) == text


def test_definitions():
    found = schema.definitions([List[Open], Optional[Binary], 5])
    assert set(found) == {__name__ + '.Open', __name__ + '.Point', 'Binary'}
    assert found[__name__ + '.Point'] == {
        'title': 'Point', 'description': 'A place.', 'type': 'array',
        'minItems': 2, 'maxItems': 2, 'items': [
            {'title': 'x', 'description': 'to the right', 'type': 'integer'},
            {'title': 'y', 'description': 'up',
             'anyOf': [{'type': 'number'}, {'type': 'null'}]}]}
    assert found[__name__ + '.Open'] == {
        'title': 'Open', 'description': 'May have more.', 'type': 'object',
        'properties': {'at': dict(POINT, description='where it is')},
        'required': [], 'additionalProperties': {'type': 'integer'}}


def test_definitions_of_shapes_that_hold_themselves():
    class Tree(Struct):
        name: str = member("its name")
    Tree.__annotations__['children'] = List[Tree]
    name, = schema.definitions([Tree])
    assert name.endswith('Tree')
    assert schema.text(Tree) == '{name: string, children: array of struct}'
    assert schema.text(List[Tree]) == 'array of ' + schema.text(Tree)


def test_shapes_whose_hints_name_nothing():
    class Lost(Struct):
        name: 'NoSuchType' = member("its name")  # noqa: F821
    assert schema.text(Lost) == '{name: any}'
    found, = schema.definitions([Lost]).values()
    assert found['properties'] == {'name': {'description': 'its name'}}


def test_parts():
    part, = schema.parts(List[Open])
    assert (part.name, part.text, part.description, part.optional) == \
        ('at', '[int x, double or nil y]', 'where it is', True)
    assert [part.name for part in schema.parts(Union[Point, None])] == \
        ['x', 'y']
    assert schema.parts(int) == []


def test_hints_of_schemas_are_types_of_arguments(rpc, components):
    """A shape is an array or a struct to those who call."""
    class Shaped(AbstractRPCHandler):
        """Has shapes."""

        def xmlrpc_namespace(self):
            return 'shaped'

        @expose_rpc(None)
        def move(self, req, point: Point, more: Open = {}) -> Point:
            """Move."""
            return point

    components(Shaped)
    assert rpc.user.system.methodSignature('shaped.move') == [
        'array,array', 'array,array,struct']
    assert rpc.user.system.methodHelp('shaped.move').startswith(
        'array shaped.move(array point, struct more={})')
    assert rpc.user.shaped.move([1, 2.5]) == [1, 2.5]
    with rpc.fault(1, 'Argument 1 ("point") must be an array'):
        rpc.user.shaped.move({'x': 1})


def test_what_methods_tell(env):
    system = XMLRPCSystem(env)
    method = system.get_method('ticket.putAttachment')
    assert [(p.name, p.text, p.default_text) for p in method.parameters] == [
        ('ticket', 'int', ''), ('filename', 'string', ''),
        ('description', 'string', ''), ('data', 'Binary', ''),
        ('replace', 'boolean', 'True')]
    assert [p.schema for p in method.parameters][3:] == [
        {'$ref': '#/components/schemas/Binary'},
        {'type': 'boolean', 'default': True}]
    assert system.get_method('ticket.getRecentChanges').parameters[0].text \
        == 'DateTime or nil'
    assert system.get_method('wiki.getPage').parameters[1].schema == {
        'anyOf': [{'type': 'integer'}, {'type': 'null'}], 'default': None}
    assert system.get_method('ticket.delete').result_text == '0'
    assert system.get_method('ticket.get').result_text == \
        '[int id, DateTime time, DateTime changetime, struct attributes]'


def test_every_parameter_and_shape_is_described(env):
    for method in XMLRPCSystem(env).all_methods():
        for parameter in method.parameters:
            assert parameter.description, (method.name, parameter.name)
    for name, shape in vars(shapes).items():
        if isinstance(shape, type) and issubclass(shape, (Row, Struct)) and \
                shape not in (Row, Struct) and not name.startswith('_'):
            assert shape.__doc__, name
            assert all(part.description for part in schema.parts(shape))
