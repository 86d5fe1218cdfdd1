# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""JSON: bytes to values, with hints for dates and binaries."""

import json
import math
from contextlib import suppress

from tracrpc.binary import Binary, decode_base64
from tracrpc.faults import ParseError, message_of
from tracrpc.json_spool import BinarySpooler
from tracrpc.values import MAX_DEPTH, check_text, incoming_text, \
    parse_datetime, shown


def load(stream, keep=None):
    """The JSON value that a stream of bytes holds, its hints unresolved;
    `ParseError` if it holds none. `keep`, if given, gets the files that hold
    large binaries, to close them in the end."""
    data = stream.read(_LARGE)
    try:
        if len(data) < _LARGE:
            return _decoded(data)
        if keep is not None:
            with suppress(ValueError, RecursionError):
                return _without_binaries(stream, keep)
        stream.seek(0)
        return _decoded(stream.read())
    except UnicodeDecodeError as e:
        raise parse_error("not valid " + e.encoding.upper()) from e
    except RecursionError as e:
        raise parse_error("nested deeper than %d levels"
                           % MAX_DEPTH) from e
    except ValueError as e:
        raise parse_error(e) from e


#: Texts from this size on may hold large binaries.
_LARGE = 1 << 20


def _without_binaries(stream, keep):
    """A value in which large binaries are there already, instead of their
    base64."""
    stream.seek(0)
    spooler = BinarySpooler(stream, keep)

    def parse_float(text):
        binary = spooler.binaries.get(text)
        return _parse_float(text) if binary is None else binary
    return _decoded(spooler.text, parse_float)


def parse_error(problem):
    """The `ParseError` for what is wrong with a text."""
    return ParseError("No JSON object could be decoded (%s)"
                      % message_of(problem))


def _decoded(data, parse_float=None):
    encoding = json.detect_encoding(data)
    if parse_float is None and encoding == 'utf-8' and \
            len(data) < _LARGE and _LONG_INT not in data.translate(_INTS):
        decoder = _decoder
    else:
        decoder = json.JSONDecoder(parse_constant=_refuse_constant,
                                   parse_int=_parse_int,
                                   parse_float=parse_float or _parse_float)
    return decoder.decode(data.decode(encoding, 'surrogatepass'))


def _refuse_constant(name):
    raise ValueError("%s is not allowed" % name)


def _parse_int(text):
    if len(text) > _LONGEST_INT:
        raise ValueError("invalid int: %s" % shown(text))
    return int(text)


def _parse_float(text):
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("the number %s is out of range" % shown(text))
    return value


#: How many characters an integer may have.
_LONGEST_INT = 400

# To look for long integers takes less time than to look at each of them.
_INTS = bytes(ord('0' if 48 <= byte < 58 else ' ') for byte in range(256))
_LONG_INT = b'0' * _LONGEST_INT

_decoder = json.JSONDecoder(parse_constant=_refuse_constant,
                            parse_float=_parse_float)


def resolved(value, depth=0):
    """A loaded value with its hints resolved and its texts checked;
    `ValueError` if that cannot be done."""
    if isinstance(value, str):
        return incoming_text(value)
    if not isinstance(value, (list, dict)):
        return value
    if depth >= MAX_DEPTH:
        raise ValueError("nested deeper than %d levels" % MAX_DEPTH)
    if isinstance(value, list):
        return [resolved(item, depth + 1) for item in value]
    if len(value) == 1 and '__jsonclass__' in value:
        return _hinted(value['__jsonclass__'])
    return {check_text(name): resolved(item, depth + 1)
            for name, item in value.items()}


def resolved_params(params):
    """Positional (list) or named (dict) arguments, resolved."""
    if isinstance(params, dict):
        # not a value: a key `__jsonclass__` means nothing here
        return {check_text(name): resolved(value)
                for name, value in params.items()}
    return resolved(params)


def _hinted(hint):
    """The value that a type hint, `[type, text]`, stands for."""
    if not isinstance(hint, list) or len(hint) != 2:
        raise ValueError("__jsonclass__ must be [type, value], not %s"
                         % shown(hint))
    kind, text = hint
    if kind == 'datetime':
        return parse_datetime(text)
    if kind == 'binary':
        return text if isinstance(text, Binary) else decode_base64(text)
    raise ValueError("Unknown __jsonclass__: %s" % shown(kind))


class TracRpcJSONDecoder(json.JSONDecoder):
    """Decodes JSON with hints: `json.loads(text, cls=TracRpcJSONDecoder)`."""

    def decode(self, s, *args):
        return resolved(super().decode(s, *args))

    @classmethod
    def _parse_datetime(cls, text):
        return parse_datetime(text)
