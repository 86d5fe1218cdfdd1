# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""The clients, written elsewhere, that the tests drive.

What they are told to do is in `data/clients`: one driver for each, which goes
through the same scenario with the idioms of its library, and prints what it
saw as JSON. Clients from the indexes of Python and Node.js are installed into
a cache, in the versions that are known to work; those of Debian are used where
they are installed.
"""

import contextlib
import fcntl
import glob
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile

DRIVERS = os.path.join(os.path.dirname(__file__), 'data', 'clients')
INSTALLATION_TIMEOUT = 240
TIMEOUT = 60

SUMMARY = '\u00e9 \u20ac  \U0001f600 <&>'
SUMMARY_OF_16_BIT = '\u00e9 \u20ac  <&>'


class Missing(Exception):
    """A client cannot be had here; the message tells why."""


class Client:
    """A client, and its driver. `lacks` gives the reason for each result that
    the driver leaves out; `summary` is that of the ticket which it creates."""

    def __init__(self, name, driver, lacks=None, summary=SUMMARY,
                 json_rpc2=False):
        self.name = name
        self.driver = driver
        self.lacks = lacks or {}
        self.summary = summary
        self.json_rpc2 = json_rpc2

    def version(self):
        """Its version; raises `Missing`."""
        raise NotImplementedError

    def command(self):
        """What runs its driver; installs it if it has to be. Raises
        `Missing`."""
        raise NotImplementedError

    def path(self):
        return os.path.join(DRIVERS, self.driver)

    def run(self, port):
        """Drive it through the scenario; the results."""
        environ = {name: value for name, value in os.environ.items()
                   if not name.startswith('PYTHON')}
        environ.update(
            TRAC_HOST='127.0.0.1:%d' % port, TRAC_USER='admin',
            TRAC_PASSWORD='admin', NO_PROXY='127.0.0.1',
            no_proxy='127.0.0.1', LC_ALL='C.UTF-8', NODE_PATH=os.path.join(
                Npm.place(), 'node_modules'),
            TZ='JST-9')  # so that local time is not UTC
        done = subprocess.run(
            [*self.command(), self.path()], env=environ,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            timeout=TIMEOUT, check=True)
        return json.loads(done.stdout.decode('utf-8'))


class Stdlib(Client):
    """Of Python itself."""

    def version(self):
        return platform.python_version()

    def command(self):
        return [sys.executable]


class Pinned(Client):
    """One package, in one version, from an index."""

    def __init__(self, package, version, *args, language, **kwargs):
        super().__init__('%s %s' % (language, package), *args, **kwargs)
        self.package = package
        self.pinned = version

    def version(self):
        return self.pinned


class PyPI(Pinned):

    def __init__(self, *args, pythons=None, **kwargs):
        super().__init__(*args, language='Python', **kwargs)
        self.pythons = pythons

    def command(self):
        python = self._python()
        place = os.path.join(cache(), os.path.basename(
            os.path.realpath(python)))
        inside = os.path.join(place, 'bin', 'python')
        with alone():
            if not os.path.exists(os.path.join(place, 'bin', 'pip')):
                install([python, '-m', 'venv', '--clear', place])
            if not glob.glob(os.path.join(
                    place, 'lib', 'python*', 'site-packages', '%s-%s.dist-info'
                    % (self.package.replace('-', '_'), self.pinned))):
                install([inside, '-m', 'pip', '--disable-pip-version-check',
                         '--no-input', 'install', '--quiet',
                         '%s==%s' % (self.package, self.pinned)])
        return [inside]

    def _python(self):
        running = '%d.%d' % sys.version_info[:2]
        if not self.pythons or running in self.pythons:
            return sys.executable
        from tools import pythons  # of the checkout
        for version in self.pythons:
            if pythons.find(version):
                return pythons.find(version)
        raise Missing('needs Python %s' % ' or '.join(self.pythons))


class Npm(Pinned):

    def __init__(self, *args, **kwargs):
        super().__init__(*args, language='Node.js', **kwargs)

    @staticmethod
    def place():
        return os.path.join(cache(), 'node')

    def command(self):
        if not shutil.which('node') or not shutil.which('npm'):
            raise Missing('apt install nodejs npm')
        with alone():
            if self._installed() != self.pinned:
                install(['npm', 'install', '--prefix', self.place(),
                         '--no-fund', '--no-audit', '--ignore-scripts',
                         '--fetch-retries', '0',
                         '%s@%s' % (self.package, self.pinned)])
        return ['node']

    def _installed(self):
        path = os.path.join(self.place(), 'node_modules', self.package,
                            'package.json')
        with contextlib.suppress(OSError), open(path, encoding='utf-8') as f:
            return json.load(f)['version']


class Debian(Client):
    """In the last of some packages of Debian."""

    def __init__(self, name, argv, packages, *args, programs=(), **kwargs):
        super().__init__(name, *args, **kwargs)
        self.argv = argv
        self.packages = packages
        self.programs = [argv[0], *programs]

    def version(self):
        self.command()
        return re.match('(?:[0-9]+:)?([^-]+)', _installed_version(
            self.packages[-1])).group(1)

    def command(self):
        if not all(map(shutil.which, self.programs)) or \
                not _installed_version(self.packages[-1]):
            raise Missing('apt install ' + ' '.join(self.packages))
        return self.argv


class XmlRpcC(Debian):
    """The library xmlrpc-c, whose driver has to be compiled."""

    def command(self):
        gcc = super().command()
        program = os.path.join(cache(), 'xmlrpc_c')
        with alone():
            if not os.path.exists(program) or \
                    os.path.getmtime(program) < os.path.getmtime(self.path()):
                subprocess.run(
                    [*gcc, '-o', program, self.path(), '-lxmlrpc_client',
                     '-lxmlrpc', '-lxmlrpc_util'], check=True,
                    timeout=TIMEOUT)
        return [program]


def _installed_version(package):
    """The version of a package of Debian; nothing if it is not installed."""
    if not shutil.which('dpkg-query'):
        return ''
    done = subprocess.run(
        ['dpkg-query', '--show', '--showformat',
         '${db:Status-Status} ${Version}', package], check=False,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    status, _, version = done.stdout.partition(' ')
    return version if status == 'installed' else ''


def cache():
    """The directory where clients are installed."""
    path = os.environ.get('TRACRPC_CLIENTS_CACHE') or os.path.join(
        tempfile.gettempdir(), 'tracrpc-clients-%d' % os.getuid())
    os.makedirs(path, mode=0o700, exist_ok=True)
    return path


@contextlib.contextmanager
def alone():
    """Keep other processes from installing at the same time."""
    with open(os.path.join(cache(), 'lock'), 'w') as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        yield


def install(argv):
    """Run what installs something; raises `Missing` with what it said."""
    try:
        subprocess.run(argv, stdin=subprocess.DEVNULL, check=True,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       timeout=INSTALLATION_TIMEOUT)
    except subprocess.SubprocessError as e:
        said = (e.output or b'').decode('utf-8', 'replace')
        error = re.search('^(ERROR|npm error|npm ERR!).*', said, re.M)
        raise Missing('cannot be installed: %s'
                      % (error.group() if error else e)) from e


NO_NIL = {'null': 'sends no nil'}
ONLY_READS = dict.fromkeys(
    ('attachment', 'recent', 'later', 'null', 'multicall'),
    'only reads tickets')

CLIENTS = [
    Stdlib('Python xmlrpc.client', 'xmlrpc_client.py'),
    PyPI('aioxmlrpc', '0.10.0', 'aioxmlrpc_client.py'),
    PyPI('jsonrpclib-pelix', '1.2.0', 'pelix_client.py', json_rpc2=True),
    PyPI('offtrac', '0.1.0', 'offtrac_client.py', NO_NIL),
    PyPI('trac-rpc', '0.1.3', 'trac_rpc_client.py', ONLY_READS,
         pythons=('3.12', '3.13')),
    Npm('xmlrpc', '1.3.2', 'xmlrpc.js'),
    Npm('@foxglove/xmlrpc', '1.3.0', 'foxglove.js'),
    Npm('jayson', '5.0.0', 'jayson.js', json_rpc2=True),
    Debian('Ruby xmlrpc', ['ruby'], ['ruby', 'ruby-xmlrpc'], 'xmlrpc.rb'),
    Debian('Perl RPC::XML', ['perl'], ['perl', 'librpc-xml-perl'],
           'rpc_xml.pl'),
    Debian('Perl XMLRPC::Lite', ['perl'], ['perl', 'libxmlrpc-lite-perl'],
           'xmlrpc_lite.pl', NO_NIL),
    Debian('PHP xmlrpc', ['php'], ['php-cli', 'php-xmlrpc'], 'xmlrpc.php',
           {'null': 'sends null as the empty string'}),
    Debian('Java aXMLRPC', ['java', '-cp', '/usr/share/java/axmlrpc.jar'],
           ['default-jdk-headless', 'libaxmlrpc-java'], 'AXmlRpc.java',
           programs=['javac']),
    XmlRpcC('xmlrpc-c', ['gcc'], ['gcc', 'libxmlrpc-core-c3-dev'],
            'xmlrpc_c.c', summary=SUMMARY_OF_16_BIT),
]
