# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""The figures that are the same on every machine, in a small form:
statements, what finding a method takes, memory. (`./run bench` has the large
form; no test asserts a time.)"""

import base64
import gc
import io
import json
import os
import sys
import tempfile
import tracemalloc
import xmlrpc.client as xmlrpclib
from contextlib import contextmanager

import pytest
from trac.attachment import Attachment
from trac.env import Environment, open_environment
from trac.web import main

from tracrpc.api import Method, \
    XMLRPCSystem
from tracrpc.heap import WARM_UP
from tracrpc.tests.support import RPC, NoGarbageCollection, \
    foreign_handler, grant, own_handler, request
from tracrpc.tests.tickets import new_ticket

MB = 1 << 20

_MEDIA_TYPES = {'xml': 'text/xml', 'json': 'application/json'}


def call_body(protocol, name, *args):
    """The body of a request with a call."""
    if protocol == 'xml':
        return xmlrpclib.dumps(args, name).encode('ascii')
    return json.dumps({'method': name, 'params': args}).encode('ascii')


def multicall_body(protocol, calls):
    """The body of a request with many calls, a name and arguments each."""
    if protocol == 'xml':
        return call_body(protocol, 'system.multicall', [
            {'methodName': name, 'params': list(args)}
            for name, *args in calls])
    return call_body(protocol, 'system.multicall', *[
        {'method': name, 'params': args} for name, *args in calls])


def post(env, protocol, body, **options):
    """Send a body as `admin`."""
    response = request(env, '/login/rpc', user='admin', body=body,
                       content_type=_MEDIA_TYPES[protocol], **options)
    assert response.status == 200
    return response.body


@pytest.fixture(params=['xml', 'json'])
def protocol(request):
    return request.param


@pytest.fixture
def filled(env):
    rpc = RPC(env, 'json').admin
    for number in range(2):
        new_ticket(env, summary='ticket %d' % number)
    rpc.ticket.putAttachment(1, 'a.txt', 'text', b'x')
    rpc.wiki.putPage('PageOne', 'text', {})
    return env


# Statements

@pytest.fixture
def statements(monkeypatch):
    """The statements that the database gets."""
    from trac.db.util import IterableCursor
    seen = []
    execute = IterableCursor.execute

    def counting(self, sql, args=None):
        seen.append(sql)
        return execute(self, sql, args)
    monkeypatch.setattr(IterableCursor, 'execute', counting)
    return seen


@pytest.mark.parametrize('name, argument, per_chunk', [
    ('ticket.get', 1, 2), ('ticket.changeLog', 1, 3),
    ('ticket.listAttachments', 1, 2), ('wiki.getPage', 'PageOne', 2),
    ('wiki.getPageInfo', 'PageOne', 2), ('wiki.listAttachments', 'PageOne', 2),
    ('ticket.milestone.get', 'milestone1', 2),
    ('ticket.component.get', 'component1', 2), ('ticket.type.get', 'task', 2),
    ('ticket.status.get', 'new', 2), ('system.methodHelp', 'ticket.get', 0)])
def test_statements_of_a_multicall(filled, statements, protocol, name,
                                   argument, per_chunk):
    post(filled, protocol, multicall_body(  # fills caches
        protocol, [(name, argument)] * 2))
    for count in (2, 400, 900):
        del statements[:]
        answer = post(filled, protocol, multicall_body(
            protocol, [(name, argument)] * count))
        assert b'fault' not in answer and b'JSONRPCError' not in answer
        assert len(statements) <= 6 + per_chunk * -(-count // 500), statements


def test_statements_of_versions_of_pages(filled, statements, protocol):
    calls = [('wiki.getPageInfo', 'PageOne', 1)] * 900
    del statements[:]
    post(filled, protocol, multicall_body(protocol, calls))
    assert len(statements) <= 6 + 2 * 2, statements


@pytest.mark.parametrize('name, args, limit', [
    ('system.getAPIVersion', (), 3), ('ticket.get', (1,), 6),
    ('wiki.getPage', ('PageOne',), 6), ('ticket.changeLog', (1,), 6)])
def test_statements_of_a_call(filled, statements, protocol, name, args,
                              limit):
    body = call_body(protocol, name, *args)
    post(filled, protocol, body)  # fills caches
    del statements[:]
    post(filled, protocol, body)
    assert len(statements) <= limit, statements


# Finding a method

def function_calls(function, *args):
    """How many functions are called while this one runs."""
    count = 0

    def counting(frame, event, arg):
        nonlocal count
        count += event in ('call', 'c_call')
    sys.setprofile(counting)
    try:
        function(*args)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize('handler', [own_handler, foreign_handler])
def test_finding_a_method_does_not_depend_on_their_number(
        env, components, protocol, handler):
    body = call_body(protocol, 'system.getAPIVersion')

    def settled():
        post(env, protocol, body)
        return min(function_calls(post, env, protocol, body)
                   for _ in range(3))
    before = settled()
    components(handler(1000))
    assert settled() <= before * 1.02
    assert len(XMLRPCSystem(env).all_methods()) > 1000


def test_methods_are_read_once(env, monkeypatch, protocol):
    names = ['system.getAPIVersion', 'no.such', 'ticket.get',
             'system.listMethods', 'system.methodHelp']
    made = []
    init = Method.__init__

    def counting(self, *args, **kwargs):
        made.append(self)
        init(self, *args, **kwargs)
    monkeypatch.setattr(Method, '__init__', counting)
    for name in names:
        post(env, protocol, call_body(protocol, name, 1))
    assert made
    del made[:]
    for name in names:
        post(env, protocol, call_body(protocol, name, 1))
    post(env, protocol, multicall_body(protocol, [(name, 1)
                                                  for name in names * 5]))
    assert not made


# Growth with the number of calls

@pytest.mark.parametrize('name, args', [
    ('ticket.get', (1,)), ('system.getAPIVersion', ())])
def test_calls_of_a_multicall_take_the_same_however_many(
        filled, protocol, name, args):
    counts = {}
    for size in (100, 400, 1600):
        body = multicall_body(protocol, [(name, *args)] * size)
        post(filled, protocol, body)
        counts[size] = function_calls(post, filled, protocol, body)
    assert (counts[1600] - counts[400]) / 1200 <= \
        (counts[400] - counts[100]) / 300 * 1.1


# Memory

@contextmanager
def traced():
    """Give a function that tells how much memory has been allocated by
    Python since, and how much it was at most."""
    gc.collect()
    tracemalloc.start()
    try:
        yield tracemalloc.get_traced_memory
    finally:
        tracemalloc.stop()


def peak_of(function, *args, **options):
    """The memory that a call of the function takes, at most."""
    with traced() as memory:
        function(*args, **options)
        return memory()[1]


_SIZE = 24 * MB  # of attachments

_ATTACHMENT_LIMIT = 8 * MB + _SIZE // 50


def put_body(protocol, name, size):
    """A file with a call that attaches a file of that size."""
    if protocol == 'xml':
        body = call_body(protocol, 'ticket.putAttachment', 1, name, '',
                         xmlrpclib.Binary(b'DATA'))
        mark = base64.b64encode(b'DATA')
    else:
        body = call_body(protocol, 'ticket.putAttachment', 1, name, '',
                         {'__jsonclass__': ['binary', 'DATA']})
        mark = b'DATA'
    head, tail = body.split(mark)
    encode = base64.encodebytes if protocol == 'xml' else base64.b64encode
    f = tempfile.TemporaryFile()
    f.write(head)
    piece = encode(bytes(range(57)) * 1000)
    for _ in range(size // 57000):
        f.write(piece)
    f.write(encode(b'x' * (size % 57000)) + tail)
    return f


def put_attachment(env, protocol, name, size):
    with put_body(protocol, name, size) as f:
        length = f.tell()
        f.seek(0)
        return peak_of(post, env, protocol, b'', environ={
            'wsgi.input': f, 'CONTENT_LENGTH': str(length)})


def test_memory_for_an_attachment_that_comes_in(filled, protocol):
    filled.config.set('attachment', 'max_size', str(1 << 30))
    put_attachment(filled, protocol, 'small.bin', 1000)
    assert put_attachment(filled, protocol, 'big.bin', _SIZE) <= \
        _ATTACHMENT_LIMIT
    assert Attachment(filled, 'ticket', 1, 'big.bin').size == _SIZE


def test_memory_for_an_attachment_that_goes_out(filled, protocol):
    for name, size in (('small.bin', 1000), ('big.bin', _SIZE)):
        with tempfile.TemporaryFile() as f:
            f.truncate(size)
            Attachment(filled, 'ticket', 1).insert(name, f, size)
    sizes = []

    def get(name):
        del sizes[:]
        return peak_of(post, filled, protocol, call_body(
            protocol, 'ticket.getAttachment', 1, name),
            sink=lambda piece: sizes.append(len(piece)))
    get('small.bin')
    assert get('big.bin') <= _ATTACHMENT_LIMIT
    assert sum(sizes) > _SIZE * 4 / 3


def test_memory_for_a_multicall(filled, protocol):
    text = 'A line of text.\r\n' * 2000
    ids = [new_ticket(filled, description=text) for _ in range(300)]
    sizes = []
    options = {'sink': lambda piece: sizes.append(len(piece))}
    for count in (2, 300):
        del sizes[:]
        peak = peak_of(post, filled, protocol, multicall_body(
            protocol, [('ticket.get', id) for id in ids[:count]]), **options)
    assert sum(sizes) > 300 * len(text)
    assert peak <= 5 * sum(sizes) + 8 * MB


@pytest.fixture(params=[False, True], ids=['plain', 'frozen'])
def frozen(request):
    """Whether the heap is to be frozen; it is not any more afterwards."""
    gc.unfreeze()
    yield request.param
    gc.unfreeze()


def bodies():
    """A mixture of requests."""
    for protocol in sorted(_MEDIA_TYPES):
        for name, *args in (
                ('system.getAPIVersion',), ('ticket.get', 1),
                ('wiki.getPage', 'PageOne'), ('ticket.changeLog', 1),
                ('ticket.query', 'max=0'), ('no.such',), ('ticket.get', 99)):
            yield protocol, call_body(protocol, name, *args)
        yield protocol, multicall_body(protocol, [('ticket.get', 1),
                                                  ('ticket.get', 2),
                                                  ('wiki.getPage', 'No')])


@pytest.fixture
def site(tmp_path, frozen, monkeypatch):
    """The path of an environment that Trac opens itself, and that logs
    nothing, as pytest keeps the log."""
    env = Environment(str(tmp_path / 'site'), create=True, options=[
        ('trac', 'database', 'sqlite:db/trac.db'),
        ('components', 'tracrpc.*', 'enabled'),
        ('rpc', 'freeze_heap', 'enabled' if frozen else 'disabled'),
        ('logging', 'log_level', 'CRITICAL')])
    grant(env, 'admin', 'TRAC_ADMIN')
    new_ticket(env)
    env.shutdown()
    # at the end of every request: too slow
    monkeypatch.setattr(main, 'gc', NoGarbageCollection)
    yield env.path
    open_environment(env.path, use_cache=True).shutdown()


def frozen_objects():
    gc.collect()  # Python 3.12 freezes its immortal objects by itself
    return gc.get_freeze_count()


def test_memory_stays_the_same_over_requests(site, frozen):
    at_first = frozen_objects()
    mixture = list(bodies())

    def send(count):
        for number in range(count):
            dispatch(site, *mixture[number % len(mixture)])
        gc.collect()
    with traced() as memory:
        send(6 * len(mixture))
        before = memory()[0]
        send(200)
        # 5,000 may leave 1 MB
        assert memory()[0] - before <= MB * 200 / 5000
    assert (frozen_objects() > at_first) == frozen


def test_memory_stays_the_same_over_reloads(site, frozen):
    at_first = frozen_objects()
    ini = os.path.join(site, 'conf', 'trac.ini')
    mixture = list(bodies())[:WARM_UP + 2]

    def reload_(count):
        for _ in range(count):
            later = os.stat(ini).st_mtime + 2
            os.utime(ini, (later, later))
            for protocol, body in mixture:
                dispatch(site, protocol, body)
        gc.collect()
    with traced() as memory:
        reload_(2)
        before = memory()[0]
        reload_(4)
        assert (memory()[0] - before) / 4 <= 0.3 * MB
    assert (frozen_objects() > at_first) == frozen


def dispatch(path, protocol, body):
    """Send a request as `admin` to the environment that Trac opens itself."""
    sent = []
    rest = main.dispatch_request({
        'REQUEST_METHOD': 'POST', 'SCRIPT_NAME': '',
        'PATH_INFO': '/login/rpc', 'QUERY_STRING': '',
        'SERVER_NAME': 'example.org', 'SERVER_PORT': '80',
        'REMOTE_ADDR': '127.0.0.1', 'REMOTE_USER': 'admin',
        'CONTENT_TYPE': _MEDIA_TYPES[protocol],
        'CONTENT_LENGTH': str(len(body)), 'trac.env_path': path,
        'wsgi.input': io.BytesIO(body), 'wsgi.url_scheme': 'http',
        'wsgi.errors': io.StringIO(), 'wsgi.run_once': False,
        'wsgi.multithread': False, 'wsgi.multiprocess': False,
    }, lambda status, headers, exc_info=None:
        sent.append(status) or (lambda piece: None))
    for _ in rest:
        pass
    assert sent[0].startswith('200')
