# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""Clients of JSON-RPC 2.0 that were not written here, on a real tracd:
jsonrpclib-pelix and jsonrpcclient for Python. (jayson is in `clients.py`.)"""

import base64
import json
import os
import re
import shutil
import subprocess
import urllib.request

import pytest



@pytest.fixture
def url(tracd_port):
    """The address for those who log in as admin."""
    return 'http://admin:admin@127.0.0.1:%d/login/jsonrpc' % tracd_port


# jsonrpclib-pelix

@pytest.fixture
def pelix(url):
    jsonrpclib = pytest.importorskip('jsonrpclib')
    # its own reading of __jsonclass__ is another one
    config = jsonrpclib.config.Config(use_jsonclass=False)
    with jsonrpclib.ServerProxy(url, config=config) as server:
        yield server


def test_pelix(pelix):
    assert pelix.system.getAPIVersion() == [1, 3, 0]
    id_ = pelix.ticket.create(summary='by pelix', description='\u00e6')
    found = pelix.ticket.get(id_)
    assert found[0] == id_ and found[3]['description'] == '\u00e6'
    assert found[1]['__jsonclass__'][0] == 'datetime'


def test_pelix_errors(pelix):
    from jsonrpclib import ProtocolError
    for call, code, text in (
            (lambda: pelix.ticket.get(9999), -32002, 'does not exist'),
            (lambda: pelix.ticket.get('x'), -32602, 'Argument 1 ("id")'),
            (lambda: pelix.no.such(), -32601, '"no.such" not found')):
        with pytest.raises(ProtocolError) as raised:
            call()
        (found, message), = raised.value.args
        assert found == code and text in message
    assert pelix.system.getAPIVersion() == [1, 3, 0]


def test_pelix_notifications(pelix):
    from jsonrpclib.jsonrpc import TransportError
    with pytest.raises(TransportError) as raised:
        # which it takes for an error, but the request was heard
        pelix._notify.wiki.putPage('Notified', 'by pelix', {})
    assert 204 in raised.value.args
    assert pelix.wiki.getPage('Notified') == 'by pelix'


def test_pelix_batches(pelix):
    import jsonrpclib
    batch = jsonrpclib.MultiCall(pelix)
    batch.system.getAPIVersion()
    batch._notify.wiki.putPage('InBatch', 'by pelix', {})
    batch.wiki.getPage(pagename='InBatch')
    batch.ticket.get(9999)
    results = batch()
    assert results[0] == [1, 3, 0] and results[1] == 'by pelix'
    with pytest.raises(jsonrpclib.ProtocolError):
        results[2]


# jsonrpcclient, which leaves the transport to others

@pytest.fixture
def post(url):
    client = pytest.importorskip('jsonrpcclient')

    def post(sent):
        address = url.replace('admin:admin@', '')
        request = urllib.request.Request(
            address, json.dumps(sent).encode('ascii'),
            {'Content-Type': 'application/json', 'Authorization':
             'Basic ' + base64.b64encode(b'admin:admin').decode('ascii')})
        with urllib.request.urlopen(request, timeout=30) as response:
            text = response.read().decode('ascii')
            assert response.status == (200 if text else 204)
            return text and client.parse_json(text)
    return post


def test_jsonrpcclient(post):
    import jsonrpcclient as client
    assert post(client.request('system.getAPIVersion', id=1)) == \
        client.Ok([1, 3, 0], 1)
    found = post(client.request_uuid('wiki.getPage', {'pagename': 'No'}))
    assert isinstance(found, client.Error) and found.code == -32002
    assert found.data == {'type': 'ResourceNotFound', 'code': 404,
                          'resource': {'realm': 'wiki', 'id': 'No'}}
    assert post(client.notification(
        'wiki.putPage', {'pagename': 'New', 'content': 'x'})) == ''
    version, page, error = post([
        client.request('system.getAPIVersion', id='a'),
        client.notification('system.getAPIVersion'),
        client.request('wiki.getPage', ['New'], id='b'),
        client.request('wiki.getPage', [], id='c')])
    assert version == client.Ok([1, 3, 0], 'a')
    assert page == client.Ok('x', 'b')
    assert (error.code, error.id) == (-32602, 'c')


# The examples of README.md

def example(language, tracd_port):
    path = os.path.join(os.path.dirname(__file__), '..', '..', 'README.md')
    with open(path, encoding='utf-8') as f:
        section = f.read().partition('### JSON-RPC 2.0\n')[2]
    found = re.search(r'```%s\n(.*?)```' % language, section, re.S)
    return found.group(1).replace('localhost:8000',
                                  '127.0.0.1:%d' % tracd_port)


def output_of(command, script):
    return subprocess.run(command, input=script.encode('utf-8'), check=True,
                          stdout=subprocess.PIPE, timeout=60).stdout


def test_example_for_curl(tracd_port):
    if not shutil.which('curl'):
        pytest.skip('curl is not installed')
    page, ticket = json.loads(output_of(['sh'], example('', tracd_port)))
    assert page['id'] == 'page' and ticket['id'] == 'ticket'


def test_example_for_python(tracd_port):
    pytest.importorskip('jsonrpclib')
    names = {}
    exec(example('python', tracd_port), names)
    with names['trac'] as trac:
        assert trac.ticket.get(names['number'])[3]['summary'] == 'The summary'


def test_example_for_javascript(tracd_port):
    if not shutil.which('node'):
        pytest.skip('Node.js is not installed')
    script = example('javascript', tracd_port)
    assert output_of(['node', '--input-type=module'], script) \
        .startswith(b'[')
