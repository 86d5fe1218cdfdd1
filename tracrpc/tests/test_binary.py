# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""Binary data: large ones in a temporary file, and readers of it."""

import base64
import errno
import io
import json
import os
import random
import xmlrpc.client as xmlrpclib

import pytest
from trac.core import Component, implements

from tracrpc import json_reader
from tracrpc.api import IXMLRPCHandler
from tracrpc.binary import Base64Reader, Binary, Spool
from tracrpc.tests.support import RPC, request
from tracrpc.xml_reader import parse_call

COUNT = 150


def in_xml(content):
    value = '<value><base64>%s</base64></value>' % content
    return '<methodCall><methodName>x</methodName><params><param><value>' \
        '<array><data>%s</data></array></value></param></params>' \
        '</methodCall>' % (value * COUNT)


def in_json(content):
    return json.dumps([{'__jsonclass__': ['binary', content]}] * COUNT)


@pytest.fixture
def opened():
    """The list of files that a request keeps."""
    files = []
    yield files
    for fileobj in files:
        fileobj.close()


@pytest.mark.parametrize('size, files', [(1 << 17, 1), (1 << 10, 0)])
def test_one_file_for_all_binaries_of_a_request(opened, size, files):
    text = base64.b64encode(bytes(size)).decode('ascii')
    _, (values,) = parse_call(io.BytesIO(in_xml(text).encode('ascii')),
                              opened.append)
    assert [value.data for value in values] == [bytes(size)] * COUNT
    assert len(opened) == files


def test_one_file_for_all_binaries_of_a_json_text(opened):
    content = bytes(1 << 17)
    text = in_json(base64.b64encode(content).decode('ascii'))
    values = json_reader.resolved(json_reader.load(
        io.BytesIO(text.encode('ascii')), opened.append))
    assert [value.data for value in values] == [content] * COUNT
    assert len(opened) == 1


def test_binaries_in_one_file_are_read_independently(opened):
    spool = Spool(opened.append)
    contents = [os.urandom(size) for size in
                (1 << 16, (1 << 16) + 1, 3, 1 << 18, 0, 200001)]
    binaries = []
    for content in contents:
        reader, text = Base64Reader(spool), base64.encodebytes(content)
        for start in range(0, len(text), 1001):
            reader.feed(text[start:start + 1001].decode('ascii'))
        binaries.append(reader.binary())
    assert [binary.size for binary in binaries] == list(map(len, contents))
    files = [binary.open() for binary in binaries]
    found = [b''] * len(files)
    order = random.Random(1)
    while [b for b in files if b.tell() < len(contents[files.index(b)])]:
        number = order.randrange(len(files))
        found[number] += files[number].read(40000)
    assert found == contents
    binaries[1].close()  # not the others
    assert [binary.data for binary in binaries[2:]] == contents[2:]
    assert len(opened) == 1


def test_a_reader_seeks(tmp_path):
    path = tmp_path / 'file'
    path.write_bytes(b'0123456789 and more')
    binary = Binary(file=path.open('rb'), size=10)
    with binary.open() as one, binary.open() as other:
        assert one.seek(-3, io.SEEK_END) == 7 and one.read() == b'789'
        assert other.read(2) == b'01' and one.read() == b''
        assert other.seek(2, io.SEEK_CUR) == other.tell() == 4
        assert other.read(3) == b'456' and one.seek(20) == 20
        assert one.read() == b'' and one.seekable()
    assert binary.data == b'0123456789'


@pytest.mark.parametrize('content_type, body', [
    ('text/xml', in_xml), ('application/json', in_json)])
def test_a_full_disk_is_not_the_clients_mistake(env, caplog, monkeypatch,
                                                content_type, body):
    def full(**kwargs):
        raise OSError(errno.ENOSPC, 'No space left on device', '/tmp/secret')
    monkeypatch.setattr('tracrpc.binary.tempfile.TemporaryFile', full)
    monkeypatch.setattr('tracrpc.http.tempfile.SpooledTemporaryFile',
                        lambda size: io.BytesIO())
    text = base64.b64encode(bytes(1 << 17)).decode('ascii')
    response = request(env, body=body(text).encode('ascii'),
                       content_type=content_type)
    assert response.status == 200
    assert 'No space left on device' in response.text
    assert 'secret' not in response.text and '-32700' not in response.text
    assert [record.levelname for record in caplog.records
            if record.levelname != 'DEBUG'] == ['ERROR']


@pytest.fixture
def files(env, tmp_path, components):
    """The content and the open files of `odd.give()`, a new one each time."""
    content, opened = os.urandom(100000), []
    path = tmp_path / 'file'
    path.write_bytes(content)

    class Odd(Component):

        implements(IXMLRPCHandler)

        def xmlrpc_namespace(self):
            return 'odd'

        def xmlrpc_methods(self):
            yield None, None, self.give

        def give(self, req):
            assert sum(not each.closed for each in opened) <= 100
            opened.append(path.open('rb'))
            return Binary(file=opened[-1], size=len(content))

    components(Odd)
    yield content, opened
    assert all(each.closed for each in opened)


@pytest.mark.parametrize('version', ['xml', 'json', '2.0'])
def test_files_of_many_results_are_not_all_open(env, files, version):
    content, opened = files
    if version == 'xml':
        sent = xmlrpclib.dumps(([{'methodName': 'odd.give',
                                  'params': []}] * COUNT,),
                               'system.multicall')
    elif version == 'json':
        sent = json.dumps({'method': 'system.multicall', 'params': [
            {'method': 'odd.give', 'params': []}] * COUNT})
    else:
        sent = json.dumps([{'jsonrpc': '2.0', 'method': 'odd.give',
                            'id': number} for number in range(COUNT)])
    body = request(env, body=sent.encode('ascii'), content_type='text/xml'
                   if version == 'xml' else 'application/json').body
    if version == 'xml':
        (results,), _ = xmlrpclib.loads(body, use_builtin_types=True)
        assert results == [[content]] * COUNT
    else:
        text = base64.b64encode(content)
        assert body.count(b'["binary", "%s"]' % text) == COUNT
    assert len(opened) == COUNT


def test_files_that_are_too_large_for_a_copy(monkeypatch, env, files):
    monkeypatch.setattr('tracrpc.binary._MOST_FILES', 2)
    monkeypatch.setattr('tracrpc.binary._MOST_COPIED', 200000)
    results = RPC(env, 'xml').anonymous.system.multicall(
        [{'methodName': 'odd.give', 'params': []}] * 6)
    content, _ = files
    assert results[:4] == [[content]] * 4
    for fault in results[4:]:
        assert 'Too many files for one answer' in fault['faultString']
