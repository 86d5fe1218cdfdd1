# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""The OpenRPC document: valid, the same as the methods, and well cached."""

import json
import os
from datetime import datetime
from typing import Any, List, Literal

import jsonschema
import pytest
from referencing import Registry
from referencing.jsonschema import DRAFT7
from trac.core import Component, implements

from tracrpc.api import AbstractRPCHandler, IXMLRPCHandler, XMLRPCSystem, \
    expose_rpc
from tracrpc.faults import CONDITIONS
from tracrpc.openrpc import OpenRPC
from tracrpc.schema import Struct, member
from tracrpc.tests.support import RPC, grant, request, revoke, validator
from tracrpc.token_model import Scope
from tracrpc.tokens import TokenStore

PATH = '/rpc/openrpc.json'


def get(env, path=PATH, user=None, method='GET', **headers):
    return request(env, path, method, user=user, **headers)


def document(env, **kwargs):
    return json.loads(get(env, **kwargs).body)


def check(document):
    """Hold a document against OpenRPC's own schema, and see that nothing is
    missing in it."""
    schemas = DRAFT7.create_resource(_load('json-schema-meta-schema.json'))
    registry = Registry().with_resources(
        ('https://meta.json-schema.tools' + end, schemas)
        for end in ('', '/'))
    jsonschema.Draft7Validator(_load('openrpc-meta-schema.json'),
                               registry=registry).validate(document)
    for each in document['components']['schemas'].values():
        jsonschema.Draft7Validator.check_schema(each)
    names = [method['name'] for method in document['methods']]
    assert len(set(names)) == len(names)
    for pointer in references(document):
        assert pointer.startswith('#')
        # looks it up
        list(validator(document, pointer[1:]).iter_errors(None))


def _load(name):
    with open(os.path.join(os.path.dirname(__file__), 'data', name),
              encoding='utf-8') as file:
        return json.load(file)


def references(part):
    if isinstance(part, dict):
        if isinstance(part.get('$ref'), str):
            yield part['$ref']
        for each in part.values():
            yield from references(each)
    elif isinstance(part, list):
        for each in part:
            yield from references(each)


def names_in(document):
    return {method['name'] for method in document['methods']}


# The document

def test_documents_are_valid(env):
    for path in (PATH, PATH + '?all=1', '/login' + PATH):
        for user in (None, 'user', 'admin'):
            check(document(env, path=path, user=user))


def test_the_meta_schema_refuses(env):
    """So that the test above means something."""
    described = document(env)
    described['methods'][0]['params'] = {}
    with pytest.raises(jsonschema.ValidationError):
        check(described)


def test_every_method_is_described_as_it_is(env, rpc):
    described = {method['name']: method for method in
                 document(env, path=PATH + '?all=1')['methods']}
    assert list(described) == rpc.user.system.listMethods()
    for method in XMLRPCSystem(env).all_methods():
        entry = described[method.name]
        assert entry['description'] == method.description
        assert entry['description'].startswith(entry['summary'])
        assert entry.get('x-permission') == method.permission
        assert entry['x-read-only'] == method.only_reads
        assert entry['paramStructure'] == 'either'
        assert [(param['name'], param['required'])
                for param in entry['params']] == [
            (parameter.name, not parameter.optional)
            for parameter in method.parameters]
        assert entry['result']['schema'] == method.result_schema


def test_a_method(env):
    method, = (method for method in document(
        env, path=PATH + '?all=1')['methods']
        if method['name'] == 'ticket.getAttachment')
    assert method == {
        'name': 'ticket.getAttachment',
        'summary': 'Fetch the content of an attachment.',
        'description': XMLRPCSystem(env).get_method(
            'ticket.getAttachment').description,
        'tags': [{'$ref': '#/components/tags/ticket'}],
        'params': [
            {'name': 'ticket', 'required': True,
             'schema': {'type': 'integer'},
             'description': "The ticket's number."},
            {'name': 'filename', 'required': True,
             'schema': {'type': 'string'},
             'description': "The attachment's name."}],
        'paramStructure': 'either',
        'result': {'name': 'result',
                   'schema': {'$ref': '#/components/schemas/Binary'},
                   'description': "The file's bytes."},
        'errors': [{'$ref': '#/components/errors/' + name} for name in (
            'InvalidParams', 'PermissionError', 'ResourceNotFound',
            'TracError', 'InternalError')],
        'externalDocs': {'url': 'http://example.org/trac/rpc'
                                '#rpc.ticket.getAttachment'},
        'x-read-only': True}


