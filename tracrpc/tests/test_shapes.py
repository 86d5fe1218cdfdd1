# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""What methods take and return is what their schemas say."""

import datetime as dt
import json
from typing import Any, Dict, Iterator, List, Literal, NamedTuple, Optional, \
    Tuple, TypedDict, Union

import pytest
from trac.util.datefmt import utc

from tracrpc import schema, shapes
from tracrpc.api import AbstractRPCHandler, Binary, XMLRPCSystem, expose_rpc
from tracrpc.openrpc import OpenRPC
from tracrpc.schema import Row, Struct, member
from tracrpc.tests.support import RPC, _to_json, request, validator
from tracrpc.tests.tickets import change_ticket, custom_fields, new_ticket
from tracrpc.tokens import TokenStore

DAY = dt.datetime(2020, 5, 6, 7, 8, 9, tzinfo=utc)


class Checked:
    """Calls whose arguments and results are held against the schemas."""

    def __init__(self, env):
        self.env = env
        self.document = RPC(env, 'json').admin.rpc.discover(True)
        self.names = [method['name'] for method in self.document['methods']]
        self.called = set()

    def __call__(self, name, *args, **headers):
        index = self.names.index(name)
        self.called.add(name)
        args = _to_json(args)
        for position, arg in enumerate(args):
            self._check('/methods/%d/params/%d/schema' % (index, position),
                        arg, '%s, argument %d' % (name, position + 1))
        answer = json.loads(request(
            self.env, '/rpc', user=None if headers else 'admin',
            content_type='application/json', body=json.dumps(
                {'method': name, 'params': args}).encode('ascii'),
            **headers).body)
        assert not answer['error'], (name, answer)
        self._check('/methods/%d/result/schema' % index, answer['result'],
                    name)
        return answer['result']

    def _check(self, pointer, value, what):
        for error in validator(self.document, pointer).iter_errors(value):
            raise AssertionError('%s: %s' % (what, error))


@pytest.fixture
def checked(env):
    custom_fields(
        env, due={'type': 'time', 'format': 'date', 'value': '2020-01-01'},
        late={'type': 'time'}, done={'type': 'checkbox'},
        size={'type': 'select', 'options': '|small|large', 'value': '2'},
        color={'type': 'radio', 'options': 'red|blue'},
        notes={'type': 'textarea', 'rows': '5', 'max_size': '99'},
        place={'type': 'text', 'ticketlink_query': '?place=$place'},
        strange={'type': 'colour'})
    return Checked(env)


# What every method is called with, in an order in which all succeed; `{}` in
# a text stands for the result of the last call that made a ticket.

SYSTEM = [
    ('system.listMethods',), ('system.methodHelp', 'ticket.get'),
    ('system.methodSignature', 'ticket.create'), ('system.getAPIVersion',),
    ('system.getCapabilities',), ('system.whoAmI',), ('rpc.discover',),
    ('rpc.discover', True)]

NAMED = [(namespace + name, *args) for namespace, attributes in (
    ('ticket.component.', {'owner': 'ann', 'description': 'x'}),
    ('ticket.version.', {'time': DAY, 'description': 'x'}),
    ('ticket.milestone.', {'due': DAY, 'completed': DAY,
                           'description': 'x'})) for name, args in (
    ('create', ('new', attributes)), ('create', ('bare', {})),
    ('getAll', ()), ('get', ('new',)), ('get', ('bare',)),
    ('update', ('new', {'name': 'renamed', 'other': [1]})),
    ('delete', ('renamed',)))] + [
    ('ticket.version.update', 'bare', {'time': '2020-01-02'}),
    ('ticket.version.update', 'bare', {'time': 0}),
    ('ticket.milestone.update', 'bare', {'due': ''})]

ENUMS = [('ticket.%s.%s' % (namespace, name), *args)
         for namespace in ('type', 'resolution', 'priority', 'severity')
         for name, args in (
             ('create', ('new', '')), ('getAll', ()), ('get', ('new',)),
             ('update', ('new', 1)), ('delete', ('new',)))]

STATUS = [('ticket.status.getAll',), ('ticket.status.get', 'new'),
          ('ticket.status.delete', 'new'),
          ('ticket.status.create', 'new', {}),
          ('ticket.status.update', 'new', {'a': 1})]

