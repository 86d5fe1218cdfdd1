# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""Makes the benchmark's environment once, and hands out copies of it that a
run may change.
"""

import contextlib
import hashlib
import inspect
import os
import shutil
import subprocess
import sys
import tempfile
import time
from typing import Any, Iterable, Iterator, Sequence

from trac import __version__ as trac_version
from trac.attachment import Attachment
from trac.config import Configuration
from trac.db.api import DatabaseManager
from trac.env import Environment

from benchmarks import fixtures, postgres

# SQLite takes at most 999 values in a statement on the oldest platforms.
_VALUES = 900


def default_cache() -> str:
    """The directory that keeps the environments."""
    root = os.environ.get('XDG_CACHE_HOME') or \
        os.path.join(os.path.expanduser('~'), '.cache')
    return os.path.join(root, 'tracxmlrpc-bench')


@contextlib.contextmanager
def environment(database: str, cache: str) -> Iterator[str]:
    """The path of a copy of the environment, removed in the end.

    :param database: `sqlite`; `postgres` for a server of our own; or the
                     `postgres://` URI of one, where a schema is made each
                     time and dropped in the end
    """
    with tempfile.TemporaryDirectory(prefix='tracrpc-bench-') as directory:
        os.chmod(directory, 0o755)  # for a server that runs as another user
        path = os.path.join(directory, 'trac')
        if '://' in database:
            with _schema(path, database):
                yield path
        elif database == 'postgres':
            _copy(_cached(cache, database, _build_postgres), directory)
            with postgres.server(os.path.join(directory, 'data')) as uri:
                _use_database(path, uri)
                yield path
        else:
            _copy(_cached(cache, database, _build_sqlite), directory)
            yield path


def _cached(cache: str, database: str, build: Any) -> str:
    """The directory with what `build` makes, which it does only once."""
    directory = os.path.join(cache, '%s-%s' % (database, _fingerprint()))
    if not os.path.isdir(directory):
        os.makedirs(cache, exist_ok=True)
        draft = tempfile.mkdtemp(prefix='draft-', dir=cache)
        try:
            os.chmod(draft, 0o755)
            _timed(build, draft)
            os.rename(draft, directory)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return directory


def _fingerprint() -> str:
    """Changes with everything that the environment is made by."""
    digest = hashlib.sha256(trac_version.encode('utf-8'))
    for module in (sys.modules[__name__], fixtures, postgres):
        digest.update(inspect.getsource(module).encode('utf-8'))
    return digest.hexdigest()[:12]


def _timed(build: Any, *args: Any) -> None:
    print('Making the environment ...', end=' ', file=sys.stderr, flush=True)
    start = time.monotonic()
    build(*args)
    print('%.1f s' % (time.monotonic() - start), file=sys.stderr)


def _copy(source: str, target: str) -> None:
    """Copy what is in a directory, with owners and modes."""
    subprocess.check_call(['cp', '-a', source + '/.', target])


def _build_sqlite(directory: str) -> None:
    _build(os.path.join(directory, 'trac'), 'sqlite:db/trac.db')


def _build_postgres(directory: str) -> None:
    with postgres.server(os.path.join(directory, 'data')) as uri:
        _build(os.path.join(directory, 'trac'), uri)


@contextlib.contextmanager
def _schema(path: str, uri: str) -> Iterator[None]:
    """An environment in a new schema of somebody's server."""
    uri += '%sschema=tracrpc_bench_%d' % ('&' if '?' in uri else '?',
                                          os.getpid())
    try:
        _timed(_build, path, uri)
        yield
    finally:
        if os.path.isdir(path):
            env = Environment(path)
            DatabaseManager(env).destroy_db()
            env.shutdown()


def _use_database(path: str, uri: str) -> None:
    config = Configuration(os.path.join(path, 'conf', 'trac.ini'))
    config.set('trac', 'database', uri)
    config.save()


def _build(path: str, uri: str) -> None:
    env = Environment(path, create=True, options=fixtures.OPTIONS + [
        ('trac', 'database', uri),
        ('trac', 'base_url', 'http://example.org/trac')])
    with env.db_transaction as db:
        db("DELETE FROM component")
        db("DELETE FROM milestone")
        for table, (columns, rows) in fixtures.tables().items():
            _insert(db, table, columns, rows)
        db.update_sequence(db.cursor(), 'ticket')
    if uri.startswith('postgres'):
        # as the server does by itself within minutes
        env.db_transaction("ANALYZE")
    for realm, id_, name, content, *_ in fixtures.attachments():
        file = Attachment._get_path(env.attachments_dir, realm, id_, name)
        os.makedirs(os.path.dirname(file), exist_ok=True)
        with open(file, 'wb') as f:
            f.write(content)
    env.shutdown()


def _insert(db: Any, table: str, columns: str,
            rows: Iterable[Sequence[Any]]) -> None:
    """Add rows, many with each statement: `executemany` takes a round trip
    for each row on PostgreSQL."""
    width = columns.count(',') + 1
    row_sql = '(%s)' % ','.join(['%s'] * width)
    values: list = []

    def flush() -> None:
        if values:
            db("INSERT INTO %s (%s) VALUES %s" % (
                table, columns,
                ','.join([row_sql] * (len(values) // width))), values)
            values.clear()

    for row in rows:
        if len(values) + width > _VALUES:
            flush()
        values.extend(row)
    flush()
