# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""A throw-away PostgreSQL server."""

import contextlib
import os
import shutil
import subprocess
import tempfile

from tracrpc.tests.programs import find, free_port


def missing():
    """Why there can be no server, or `None`."""
    if not find('initdb') or not find('pg_ctl'):
        return 'PostgreSQL is not installed (no initdb)'
    try:
        import psycopg2  # noqa: F401
    except ImportError:
        return 'psycopg2 is not installed'
    return None


@contextlib.contextmanager
def server():
    """Run a server in a temporary directory; its database URI for Trac,
    to which a schema may be added."""
    directory = tempfile.mkdtemp(prefix='tracrpc-postgres-')
    as_user = []
    if os.geteuid() == 0:  # the server refuses to run as root
        as_user = ['setpriv', '--reuid=postgres', '--regid=postgres',
                   '--clear-groups']
        shutil.chown(directory, 'postgres', 'postgres')
    data = os.path.join(directory, 'data')
    port = free_port()

    def run(program, *args):
        subprocess.run(as_user + [find(program), *args], check=True,
                       cwd=directory, stdout=subprocess.DEVNULL,
                       stderr=subprocess.STDOUT)
    try:
        run('initdb', '-A', 'trust', '-N', '-U', 'postgres', '-E', 'UTF8',
            '-D', data)
        run('pg_ctl', 'start', '-w', '-D', data, '-l',
            os.path.join(directory, 'log'), '-o',
            '-k %s -p %d -c listen_addresses=127.0.0.1 -c fsync=off '
            '-c max_connections=200' % (directory, port))
        try:
            yield 'postgres://postgres@127.0.0.1:%d/postgres' % port
        finally:
            run('pg_ctl', 'stop', '-m', 'immediate', '-D', data)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
