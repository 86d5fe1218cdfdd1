# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""XML-RPC: bytes to calls."""

import re
import xmlrpc.client as xmlrpclib
from decimal import Decimal
from functools import partial
from typing import Any, Callable, Dict
from xml.parsers import expat

from tracrpc.arguments import RPC_TYPES
from tracrpc.binary import Base64Reader, Spool
from tracrpc.faults import ParseError, message_of
from tracrpc.values import MAX_DEPTH, check_text, incoming_text, \
    parse_datetime, shown


def parse_call(stream, keep):
    """The method's name (`None` if there is none) and the arguments that a
    stream of bytes holds; `ParseError` if it holds no call. `keep` gets what
    is to be closed when they are done with."""
    calls = plain_multicall(stream)
    if calls is not None:
        return 'system.multicall', [calls]
    stream.seek(0)
    return parse_any_call(stream, keep)


def parse_any_call(stream, keep):
    """The same, however the call is written."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    reader = _Reader(parser, keep)
    try:
        for piece in iter(lambda: stream.read(_PIECE), b''):
            parser.Parse(piece, False)
        parser.Parse(b'', True)
        return reader.call()
    except (ParseError, OSError):
        raise
    except (expat.ExpatError, ValueError, xmlrpclib.Error) as e:
        raise ParseError(message_of(e)) from e
    except Exception as e:
        # whatever the reader stumbled over, it is in the body
        raise ParseError("The body is not a valid call") from e


class _Reader:
    """Makes a call of what expat finds. As lenient as Python's own reader:
    values may stand where others are expected, tags have any prefix."""

    __slots__ = ('_parser', '_spool', '_texts', '_stack', '_marks', '_is_text',
                 '_kind', '_method', '_base64', '_ends')

    def __init__(self, parser, keep):
        self._parser = parser
        self._spool = Spool(keep)
        self._texts = []        # of the element that began last
        self._stack = []        # values, and names of members
        self._marks = []        # where arrays and structs begin on the stack
        self._is_text = False   # whether a <value> holds nothing but text
        self._kind = None       # the last <params>, <fault> or <methodName>
        self._method = None
        self._base64 = None     # reads the data of a <base64>
        self._ends = {
            'array': self._end_array, 'struct': self._end_struct,
            'base64': self._end_base64, 'methodName': self._end_method,
            'params': self._end_params, 'fault': self._end_fault}
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._texts.append
        parser.StartDoctypeDeclHandler = self._refuse_doctype

    def call(self):
        """The method's name and the arguments, once all is parsed."""
        if self._kind is None or self._marks:
            raise xmlrpclib.ResponseError
        if self._kind == 'fault':
            raise xmlrpclib.Fault(**self._stack[0])
        return self._method, self._stack

    # Handlers of expat

    def _start(self, tag, attrs):
        if ':' in tag:
            tag = tag.rpartition(':')[2]
        self._texts.clear()
        if tag in _CONTAINERS:
            self._marks.append(len(self._stack))
            if len(self._marks) > MAX_DEPTH:
                raise ParseError("The request nests deeper than %d levels"
                                 % MAX_DEPTH)
        elif self._is_text and tag not in _IN_VALUES:
            raise xmlrpclib.ResponseError("unknown tag %r" % tag)
        elif tag == 'base64':
            self._base64 = Base64Reader(self._spool)
            self._parser.CharacterDataHandler = self._base64.feed
        self._is_text = tag == 'value'

    def _end(self, tag):
        if ':' in tag:
            tag = tag.rpartition(':')[2]
        if tag == 'value':
            if self._is_text:
                self._push(incoming_text(''.join(self._texts)))
        elif tag in _SCALARS:
            self._push(_SCALARS[tag](''.join(self._texts)))
        elif tag in self._ends:
            self._ends[tag]()

    def _refuse_doctype(self, *args):
        raise ParseError("Document type declarations are not allowed")

    # Ends of elements

    def _push(self, value):
        self._stack.append(value)
        self._is_text = False

    def _popped(self):
        """What the array or struct that ends now holds."""
        mark = self._marks.pop()
        items = self._stack[mark:]
        del self._stack[mark:]
        return items

    def _end_array(self):
        self._push(self._popped())

    def _end_struct(self):
        items = self._popped()
        names, values = items[::2], items[1::2]
        if set(map(type, names)) - {str}:
            raise ParseError("A member of a struct has no name")
        if len(names) != len(values):
            raise ParseError("A member of a struct has no value")
        self._push(dict(zip(names, values)))

    def _end_base64(self):
        self._parser.CharacterDataHandler = self._texts.append
        self._push(self._base64.binary())

    def _end_method(self):
        self._method = ''.join(self._texts)
        self._kind = 'methodName'

    def _end_params(self):
        self._kind = 'params'

    def _end_fault(self):
        self._kind = 'fault'


