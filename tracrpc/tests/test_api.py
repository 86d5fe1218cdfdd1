# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""The API for other plugins, with plugins shaped as they are in the wild, and
the namespace `system`."""

import gzip
import importlib
import json
import logging
from datetime import datetime
from typing import Dict, List, Optional, Union

import pytest
from trac.core import Component, TracError, implements
from trac.perm import IPermissionRequestor
from trac.resource import ResourceNotFound
from trac.util.text import to_unicode

from tracrpc.api import AbstractRPCHandler, Binary, IRPCProtocol, \
    IXMLRPCHandler, Method, ServiceException, XMLRPCSystem, expose_rpc
from tracrpc.tests.support import grant, odd_handler, request, revoke

CALL = b'<methodCall><methodName>%s</methodName><params/></methodCall>'


def page(env):
    response = request(env, '/rpc', 'GET', user='admin')
    assert response.status == 200
    return response.text


# Names

def test_star_import():
    names = {}
    exec('from tracrpc.api import *', names)
    for name in ('IXMLRPCHandler', 'IRPCProtocol', 'AbstractRPCHandler',
                 'expose_rpc', 'Binary', 'Method', 'XMLRPCSystem', 'RPCError',
                 'MethodNotFound', 'ProtocolException', 'ServiceException',
                 'RPC_TYPES', 'api_version'):
        assert name in names
    assert names['api_version'] == [1, 3, 0]


def test_star_import_of_the_package_has_no_names_of_others():
    names = {}
    exec('from tracrpc import *', names)
    others = {name for name, value in names.items()
              if not getattr(value, '__module__', 'tracrpc')
              .startswith('tracrpc')}
    assert not others
    assert not {'NO_ATTRIBUTES', 'model'} & set(names)


@pytest.mark.parametrize('module, names', [
    ('tracrpc', 'XMLRPCSystem RPCWeb XmlRpcProtocol JsonRpcProtocol TicketRPC '
                'WikiRPC SearchRPC expose_rpc Binary'),
    ('tracrpc.xml_rpc', 'XmlRpcProtocol to_xmlrpc_datetime '
                        'from_xmlrpc_datetime REPLACEMENT_CHAR '
                        '_illegal_unichrs'),
    ('tracrpc.json_rpc', 'JsonRpcProtocol TracRpcJSONEncoder '
                         'TracRpcJSONDecoder json_load json'),
    ('tracrpc.util', 'web_context cleandoc_ gettext _ to_b unicode xmlrpclib '
                     'accepts_mimetype basestring unichr izip iteritems '
                     'getargspec PY3 i18n_domain add_domain ngettext tag_')])
def test_names(module, names):
    module = importlib.import_module(module)
    for name in names.split():
        assert hasattr(module, name)


@pytest.mark.parametrize('name', [
    'api.XMLRPCSystem', 'web_ui.RPCWeb', 'xml_rpc.XmlRpcProtocol',
    'json_rpc.JsonRpcProtocol', 'search.SearchRPC', 'wiki.WikiRPC',
    'ticket.TicketRPC', 'ticket.StatusRPC', 'ticket.ComponentRPC',
    'ticket.VersionRPC', 'ticket.MilestoneRPC', 'ticket.TypeRPC',
    'ticket.ResolutionRPC', 'ticket.PriorityRPC', 'ticket.SeverityRPC'])
def test_components_can_be_named_in_trac_ini(env, name):
    module, _, cls = name.partition('.')
    cls = getattr(importlib.import_module('tracrpc.' + module), cls)
    assert (cls.__module__, issubclass(cls, Component)) == \
        ('tracrpc.' + module, True)
    assert env.is_enabled(cls)


def test_helpers():
    from tracrpc import util, xml_rpc
    assert util.to_b('\u00e6') == b'\xc3\xa6' and util.to_b(b'x') == b'x'
    assert dict(util.iteritems({'a': 1})) == {'a': 1}
    value = datetime(2009, 1, 2, 3, 4, 5)
    date = xml_rpc.to_xmlrpc_datetime(value)
    assert date.value == '20090102T03:04:05'
    assert xml_rpc.from_xmlrpc_datetime(date).replace(tzinfo=None) == value


# Handlers of older plugins

def legacy_handler():
    class Legacy(Component):
        """Methods of a plugin written for older versions."""

        implements(IXMLRPCHandler)

        def xmlrpc_namespace(self):
            return 'ticket'

        def xmlrpc_methods(self):
            yield ('XML_RPC', ((str, int), (str, int, dict)), self.extra)
            yield (None, ((int,),), self.hidden, 'odd.renamed.multi')
            yield ('', None, lambda req, x, y=2: [x, y], 'sum')
            yield (None, ((int), ), self.malformed)
            yield (None, (('x', object()),), self.nodoc)
            yield (None, ((list, list),), self.wrong_types)
            yield (None, ((list,),), self.many)

        def extra(self, req, id, attributes={'a': 'b'}, note='say "hi"'):
            """Something extra."""
            return '%s %s' % (id, req.authname)

        def hidden(self, req):
            return 5

        def malformed(self, req, x=None):
            return x

        def nodoc(self, req):
            pass

        def wrong_types(self, req, value):
            return to_unicode(value)

        def many(self, req, *args):
            return list(args)

    return Legacy


def test_methods_in_a_shared_namespace(rpc, components):
    components(legacy_handler())
    assert rpc.user.ticket.extra(5) == '5 user'
    assert rpc.user.ticket.getTicketFields()
    assert rpc.user('ticket.odd.renamed.multi') == 5
    with rpc.fault(-32601):
        rpc.user.ticket.hidden()
    assert rpc.user.ticket.sum(1) == [1, 2]
    assert rpc.user.ticket.malformed('x') == 'x'
    assert rpc.user.ticket.nodoc() == 0
    assert rpc.user.ticket.wrong_types(7) == '7'
    assert rpc.user.ticket.many(1, 'x') == [1, 'x']


def test_documentation_of_older_methods(rpc, env, components):
    components(legacy_handler())
    assert rpc.user.system.methodHelp('ticket.extra') == \
        'string ticket.extra(int id, struct attributes={\'a\': \'b\'}, ' \
        'note=\'say "hi"\')\n\nSomething extra.'
    assert rpc.user.system.methodSignature('ticket.extra') == \
        ['string,int', 'string,int,struct']
    assert rpc.user.system.methodHelp('ticket.sum') == \
        'int ticket.sum(x, y=2)\n\n'
    assert rpc.user.system.methodSignature('ticket.sum') == []
    assert rpc.user.system.methodSignature('ticket.malformed') == ['int']
    for name in rpc.user.system.listMethods():
        assert rpc.user.system.methodHelp(name)
        rpc.user.system.methodSignature(name)
    assert 'ticket.odd.renamed.multi' in page(env)


@pytest.mark.parametrize('args, text', [
    ((), "extra() missing 1 required positional argument: 'id'"),
    ((1, {}, 'x', 4), 'extra() takes from 3 to 5 positional arguments but 6 '
                      'were given')])
def test_counts_of_arguments(rpc, components, args, text):
    components(legacy_handler())
    with rpc.fault(1, text):
        rpc.user.ticket.extra(*args)


def test_P1_handler_that_raises_is_left_out(rpc, env, components, caplog):
    class Broken(Component):
        implements(IXMLRPCHandler)

        def xmlrpc_namespace(self):
            return 'broken'

        def xmlrpc_methods(self):
            yield None, ((int,),), self.xmlrpc_namespace, 'first'
            raise RuntimeError('cannot list')

    class Strange(Component):
        implements(IXMLRPCHandler)

        def xmlrpc_namespace(self):
            return 'strange'

        def xmlrpc_methods(self):
            yield 'too', 'many', 'values', 'in', 'this'
            yield 5
            yield None, 5, self.fine
            yield None, None, None
            yield None, None, self.fine, 'better'

        def fine(self, req):
            return 1

    components(Broken, Strange)
    names = rpc.user.system.listMethods()
    assert 'broken.first' not in names and 'strange.better' in names
    assert rpc.user.strange.better() == 1
    with rpc.fault(-32601):
        rpc.user.broken.first()
    assert any('cannot list' in record.getMessage() and
               record.levelno == logging.ERROR for record in caplog.records)
    assert 'strange.better' in page(env)


@pytest.mark.parametrize('namespace', [None, 5, ''])
def test_P1_namespaces_that_are_no_texts(rpc, env, components, namespace):
    class Nameless(Component):
        implements(IXMLRPCHandler)

        def xmlrpc_namespace(self):
            return namespace

        def xmlrpc_methods(self):
            yield None, ((int,),), self.fine

        def fine(self, req):
            return 1

    components(Nameless)
    name = '%s.fine' % namespace
    assert name in rpc.user.system.listMethods()
    assert rpc.user(name) == 1 and name in page(env)


def test_methods_that_appear_later(rpc, env, components):
    class Growing(Component):
        implements(IXMLRPCHandler)
        names = ['one']

        def xmlrpc_namespace(self):
            return 'growing'

        def xmlrpc_methods(self):
            for name in self.names:
                yield None, ((int,),), self.method, name

        def method(self, req):
            return 7

    components(Growing)
    assert rpc.user.growing.one() == 7
    with rpc.fault(-32601, 'RPC method "growing.two" not found'):
        rpc.user.growing.two()
    Growing.names = ['one', 'two']
    assert rpc.user.growing.two() == 7
    assert 'growing.two' in rpc.user.system.listMethods()


# Handlers in the new style

def typed_handler():
    class Typed(AbstractRPCHandler):
        """Methods with declared types."""

        implements(IPermissionRequestor)

        def get_permission_actions(self):
            yield 'TYPED_VIEW'

        def xmlrpc_namespace(self):
            return 'typed.methods'

        @expose_rpc('TYPED_VIEW')
        def hinted(self, req, id: int, names: List[str],
                   options: Dict[str, int] = {},  # noqa: B006
                   since: Optional[datetime] = None, flag: bool = False
                   ) -> list:
            """Return the arguments.

            All of them.
            """
            return [id, names, options, since or 0, flag]

        @expose_rpc(None, str, int)
        @expose_rpc(None, str, int, str)
        def stacked(self, req, number, text='x'):
            return '%r %r' % (number, text)

        @expose_rpc(None)
        def mixed(self, req, value: Union[int, datetime, None] = 0,
                  data: Optional[Binary] = None, real: float = 1.0,
                  anything=None) -> dict:
            return {'value': type(value).__name__, 'real': real,
                    'data': data and data.data or b'', 'any': str(anything)}

        def not_exposed(self, req):
            return 1

    return Typed


def test_signatures_from_hints(rpc, components):
    components(typed_handler())
    assert rpc.user.system.methodSignature('typed.methods.hinted') == [
        'array,int,array', 'array,int,array,struct',
        'array,int,array,struct,DateTime',
        'array,int,array,struct,DateTime,boolean']
    assert rpc.user.system.methodHelp('typed.methods.hinted') == \
        'array typed.methods.hinted(int id, array names, struct options={}, ' \
        'DateTime since=None, boolean flag=False)\n\n' \
        'Return the arguments.\n\nAll of them.'
    assert rpc.user.system.methodSignature('typed.methods.stacked') == \
        ['string,int,string', 'string,int']
    assert 'typed.methods.not_exposed' not in rpc.user.system.listMethods()


def test_declared_permission(rpc, env, components):
    components(typed_handler())
    with rpc.fault(403, 'TYPED_VIEW privileges are required'):
        rpc.user('typed.methods.hinted', 'wrong', 'arguments')
    grant(env, 'user', 'TYPED_VIEW')
    assert rpc.user('typed.methods.hinted', 1, ['a']) == [1, ['a'], {}, 0,
                                                          False]


def test_V3_nil_and_empty_arrays(rpc, components):
    components(typed_handler())
    assert rpc.admin('typed.methods.hinted', 1, [], [], None, None) == \
        [1, [], {}, 0, False]
    assert rpc.admin('typed.methods.hinted', 1, [], {}, '', 0) == \
        [1, [], {}, 0, False]
    assert rpc.admin('typed.methods.stacked', 1, b'\xc3\xa6\n') == \
        "1 '\u00e6\\r\\n'"


@pytest.mark.parametrize('sent, got', [
    ('7', 7), (' -7 ', -7), ('+7', 7), (7.0, 7), (True, 1),
    ((1 << 31) - 1, (1 << 31) - 1)])
def test_V4_what_clients_send_for_integers(rpc, components, sent, got):
    components(typed_handler())
    assert rpc.user('typed.methods.stacked', sent) == "%r 'x'" % got


@pytest.mark.parametrize('sent, text', [
    ('', 'the string ""'), ('abc', 'the string "abc"'),
    ('1.0', 'the string "1.0"'), ('1_0', 'the string "1_0"'),
    ('0x1', 'the string "0x1"'), ('\u0661', 'the string'),
    (1.5, 'the number 1.5'), ([], 'an array'), ({}, 'a struct'),
    (b'1', 'base64 data'), (None, 'nil'), (datetime(2020, 1, 1), 'a date'),
    ('9' * 5000, 'the string "999')])
def test_V4_wrong_types_name_the_argument(rpc, components, sent, text):
    components(typed_handler())
    with rpc.fault(1, 'Argument 1 ("number") must be an integer, not ' +
                   text) as fault:
        rpc.user('typed.methods.stacked', sent)
    assert len(fault.text) < 200


def test_V4_integers_beyond_64_bit(rpc, components):
    components(typed_handler())
    with rpc.fault(1, 'Argument 1 ("number") must be an integer'):
        rpc.user('typed.methods.stacked', str(1 << 63))
    assert rpc.user('typed.methods.stacked', str(-1 << 63)) == \
        "%d 'x'" % (-1 << 63)


@pytest.mark.parametrize('args, position, name, expected', [
    ((1, 'x'), 2, 'names', 'an array'), ((1, [], 'x'), 3, 'options',
                                         'a struct'),
    ((1, [], [1]), 3, 'options', 'a struct'),
    ((1, [], {}, 'junk'), 4, 'since', 'a date'),
    ((1, [], {}, 5), 4, 'since', 'a date'),
    ((1, [], {}, None, 2), 5, 'flag', 'a boolean'),
    ((1, [], {}, None, 'true'), 5, 'flag', 'a boolean')])
def test_V4_other_types(rpc, components, args, position, name, expected):
    components(typed_handler())
    with rpc.fault(1, 'Argument %d ("%s") must be %s, not'
                   % (position, name, expected)):
        rpc.admin('typed.methods.hinted', *args)


@pytest.mark.parametrize('sent, got', [
    (5, 'int'), ('5', 'int'), (datetime(2020, 1, 1), 'datetime'),
    ('2020-01-01T00:00:00', 'datetime'), (None, 'int'), ('', 'NoneType')])
def test_unions(rpc, components, sent, got):
    components(typed_handler())
    assert rpc.user('typed.methods.mixed', sent)['value'] == got
    with rpc.fault(1, 'must be an integer or a date, not an array'):
        rpc.user('typed.methods.mixed', [1])


def test_other_hints(rpc, components):
    components(typed_handler())
    assert rpc.user('typed.methods.mixed', 1, b'\xff', 2, ['x']) == \
        {'value': 'int', 'data': b'\xff', 'real': 2.0, 'any': "['x']"}
    with rpc.fault(1, 'Argument 2 ("data") must be base64 data, not a '
                      'string'):
        rpc.user('typed.methods.mixed', 1, 'x')
    with rpc.fault(1, 'Argument 3 ("real") must be a number'):
        rpc.user('typed.methods.mixed', 1, b'', 'x')


def test_default_structs_are_not_shared(env, components):
    cls = components(typed_handler())
    method = Method(cls(env), None, None, cls(env).hinted)
    assert method.bind([1, [], None])[2] is not method.bind([1, [], None])[2]


# Classes for other plugins

def test_method_objects(env, components):
    cls = components(legacy_handler())
    system = XMLRPCSystem(env)
    method = system.get_method('ticket.odd.renamed.multi')
    assert (method.name, method.namespace, method.permission) == \
        ('ticket.odd.renamed.multi', 'ticket', None)
    assert method.namespace_description == \
        'Methods of a plugin written for older versions.'
    assert method(None, []) == (5,)
    assert method.callable(None) == 5
    assert method.rpc_signatures == ((int,),)
    assert method.xmlrpc_signatures() == ['int']
    assert method.signature == 'int ticket.odd.renamed.multi()'
    assert cls(env) in system.method_handlers
    assert method.name in [m.name for m in system.all_methods(None)]
    candidate = (None, ((str,),), lambda req: 'x', 'lambda')
    assert Method(cls(env), *candidate)(None, ()) == ('x',)


def test_multicall_yields_tuples_and_exceptions(env, components):
    odd = components(odd_handler())
    odd.result = ValueError('x')
    req = _request(env)
    results = list(XMLRPCSystem(env).multicall(
        req, [{'methodName': 'system.getAPIVersion', 'params': []},
              {'methodName': 'odd.give', 'params': []}]))
    assert results == [([1, 3, 0],), odd.result]


def _request(env):
    from trac.test import MockRequest
    return MockRequest(env, authname='admin')


def test_M2_nothing_carries_over(rpc, env, components):
    from trac.web.chrome import add_warning

    class Leaking(Component):
        implements(IXMLRPCHandler)

        def xmlrpc_namespace(self):
            return 'leaking'

        def xmlrpc_methods(self):
            yield None, ((list,),), self.look

        def look(self, req):
            seen = [req.perm._cache != {}, sorted(req.args),
                    len(req.chrome['warnings'])]
            req.args['left'] = 'over'
            add_warning(req, 'left over')
            'TICKET_ADMIN' in req.perm  # noqa: B015
            return seen

    components(Leaking)
    for number in range(2):
        assert rpc.user.leaking.look() == [False, [], 0]
    name = 'methodName' if rpc.protocol == 'xml' else 'method'
    calls = [{name: 'leaking.look', 'params': []}] * 3
    if rpc.protocol == 'xml':
        assert rpc.user.system.multicall(calls) == [[[False, [], 0]]] * 3
    else:
        assert [item['result'] for item in
                rpc.user('system.multicall', *calls)] == [[False, [], 0]] * 3


def test_handlers_own_request_state_is_kept(rpc, env, components):
    """A permission cache that a filter put in place is not replaced."""
    class Narrow(Component):
        from trac.web.api import IRequestFilter
        implements(IRequestFilter)

        def pre_process_request(self, req, handler):
            class NoPermission:
                username = 'nobody'

                def require(self, action, *args, **kwargs):
                    from trac.perm import PermissionError
                    if action != 'XML_RPC':
                        raise PermissionError(action)
            req.perm = NoPermission()
            return handler

        def post_process_request(self, req, template, data, metadata):
            return template, data, metadata

    components(Narrow, odd_handler())
    with rpc.fault(403, 'TICKET_CREATE privileges are required'):
        rpc.admin.ticket.create('x', 'y')


# Protocols

def third_protocol(path='rpc', broken=None):
    class Third(Component):
        implements(IRPCProtocol)

        errors = []

        def rpc_info(self):
            return 'Third', 'Call %(url_anon)s, 100% of the time.'

        def rpc_match(self):
            yield path, 'application/x-third'

        def parse_rpc_request(self, req, content_type):
            Third.seen = content_type
            body = req.read()
            if broken == 'parse':
                raise KeyError('parse')
            if broken == 'none':
                return None
            method, _, params = body.decode('utf-8').partition(' ')
            return {'method': method, 'params': params.split(), 'own': 5}

        def send_rpc_result(self, req, result):
            if broken == 'result':
                raise ValueError('result')
            req.send(repr((result, req.rpc)).encode('utf-8'),
                     'application/x-third')

        def send_rpc_error(self, req, e):
            Third.errors.append(e)
            if broken == 'error':
                raise ValueError('error')
            req.send(repr(e).encode('utf-8'), 'application/x-third')

    return Third


@pytest.mark.parametrize('path', ['/rpc', '/login/rpc', '/rpc/'])
@pytest.mark.parametrize('method', ['POST', 'PUT', 'GET'])
def test_third_protocol(env, components, path, method):
    third = components(third_protocol())
    response = request(env, path, method, b'system.getAPIVersion',
                       'Application/X-Third; x=y', user='user')
    assert response.text == repr(([1, 3, 0], {
        'method': 'system.getAPIVersion', 'params': [], 'own': 5,
        'mimetype': 'Application/X-Third; x=y'}))
    assert response.headers['content-type'] == \
        'application/x-third;charset=utf-8'
    assert third.seen == 'application/x-third'
    text = page(env)
    assert '<h3 id="Third" class="section">Third</h3>' in text
    assert '100% of the time' in text


def test_third_protocol_gets_decompressed_bodies(env, components):
    components(third_protocol())
    body = b'system.methodHelp ' + b'x' * 1000
    response = request(env, '/rpc', 'POST', gzip.compress(body),
                       'application/x-third', Content_Encoding='gzip')
    assert 'RPC method "%s" not found' % ('x' * 1000) in response.text


def test_third_protocol_at_its_own_path(env, components):
    components(third_protocol('third'))
    response = request(env, '/third', 'POST', b'system.getAPIVersion',
                       'application/x-third')
    assert response.text.startswith('([1, 3, 0], ')
    assert request(env, '/third', 'GET').status == 200
    assert request(env, '/login/third', 'POST', b'x', 'text/xml').text == \
        "No protocol matching Content-Type 'text/xml' at path '/login/third'."


@pytest.mark.parametrize('exc, cls', [
    (TracError('x'), TracError), (ResourceNotFound('x'), ResourceNotFound),
    (ValueError('x'), ServiceException)])
def test_what_protocols_get_of_exceptions(env, components, exc, cls):
    third = components(third_protocol(), odd_handler())
    import trac.core
    odd = [c for c in trac.core.ComponentMeta._components
           if c.__name__ == 'Odd'][-1]
    odd.result = exc
    request(env, '/rpc', 'POST', b'odd.give', 'application/x-third')
    assert type(third.errors[-1]) is cls and str(third.errors[-1]) == 'x'
    if cls is ServiceException:
        assert third.errors[-1]._exc is exc


@pytest.mark.parametrize('broken, status, text', [
    ('parse', 200, "ProtocolException"), ('none', 200, 'ProtocolException'),
    ('result', 200, "ServiceException('result')"),
    ('error', 500, "Unhandled protocol error calling 'no.no': error")])
def test_broken_protocols(env, components, broken, status, text):
    components(third_protocol(broken=broken))
    name = b'no.no' if broken == 'error' else b'system.getAPIVersion'
    response = request(env, '/rpc', 'POST', name, 'application/x-third')
    assert response.status == status
    assert text in response.text


def test_overridden_send_response(env, components):
    from tracrpc.json_rpc import JsonRpcProtocol

    class Wrapping(JsonRpcProtocol):
        def rpc_match(self):
            yield 'wrapped', 'application/json'

        def _send_response(self, req, response, content_type):
            super()._send_response(req, 'f(%s)' % response, content_type)

    components(Wrapping)
    response = request(env, '/wrapped', body=b'{"method": '
                       b'"system.getAPIVersion"}',
                       content_type='application/json')
    assert response.text == \
        'f({"result": [1, 3, 0], "error": null, "id": null}\n)'


# system

METHODS = {
    'system.multicall': ['array,array'],
    'system.listMethods': ['array'],
    'system.methodHelp': ['string,string'],
    'system.methodSignature': ['array,string'],
    'system.getAPIVersion': ['array'],
}


def test_system(rpc, env):
    assert rpc.anonymous.system.getAPIVersion() == [1, 3, 0]
    assert rpc.user.system.listMethods()[:5] == list(METHODS)
    for name, signatures in METHODS.items():
        assert rpc.user.system.methodSignature(name) == signatures
    help = rpc.user.system.methodHelp('system.methodHelp')
    assert help.startswith('string system.methodHelp(string method)\n\n'
                           'Explain a method.')
    for name in (5, 'no.no', '', 'ticket'):
        for method in (rpc.user.system.methodHelp,
                       rpc.user.system.methodSignature):
            with rpc.fault(-32601, 'RPC method "%s" not found' % name):
                method(name)
    with rpc.fault(1, 'XMLRPCSystem.listMethods() takes 2 positional '
                      'arguments but 3 were given (system.listMethods takes '
                      'no arguments, 1 given)'):
        rpc.user.system.listMethods(1)
    revoke(env, 'anonymous', 'XML_RPC')
    with rpc.fault(403, "XML_RPC privileges are required to perform this "
                        "operation. You don't have the required "
                        "permissions."):
        rpc.anonymous.system.getAPIVersion()


def test_getCapabilities(rpc):
    found = rpc.anonymous.system.getCapabilities()
    assert {name: spec['specVersion'] for name, spec in found.items()} == \
        {'xmlrpc': 1, 'system.multicall': 1, 'introspection': 1,
         'json-rpc': 1, 'json-rpc-2.0': 2, 'wiki': 2}
    assert all(spec['specUrl'].startswith('http') for spec in found.values())


def test_every_method_is_documented(rpc):
    for name in rpc.user.system.listMethods():
        signature, _, description = \
            rpc.user.system.methodHelp(name).partition('\n\n')
        assert ' %s(' % name in signature
        assert len(description) >= 45, name


# L1, L2

def test_L1_client_mistakes_are_one_warning(rpc, components, caplog):
    for call in (lambda: rpc.user.no.such(), lambda: rpc.user.wiki.getPage(),
                 lambda: rpc.user.wiki.getPage('NoSuchPage'),
                 lambda: rpc.user.ticket.delete(1)):
        caplog.clear()
        with pytest.raises(Exception):
            call()
        records = [r for r in caplog.records
                   if r.levelno >= logging.WARNING]
        assert [r.levelname for r in records] == ['WARNING']
        assert '\n' not in records[0].getMessage()


def test_L1_unexpected_errors_have_a_traceback(rpc, components, caplog):
    components(odd_handler()).result = RuntimeError('unexpected')
    with rpc.fault(1, 'unexpected'):
        rpc.user.odd.give()
    records = [r for r in caplog.records if r.levelno >= logging.WARNING]
    assert [r.levelname for r in records] == ['ERROR']
    assert 'Traceback (most recent call last)' in records[0].getMessage()


def test_L2_client_text_is_quoted(rpc, caplog):
    name = 'no.such\n2026-01-01 ERROR: forged'
    with rpc.fault(-32601):
        rpc.user(name)
    for record in caplog.records:
        assert '\n2026' not in record.getMessage()


def test_L2_no_contents_in_the_log(rpc, env, caplog):
    caplog.set_level(logging.DEBUG)
    secret = 'kept-out-of-the-log'
    rpc.user.wiki.putPage('SomePage', secret, {'comment': 'x'})
    rpc.user.wiki.getPage('SomePage')
    with rpc.fault(1):
        rpc.user.wiki.putPage('SomePage', secret, {'comment': 'x'})
    assert not [r for r in caplog.records if secret in r.getMessage()]


def test_json_and_xml_list_the_same(env):
    xml = request(env, body=CALL % b'system.listMethods',
                  content_type='text/xml')
    names = json.loads(request(
        env, body=b'{"method": "system.listMethods"}',
        content_type='application/json').body)['result']
    assert len(names) >= 79
    for name in names:
        assert '<string>%s</string>' % name in xml.text
