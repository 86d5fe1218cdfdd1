# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""A throw-away MariaDB server."""

import contextlib
import os
import shutil
import subprocess
import tempfile
import time

from tracrpc.tests.programs import find, free_port

_PROGRAMS = ('mariadb-install-db', 'mariadbd')


def missing():
    """Why there can be no server, or `None`."""
    for program in _PROGRAMS:
        if not find(program):
            return 'MariaDB is not installed (no %s)' % program
    try:
        import pymysql  # noqa: F401
    except ImportError:
        return 'PyMySQL is not installed'
    return None


@contextlib.contextmanager
def server():
    """Run a server in a temporary directory; its database URI for Trac."""
    import pymysql
    with tempfile.TemporaryDirectory(prefix='tracrpc-mariadb-') as directory:
        port = free_port()
        process = _start(directory, port)
        try:
            cnx = _connect(pymysql, process, port, directory)
            with cnx.cursor() as cursor:
                cursor.execute('CREATE DATABASE trac DEFAULT CHARACTER SET '
                               'utf8mb4 COLLATE utf8mb4_bin')
            cnx.close()
            yield 'mysql://root@127.0.0.1:%d/trac?charset=utf8mb4' % port
        finally:
            process.kill()
            process.wait()


def reset_tables(cnx):
    """Empty all tables; Trac's own way asks the information schema, which
    takes a hundred times as long."""
    cursor = cnx.cursor()
    cursor.execute('SHOW TABLES')
    tables = [row[0] for row in cursor.fetchall()]
    for table in tables:
        cursor.execute('TRUNCATE TABLE %s' % cnx.quote(table))
    return tables


def _start(directory, port):
    data = os.path.join(directory, 'data')
    user = []
    if os.geteuid() == 0:  # the server refuses to run as root
        user = ['--user=mysql']
        shutil.chown(directory, 'mysql', 'mysql')
    common = ['--no-defaults', '--datadir=' + data, *user]
    with open(os.path.join(directory, 'log'), 'wb') as log:
        subprocess.run([find('mariadb-install-db'), *common,
                        '--auth-root-authentication-method=normal',
                        '--skip-test-db'], check=True, cwd=directory,
                       stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        return subprocess.Popen(
            [find('mariadbd'), *common, '--port=%d' % port,
             '--bind-address=127.0.0.1',
             '--socket=' + os.path.join(directory, 'socket'),
             '--innodb-flush-log-at-trx-commit=0', '--innodb-doublewrite=0',
             '--innodb-flush-method=nosync', '--max-connections=200'],
            cwd=directory, stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def _connect(pymysql, process, port, directory):
    """A connection to the server, once it is there."""
    for _ in range(300):
        with contextlib.suppress(pymysql.err.OperationalError):
            return pymysql.connect(host='127.0.0.1', port=port, user='root')
        if process.poll() is not None:
            break
        time.sleep(.1)
    with open(os.path.join(directory, 'log')) as log:
        raise AssertionError('MariaDB does not start:\n' + log.read())
