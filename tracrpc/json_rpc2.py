# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""JSON-RPC 2.0: loaded JSON to calls and notifications, results to responses.

See https://www.jsonrpc.org/specification.
"""

import json
import re

from tracrpc.faults import ArgumentError, InvalidRequest, json2_error, \
    message_of
from tracrpc.json_reader import resolved_params
from tracrpc.json_writer import echo, enclosed, pieces, pieces_of_each
from tracrpc.multicall import Call

VERSION = '2.0'

_ID_TYPES = (str, int, float, type(None))

# Blanks, and the marks of encodings.
_BEFORE = b'\xef\xbb\xbf\xfe\xff \t\r\n'

_version_re = re.compile(br'"jsonrpc"\s*:\s*"2\.0"')
_LONGEST_VERSION = 64
_PIECE = 1 << 16


# Reading

def speaks(body):
    """Whether a loaded body is of this version. Arrays are: the other one
    has none."""
    return isinstance(body, list) or \
        isinstance(body, dict) and body.get('jsonrpc') == VERSION


def seems_to_speak(stream):
    """Whether a body that cannot be loaded was meant to be of this version.
    It may be long: one piece is looked at after the other."""
    seen = b''
    for piece in iter(lambda: stream.read(_PIECE), b''):
        piece = piece.replace(b'\0', b'')  # in UTF-16 and UTF-32
        if not seen and piece.lstrip(_BEFORE).startswith(b'['):
            return True
        seen = seen[-_LONGEST_VERSION:] + piece
        if _version_re.search(seen):
            return True
    return False


def read(body, max_calls):
    """The `Request` or the `Batch` that a loaded body is."""
    if not isinstance(body, list):
        return Request(body)
    if not body:
        return invalid("A batch must hold a request")
    if len(body) > max_calls:
        return invalid("A batch may hold at most %d requests, not %d"
                       % (max_calls, len(body)))
    return Batch(body)


def invalid(problem=None):
    """A request of which nothing is known, and what is wrong with it."""
    request = Request({'jsonrpc': VERSION, 'id': None, 'method': ''})
    request.problem = problem and InvalidRequest(problem)
    return request


class Request:
    """A request: a call, a notification, or nothing valid."""

    def __init__(self, sent):
        self.id = None
        self.method = ''
        self.is_notification = False
        self.problem = None
        self._params = []
        try:
            self._read(sent)
        except (ArgumentError, InvalidRequest) as e:
            self.problem = e

    @property
    def params(self):
        """The arguments; the exception, if the request cannot be run."""
        if self.problem:
            raise self.problem
        return self._params

    @property
    def element(self):
        """The request as an element of a multicall."""
        return self.problem or Call(self.method, self._params)

    def response(self, result):
        """The pieces of the response; none for a notification."""
        if self.is_notification:
            return []
        return self.answer(_items(result) if self.method == 'system.multicall'
                           else pieces(result, strict=True))

    def answer(self, written):
        """The pieces of the response with a result, of which these are the
        pieces."""
        return enclosed(b'{"jsonrpc": "2.0", "result": ', written,
                        b', "id": %b}' % echo(self.id))

    def error(self, exc):
        """The pieces of the response for an exception."""
        if self.is_notification:
            return []
        return [b'{"jsonrpc": "2.0", "error": ', _error_text(exc),
                b', "id": ', echo(self.id), b'}']

    # Internal methods

    def _read(self, sent):
        if not isinstance(sent, dict):
            raise InvalidRequest("A request must be an object")
        id_ = sent.get('id')
        if type(id_) not in _ID_TYPES:
            raise InvalidRequest('"id" must be a string, a number or null')
        self.id = id_
        if sent.get('jsonrpc') != VERSION:
            raise InvalidRequest('"jsonrpc" must be "%s"' % VERSION)
        if not isinstance(sent.get('method'), str):
            raise InvalidRequest('"method" must be a string')
        # many clients send null for what may be left out
        params = [] if sent.get('params') is None else sent['params']
        if not isinstance(params, (list, dict)):
            raise InvalidRequest('"params" must be an array or an object')
        self.method = sent['method']
        self.is_notification = 'id' not in sent
        try:
            self._params = resolved_params(params)
        except ValueError as e:
            raise ArgumentError('The "params" cannot be read: %s'
                                % message_of(e)) from e


class Batch:
    """Several requests in an array, run as a multicall."""

    id = None
    method = 'system.multicall'

    def __init__(self, sent):
        self._requests = [Request(item) for item in sent]

    @property
    def params(self):
        return [[request.element for request in self._requests]]

    def response(self, results):
        """The pieces of the array of responses; none if all requests are
        notifications."""
        answered = [(request, result) for request, result
                    in zip(self._requests, results)
                    if not request.is_notification]
        return _array(map(_outcome, (request for request, _ in answered),
                          pieces_of_each([result for _, result in answered],
                                         strict=True)))

    def error(self, exc):
        """The pieces of the response if no request was run."""
        return _array(request.error(request.problem or exc)
                      for request in self._requests)


# Writing

def _outcome(request, written):
    """The response to one of several requests, for the pieces of its result
    or an exception."""
    if isinstance(written, Exception):
        return request.error(written)
    return request.answer(written)


def _array(items):
    """The pieces of an array, of the pieces of its items; none if there are
    no items."""
    found = []
    for item in items:
        if item:
            found += [b', ' if found else b'[', *item]
    return found and [*found, b']']


def _items(results):
    """What `system.multicall` returns: arrays with one result, and error
    objects."""
    return _array(map(_item, pieces_of_each(results, strict=True))) \
        or [b'[]']


def _item(written):
    if isinstance(written, Exception):
        return [_error_text(written)]
    return enclosed(b'[', written, b']')


def _error_text(exc):
    return json.dumps(json2_error(exc)).encode('ascii')
