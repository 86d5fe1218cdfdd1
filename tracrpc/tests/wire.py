# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""What tests send to real servers: calls of clients, and requests byte by
byte."""

import base64
import contextlib
import http.client
import json
import socket
import urllib.request
import xmlrpc.client as xmlrpclib

XML_CALL = (b"<?xml version='1.0'?><methodCall><methodName>"
            b"system.getAPIVersion</methodName></methodCall>")
LENGTH = b'Content-Length: %d' % len(XML_CALL)
TYPE = b'Content-Type: text/xml'


def proxy(port, user='admin', path='/login/rpc', password=None, **kwargs):
    """Python's own client of XML-RPC."""
    credentials = '%s:%s@' % (user, password or user) if user else ''
    return xmlrpclib.ServerProxy('http://%s127.0.0.1:%d%s'
                                 % (credentials, port, path), **kwargs)


def call_json(port, method, *params, user='admin'):
    """A call of JSON-RPC; the complete response."""
    credentials = base64.b64encode(('%s:%s' % (user, user)).encode('ascii'))
    request = urllib.request.Request(
        'http://127.0.0.1:%d/login/jsonrpc' % port,
        json.dumps({'method': method, 'params': params}).encode('ascii'),
        {'Content-Type': 'application/json',
         'Authorization': 'Basic ' + credentials.decode('ascii')})
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def connection(port):
    """A connection, closed at the end of a `with`."""
    return contextlib.closing(http.client.HTTPConnection(
        '127.0.0.1', port, timeout=30))


def post(*headers, body=XML_CALL, path=b'/rpc'):
    """The bytes of a POST request."""
    lines = [b'POST %s HTTP/1.1' % path, b'Host: 127.0.0.1', *headers]
    return b'\r\n'.join(lines) + b'\r\n\r\n' + body


def exchange(port, data, end=b'</methodResponse>', timeout=30):
    """Send bytes over a connection of their own; what comes back until the
    server closes it or `end` has been seen."""
    with socket.create_connection(('127.0.0.1', port), timeout) as s:
        s.sendall(data)
        return received(s, end)


def received(s, end):
    """What comes until `end` has been seen."""
    answer = b''
    with contextlib.suppress(ConnectionResetError, socket.timeout):
        while end not in answer:
            piece = s.recv(65536)
            if not piece:
                break
            answer += piece
    return answer


def status_of(answer):
    """The status of a response in bytes."""
    return int(answer.split(b' ', 2)[1])
