# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""XML-RPC: values to bytes."""

import re
import secrets
from datetime import date, datetime
from functools import lru_cache
from itertools import chain, repeat
from typing import Callable, List, NamedTuple, Tuple

from tracrpc.binary import Binary
from tracrpc.faults import xml_fault
from tracrpc.values import MAX_DEPTH, check_int, member_name, simplified, \
    time_text, to_utc, too_deep

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


class XMLWriter:
    """Writes answers, byte for byte as `xmlrpc.client.dumps` does, but that
    it knows more types and keeps files out of memory."""

    def __init__(self):
        self._layouts = {}  # by the names and types of members
        # `Base64`; for each a mark, which nobody can guess, is in the texts
        self._files = []
        self._mark = secrets.token_hex(16)

    def response(self, value):
        """The pieces of an answer with a result."""
        return list(self._pieces((_RESULT_START, self._text(value, 0),
                                  _RESULT_END)))

    def multicall(self, results):
        """The pieces of a multicall's answer, for pairs of a result, as the
        only element of a tuple, or an exception, and the name of its method;
        a result that cannot be sent is a fault of that call alone."""
        texts = (self._item(result, name) for result, name in results)
        return list(self._pieces(chain((_RESULT_START + _ARRAY_START,), texts,
                                       (_ARRAY_END + _RESULT_END,))))

    def fault(self, fault):
        """The pieces of an answer with a fault."""
        return list(self._pieces((_FAULT_START, self._fault_text(fault, 0),
                                  _FAULT_END)))

    # Internal methods

    def _item(self, result, name):
        count = len(self._files)
        try:
            if isinstance(result, Exception):
                raise result
            value, = result
            return ''.join((_ARRAY_START, self._text(value, 2), _ARRAY_END))
        except Exception as e:
            del self._files[count:]
            return self._fault_text(xml_fault(e, name), 1)

    def _fault_text(self, fault, depth):
        return self._text({'faultCode': fault.code, 'faultString': fault.text},
                          depth)

    def _pieces(self, texts):
        """Texts as bytes, in pieces of some size, and the `Base64` between
        them."""
        piece = bytearray()
        for text in texts:  # encoded one by one: most hold ASCII alone
            if self._files:
                *starts, text = text.split(self._mark)
                for start in starts:
                    yield bytes(piece) + start.encode('utf-8')
                    yield self._files.pop(0)
                    piece = bytearray()
            piece += text.encode('utf-8')
            if len(piece) > _PIECE:
                yield bytes(piece)
                piece = bytearray()
        yield bytes(piece)

    # Internal methods: the texts of values inside of `depth` arrays and
    # structs

    def _text(self, value, depth):
        write = self._writers.get(type(value))
        if write is None:
            value = simplified(value)
            write = self._writers[type(value)]
        return write(self, value, depth)

    def _none(self, value, depth):
        return _STRING_START + _STRING_END

    def _str(self, value, depth):
        return _STRING_START + _escaped(value) + _STRING_END

    def _bool(self, value, depth):
        return '<value><boolean>%d</boolean></value>\n' % value

    def _int(self, value, depth):
        tag = 'int' if -_INT_LIMIT <= value < _INT_LIMIT else 'i8'
        return '<value><%s>%d</%s></value>\n' % (tag, check_int(value), tag)

    def _float(self, value, depth):
        return '<value><double>%r</double></value>\n' % value

    def _datetime(self, value, depth):
        return _DATE_START + date_text(value) + _DATE_END

    def _binary(self, value, depth):
        self._files.append(value.base64(line_length=76))
        return '<value><base64>\n%s</base64></value>\n' % self._mark

    def _list(self, value, depth):
        if depth >= MAX_DEPTH:
            raise too_deep()
        if len(value) <= _ROW:
            return self._filled(None, value, depth + 1)
        kinds = set(map(type, value))
        if kinds == {int} and min(value) >= -_INT_LIMIT and \
                max(value) < _INT_LIMIT:
            texts = str(list(value))[1:-1]  # faster than one by one
            items = _INT_START + texts.replace(
                ', ', _INT_END + _INT_START) + _INT_END
        elif kinds == {str}:
            texts = value if _is_plain(''.join(value)) else \
                map(_escaped, value)
            items = _STRING_START + (_STRING_END + _STRING_START).join(
                texts) + _STRING_END
        else:
            items = ''.join(self._table(kinds, value, depth + 1) or
                            [self._text(item, depth + 1) for item in value])
        return _ARRAY_START + items + _ARRAY_END

    def _dict(self, value, depth):
        if depth >= MAX_DEPTH:
            raise too_deep()
        return self._filled(tuple(value), value.values(), depth + 1)

    def _filled(self, names, values, depth):
        """A struct with these members; an array if there are no names."""
        layout = self._layout(names, tuple(map(type, values)))
        texts = list(values)
        if not _is_plain(''.join([texts[i] for i in layout.strings])):
            for i in layout.strings:
                texts[i] = _escaped(texts[i])
        for i, write in layout.others:
            texts[i] = write(self, texts[i], depth)
        parts = layout.parts.copy()
        parts[1::2] = texts
        return ''.join(parts)

    def _table(self, kinds, rows, depth):
        """The texts of structs with the same names, or of arrays of the same
        length, written member by member, which takes half the time; `None`
        if they are not."""
        names = None
        if kinds == {dict}:
            names = tuple(rows[0])
            alike = set(map(tuple, rows)) == {names} and _are_texts(names)
            rows = map(dict.values, rows)
        else:
            alike = kinds <= {list, tuple} and len(set(map(len, rows))) == 1
        columns = list(zip(*rows)) if alike and depth < MAX_DEPTH else None
        if not columns:
            return None
        layout = self._layout(names, tuple(map(_common_kind, columns)))
        for i in layout.strings:
            if not _is_plain(''.join(columns[i])):
                columns[i] = map(_escaped, columns[i])
        for i, write in layout.others:
            columns[i] = map(write, repeat(self), columns[i],
                             repeat(depth + 1))
        template = '%s'.join([part.replace('%', '%%')
                              for part in layout.parts[::2]])
        return map(template.__mod__, zip(*columns))

    def _layout(self, names, kinds):
        layout = self._layouts.get((names, kinds))
        if layout is None:
            layout = self._new_layout(names, kinds)
            if _are_texts(names):
                # of others, 1 and True count as the same
                self._layouts[names, kinds] = layout
        return layout

    def _new_layout(self, names, kinds):
        is_struct = names is not None
        parts = ['<value><struct>\n' if is_struct else _ARRAY_START]
        strings, others = [], []
        for i, kind in enumerate(kinds):
            start = end = ''
            if is_struct:
                start = '<member>\n<name>%s</name>\n' % _escaped(
                    member_name(names[i]))
                end = '</member>\n'
            if kind is str:
                start, end = start + _STRING_START, _STRING_END + end
                strings.append(i)
            else:
                others.append((i, self._writers.get(kind, XMLWriter._text)))
            parts[-1] += start
            parts += ['', end]
        parts[-1] += '</struct></value>\n' if is_struct else _ARRAY_END
        return _Layout(parts, strings, others)

    _writers = {type(None): _none, str: _str, bool: _bool, int: _int,
                float: _float, datetime: _datetime, Binary: _binary,
                list: _list, tuple: _list, dict: _dict}


