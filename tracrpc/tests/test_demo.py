# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""The demo, started for real: what it prints works, and it ends clean."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from xmlrpc.client import Fault, ProtocolError, ServerProxy

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
DEMO = os.path.join(ROOT, 'tools', 'demo.py')

pytestmark = pytest.mark.skipif(not os.path.exists(DEMO),
                                reason='the demo is in the checkout only')


class Demo:
    """A running demo and what it has printed so far."""

    def __init__(self, environ, *args):
        self.process = subprocess.Popen(
            [sys.executable, DEMO] + list(args), env=environ,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)
        self.timer = threading.Timer(120, self.process.kill)
        self.timer.start()
        self.output = ''

    def read_until(self, text):
        while text not in self.output:
            line = self.process.stdout.readline().decode('utf-8')
            assert line, 'the demo ended, saying:\n' + self.output
            self.output += line
        return self.output

    def found(self, regexp):
        match = re.search(regexp, self.output, re.M)
        assert match, self.output
        return match.group(1)

    def ended(self):
        self.output += self.process.stdout.read().decode('utf-8')
        return self.process.wait()

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait()
        self.process.stdout.close()
        self.timer.cancel()


@pytest.fixture(scope='module')
def environ(tmp_path_factory):
    """Makes the plugin of this checkout known to Trac, installed or not."""
    base = str(tmp_path_factory.mktemp('egg'))
    subprocess.run([sys.executable, 'setup.py', '-q', 'egg_info',
                    '--egg-base', base], cwd=ROOT, check=True)
    path = os.pathsep.join([base, ROOT, os.environ.get('PYTHONPATH', '')])
    return dict(os.environ, PYTHONPATH=path.rstrip(os.pathsep),
                PYTHONIOENCODING='utf-8')


@pytest.fixture
def start(environ):
    demos = []

    def start(*args):
        demos.append(Demo(environ, *args))
        return demos[-1]

    yield start
    for demo in demos:
        demo.close()


def port_is_open(port):
    with socket.socket() as s:
        s.settimeout(5)
        return s.connect_ex(('127.0.0.1', port)) == 0


def assert_ends_clean(demo, signum):
    port = int(demo.found(r'http://127\.0\.0\.1:(\d+)/rpc'))
    directory = demo.found(r'environment is (\S+?),')
    assert port_is_open(port)
    assert os.path.isdir(directory)
    demo.process.send_signal(signum)
    assert demo.ended() == 0
    assert 'Traceback' not in demo.output
    assert not port_is_open(port)
    assert not os.path.exists(os.path.dirname(directory))


def test_what_the_demo_prints_works_until_it_is_interrupted(start):
    demo = start('--port', '0')
    demo.read_until('print(')

    assert '[1, 3, 0]' in demo.output
    anonymous = demo.found(r'^ *anonymous +(\S+)')
    authenticated = demo.found(r"ServerProxy\('([^']+)'\)")
    assert anonymous.endswith('/rpc')
    assert '/login/rpc' in authenticated
    with ServerProxy(anonymous) as trac:
        assert trac.system.getAPIVersion() == [1, 3, 0]
        assert 'WikiStart' in trac.wiki.getAllPages()
        with pytest.raises(Fault) as e:
            trac.ticket.delete(1)
        assert e.value.faultCode == 403
    for name in ('admin', 'user'):
        url = authenticated.replace('admin:admin@', '%s:%s@' % (name, name))
        with ServerProxy(url) as trac:
            id_ = trac.ticket.create('summary', 'description')
            assert trac.ticket.get(id_)[3]['reporter'] == name
    with ServerProxy(authenticated.replace(':admin@', ':wrong@')) as trac:
        with pytest.raises(ProtocolError) as e:
            trac.system.getAPIVersion()
        assert e.value.errcode == 401

    pasted = ''.join(demo.output.partition('import xmlrpc.client')[1:])
    assert len(pasted.strip().splitlines()) == 3
    printed = subprocess.check_output([sys.executable, '-c', pasted])
    assert b'summary' in printed
    assert_ends_clean(demo, signal.SIGINT)


def test_demo_offers_tickets_pages_and_attachments(start):
    demo = start('--port', '0')
    demo.read_until('print(')
    with ServerProxy(demo.found(r"ServerProxy\('([^']+)'\)")) as trac:
        tickets = [trac.ticket.get(id_)[3]
                   for id_ in trac.ticket.query('max=0')]
        assert len({ticket['status'] for ticket in tickets}) >= 4
        assert len({ticket['type'] for ticket in tickets}) >= 3
        assert trac.ticket.listAttachments(1)
        assert any(trac.wiki.listAttachments(page)
                   for page in trac.wiki.getAllPages())
        assert trac.ticket.milestone.getAll()
    assert_ends_clean(demo, signal.SIGTERM)


def test_demo_names_a_busy_port(start):
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        s.listen()
        port = s.getsockname()[1]
        demo = start('--port', str(port))
        assert demo.ended() == 1
    assert 'Cannot use port %d' % port in demo.output
    assert '--port N' in demo.output
    assert 'Traceback' not in demo.output


@pytest.mark.parametrize('args, status', [
    ([], 0), (['--help'], 0), (['nonsense'], 1)])
def test_run_lists_its_commands(args, status):
    result = subprocess.run([sys.executable, os.path.join(ROOT, 'run')] + args,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            check=False)
    assert result.returncode == status
    for command in (b'demo', b'test', b'lint'):
        assert command in result.stdout
