# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""What fails at any moment of a call: statements and commits of the database,
listeners, notifiers, and the connection to the client. Afterwards everything
is as it was before the call, and the next call works."""

import gc
import gzip
import inspect
import io
import re
import socket
import ssl
from contextlib import contextmanager, suppress
from datetime import datetime

import pytest
from trac.attachment import Attachment, IAttachmentChangeListener
from trac.core import Component, TracError, implements
from trac.db.pool import PooledConnection
from trac.db.util import IterableCursor
from trac.notification.api import IEmailAddressResolver, IEmailDecorator, \
    IEmailSender, INotificationDistributor, INotificationFormatter, \
    INotificationSubscriber
from trac.ticket.api import IMilestoneChangeListener, ITicketChangeListener
from trac.util.datefmt import utc
from trac.web.api import Request
from trac.wiki.api import IWikiChangeListener
from trac.wiki.model import WikiPage

from tracrpc.tests.fuzzing import described_differences, differences, \
    dump, encoded_call, restore, told_too_much
from tracrpc.tests.support import RPC, Fault, request
from tracrpc.tests.tickets import START, custom_fields, new_ticket
from tracrpc.web_ui import RPCWeb

DAY = datetime(2020, 3, 4, tzinfo=utc)

#: Calls that write: name of the method, arguments.
CALLS = {
    'ticket.create': ('ticket.create', 'new', 'text', {
        'component': 'component1', 'milestone': 'milestone1', 'cc': 'ann',
        'keywords': 'k', 'c_text': 'custom', 'c_time': DAY}),
    'ticket.create notify': ('ticket.create', 'new', 'text', {}, True),
    'ticket.create when': ('ticket.create', 'new', 'text', {}, False, DAY),
    'ticket.update': ('ticket.update', 1, 'comment', {
        'summary': 'changed', 'milestone': 'milestone2', 'c_text': 'other'}),
    'ticket.update comment': ('ticket.update', 1, 'comment'),
    'ticket.update action': ('ticket.update', 1, 'comment', {
        'action': 'resolve', 'keywords': 'k',
        'action_resolve_resolve_resolution': 'fixed'}),
    'ticket.update status': ('ticket.update', 1, '', {
        'status': 'closed', 'resolution': 'wontfix'}, True),
    'ticket.update when': ('ticket.update', 1, 'comment', {'cc': 'me'}, False,
                           'ann', START),
    'ticket.delete': ('ticket.delete', 1),
    'ticket.putAttachment': ('ticket.putAttachment', 1, 'new.txt', 'd',
                             b'new'),
    'ticket.putAttachment replace': ('ticket.putAttachment', 1, 'file.txt',
                                     'd', b'other', True),
    'ticket.putAttachment beside': ('ticket.putAttachment', 1, 'file.txt',
                                    'd', b'other', False),
    'ticket.deleteAttachment': ('ticket.deleteAttachment', 1, 'file.txt'),
    'wiki.putPage new': ('wiki.putPage', 'New', 'text', {'comment': 'c'}),
    'wiki.putPage': ('wiki.putPage', 'Page', 'changed', {'readonly': 1}),
    'wiki.putPage readonly': ('wiki.putPage', 'Page', 'text 2',
                              {'readonly': 1}),
    'wiki.putPage version': ('wiki.putPage', 'Page', 'changed',
                             {'version': 2}),
    'wiki.deletePage': ('wiki.deletePage', 'Page'),
    'wiki.deletePage version': ('wiki.deletePage', 'Page', 2),
    'wiki.deletePage last version': ('wiki.deletePage', 'Single', 1),
    'wiki.putAttachment': ('wiki.putAttachment', 'Page/new.txt', b'new'),
    'wiki.putAttachmentEx replace': ('wiki.putAttachmentEx', 'Page',
                                     'file.txt', 'd', b'other', True),
    'wiki.putAttachmentEx beside': ('wiki.putAttachmentEx', 'Page',
                                    'file.txt', 'd', b'other', False),
    'wiki.deleteAttachment': ('wiki.deleteAttachment', 'Page/file.txt'),
    'component.create': ('ticket.component.create', 'new', {'owner': 'ann'}),
    'component.update': ('ticket.component.update', 'component1',
                         {'name': 'renamed', 'owner': 'ann'}),
    'component.delete': ('ticket.component.delete', 'component1'),
    'version.create': ('ticket.version.create', 'new', {'time': DAY}),
    'version.update': ('ticket.version.update', '1.0', {'name': '1.1'}),
    'version.delete': ('ticket.version.delete', '1.0'),
    'milestone.create': ('ticket.milestone.create', 'new', {'due': DAY}),
    'milestone.update': ('ticket.milestone.update', 'milestone1',
                         {'completed': DAY}),
    'milestone.update name': ('ticket.milestone.update', 'milestone1',
                              {'name': 'renamed', 'description': 'd'}),
    'milestone.delete': ('ticket.milestone.delete', 'milestone1'),
    'type.create': ('ticket.type.create', 'new', ''),
    'type.update': ('ticket.type.update', 'defect', '7'),
    'type.delete': ('ticket.type.delete', 'defect'),
    'priority.create': ('ticket.priority.create', 'new', '9'),
    'resolution.delete': ('ticket.resolution.delete', 'fixed'),
    'severity.create': ('ticket.severity.create', 'new', ''),
}

calls = pytest.mark.parametrize('call', list(CALLS.values()), ids=list(CALLS))


@pytest.fixture
def filled(env):
    """Something of everything that the calls write."""
    custom_fields(env, c_text={'type': 'text'}, c_time={'type': 'time'})
    new_ticket(env, milestone='milestone1', component='component1',
               version='1.0', type='defect', c_text='some', owner='ann')
    new_ticket(env, milestone='milestone1', summary='two')
    for name, count in (('Page', 2), ('Single', 1)):
        for version in range(1, 1 + count):
            page = WikiPage(env, name)
            page.text = 'text %d' % version
            page.save('ann', '', START)
    for realm, id in (('ticket', 1), ('wiki', 'Page'), ('wiki', 'Single'),
                      ('milestone', 'milestone1')):
        for name in ('file.txt', 'second.txt'):
            attachment = Attachment(env, realm, id)
            attachment.author = 'admin'
            attachment.insert(name, io.BytesIO(b'content'), 7, START)
    env.insert_users([('admin', 'Admin', 'admin@example.org'),
                      ('ann', 'Ann', 'ann@example.org')])
    env.config.set('ticket', 'default_type', 'defect')
    env.config.set('ticket', 'default_milestone', 'milestone1')
    # what is only remembered is no change
    rpc = RPC(env, 'json')
    for name, args in (('ticket.get', [1]), ('wiki.getAllPages', []),
                       ('ticket.getActions', [1])):
        rpc.admin(name, *args)
    return env


@contextmanager
def failing(monkeypatch, target, name, number, replacement):
    """Let the call with that number of a function, counted from where a
    request gets to RPC, do something else; the list holds how many calls
    there were."""
    original = getattr(target, name, None)
    process = RPCWeb.process_request
    count = []

    def process_request(self, req):
        count.append(0)
        return process(self, req)

    def function(self, *args):
        if count:
            count[0] += 1
            if count[0] == number:
                return replacement(self)
        return original(self, *args) if original else self.cnx.commit()
    with monkeypatch.context() as patch:
        patch.setattr(RPCWeb, 'process_request', process_request)
        patch.setattr(target, name, function, raising=False)
        yield count


def broken_statement(cursor):
    """What the database itself says, and does, to a broken statement."""
    return cursor.cursor.execute('SELECT secret FROM broken_statement')


def broken_commit(connection):
    """What happens if the changes cannot be written to the disk."""
    connection.cnx.rollback()
    try:
        return connection.cnx.cursor().execute('COMMIT TO broken_disk')
    finally:
        connection.cnx.rollback()  # a failed commit ends the transaction


def check_each(env, monkeypatch, call, target, name, replacement):
    """Let one thing after the other fail in a call, until there is nothing
    more to fail."""
    rpc = RPC(env, 'json')
    before = dump(env)
    normal = normal_differences(env, rpc, call)
    number, problems = 0, []
    while True:
        number += 1
        with failing(monkeypatch, target, name, number, replacement) as count:
            text = fault_of(rpc, call)
        if name == 'commit':
            # Trac leaves a connection whose commit failed to it
            gc.collect()
        if count[0] < number:
            break
        problems += ['%d: %s' % (number, problem) for problem
                     in problems_of(env, before, normal, text)]
        assert fault_of(rpc, call) is None, 'the next call'
        restore(env, before, dump(env))
    assert number > 1
    assert not problems, '\n'.join(problems)


def normal_differences(env, rpc, call):
    """What a call changes, if nothing fails; it is undone."""
    before = dump(env)
    assert fault_of(rpc, call) is None
    after = dump(env)
    restore(env, before, after)
    assert dump(env) == before
    return differences(before, after)


def problems_of(env, before, normal, text):
    """What is wrong after a call, with the text of its fault if it was
    refused: it must have changed what it normally changes, or nothing. The
    former state is restored."""
    after = dump(env)
    if text is None:
        if differences(before, after) != normal:
            yield 'success, but half done: ' + described_differences(before,
                                                                     after)
    else:
        if after != before:
            yield 'refused, but it changed\n' + described_differences(before,
                                                                     after)
        if told_too_much(text):
            yield 'the fault tells too much: ' + text
    restore(env, before, after)


def fault_of(rpc, call):
    try:
        rpc.admin(*call)
    except Fault as e:
        return e.text
    return None


@calls
def test_a_statement_fails(filled, monkeypatch, call):
    check_each(filled, monkeypatch, call, IterableCursor, 'execute',
               broken_statement)


@calls
def test_a_commit_fails(filled, monkeypatch, call):
    check_each(filled, monkeypatch, call, PooledConnection, 'commit',
               broken_commit)


# Listeners and notifiers

def an_error(env):
    raise RuntimeError('listener')


def a_refusal(env):
    raise TracError('listener')


def a_query(env):
    env.db_query('SELECT secret FROM broken_statement')


def a_transaction(env):
    with env.db_transaction as db:
        db('UPDATE broken_statement SET secret=1')


def a_query_in_vain(env):
    """As plugins do that try whether there is a table."""
    with suppress(env.db_exc.DatabaseError):
        env.db_query('SELECT secret FROM broken_statement')


def failing_component(interface, failure):
    """A component whose methods of that interface fail."""

    class Failing(Component):
        implements(interface)

    def method(self, *args, **kwargs):
        failure(self.env)
    for name, function in vars(interface).items():
        if inspect.isfunction(function):
            setattr(Failing, name, method)
    return Failing


FAILURES = [an_error, a_refusal, a_query, a_transaction, a_query_in_vain]

#: The calls that each of the listeners is told about.
LISTENERS = {
    IAttachmentChangeListener: r'.*(Attachment|delete|milestone.*name)',
    IMilestoneChangeListener: r'milestone',
    ITicketChangeListener: r'ticket\.[cud]|milestone',
    IWikiChangeListener: r'wiki.*Page',
}

NOTIFIERS = [
    IEmailAddressResolver, IEmailDecorator, IEmailSender,
    INotificationDistributor, INotificationFormatter, INotificationSubscriber]


@pytest.mark.parametrize('failure', FAILURES)
@pytest.mark.parametrize('interface', list(LISTENERS))
def test_listeners_fail(filled, components, interface, failure):
    check_with_component(filled, components, interface, failure, [
        name for name in CALLS if re.match(LISTENERS[interface], name)])


@pytest.mark.parametrize('failure', FAILURES)
@pytest.mark.parametrize('interface', NOTIFIERS)
def test_notifiers_fail(filled, components, interface, failure):
    filled.config.set('notification', 'smtp_enabled', 'true')
    check_with_component(filled, components, interface, failure, [
        name for name in CALLS
        if re.match('ticket.*(notify|status|Attachment|delete)', name)])


def check_with_component(env, components, interface, failure, names):
    rpc = RPC(env, 'json')
    normal = {name: normal_differences(env, rpc, CALLS[name])
              for name in names}
    before = dump(env)
    cls = components(failing_component(interface, failure))
    problems = []
    for name in names:
        text = fault_of(rpc, CALLS[name])
        problems += ['%s: %s' % (name, problem) for problem
                     in problems_of(env, before, normal[name], text)]
    env.disable_component(cls)
    for name in names:
        assert fault_of(rpc, CALLS[name]) is None, 'the next call of ' + name
        restore(env, before, dump(env))
    assert not problems, '\n'.join(problems)


# Clients that go away

class Broken(io.BytesIO):
    """A body whose end never comes."""

    def __init__(self, body, error):
        super().__init__(body)
        self.error = error

    def read(self, size=-1):
        data = super().read(size)
        if not data and self.error:
            raise self.error
        return data


@pytest.mark.parametrize('error', [
    None, ConnectionResetError(104, 'Connection reset by peer'),
    BrokenPipeError(), TimeoutError('timed out'), socket.timeout('timed out'),
    ssl.SSLError('eof'), OSError('request data read error')])
@pytest.mark.parametrize('protocol', ['xml', 'json'])
@pytest.mark.parametrize('compressed', [False, True])
def test_the_client_disconnects_in_the_body(filled, protocol, error,
                                            compressed):
    before = dump(filled)
    body = encoded_call(protocol, 'ticket.update', [1, 'comment', {
        'summary': 'changed'}])
    headers = {}
    if compressed:
        body = gzip.compress(body)
        headers = {'Content_Encoding': 'gzip'}
    content_type = {'xml': 'text/xml', 'json': 'application/json'}[protocol]
    for size in list(range(0, len(body), 17)) + [len(body) - 1]:
        response = request(
            filled, '/login/rpc', content_type=content_type, user='admin',
            environ={'CONTENT_LENGTH': str(len(body)),
                     'wsgi.input': Broken(body[:size], error)}, **headers)
        assert response.status == 400
        assert not told_too_much(response.text)
        assert dump(filled) == before
    response = request(filled, '/login/rpc', content_type=content_type,
                       user='admin', body=body, **headers)
    assert response.status == 200
    assert dump(filled) != before


@pytest.mark.parametrize('protocol', ['xml', 'json'])
def test_the_client_disconnects_in_a_body_without_length(filled, protocol):
    before = dump(filled)
    body = encoded_call(protocol, 'ticket.update', [1, 'comment', {}])
    response = request(
        filled, '/login/rpc', user='admin', content_type={
            'xml': 'text/xml', 'json': 'application/json'}[protocol],
        environ={'CONTENT_LENGTH': None, 'wsgi.input_terminated': True,
                 'wsgi.input': Broken(body, ConnectionResetError())})
    assert response.status == 400
    assert dump(filled) == before


@pytest.mark.parametrize('protocol', ['xml', 'json'])
def test_the_client_disconnects_while_the_answer_is_sent(filled, protocol,
                                                         monkeypatch):
    """The change is stored, and the server goes on."""
    opened = []
    original = Attachment.open

    def open_(self):
        opened.append(original(self))
        return opened[-1]
    monkeypatch.setattr(Attachment, 'open', open_)
    with monkeypatch.context() as patch:
        patch.setattr(Request, 'write', lambda self, data: raise_(
            BrokenPipeError(32, 'Broken pipe')))
        for name, args in (('ticket.getAttachment', [1, 'file.txt']),
                           ('ticket.update', [1, 'comment', {}])):
            with suppress(OSError):
                request(filled, '/login/rpc', user='admin',
                        body=encoded_call(protocol, name, args), content_type={
                            'xml': 'text/xml',
                            'json': 'application/json'}[protocol])
    gc.collect()
    assert all(fileobj.closed for fileobj in opened)
    rpc = RPC(filled, protocol)
    assert [row[4] for row in rpc.admin.ticket.changeLog(1)
            if row[2] == 'comment' and row[5]] == ['comment']
    assert rpc.admin.ticket.getAttachment(1, 'file.txt') == b'content'


def raise_(exc):
    raise exc
