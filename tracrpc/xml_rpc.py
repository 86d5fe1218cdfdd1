# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""XML-RPC: the protocol, between HTTP and calls."""

import xmlrpc.client as xmlrpclib

from trac.core import Component, implements
from trac.util.text import to_unicode

from tracrpc.api import IRPCProtocol
from tracrpc.examples import XML_RPC
from tracrpc.faults import xml_fault
from tracrpc.http import send_answer
from tracrpc.multicall import name_of
from tracrpc.values import parse_datetime
from tracrpc.util import _, cleandoc_
from tracrpc.xml_reader import parse_call
# _illegal_unichrs: plugins import it and REPLACEMENT_CHAR from here
from tracrpc.xml_writer import REPLACEMENT_CHAR, XMLWriter, \
    _illegal_unichrs, date_text  # noqa: F401

__all__ = ['XmlRpcProtocol', 'from_xmlrpc_datetime', 'to_xmlrpc_datetime']


def to_xmlrpc_datetime(value):
    """The `xmlrpc.client.DateTime` of a datetime; naive ones are UTC."""
    return xmlrpclib.DateTime(date_text(value))


def from_xmlrpc_datetime(value):
    """The aware datetime of an `xmlrpc.client.DateTime`."""
    return parse_datetime(to_unicode(value.value))


class XmlRpcProtocol(Component):
    """Answers calls in XML-RPC."""

    implements(IRPCProtocol)

    post_only = True

    # IRPCProtocol methods

    def rpc_info(self):
        return 'XML-RPC', _(_documentation)

    def rpc_examples(self):
        return XML_RPC

    def rpc_match(self):
        for path in ('rpc', 'xmlrpc'):
            yield path, 'application/xml'
            yield path, 'text/xml'

    def parse_rpc_request(self, req, content_type):
        method, params = parse_call(req.environ['wsgi.input'],
                                    req.rpc_body.keep)
        return {'method': method, 'params': params}

    def send_rpc_result(self, req, result):
        if req.rpc.get('method') == 'system.multicall':
            names = map(name_of, req.rpc['params'][0])
            pieces = XMLWriter().multicall(zip(result, names))
        else:
            pieces = XMLWriter().response(result)
        self._send(req, pieces)

    def send_rpc_error(self, req, e):
        fault = xml_fault(e, req.rpc.get('method'))
        self._send(req, XMLWriter().fault(fault))

    # Internal methods

    def _send(self, req, pieces):
        media_type = req.rpc['mimetype'].split(';')[0].strip().lower()
        send_answer(req, media_type + '; charset=utf-8', pieces)


_documentation = cleandoc_("""
    Send `POST` requests with `Content-Type: application/xml` (or `text/xml`)
    to the addresses below.

    Dates are UTC, `YYYYMMDDTHH:MM:SS`; any ISO 8601 form is understood.
    Binary data is `base64`. Nothing is the integer `0` as a result, and the
    empty string inside of one.
    """)