WIKI = [
    ('wiki.putPage', 'Page', 'see [wiki:Other] and https://example.org/',
     {'comment': 'first', 'author': 'ann', 'readonly': False, 'version': 0}),
    ('wiki.putPage', 'Page', 'see wiki:WikiStart', {}),
    ('wiki.putPage', 'Other', 'see wiki:Page'),
    ('wiki.getRecentChanges', None), ('wiki.getRecentChanges', DAY),
    ('wiki.getRPCVersionSupported',), ('wiki.getPage', 'Page'),
    ('wiki.getPage', 'Page', None), ('wiki.getPageVersion', 'Page', 1),
    ('wiki.getPageHTML', 'Page'), ('wiki.getPageHTMLVersion', 'Page', 1),
    ('wiki.getAllPages',), ('wiki.getPageInfo', 'Page'),
    ('wiki.getPageInfo', 'Missing'), ('wiki.getPageInfoVersion', 'Page', 1),
    ('wiki.putAttachment', 'Page/a.txt', b'text'),
    ('wiki.putAttachmentEx', 'Page', 'b.txt', 'about b', b'', False),
    ('wiki.listAttachments', 'Page'), ('wiki.listAttachments', 'Missing'),
    ('wiki.getAttachment', 'Page/a.txt'),
    ('wiki.getAttachmentInfo', 'Page/b.txt'),
    ('wiki.getAttachmentInfo', 'Page/none'),
    ('wiki.deleteAttachment', 'Page/a.txt'), ('wiki.listLinks', 'Page'),
    ('wiki.wikiToHtml', "''text''"), ('wiki.getBackLinks', 'Page')]

SEARCH = [('search.getSearchFilters',),
          ('search.performSearch', 'see'),
          ('search.performSearch', 'see', ['wiki', 'ticket', 'changeset']),
          ('wiki.deletePage', 'Page', 1), ('wiki.deletePage', 'Page'),
          ('wiki.deletePage', 'Page')]


def test_every_result_is_as_described(checked, env):
    for call in SYSTEM + NAMED + ENUMS + STATUS + WIKI:
        checked(*call)
    _use_tickets(checked, env)
    for call in SEARCH:
        checked(*call)
    assert checked.called == set(checked.names) - {'system.multicall'}


def _use_tickets(checked, env):
    id = checked('ticket.create', 'see me', 'text', {
        'component': 'component1', 'due': DAY, 'done': True, 'cc': None,
        'size': 'large', 'keywords': 5}, False, DAY)
    checked('ticket.create', 'bare', '')
    token = checked('ticket.get', id)[3]['_ts']
    checked('ticket.update', id, 'a comment', {
        '_ts': token, 'action': 'reassign', 'priority': 'minor',
        'due': dt.datetime(2021, 1, 1, tzinfo=utc),
        'action_reassign_reassign_owner': 'joe'}, False, 'bob', None)
    checked('ticket.update', id, 'closed', {'status': 'closed',
                                            'resolution': 'fixed'})
    checked('ticket.putAttachment', id, 'a.txt', 'about a', b'abc')
    checked('ticket.putAttachment', id, 'a.txt', '', b'', False)
    change_ticket(env, id, 'reply', late=DAY)
    rows = checked('ticket.changeLog', id)
    assert {row[2] for row in rows} >= {'comment', 'attachment', 'due',
                                        'late', 'owner', 'resolution'}
    checked('ticket.changeLog', id, DAY)
    checked('ticket.changeLog', id, 17)
    for name in ('query', 'getTicketFields'):
        checked('ticket.' + name)
    checked('ticket.query', 'max=0')
    checked('ticket.getRecentChanges', DAY)
    checked('ticket.getRecentChanges', None)
    for name in ('get', 'getAvailableActions', 'getActions',
                 'listAttachments'):
        checked('ticket.' + name, id)
        checked('ticket.' + name, new_ticket(env))
    checked('ticket.getAttachment', id, 'a.txt')
    checked('ticket.deleteAttachment', id, 'a.txt')
    checked('ticket.delete', id)


def test_callers_with_an_access_token(checked, env):
    for expires in (None, DAY.replace(year=2099)):
        _, secret = TokenStore(env).create('admin', str(expires),
                                           expires=expires)
        caller = checked('system.whoAmI', Authorization='Bearer ' + secret)
        assert ('token' in caller) and caller['username'] == 'admin'