def test_a_multicall_does_not_only_read(env):
    """Those with a token that only reads may call it all the same."""
    reading = {method['name'] for method in document(env)['methods']
               if method['x-read-only']}
    assert 'system.listMethods' in reading
    assert 'system.multicall' not in reading


def test_values_of_fields_are_described_once(env):
    schemas = document(env, path=PATH + '?all=1')['components']['schemas']
    value = {'$ref': '#/components/schemas/FieldValue'}
    for name in ('NewTicketFields', 'TicketChanges'):
        assert schemas[name]['additionalProperties'] == value
        assert schemas[name]['properties']['summary'] == dict(
            value, description='the title')
    assert [each.get('type') or each['$ref']
            for each in schemas['FieldValue']['anyOf']] == [
        'integer', 'boolean', 'string', 'number',
        '#/components/schemas/DateTime', 'null']
    assert schemas['FieldValue']['description']


def test_titles_are_names_of_types(env):
    """Generators of clients take them for such: the items of two arrays must
    not become one type."""
    schemas = document(env, path=PATH + '?all=1')['components']['schemas']
    assert list(titles(schemas)) == list(schemas)


def titles(value):
    if isinstance(value, dict):
        if isinstance(value.get('title'), str):
            yield value['title']
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from titles(each)


def test_errors_are_those_of_the_table(env):
    errors = document(env)['components']['errors']
    assert {name: (error['code'], error['data']['code'])
            for name, error in errors.items()} == {
        condition.name: (condition.jsonrpc, condition.code)
        for condition in CONDITIONS}


def test_tags_are_the_namespaces(env):
    tags = document(env, path=PATH + '?all=1')['components']['tags']
    assert set(tags) == {method.namespace for method in
                         XMLRPCSystem(env).all_methods()}
    assert tags['search']['description'].startswith('Search in everything')


def test_servers(env):
    described = document(env)
    assert [server['url'] for server in described['servers']] == [
        'http://example.org/trac/login/rpc', 'http://example.org/trac/rpc']
    assert described['info']['title'] == env.project_name


def test_dates_and_files_are_what_json_sends(env):
    schemas = document(env)['components']['schemas']
    for name, good, bad in (
            ('DateTime', ['datetime', '2020-01-02T03:04:05.678901'],
             ['datetime', 'yesterday']),
            ('Binary', ['binary', 'AAAA'], ['binary', 5])):
        check = validator({'x': schemas[name]}, '/x')
        assert check.is_valid({'__jsonclass__': good})
        for wrong in ({'__jsonclass__': bad}, {'__jsonclass__': good * 2},
                      {'__jsonclass__': good, 'x': 1}, {}, good, None):
            assert not check.is_valid(wrong)


# Who gets what

def test_only_what_the_caller_may_call(env):
    names = names_in(document(env))
    assert 'ticket.getTicketFields' in names  # TICKET_VIEW
    assert 'ticket.update' in names           # decides itself
    assert 'ticket.component.delete' not in names
    every = names_in(document(env, path=PATH + '?all=1'))
    assert every == names_in(document(env, user='admin')) > names
    grant(env, 'anonymous', 'TICKET_ADMIN')
    assert 'ticket.component.delete' in names_in(document(env))


@pytest.mark.parametrize('query, everything', [
    ('', False), ('?all=1', True), ('?all=0', False), ('?all=true', True),
    ('?all=', False), ('?all=x', False), ('?other=1', False)])
def test_all(env, query, everything):
    assert ('ticket.component.delete' in
            names_in(document(env, path=PATH + query))) is everything


def test_discover(rpc, env):
    for user in ('anonymous', 'admin'):
        for all in (False, True):
            described = rpc.as_user(user).rpc.discover(all)
            expected = document(
                env, path=PATH + '?all=%d' % all,
                user=None if user == 'anonymous' else user)
            assert names_in(described) == names_in(expected)
            if rpc.protocol == 'json':  # XML-RPC has no null
                assert described == expected
    assert names_in(rpc.user.rpc.discover()) == \
        names_in(rpc.user.rpc.discover(False))


def test_the_scope_of_an_access_token(env):
    _, secret = TokenStore(env).create(
        'admin', 'script', Scope(True, ('ticket',)))
    described = document(env, Authorization='Bearer ' + secret)
    check(described)
    names = names_in(described)
    assert {'ticket.get', 'ticket.type.get', 'rpc.discover'} <= names
    assert not names & {'ticket.create', 'wiki.getPage'}
    assert {method['name'] for method in described['methods']
            if not method['x-read-only']} == {'system.multicall'}
    assert 'wiki.getPage' in names_in(document(
        env, path=PATH + '?all=1', Authorization='Bearer ' + secret))
    assert get(env, Authorization='Bearer %s0' % secret).status == 401


