# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""A Trac to try calls on: makes an environment in a temporary directory,
serves it with tracd until it is interrupted, and removes it.

`./run demo` makes the virtual environment that this needs.
"""

import argparse
import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import warnings
import xmlrpc.client
from typing import Any

HOST = '127.0.0.1'
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PKG_RESOURCES_WARNING = 'pkg_resources is deprecated'  # Trac 1.6 imports it

GREETING = """
Trac runs on {root}/ until you press Ctrl-C.
Its environment is {path}, removed at the end.

  documentation   {root}/rpc   (in a browser)
  anonymous       {root}/rpc
  authenticated   {root}/login/rpc   (admin/admin or user/user)

Paste into python3:

import xmlrpc.client
trac = xmlrpc.client.ServerProxy('{authenticated}')
print(trac.ticket.get(2))
"""


def main():
    args = parse_args()
    for signum in SIGNALS:
        signal.signal(signum, interrupted)
    try:
        port = free_port(args.port)
    except OSError as e:
        sys.exit('Cannot use port %d: %s. Choose another with --port N, or '
                 '--port 0 for any free one.' % (args.port, e.strerror))
    with tempfile.TemporaryDirectory(prefix='tracrpc-demo-') as directory:
        path = os.path.join(directory, 'trac')
        say('Making a Trac environment ...')
        make_environment(path)
        with tracd(path, port) as process:
            wait_until_it_answers(process, port)
            greet(path, port)
            process.wait()
            sys.exit('tracd has ended, with exit status %d.'
                     % process.returncode)


def parse_args():
    parser = argparse.ArgumentParser(prog='./run demo', description=__doc__)
    parser.add_argument('--port', type=int, default=8000, metavar='N',
                        help='port to listen on; 0 is any free one '
                             '(default: %(default)s)')
    args = parser.parse_args()
    if not 0 <= args.port < 65536:
        parser.error('a port is a number from 0 to 65535')
    return args


def interrupted(signum, frame):
    sys.exit(0)


def say(text):
    print(text, flush=True)


def free_port(port):
    """Return `port`, or a free one for 0; raise OSError if it is not free."""
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind((HOST, port))
        return s.getsockname()[1]


def make_environment(path):
    with warnings.catch_warnings():
        warnings.filterwarnings('ignore', message=PKG_RESOURCES_WARNING)
        from tools import demo_data  # imports Trac
        demo_data.make_environment(path)
        demo_data.write_htpasswd(os.path.join(path, 'conf', 'htpasswd'))


@contextlib.contextmanager
def tracd(path, port):
    """A running tracd process, ended when the context is left."""
    htpasswd = os.path.join(path, 'conf', 'htpasswd')
    argv = [sys.executable, '-m', 'trac.web.standalone', '-s', '-b', HOST,
            '-p', str(port), '--basic-auth',
            '%s,%s,demo' % (os.path.basename(path), htpasswd), path]
    environ = dict(os.environ, PYTHONUNBUFFERED='1',
                   PYTHONWARNINGS='ignore:' + PKG_RESOURCES_WARNING)
    with open(os.path.join(path, 'log', 'tracd.log'), 'wb') as log:
        # Its own session: Ctrl-C is for this process, which then ends it.
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log,
                                   stderr=log, env=environ,
                                   start_new_session=True)
    try:
        yield process
    except (OSError, http.client.HTTPException, xmlrpc.client.Error) as e:
        show_logs(path)
        sys.exit('The demo failed: %s' % e)
    finally:
        for signum in SIGNALS:
            signal.signal(signum, signal.SIG_IGN)
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until_it_answers(process, port, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise OSError('tracd did not start')
        connection = http.client.HTTPConnection(HOST, port, timeout=seconds)
        try:
            connection.request('GET', '/')
            connection.getresponse().read()
            return
        except ConnectionError:
            time.sleep(0.05)
        finally:
            connection.close()
    raise OSError('tracd did not answer for %d seconds' % seconds)


def greet(path, port):
    """Make real calls, and tell how to make more."""
    authenticated = 'http://admin:admin@%s:%d/login/rpc' % (HOST, port)
    trac: Any = xmlrpc.client.ServerProxy(authenticated)
    version = trac.system.getAPIVersion()
    ids = trac.ticket.query('status!=closed')
    attributes = trac.ticket.get(ids[0])[3]
    say('It answers as admin, through xmlrpc.client:\n'
        '  system.getAPIVersion()           %r\n'
        "  ticket.query('status!=closed')   %r\n"
        "  ticket.get(%d)[3]['summary']      %r"
        % (version, ids, ids[0], attributes['summary']))
    say(GREETING.format(root='http://%s:%d' % (HOST, port), path=path,
                        authenticated=authenticated))


def show_logs(path):
    for name in ('tracd.log', 'trac.log'):
        with contextlib.suppress(OSError):
            with open(os.path.join(path, 'log', name), errors='replace') as f:
                lines = f.readlines()
            sys.stderr.write('--- the end of %s:\n' % name)
            sys.stderr.writelines(lines[-20:])


if __name__ == '__main__':
    main()
