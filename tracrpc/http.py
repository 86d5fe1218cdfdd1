# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""HTTP: the body of a request, read once and bounded, and answers."""

import hashlib
import io
import tempfile
import zlib
from typing import Optional

from trac.web.api import Request, RequestDone
from trac.web.wsgi import WSGIServerGateway

_PIECE = 1 << 16


class Refusal(Exception):
    """A request that is answered with an HTTP status and a line of text."""

    def __init__(self, status, text, headers=()):
        super().__init__(text)
        self.status = status
        self.text = text
        self.headers = headers


class RequestBody:
    """The body of a request.

    It is read at most once, as far as the request says it goes and never
    beyond `limit` bytes.
    """

    def __init__(self, environ, limit, start_response=None):
        self._environ = environ
        self._start_response = start_response
        self._stream = environ['wsgi.input']
        self._limit = limit
        self._opened = []
        length = environ.get('CONTENT_LENGTH') or None
        self._length = length
        self._terminated = bool(environ.get('wsgi.input_terminated'))
        self._chunked = 'HTTP_TRANSFER_ENCODING' in environ and \
            not self._terminated
        # bytes still to be read; None: up to the end; -1: nobody knows
        self._remaining: Optional[int] = 0
        if self._chunked or length and not _is_number(length):
            self._remaining = -1
        elif length:
            self._remaining = int(length)
        elif self._terminated:
            self._remaining = None

    def load(self, required=True):
        """Read the body and put it in the place of the request's input,
        decompressed; `Refusal` if that cannot be done."""
        if required or self._length or self._chunked:
            self._check_length()
        spool = tempfile.SpooledTemporaryFile(1 << 20)  # noqa: SIM115
        self.keep(spool)
        size = 0
        for piece in self._decoded_pieces():
            size += len(piece)
            self._check_size(size)
            spool.write(piece)
        spool.seek(0)
        self._environ['wsgi.input'] = spool
        self._environ['CONTENT_LENGTH'] = str(size)
        self._environ.pop('HTTP_CONTENT_ENCODING', None)

    def keep(self, opened):
        """Close something at the end of the request."""
        self._opened.append(opened)

    def close(self):
        """Give up what was read."""
        for opened in self._opened:
            opened.close()

    def drain(self):
        """Read away what is left, so that it is not taken for the next
        request on this connection."""
        left = self._limit
        try:
            while self._remaining not in (0, -1) and left > 0:
                left -= len(self._read(min(left, _PIECE)))
        except (Refusal, OSError, ValueError):
            self._remaining = -1
        if self._remaining != 0:
            self._end_connection()

    # Internal methods

    def _check_length(self):
        if self._chunked:
            raise Refusal(400 if self._length else 411,
                          "This server does not decode chunked bodies: send "
                          "a Content-Length")
        if self._remaining == -1:
            raise Refusal(400, "Invalid Content-Length %r" % self._length)
        if not self._length and not self._terminated:
            raise Refusal(411, "Missing Content-Length")
        self._check_size(self._remaining or 0)

    def _check_size(self, size):
        if size > self._limit:
            raise Refusal(413, "The request is larger than the %d bytes that "
                               "this server accepts ([rpc] max_request_size)"
                          % self._limit)

    def _read(self, size):
        """Up to `size` bytes; empty at the end of the body."""
        if self._remaining is None:
            piece = self._stream.read(size)
            if not piece:
                self._remaining = 0
            return piece
        if self._remaining <= 0:
            return b''
        piece = self._stream.read(min(size, self._remaining))
        if not piece:
            missing, self._remaining = self._remaining, -1
            raise Refusal(400, "The body ends %d bytes before its "
                               "Content-Length" % missing)
        self._remaining -= len(piece)
        return piece

    def _pieces(self):
        while True:
            try:
                piece = self._read(_PIECE)
            except OSError as e:
                self._remaining = -1
                raise Refusal(400, "The body cannot be read: %s" % e) from e
            if not piece:
                return
            yield piece

    def _decoded_pieces(self):
        encoding = self._environ.get('HTTP_CONTENT_ENCODING', '') \
            .strip().lower()
        if encoding in ('', 'identity'):
            return self._pieces()
        if encoding in ('gzip', 'x-gzip'):
            return self._gunzipped_pieces()
        raise Refusal(415, "Unsupported Content-Encoding %r" % encoding)

    def _gunzipped_pieces(self):
        decoder = zlib.decompressobj(wbits=31)
        try:
            for piece in self._pieces():
                while piece and not decoder.eof:
                    yield decoder.decompress(piece, _PIECE)
                    piece = decoder.unconsumed_tail
                if piece or decoder.unused_data:
                    raise Refusal(400, "Unexpected data after the gzip body")
            yield decoder.flush()
        except zlib.error as e:
            raise Refusal(400, "The body is not valid gzip: %s" % e) from e
        if not decoder.eof:
            raise Refusal(400, "The gzip body is incomplete")

    def _end_connection(self):
        """Have the server close the connection. Servers other than tracd
        find the next request by themselves."""
        gateway = getattr(self._start_response, '__self__', None)
        if isinstance(gateway, WSGIServerGateway):
            gateway.handler.close_connection = True
        elif isinstance(self._stream, io.BufferedReader):
            self._stream.close()