def test_sites_without_some_fields(checked, env):
    """Fields that have nothing to choose from do not exist."""
    for name in ('component', 'version', 'milestone'):
        for each in checked('ticket.%s.getAll' % name):
            checked('ticket.%s.delete' % name, each)
    fields = checked('ticket.get', new_ticket(env))[3]
    assert 'component' not in fields and 'milestone' not in fields


def test_multicall_over_xml(checked, env):
    """Over JSON-RPC 1.0 it is something else."""
    calls = [{'methodName': 'system.getAPIVersion', 'params': []},
             {'methodName': 'no.no', 'params': []}]
    result = RPC(env, 'xml').admin.system.multicall(calls)
    index = checked.names.index('system.multicall')
    checked._check('/methods/%d/params/0/schema' % index, calls, 'calls')
    checked._check('/methods/%d/result/schema' % index, result, 'multicall')
    checked.document['components']['schemas']['Fault']['properties'].pop(
        'faultString')
    with pytest.raises(AssertionError):
        checked._check('/methods/%d/result/schema' % index, result, '')


def test_multicall_over_json_rpc_2(checked, env):
    """And named arguments, which are those of the description."""
    params = {'signatures': [
        {'methodName': 'ticket.get', 'params': [new_ticket(env)]},
        {'methodName': 'ticket.get', 'params': [999]}]}
    index = checked.names.index('system.multicall')
    assert list(params) == [each['name'] for each in checked.document[
        'methods'][index]['params']]
    answer = json.loads(request(
        env, '/rpc', content_type='application/json', user='admin',
        body=json.dumps({'jsonrpc': '2.0', 'id': 1, 'params': params,
                         'method': 'system.multicall'}).encode('ascii')).body)
    good, bad = answer['result']
    assert len(good) == 1 and bad['data']['code'] == 404
    checked._check('/methods/%d/result/schema' % index, answer['result'], '')


@pytest.mark.parametrize('name, pointer, wrong', [
    ('Ticket', '', lambda row: row + ['more']),
    ('Ticket', '', lambda row: row[:3]),
    ('Ticket', '', lambda row: [str(row[0])] + row[1:]),
    ('Ticket', '', lambda row: [row[0], '2020-01-01'] + row[2:]),
    ('TicketFields', 3, lambda fields: dict(fields, more=[])),
    ('TicketFields', 3, lambda fields: dict(fields, _ts=5)),
    ('TicketFields', 3, lambda fields: {'summary': 'x'}),
])
def test_schemas_are_no_mere_decoration(checked, env, name, pointer, wrong):
    result = checked('ticket.get', new_ticket(env))
    result = result if pointer == '' else result[pointer]
    check = validator(checked.document, '/components/schemas/' + name)
    assert check.is_valid(result)
    assert not check.is_valid(wrong(result))


def test_structs_that_are_declared_closed(checked):
    """All but those that the site or a plugin may add something to."""
    schemas = checked.document['components']['schemas']
    assert {name for name, each in schemas.items()
            if each.get('type') == 'object' and
            each.get('additionalProperties') is not False} == {
        'Call', 'TicketFields', 'NewTicketFields', 'TicketChanges',
        'TicketField', 'ComponentChanges', 'VersionChanges',
        'MilestoneChanges', 'PageAttributes'}


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
    ([int], {}, 'any'),
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
            {'description': 'x: to the right', 'type': 'integer'},
            {'description': 'y: up',
             'anyOf': [{'type': 'number'}, {'type': 'null'}]}]}
    assert schema.definitions([Pair])[__name__ + '.Pair']['items'][0] == {
        'description': 'left', 'type': 'string'}
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


def test_hints_with_a_name():
    value = Union[str, int, float, bool, dt.datetime, None]
    name = {'$ref': '#/components/schemas/FieldValue'}
    assert schema.schema(value) == name
    assert schema.text(List[value]) == 'array of FieldValue'
    assert schema.schema(Dict[str, value]) == {
        'type': 'object', 'additionalProperties': name}
    found = schema.definitions([value])
    assert set(found) == {'FieldValue', 'DateTime'}
    assert found['FieldValue']['title'] == 'FieldValue'


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


def test_component_is_found(env):
    assert OpenRPC(env).xmlrpc_namespace() == 'rpc'
