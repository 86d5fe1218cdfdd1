# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""Many writers at once: each reads a counter from a ticket and writes it back
one higher, with `_ts`. All that was acknowledged must be counted.
"""

import contextlib
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from typing import Any, Callable, Dict, Iterator, List

from benchmarks.client import Site, first_result
from benchmarks.exact import Check
from benchmarks.fixtures import USER

_HOST = '127.0.0.1'
_TICKETS = 8
_WORKERS = 4

# The faults of an update that came too late.
_COLLISION = re.compile('has been updated since last get|have not been saved '
                        'because this ticket has been modified')

# The last line of the traceback that such a failure leaves in the log.
_LOCKED = re.compile('(?m)^[^ ].*(database (table )?is locked|deadlock)')


def application(environ: Any, start_response: Any) -> Any:
    """Trac for gunicorn, which authenticates nobody."""
    from trac.web.main import dispatch_request
    environ['REMOTE_USER'] = USER
    return dispatch_request(environ, start_response)


def checks(path: str, writers: int, seconds: float,
           progress: Callable[[str], None]) -> List[Check]:
    """Let the writers run and count what was lost."""
    site = Site(path)
    tickets = range(1, _TICKETS + 1)
    for id_ in tickets:
        first_result(site, 'ticket.update', id_, '', {'keywords': '0'})
    counts: Counter = Counter()
    with _server(path, writers) as port:
        _run([_Writer(port, number, time.monotonic() + seconds, counts)
              for number in range(writers)])
    stored = sum(int(first_result(site, 'ticket.get', id_)[3]['keywords'])
                 for id_ in tickets)
    progress('%d updates acknowledged, %d refused because of another, in '
             '%g seconds' % (counts['acknowledged'], counts['refused'],
                             seconds))
    for text in sorted(key for key in counts if ': ' in key):
        progress('%d × %s' % (counts[text], text))
    return [
        Check('updates acknowledged, at least one of each writer: missing',
              max(0, writers - counts['acknowledged']), 0),
        Check('updates acknowledged and lost',
              counts['acknowledged'] - stored, 0),
        Check('"database is locked"', _locked(path), 0),
        Check('other faults and failures', counts['faults'], 0),
    ]


def _locked(path: str) -> int:
    """How often the log tells that the database refused to wait."""
    log = os.path.join(path, 'log', 'trac.log')
    if not os.path.exists(log):
        return 0
    with open(log, encoding='utf-8', errors='replace') as f:
        return len(_LOCKED.findall(f.read()))


def _run(threads: List['_Writer']) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class _Writer(threading.Thread):
    """Increments the counter of one ticket until the time is over; every
    second one names a workflow action."""

    def __init__(self, port: int, number: int, end: float,
                 counts: Counter) -> None:
        super().__init__()
        self.ticket = 1 + number % _TICKETS
        self.attributes: Dict[str, str] = \
            {'action': 'leave'} if number // _TICKETS % 2 else {}
        self.connection = http.client.HTTPConnection(_HOST, port, timeout=120)
        self.end = end
        self.counts = counts

    def run(self) -> None:
        counts: Counter = Counter()
        while time.monotonic() < self.end:
            try:
                self._increment()
                counts['acknowledged'] += 1
            except (OSError, ValueError, http.client.HTTPException) as e:
                self._count(counts, str(e))
        self.connection.close()
        with _counting:
            self.counts.update(counts)

    def _count(self, counts: Counter, text: str) -> None:
        if _COLLISION.search(text):
            counts['refused'] += 1
            return
        counts['faults'] += 1
        counts['failed: ' + text[:200]] += 1

    def _increment(self) -> None:
        attributes = self._call('ticket.get', self.ticket)[3]
        self._call('ticket.update', self.ticket, '', dict(
            self.attributes, _ts=attributes['_ts'],
            keywords=str(int(attributes['keywords']) + 1)))

    def _call(self, method: str, *args: Any) -> Any:
        body = json.dumps({'method': method, 'params': args})
        start = time.monotonic()
        self.connection.request('POST', '/login/rpc', body.encode('utf-8'),
                                {'Content-Type': 'application/json'})
        response = self.connection.getresponse()
        text = response.read().decode('utf-8', 'replace')
        if response.status != 200:
            self.connection.close()
            raise _Fault('HTTP status %d: %s' % (response.status, text))
        answer = json.loads(text)
        if answer['error']:
            raise _Fault('%s, after %.0f s: %s' % (
                method, time.monotonic() - start, answer['error']['message']))
        return answer['result']


_counting = threading.Lock()


class _Fault(ValueError):
    """A call was answered with a fault."""


@contextlib.contextmanager
def _server(path: str, writers: int) -> Iterator[int]:
    """gunicorn on a free port, ended when the context is left."""
    with socket.socket() as s:
        s.bind((_HOST, 0))
        port = s.getsockname()[1]
    argv = [sys.executable, '-W', 'ignore', '-m', 'gunicorn',
            '--bind', '%s:%d' % (_HOST, port), '--workers', str(_WORKERS),
            '--threads', str(-(-writers // _WORKERS)), '--timeout', '120',
            '--log-level', 'warning', 'benchmarks.load:application']
    process = subprocess.Popen(argv, env=dict(os.environ, TRAC_ENV=path))
    try:
        _wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int, process: subprocess.Popen) -> None:
    for _ in range(600):
        if process.poll() is not None:
            break
        try:
            connection = http.client.HTTPConnection(_HOST, port, timeout=60)
            connection.request('GET', '/login/nothing')
            connection.getresponse().read()
            connection.close()
            return
        except ConnectionError:
            time.sleep(0.1)
    raise OSError('gunicorn does not answer; is it installed?')
