# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""XML-RPC: bytes to calls, values to XML."""

import re
import xmlrpc.client as xmlrpclib
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from xml.parsers import expat

from trac.core import Component, implements
from trac.util.text import to_unicode

from tracrpc.api import IRPCProtocol, name_of
from tracrpc.arguments import RPC_TYPES
from tracrpc.faults import ParseError, message_of, xml_fault
from tracrpc.http import send_answer
from tracrpc.values import MAX_DEPTH, Base64Reader, Binary, \
    check_int, check_text, incoming_text, member_name, parse_datetime, shown, \
    simplified, to_utc, too_deep
from tracrpc.util import _, cleandoc_

__all__ = ['XmlRpcProtocol', 'from_xmlrpc_datetime', 'to_xmlrpc_datetime']

#: Stands for what cannot be sent as XML.
REPLACEMENT_CHAR = '\ufffd'

#: Inclusive ranges of the code points that cannot be sent as XML.
_illegal_unichrs = [(0x00, 0x08), (0x0B, 0x0C), (0x0E, 0x1F), (0x7F, 0x84),
                    (0x86, 0x9F), (0xD800, 0xDFFF), (0xFDD0, 0xFDDF),
                    (0xFFFE, 0xFFFF)] + \
    [(plane + 0xFFFE, plane + 0xFFFF)
     for plane in range(0x10000, 0x110000, 0x10000)]

# The same in UTF-8, where they are found much faster.
_illegal_bytes_re = re.compile(
    b'[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x84\x86-\x9f]'
    b'|\xed[\xa0-\xbf][\x80-\xbf]|\xef\xb7[\x90-\x9f]|\xef\xbf[\xbe\xbf]'
    b'|[\xf0-\xf4][\x8f\x9f\xaf\xbf]\xbf[\xbe\xbf]')


def to_xmlrpc_datetime(value):
    """The `xmlrpc.client.DateTime` of a datetime; naive ones are UTC."""
    return xmlrpclib.DateTime(_date_text(value))


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


# Reading

def parse_call(stream, keep):
    """The method's name (`None` if there is none) and the arguments that a
    stream of bytes holds; `ParseError` if it holds no call. `keep` gets what
    is to be closed when they are done with."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    target = _Unmarshaller(parser, keep)
    parser.StartElementHandler = target.start
    parser.EndElementHandler = target.end
    parser.CharacterDataHandler = target.data
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        for piece in iter(lambda: stream.read(1 << 16), b''):
            parser.Parse(piece, False)
        parser.Parse(b'', True)
        params = target.close()
        return target.getmethodname(), list(params)
    except ParseError:
        raise
    except (expat.ExpatError, ValueError, xmlrpclib.Error) as e:
        raise ParseError(message_of(e) or type(e).__name__ + '()') from e
    except Exception as e:
        # whatever Python's reader stumbled over, it is in the body
        raise ParseError("The body is not a valid call") from e


def _refuse_doctype(*args):
    raise ParseError("Document type declarations are not allowed")


class _Unmarshaller(xmlrpclib.Unmarshaller):
    """Python's own reader, with the types and limits of this plugin."""

    dispatch = dict(xmlrpclib.Unmarshaller.dispatch)

    def __init__(self, parser, keep):
        super().__init__()
        self._encoding = None  # expat hands over texts, not bytes
        self._parser = parser
        self._keep = keep
        self._base64 = None  # reads the data of a <base64>

    def start(self, tag, attrs):
        super().start(tag, attrs)
        if tag == 'base64':
            self._base64 = Base64Reader(self._keep)
            self._parser.CharacterDataHandler = self._base64.feed
        elif len(self._marks) > MAX_DEPTH:
            raise ParseError("The request nests deeper than %d levels"
                             % MAX_DEPTH)

    def end_string(self, data):
        self.append(incoming_text(data))
        self._value = 0
    dispatch['string'] = end_string

    def end_name(self, data):
        self.append(check_text(data))
        self._value = 0
    dispatch['name'] = end_name

    def end_int(self, data):
        self.append(_number(int, data))
        self._value = 0
    for _name in ('int', 'i1', 'i2', 'i4', 'i8', 'biginteger'):
        dispatch[_name] = end_int
    del _name

    def end_boolean(self, data):
        if data not in ('0', '1'):
            raise ValueError("bad boolean value: %s" % shown(data))
        self.append(data == '1')
        self._value = 0
    dispatch['boolean'] = end_boolean

    def end_double(self, data):
        self.append(_number(float, data))
        self._value = 0
    dispatch['double'] = dispatch['float'] = end_double

    def end_bigdecimal(self, data):
        self.append(_number(Decimal, data))
        self._value = 0
    dispatch['bigdecimal'] = end_bigdecimal

    def end_datetime(self, data):
        self.append(parse_datetime(data, date_only=False))
        self._value = 0
    dispatch['dateTime.iso8601'] = dispatch['dateTime'] = end_datetime

    def end_base64(self, data):
        self._parser.CharacterDataHandler = self.data
        self.append(self._base64.binary())
        self._value = 0
    dispatch['base64'] = end_base64

    def end_struct(self, data):
        super().end_struct(data)
        if not all(isinstance(name, str) for name in self._stack[-1]):
            raise ParseError("A member of a struct has no name")
    dispatch['struct'] = end_struct