def test_permission(rpc, env):
    revoke(env, 'anonymous', 'XML_RPC')
    for method in ('GET', 'HEAD'):
        response = get(env, method=method)
        assert response.status == 403
        assert (b'XML_RPC privileges are required' in response.body) is \
            (method == 'GET')
    with rpc.fault(403):
        rpc.anonymous.rpc.discover()


# HTTP

def test_headers(env):
    response = get(env)
    assert response.status == 200
    assert response.headers['content-type'] == 'application/json'
    assert response.headers['content-length'] == str(len(response.body))
    assert response.headers['cache-control'] == 'private, no-cache'
    assert response.headers['x-content-type-options'] == 'nosniff'
    assert 'set-cookie' not in response.headers
    head = get(env, method='HEAD')
    assert head.body == b''
    assert head.header_list == response.header_list


@pytest.mark.parametrize('sent, status', [
    ('%s', 304), ('W/%s', 304), ('"other", %s', 304), ('*', 304),
    ('"other"', 200), ('', 200)])
def test_if_none_match(env, sent, status):
    etag = get(env).headers['etag']
    assert etag.startswith('"')
    for method in ('GET', 'HEAD'):
        response = get(env, method=method,
                       If_None_Match=sent.replace('%s', etag))
        assert response.status == status
        assert response.headers['etag'] == etag
        assert response.headers['cache-control'] == 'private, no-cache'
        if status == 304:
            assert response.body == b''
            # without it tracd would send a chunk
            assert response.headers['content-length'] == '0'


def test_another_content_has_another_etag(env, components):
    etags = {get(env, path=path, user=user).headers['etag']
             for path in (PATH, PATH + '?all=1') for user in (None, 'admin')}
    assert len(etags) == 2  # `admin` may call all

    class More(AbstractRPCHandler):
        """More."""

        def xmlrpc_namespace(self):
            return 'more'

        @expose_rpc(None)
        def method(self, req):
            """First."""

    components(More)
    with_more = get(env).headers['etag']
    assert with_more not in etags
    env.config.set('project', 'name', 'Renamed')
    assert get(env).headers['etag'] not in etags | {with_more}


def test_made_once(env):
    described = []
    for user in ('user', 'other', 'user'):
        get(env, user=user)
        described.append(list(OpenRPC(env)._known.values()))
    assert described[0] == described[1] == described[2]
    assert len(described[0]) == 1
    for number in range(50):  # whatever visitors make of the address
        get(env, environ={'SERVER_NAME': 'host%d.example' % number,
                          'HTTP_HOST': 'host%d.example' % number,
                          'trac.base_url': None})
    assert len(OpenRPC(env)._known) <= 8


@pytest.mark.parametrize('method', ['POST', 'PUT', 'DELETE', 'OPTIONS',
                                    'PATCH', 'FOO'])
@pytest.mark.parametrize('content_type', [
    None, '', 'application/json', 'text/xml', 'text/plain',
    'application/x-www-form-urlencoded'])
def test_wrong_verbs(env, method, content_type):
    body = b'{"method": "system.getAPIVersion"}'
    response = request(env, PATH, method, body=body,
                       content_type=content_type)
    if method == 'POST' and content_type and 'form' in content_type:
        assert response.status == 400  # Trac misses the form's token
    else:
        assert response.status == 405
        assert response.headers['allow'] == 'GET, HEAD'
    assert response.input == b''  # nothing is left on the connection


def test_bodies_of_GET_are_read_away(env):
    response = request(env, PATH, 'GET', body=b'body')
    assert response.status == 200 and response.input == b''


@pytest.mark.parametrize('path, status', [
    (PATH, 200), ('/login' + PATH, 200), (PATH + '/', 200),
    ('/xmlrpc/openrpc.json', 404), ('/rpc/openrpc.xml', 404),
    ('/rpc/openrpc', 404), ('/login/login' + PATH, 404)])
def test_paths(env, path, status):
    assert get(env, path=path, user='user').status == status


def test_it_can_be_disabled(env, rpc):
    env.disable_component(OpenRPC)
    assert get(env).status == 404
    with rpc.fault(-32601):
        rpc.user.rpc.discover()
    assert rpc.user.system.getAPIVersion()


# Methods of other plugins

class _Lazy:
    """A text that is made when it is needed."""

    def __str__(self):
        raise RuntimeError('no text')


_LAZY: Any = _Lazy()


