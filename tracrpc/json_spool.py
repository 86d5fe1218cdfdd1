# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""Large JSON texts: the binaries in them go to files, past memory.

Nothing is decided here about a text that is not as nearly every client writes
it: that has to be read as a whole.
"""

import json
import re
import secrets

from tracrpc.binary import Base64Reader, Spool

# Base64 that fills a whole piece, which has no quote then, goes to a file.
_PIECE = 1 << 15

# What is around the base64. The quotes here are not escaped: either they
# begin and end literals, or the text is no JSON, with the base64 or without.
_opening_re = re.compile(
    br'\{\s*"__jsonclass__"\s*:\s*\[\s*"binary"\s*,\s*"\Z')
_closing_re = re.compile(br'\s*\]\s*\}')

_LONGEST_OPENING = 200


class BinarySpooler:
    """Reads a stream of bytes that holds JSON.

    `text` is what it holds, with a number that no client can guess in the
    place of the base64 of each large binary; `binaries` are the `Binary`s by
    these numbers. `keep` gets their file, to close it in the end.

    Raises `ValueError` if the text is unusual.
    """

    def __init__(self, stream, keep):
        self.text = bytearray()
        self.binaries = {}
        self._spool = Spool(keep)
        self._quote = -1  # the last one in the text
        self._pieces = iter(lambda: stream.read(_PIECE), b'')
        for piece in self._pieces:
            if b'"' not in piece and self._is_in_binary():
                piece = self._spooled(piece)
            quote = piece.rfind(b'"')
            if quote >= 0:
                self._quote = len(self.text) + quote
            self.text += piece
        self._check_ends()

    def _is_in_binary(self):
        """Whether the text ends within the base64 of a hint."""
        end = self._quote + 1
        return _opening_re.search(self.text, max(0, end - _LONGEST_OPENING),
                                  end)

    def _spooled(self, piece):
        """Put the base64 that has begun into a file; return what follows."""
        literal = _Base64Literal(self._spool)
        literal.feed(bytes(self.text[self._quote + 1:]))
        del self.text[self._quote:]
        while b'"' not in piece:
            literal.feed(piece)
            piece = next(self._pieces, b'"')
        piece, _, rest = piece.partition(b'"')
        literal.feed(piece)
        number = '0.%039d' % secrets.randbits(128)
        self.binaries[number] = literal.binary()
        self.text += number.encode('ascii')
        return rest

    def _check_ends(self):
        """Make sure that nothing but base64 is in the hints."""
        end = 0
        for number in self.binaries:
            end = self.text.index(number.encode('ascii'), end) + len(number)
            if not _closing_re.match(self.text, end):
                raise ValueError("not the end of a hint")


class _Base64Literal:
    """Decodes the base64 in a string literal that comes in pieces;
    `ValueError` if it might be none."""

    def __init__(self, spool):
        self._reader = Base64Reader(spool)
        self._escape = b''  # the beginning of one
        self._padding = 0

    def feed(self, piece):
        """Decode another piece of the literal."""
        if self._escape or b'\\' in piece:
            piece = self._unescaped(self._escape + piece)
        piece = piece.replace(b' ', b'')
        digits = piece.rstrip(b'=')
        if digits.translate(None, _DIGITS) or digits and self._padding:
            raise ValueError("not base64")
        self._padding += len(piece) - len(digits)
        self._reader.feed(piece.decode('ascii'))

    def binary(self):
        """The `Binary` that the whole literal stands for."""
        if self._escape or self._padding > 2:
            raise ValueError("not base64")
        return self._reader.binary()

    def _unescaped(self, piece):
        last = piece.rfind(b'\\', -6)
        if last >= 0 and len(piece) - last < (
                6 if piece[last + 1:last + 2] == b'u' else 2):
            piece, self._escape = piece[:last], piece[last:]
        else:
            self._escape = b''
        text = json.loads('"%s"' % piece.decode('ascii'))
        return ''.join(text.split()).encode('ascii')


_DIGITS = (b'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
           b'0123456789+/')
