# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""Clients that were not written here, each driven through the same scenario
(`data/clients`) on real servers. They run with --clients."""

import tempfile
import xmlrpc.client
from datetime import datetime, timedelta, timezone

import pytest

from tracrpc.tests.clients import CLIENTS, SUMMARY, Missing
from tracrpc.tests.servers import Gunicorn, Site, Tracd

pytestmark = pytest.mark.clients

ALL_BYTES = bytes(range(256))
RESULTS = {'version', 'id', 'created', 'summary', 'changed', 'attachment',
           'recent', 'later', 'null', 'fault', 'multicall'}


def proxy(port):
    return xmlrpc.client.ServerProxy(
        'http://admin:admin@127.0.0.1:%d/login/rpc' % port)


@pytest.fixture(scope='module', params=[Tracd(), Gunicorn()],
                ids=['tracd', 'gunicorn'])
def port(request):
    """The port of a server whose Trac has a page for the clients, and a
    ticket for those that only read."""
    with tempfile.TemporaryDirectory(prefix='tracrpc-site-') as directory, \
            request.param.running(Site(directory)) as port, \
            proxy(port) as trac:
        trac.wiki.putPage('ForClients', 'The text of a page', {})
        id_ = trac.ticket.create(SUMMARY, '', {'reporter': 'fixture'})
        trac.ticket.update(id_, '', {'keywords': 'changed'})
        yield port


@pytest.fixture(scope='module', params=CLIENTS,
                ids=[client.name.replace(' ', '-') for client in CLIENTS])
def client(request):
    return request.param


@pytest.fixture(scope='module')
def outcome(client, port):
    """How the client is called in the matrix, and what came of its driver:
    the results, or why there are none."""
    try:
        return '%s %s' % (client.name, client.version()), client.run(port)
    except Missing as e:
        return client.name, e


@pytest.fixture
def results(client, outcome, record_property):
    """Gives a result by its name, or skips the test."""
    name, found = outcome
    record_property('matrix', name)
    if isinstance(found, Missing):
        pytest.skip('%s: %s' % (client.name, found))
    assert set(found) == RESULTS - set(client.lacks)

    def result(key):
        if key in client.lacks:
            pytest.skip('%s %s' % (client.name, client.lacks[key]))
        return found[key]
    return result


@pytest.fixture
def fault(client):
    """The code and the message for a ticket that does not exist."""
    return [-32002 if client.json_rpc2 else 404,
            'Ticket 999999 does not exist.']


def test_version(results):
    assert results('version') == [1, 3, 0]


def test_create_and_read(results, client, port):
    assert results('summary') == client.summary
    with proxy(port) as trac:
        attributes = trac.ticket.get(results('id'))[3]
    assert attributes['summary'] == client.summary


def test_update(results, port):
    assert results('changed') == 'changed'
    with proxy(port) as trac:
        attributes = trac.ticket.get(results('id'))[3]
    assert attributes['keywords'] == 'changed'


def test_attachment(results, port):
    assert results('attachment') == ALL_BYTES.hex()
    with proxy(port) as trac:
        stored = trac.ticket.getAttachment(results('id'), 'bytes.bin').data
    assert stored == ALL_BYTES


def test_dates_that_are_read(results):
    digits = results('created').replace('-', '').replace(':', '')
    created = datetime.strptime(digits[:15], '%Y%m%dT%H%M%S')
    now = datetime.now(timezone.utc).replace(tzinfo=None)
    assert now - timedelta(hours=1) < created <= now


def test_dates_that_are_sent(results):
    assert results('id') in results('recent')
    assert results('later') == []


def test_null(results):
    assert results('null') == 'The text of a page'


def test_fault(results, fault):
    assert results('fault') == fault


def test_multicall_with_a_failing_element(results, fault):
    assert results('multicall') == [[1, 3, 0], fault, 'The text of a page']
