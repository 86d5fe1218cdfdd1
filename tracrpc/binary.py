# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""Binary data: as arguments and results, and as base64 on the way there and
back, past memory where it is large.
"""

import base64
import binascii
import io
import tempfile
import xmlrpc.client as xmlrpclib
from contextlib import closing

from tracrpc.faults import SendError


class Binary(xmlrpclib.Binary):
    """Binary data: an argument or a result of type `Binary`.

    Made from bytes, or from an open file of `size` bytes whose content is
    then read only when and as far as it is needed. `data` is the content as
    bytes.
    """

    def __init__(self, data=None, file=None, size=None):
        self._file = file
        self.size = 0
        if file is None:
            super().__init__(data)
            self.size = len(self.data)
        else:
            self.size = size

    def __getattr__(self, name):
        # only reached for `data` of a file that was not read yet
        if name != 'data' or self.__dict__.get('_file') is None:
            raise AttributeError(name)
        with self.open() as fileobj:
            self.data = fileobj.read()
        return self.data

    def __repr__(self):
        return '<base64, %d bytes>' % self.size

    __str__ = __repr__

    @property
    def in_memory(self):
        """Whether there is no file."""
        return self._file is None

    def open(self):
        """A readable binary file with the content, positioned at its start;
        closing it leaves this object usable."""
        if self.in_memory:
            return io.BytesIO(self.data)
        return _Section(self._file, 0, self.size)

    def close(self):
        """Close the file, if there is one; its content is gone then."""
        if self.__dict__.get('_file') is not None:
            self._file.close()

    __del__ = close

    def base64(self, line_length=0):
        """The content as base64, see `Base64`."""
        return Base64(self, line_length)


class _Section(io.RawIOBase):
    """A reader of a part of a file that somebody else closes."""

    def __init__(self, fileobj, start, size):
        self._fileobj = fileobj
        self._start = start
        self._size = size
        self._position = 0

    def readable(self):
        return True

    def readinto(self, buffer):
        self._fileobj.seek(self._start + self._position)
        left = max(0, self._size - self._position)
        data = self._fileobj.read(min(len(buffer), left))
        buffer[:len(data)] = data
        self._position += len(data)
        return len(data)

    def seekable(self):
        return True

    def seek(self, offset, whence=io.SEEK_SET):
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._position,
                  io.SEEK_END: self._size}[whence]
        self._position = max(0, origin + offset)
        return self._position

    def tell(self):
        return self._position


# Writing

class Base64:
    """The base64 of a `Binary`: its length, and an iterable of pieces that
    are made when they are needed. With a `line_length`, lines of that many
    characters, each ended by a line break."""

    def __init__(self, binary, line_length=0):
        self._binary = binary
        self._line_length = line_length

    def close(self):
        self._binary.close()

    def __len__(self):
        size = (self._binary.size + 2) // 3 * 4
        if self._line_length:
            size += -(-size // self._line_length)
        return size

    def __iter__(self):
        encode = base64.encodebytes if self._line_length else base64.b64encode
        remaining = self._binary.size
        with self._binary.open() as fileobj:
            while remaining > 0:
                # whole lines (57 bytes each) and whole groups of 3 bytes
                piece = _read_exactly(fileobj, min(remaining, 57 * 1024))
                remaining -= len(piece)
                yield encode(piece)


def _read_exactly(fileobj, size):
    pieces = []
    while size > 0:
        piece = fileobj.read(size)
        if not piece:
            raise SendError("The file is shorter than its recorded size")
        pieces.append(piece)
        size -= len(piece)
    return b''.join(pieces)


# Temporary files

class Spool:
    """A temporary file for large binaries: one, however many they are.
    `keep`, if given, gets it, to close it in the end."""

    def __init__(self, keep=None):
        self._keep = keep
        self._file = None
        self.size = 0

    def write(self, data):
        """Append some bytes."""
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115
            if self._keep:
                self._keep(self._file)
        self._file.write(data)
        self.size += len(data)

    def binary(self, start):
        """The `Binary` of all that was written since the size was
        `start`."""
        size = self.size - start
        return Binary(file=_Section(self._file, start, size), size=size)


class OpenFiles:
    """Bounds what several results of one request keep open until they are
    sent: further files are copied into a `Spool`, as far as that is
    sensible."""

    def __init__(self, keep=None):
        self._count = 0
        self._spool = Spool(keep)

    def bounded(self, result):
        """A result; a copy of it, if it is a file that cannot stay open."""
        if not isinstance(result, Binary) or result.in_memory:
            return result
        self._count += 1
        if self._count <= _MOST_FILES:
            return result
        with closing(result):
            return self._copy(result)

    def _copy(self, binary):
        start = self._spool.size
        if start + binary.size > _MOST_COPIED:
            raise SendError("Too many files for one answer, ask for the rest "
                            "in another request")
        with binary.open() as fileobj:
            for piece in iter(lambda: fileobj.read(1 << 16), b''):
                self._spool.write(piece)
        return self._spool.binary(start)


#: How many files may be open for one answer.
_MOST_FILES = 100

#: How many bytes of others are copied.
_MOST_COPIED = 1 << 27


# Reading

class Base64Reader:
    """Decodes base64 that comes in pieces, as leniently as Python does: what
    is no base64 is skipped. Large contents go to the `Spool`, where nobody
    else writes in the meantime."""

    def __init__(self, spool):
        self._spool = spool
        self._start = spool.size
        self._data = bytearray()  # what is not in the spool
        self._rest = b''

    def feed(self, text):
        """Decode another piece."""
        digits = self._rest + text.encode('ascii', 'ignore') \
            .translate(None, _NOT_BASE64)
        whole = len(digits) // 4 * 4
        self._rest = digits[whole:]
        self._data += binascii.a2b_base64(digits[:whole])
        if len(self._data) > _IN_MEMORY:
            self._spool_data()

    def binary(self):
        """The `Binary` of all pieces; `ValueError` if some are missing."""
        if self._rest:
            raise ValueError("Incorrect padding")
        if self._spool.size == self._start:
            return Binary(bytes(self._data))
        self._spool_data()
        return self._spool.binary(self._start)

    def _spool_data(self):
        self._spool.write(self._data)
        self._data.clear()


#: Binary data up to this size need no temporary file.
_IN_MEMORY = 1 << 16

_NOT_BASE64 = bytes(set(range(256)) - set(
    b'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/='))


def decode_base64(text):
    """The `Binary` that a base64 text stands for. Line breaks and blanks are
    allowed, anything else that is not base64 is a `ValueError`."""
    try:
        return Binary(base64.b64decode(''.join(text.split()).encode('ascii'),
                                       validate=True))
    except (AttributeError, UnicodeEncodeError, binascii.Error):
        raise ValueError("Invalid base64 string") from None