def _is_number(text):
    return text.isascii() and text.isdigit() and len(text) < 19


class _Draining:
    """An empty rest of an answer, after which the request's body is read
    away: the client has its answer by then."""

    def __init__(self, body):
        self._body = body

    def __iter__(self):
        return iter(())

    def close(self):
        self._body.drain()


def send_answer(req, content_type, pieces, status=200, headers=(), body=None,
                session=False, cache='no-store'):
    """Send an answer and end the request.

    :param pieces: bytes, and `Base64`
    :param body: a `RequestBody` to be drained once the answer is sent
    :param session: whether the client keeps cookies, as browsers do
    :param cache: the `Cache-Control`
    """
    if session:
        req.send_response(status)
    else:
        Request.send_response(req, status)  # without creating a session
        for name in set(req.outcookie) - set(req.incookie):
            del req.outcookie[name]  # those that it sent may be renewed
    for name, value in headers:
        req.send_header(name, value)
    req.send_header('Content-Type', content_type)
    req.send_header('Content-Length', sum(map(len, pieces)))
    req.send_header('Cache-Control', cache)
    req.send_header('X-Content-Type-Options', 'nosniff')
    req.end_headers()
    try:
        for piece in pieces if req.method != 'HEAD' else ():
            req.write(piece)
    finally:
        for piece in pieces:
            if not isinstance(piece, bytes):
                piece.close()
    raise RequestDone(_Draining(body) if body else None)


def send_nothing(req):
    """End the request of a client that expects no answer."""
    Request.send_response(req, 204)  # without creating a session
    req.outcookie.clear()
    # without it tracd sends a chunk, which clients take for the next answer
    req.send_header('Content-Length', 0)
    req.send_header('Cache-Control', 'no-store')
    req.end_headers()
    raise RequestDone


def entity_tag(content):
    """The `ETag` of some bytes."""
    return '"%s"' % hashlib.sha256(content).hexdigest()[:32]


def send_kept(req, content_type, content, tag, body=None):
    """Send bytes that clients keep and ask for again, unless the one at hand
    has them already; `tag` is their `entity_tag`."""
    known = [each.strip() for each in
             (req.get_header('If-None-Match') or '').split(',')]
    unchanged = '*' in known or tag in known or 'W/' + tag in known
    send_answer(req, content_type, [b'' if unchanged else content],
                304 if unchanged else 200, [('ETag', tag)], body,
                cache='private, no-cache')


def send_refusal(req, refusal, body):
    """Answer a request that is refused."""
    send_answer(req, 'text/plain;charset=utf-8',
                [refusal.text.encode('utf-8', 'replace')], refusal.status,
                refusal.headers, body)