def _number(kind, text):
    try:
        if len(text) <= 400:
            return kind(text)
    except (ValueError, ArithmeticError):
        pass
    raise ValueError("invalid %s: %s" % (RPC_TYPES.get(kind, 'bigdecimal'),
                                         shown(text)))


# Writing

class XMLWriter:
    """Writes answers, byte for byte as `xmlrpc.client.dumps` does, but that
    it knows more types and keeps files out of memory."""

    def __init__(self):
        self._parts = []  # texts and Base64
        self._holds_files = False
        self._members = {}  # how members begin, by their names

    def response(self, value):
        """The pieces of an answer with a result."""
        self._parts.append(_RESULT_START)
        self._write(value, 0)
        self._parts.append(_RESULT_END)
        return list(self._pieces())

    def multicall(self, results):
        """The pieces of a multicall's answer, for pairs of a result or an
        exception and the name of its method; a result that cannot be sent is
        a fault of that call alone."""
        self._parts.append(_RESULT_START + _ARRAY_START)
        for result, name in results:
            mark = len(self._parts)
            try:
                if isinstance(result, Exception):
                    raise result
                self._write(result, 1)
            except Exception as e:
                del self._parts[mark:]
                self._write(_fault_struct(xml_fault(e, name)), 1)
        self._parts.append(_ARRAY_END + _RESULT_END)
        return list(self._pieces())

    def fault(self, fault):
        """The pieces of an answer with a fault."""
        self._parts.append("<?xml version='1.0'?>\n<methodResponse>\n"
                           "<fault>\n")
        self._write(_fault_struct(fault), 0)
        self._parts.append("</fault>\n</methodResponse>\n")
        return list(self._pieces())

    # Internal methods

    def _write(self, value, depth):
        """Write a value that is inside of `depth` arrays and structs."""
        if type(value) is str:  # as most values are
            self._parts.append(_STRING % _escaped(value))
            return
        write = self._writers.get(type(value))
        if write is None:
            value = simplified(value)
            write = self._writers[type(value)]
        write(self, value, depth)

    def _write_none(self, value, depth):
        self._parts.append('<value><string></string></value>\n')

    def _write_str(self, value, depth):
        self._parts.append(_STRING % _escaped(value))

    def _write_bool(self, value, depth):
        self._parts.append('<value><boolean>%d</boolean></value>\n' % value)

    def _write_int(self, value, depth):
        tag = 'int' if -1 << 31 <= value < 1 << 31 else 'i8'
        self._parts.append('<value><%s>%d</%s></value>\n'
                           % (tag, check_int(value), tag))

    def _write_float(self, value, depth):
        self._parts.append('<value><double>%r</double></value>\n' % value)

    def _write_datetime(self, value, depth):
        self._parts.append('<value><dateTime.iso8601>%s</dateTime.iso8601>'
                           '</value>\n' % _date_text(value))

    def _write_binary(self, value, depth):
        self._holds_files = True
        self._parts += ['<value><base64>\n', value.base64(line_length=76),
                        '</base64></value>\n']

    def _write_list(self, value, depth):
        if depth >= MAX_DEPTH:
            raise too_deep()
        self._parts.append(_ARRAY_START)
        for item in value:
            self._write(item, depth + 1)
        self._parts.append(_ARRAY_END)

    def _write_dict(self, value, depth):
        if depth >= MAX_DEPTH:
            raise too_deep()
        self._parts.append('<value><struct>\n')
        append, known = self._parts.append, self._members
        for name, item in value.items():
            start = known.get(name) if type(name) is str else None
            if start is None:
                start = '<member>\n<name>%s</name>\n' % _escaped(
                    member_name(name))
                if type(name) is str:
                    known[name] = start
            append(start)
            self._write(item, depth + 1)
            append('</member>\n')
        self._parts.append('</struct></value>\n')

    _writers = {type(None): _write_none, str: _write_str, bool: _write_bool,
                int: _write_int, float: _write_float,
                datetime: _write_datetime, Binary: _write_binary,
                list: _write_list, tuple: _write_list, dict: _write_dict}

    def _pieces(self):
        """The parts as bytes, with what cannot be sent replaced, and the
        `Base64` between them."""
        if not self._holds_files:
            yield _legal(self._parts)
            return
        for is_text, parts in groupby(self._parts,
                                      lambda part: isinstance(part, str)):
            if is_text:
                yield _legal(parts)
            else:
                yield from parts