def odd_methods():
    """A handler whose methods are as odd as they can be."""

    class Many(Component):
        """Not {{{closed wiki text."""

        implements(IXMLRPCHandler)

        def xmlrpc_namespace(self):
            return 'many/~ %odd'

        def xmlrpc_methods(self):
            callables = [self.method, self.nodoc, len, lambda req, *a: a,
                         self.hinted, self.wrong_hints, _Callable(),
                         self.unsent]
            signatures = [None, (), ((int),), ((str, object(), 'x'),), 5,
                          ((dict, list), (None,)), (([int], {}),)]
            permissions = [None, '', 'TICKET_VIEW', 'NO_SUCH', 5, ['x']]
            for number in range(100):
                yield (permissions[number % 6], signatures[number % 7],
                       callables[number % 8],
                       'm%d \ud800"<>' % number)

        def method(self, req, a=object, *b, c=1, **d):
            """Broken `code."""

        def nodoc(self, req):
            pass

        def hinted(self, req, a: 'int' = float('nan'), b: [int] = [len],
                   c: datetime = datetime(2020, 1, 1)) -> 5:
            """Deprecated. Use another one."""

        def wrong_hints(self, req, a: 'no such type') -> 'neither':  # noqa
            """ \n"""

        def unsent(self, req, a=_LAZY, b='\ud800', c=1 << 80):
            pass
        unsent.__doc__ = _LAZY

    return Many


class _Callable:
    """Has no name, and no signature that can be read."""

    __signature__ = 'none'
    __name__ = 'strange'

    def __call__(self, req):
        return 1

    @property
    def __doc__(self):
        raise RuntimeError('no documentation')


def test_P1_methods_of_others(env, components, caplog):
    components(odd_methods())
    for user in (None, 'admin'):
        for path in (PATH, PATH + '?all=1'):
            response = get(env, path=path, user=user)
            assert response.status == 200
            described = json.loads(response.body)
            check(described)
            assert 'ticket.get' in names_in(described)
    many = [method for method in described['methods']
            if method['name'].startswith('many')]
    assert len(many) > 60
    assert {'many/~ %%odd.m%d \ud800"<>' % number for number in (
        0, 1, 2, 3, 12, 5, 6, 7)} <= names_in(described)  # one of each kind


class Unsendable(Struct):
    """Cannot be said in JSON."""

    constant: Literal[b'bytes'] = member("not in JSON")


def test_P1_shapes_of_others(env, components, caplog):
    class Shaped(AbstractRPCHandler):
        """Shapes."""

        def xmlrpc_namespace(self):
            return 'shaped'

        @expose_rpc(None)
        def bad(self, req) -> Unsendable:
            """Return something."""

        @expose_rpc(None)
        def good(self, req) -> List[int]:
            """Return something else."""

    components(Shaped)
    described = document(env)
    check(described)
    assert 'shaped.good' in names_in(described)
    assert 'shaped.bad' not in names_in(described)
    assert 'The method shaped.bad is not described' in caplog.text


def test_what_methods_of_others_declare(env, components):
    class Older(Component):
        implements(IXMLRPCHandler)

        def xmlrpc_namespace(self):
            return 'older'

        def xmlrpc_methods(self):
            yield None, ((str, int), (str, int, datetime)), self.method
            yield None, ((list,),), self.variadic
            yield None, ((None, dict),), self.nothing

        def method(self, req, id, when=None):
            """Do something.

            Deprecated: use `newer.method`.

            `id` is what it is about, `when` is a date.
            """

        def variadic(self, req, *args):
            """Take anything."""

        def nothing(self, req, values):
            """Do something else."""

    components(Older)
    described = document(env)
    check(described)
    method, variadic, nothing = (
        method for method in described['methods']
        if method['name'].startswith('older.'))
    assert method['deprecated'] is True and 'deprecated' not in nothing
    assert [(param['schema'], param['description'])
            for param in method['params']] == [
        ({'type': 'integer'}, 'What it is about.'),
        ({'anyOf': [{'$ref': '#/components/schemas/DateTime'},
                    {'type': 'null'}], 'default': None}, 'A date.')]
    assert method['result']['schema'] == {'type': 'string'}
    assert variadic['paramStructure'] == 'by-position'
    assert variadic['params'] == []
    assert nothing['result']['schema'] == \
        {'type': 'integer', 'enum': [0]}
    assert nothing['params'][0]['schema'] == {'type': 'object'}
    assert nothing['params'][0]['description'] == ''
    assert nothing['tags'] == [{'$ref': '#/components/tags/older'}]
    assert RPC(env, 'json').anonymous.rpc.discover() == described
