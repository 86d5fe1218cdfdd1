# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""A throw-away PostgreSQL server."""

import contextlib
import glob
import os
import shutil
import subprocess
import tempfile
from typing import Iterator, List


class PostgresMissing(Exception):
    """There is no PostgreSQL on this machine."""


@contextlib.contextmanager
def server(data: str) -> Iterator[str]:
    """Run a server on the directory `data`, which is made unless it exists;
    yield the URI of its database. It listens on a socket only."""
    if not os.path.isdir(data):
        _run(['initdb', '-A', 'trust', '-N', '-E', 'UTF8', '-U', 'trac',
              '-D', data], data)
    sockets = tempfile.mkdtemp(prefix='tracrpc-pg-')
    _give_away(sockets)
    options = "-k %s -c listen_addresses='' -c fsync=off " \
        '-c max_connections=200' % sockets
    _run(['pg_ctl', '-D', data, '-l', os.path.join(data, 'log'), '-w', '-o',
          options, 'start'], data)
    try:
        yield 'postgres://trac@/postgres?host=%s&schema=trac' % sockets
    finally:
        _run(['pg_ctl', '-D', data, '-m', 'fast', '-w', 'stop'], data)
        shutil.rmtree(sockets, ignore_errors=True)


def _run(argv: List[str], data: str) -> None:
    prefix: List[str] = []
    if os.geteuid() == 0:  # which PostgreSQL refuses
        os.makedirs(data, mode=0o700, exist_ok=True)
        _give_away(data)
        prefix = ['setpriv', '--reuid=postgres', '--regid=postgres',
                  '--clear-groups']
    program = _program(argv[0])
    with tempfile.TemporaryFile() as output:
        if subprocess.call(prefix + [program] + argv[1:], cwd='/',
                           stdin=subprocess.DEVNULL, stdout=output,
                           stderr=output):
            output.seek(0)
            raise OSError('%s failed: %s' % (
                argv[0], output.read().decode('utf-8', 'replace')))


def _give_away(path: str) -> None:
    if os.geteuid() == 0:
        shutil.chown(path, 'postgres', 'postgres')


def _program(name: str) -> str:
    found = shutil.which(name)
    if not found:
        paths = glob.glob('/usr/lib/postgresql/*/bin/' + name)
        found = max(paths, default=None)
    if not found:
        raise PostgresMissing('%s was not found: install PostgreSQL, or name '
                              'a server with --db postgres://...' % name)
    return found