#: How large the pieces are that bodies are read and written in.
_PIECE = 1 << 16

#: Longer arrays have no layout.
_ROW = 20

#: Larger integers need another tag.
_INT_LIMIT = 1 << 31

_STRING_START, _STRING_END = '<value><string>', '</string></value>\n'
_INT_START, _INT_END = '<value><int>', '</int></value>\n'
_DATE_START, _DATE_END = ('<value><dateTime.iso8601>',
                          '</dateTime.iso8601></value>\n')
_ARRAY_START = '<value><array><data>\n'
_ARRAY_END = '</data></array></value>\n'
_RESULT_START = ("<?xml version='1.0'?>\n<methodResponse>\n"
                 "<params>\n<param>\n")
_RESULT_END = '</param>\n</params>\n</methodResponse>\n'
_FAULT_START = "<?xml version='1.0'?>\n<methodResponse>\n<fault>\n"
_FAULT_END = '</fault>\n</methodResponse>\n'


def _are_texts(names):
    return not names or set(map(type, names)) == {str}


def _common_kind(values):
    """The type that all values have, or `None`."""
    kinds = set(map(type, values))
    return kinds.pop() if len(kinds) == 1 else None


class _Layout(NamedTuple):
    """What structs or short arrays have in common."""

    parts: List[str]     # every second one is the place of a value
    strings: List[int]   # the values that are strings, without their tags
    others: List[Tuple[int, Callable]]  # those that a function writes


def _escaped(text):
    """A text as XML has it, with what cannot be sent replaced."""
    if _is_plain(text):
        return text
    data = text.encode('utf-8', 'surrogatepass')
    return _illegal_bytes_re.sub(_REPLACEMENT, data).decode('utf-8') \
        .replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;')


def _is_plain(text):
    """Whether a text can surely be sent as it is: it has none of the bytes
    that characters to be escaped or replaced begin with. To know that costs a
    fiftieth of looking for the characters."""
    data = text.encode('utf-8', 'surrogatepass')
    return len(data.translate(None, _SUSPICIOUS)) == len(data)


_REPLACEMENT = REPLACEMENT_CHAR.encode('utf-8')

_SUSPICIOUS = bytes(
    [byte for byte in range(0x20) if byte not in b'\t\n\r'] +
    [*b'&<>', 0x7f, 0xc2, 0xed, 0xef, 0xf0, 0xf1, 0xf2, 0xf3, 0xf4])


def date_text(value):
    """A datetime as XML-RPC writes it, in UTC."""
    value = to_utc(value)
    return _day_text(value.toordinal()) + time_text(value)


@lru_cache(maxsize=5000)
def _day_text(ordinal):
    day = date.fromordinal(ordinal)
    return '%04d%02d%02dT' % (day.year, day.month, day.day)