_replacement = REPLACEMENT_CHAR.encode('utf-8')

_STRING = '<value><string>%s</string></value>\n'
_ARRAY_START = '<value><array><data>\n'
_ARRAY_END = '</data></array></value>\n'
_RESULT_START = ("<?xml version='1.0'?>\n<methodResponse>\n"
                 "<params>\n<param>\n")
_RESULT_END = '</param>\n</params>\n</methodResponse>\n'


def _fault_struct(fault):
    return {'faultCode': fault.code, 'faultString': fault.text}


def _legal(texts):
    """Texts as UTF-8, with what cannot be sent as XML replaced."""
    data = ''.join(texts).encode('utf-8', 'surrogatepass')
    # Most answers hold no byte that such a character could have, and to know
    # that costs a fiftieth of looking for the characters.
    if len(data.translate(None, _SUSPICIOUS)) != len(data):
        return _illegal_bytes_re.sub(_replacement, data)
    return data


_SUSPICIOUS = bytes(
    [byte for byte in range(0x20) if byte not in b'\t\n\r'] +
    [0x7f, 0xc2, 0xed, 0xef, 0xf0, 0xf1, 0xf2, 0xf3, 0xf4])


def _escaped(text):
    if '&' in text:
        text = text.replace('&', '&amp;')
    if '<' in text:
        text = text.replace('<', '&lt;')
    if '>' in text:
        text = text.replace('>', '&gt;')
    return text


def _date_text(value):
    value = to_utc(value)
    return '%04d%02d%02dT%02d:%02d:%02d' % (
        value.year, value.month, value.day, value.hour, value.minute,
        value.second)


_documentation = cleandoc_("""
    Send `POST` requests with `Content-Type: application/xml` (or `text/xml`)
    to the addresses below. With `curl`:

    {{{
    curl -H "Content-Type: application/xml" --data \\
      "<?xml version='1.0'?><methodCall><methodName>system.getAPIVersion</methodName></methodCall>" \\
      %(url_auth)s
    }}}

    With Python:

    {{{#!python
    from xmlrpc.client import ServerProxy
    trac = ServerProxy('%(url_auth)s')
    print(trac.system.getAPIVersion())  # %(version)s
    }}}

    Dates are UTC, `YYYYMMDDTHH:MM:SS`; any ISO 8601 form is understood.
    Binary data is `base64`. Nothing is the integer `0` as a result, and the
    empty string inside of one.
    """)  # noqa: E501