def _number(kind, text):
    try:
        if len(text) <= 400:
            return kind(text)
    except (ValueError, ArithmeticError):
        pass
    raise ValueError("invalid %s: %s" % (RPC_TYPES.get(kind, 'bigdecimal'),
                                         shown(text)))


_int = partial(_number, int)
_double = partial(_number, float)


def _boolean(text):
    if text not in ('0', '1'):
        raise ValueError("bad boolean value: %s" % shown(text))
    return text == '1'


def _nil(text):
    return None


_datetime = partial(parse_datetime, date_only=False)

#: What the texts of elements stand for.
_SCALARS: Dict[str, Callable[[str], Any]] = {
    'string': incoming_text, 'name': check_text, 'int': _int, 'i1': _int,
    'i2': _int, 'i4': _int, 'i8': _int, 'biginteger': _int,
    'boolean': _boolean, 'double': _double, 'float': _double,
    'bigdecimal': partial(_number, Decimal), 'nil': _nil,
    'dateTime.iso8601': _datetime, 'dateTime': _datetime}

# How much of a body is parsed at a time.
_PIECE = 1 << 16

_CONTAINERS = frozenset(('array', 'struct'))

_IN_VALUES = _CONTAINERS.union(_SCALARS, (
    'value', 'base64', 'params', 'fault', 'methodName'))


# Reading faster what most clients send

def plain_multicall(stream):
    """The calls of a multicall that is written as Python's clients do, with
    ints and plain texts as the only arguments; `None` for anything else.
    `parse_any_call` would find the same."""
    if stream.read(len(_MULTICALL_START)) != _MULTICALL_START:
        return None
    data = stream.read(_PLAIN_SIZE)
    if len(data) == _PLAIN_SIZE or not data.isascii() or \
            not data.endswith(_MULTICALL_END):
        return None
    found = _plain_call_re.findall(data.decode('ascii'), 0,
                                   len(data) - len(_MULTICALL_END))
    if found and not found[-1][0]:
        return None
    return [{'methodName': name,
             'params': [int(text) if kind == 'int' else text
                        for kind, text in _plain_argument_re.findall(params)]}
            for name, params in found]


_PLAIN_SIZE = 1 << 22

_MULTICALL_START = (
    b"<?xml version='1.0'?>\n<methodCall>\n<methodName>system.multicall"
    b"</methodName>\n<params>\n<param>\n<value><array><data>\n")
_MULTICALL_END = (b'</data></array></value>\n</param>\n</params>\n'
                  b'</methodCall>\n')

# A call, or the rest of the text if no call is there. Texts hold nothing that
# is escaped or that any rule for texts changes.
_plain_call_re = re.compile(r"""
    <value><struct>\n<member>\n<name>methodName</name>\n
    <value><string>([\w.]+)</string></value>\n</member>\n
    <member>\n<name>params</name>\n<value><array><data>\n
    ((?:<value><(?:int>-?\d{1,18}</int|string>[ !-%'-;=?-~]*</string)>
    </value>\n)*)</data></array></value>\n</member>\n</struct></value>\n
    |(?s:.+)""".replace('\n    ', ''), re.ASCII)

_plain_argument_re = re.compile('<(int|string)>([^<]*)')
