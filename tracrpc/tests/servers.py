# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""The web servers that the tests start: each on a free port of 127.0.0.1, with
the configuration that README shows."""

import base64
import contextlib
import glob
import hashlib
import http.client
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
import time

from trac.env import Environment
from trac.perm import PermissionSystem

from tracrpc.tests.programs import find, free_port

MIB = 1 << 20

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))


def configuration(mark, **values):
    """The block of README that holds `mark`, with other values in the place
    of those that README has."""
    with open(os.path.join(ROOT, 'README.md'), encoding='utf-8') as f:
        blocks = re.findall('^```[a-z]*\n(.*?)^```$', f.read(), re.M | re.S)
    text, = (block for block in blocks if mark in block)
    for old, new in values.items():
        old = _EXAMPLES[old]
        assert old in text, '%r is not in the block %r' % (old, mark)
        text = text.replace(old, new)
    return text


#: What README has in the place of what a test chooses.
_EXAMPLES = {'env': '/srv/trac/env', 'htpasswd': '/srv/trac/htpasswd',
             'venv': '/srv/trac/venv', 'wsgi': '/srv/trac/apache_wsgi.py',
             'listen': 'listen 80;', 'address': '127.0.0.1:8000',
             'port': '--port 8000'}


def command_line(program, **values):
    """The command of README that starts a program which is installed beside
    the running Python, with other values as in `configuration`."""
    line, = (line for line in configuration('%s -' % program,
                                            **values).splitlines()
             if line.startswith(program))
    program, *args = shlex.split(line)
    return [os.path.join(os.path.dirname(sys.executable), program), *args]


class Site:
    """A real environment with the users `admin` and `user`, whose passwords
    are their names, and the files that servers need."""

    def __init__(self, directory, database='sqlite:db/trac.db'):
        self.directory = str(directory)
        self.path = os.path.join(self.directory, 'env')
        self.htpasswd = self._write_passwords()
        self.htdigest = self._write_digests()
        env = Environment(self.path, create=True, options=[
            ('project', 'name', 'Test'), ('trac', 'database', database),
            ('attachment', 'max_size', str(100 * MIB)),
            ('logging', 'log_type', 'file'),
            ('logging', 'log_level', 'WARNING'),
            ('components', 'tracrpc.*', 'enabled')])
        permissions = PermissionSystem(env)
        permissions.grant_permission('anonymous', 'XML_RPC')
        permissions.grant_permission('admin', 'TRAC_ADMIN')
        env.shutdown()

    def write(self, name, text):
        """Write a file into the directory of the site; its path."""
        path = os.path.join(self.directory, name)
        with open(path, 'w') as f:
            f.write(text)
        return path

    def wsgi(self):
        """Write README's script for WSGI servers, which authenticates."""
        return self.write('site_wsgi.py', configuration(
            '# site_wsgi.py', env=self.path, htpasswd=self.htpasswd))

    def _write_passwords(self):
        return self.write('htpasswd', ''.join(
            '%s:{SHA}%s\n' % (user, base64.b64encode(hashlib.sha1(
                user.encode('ascii')).digest()).decode('ascii'))
            for user in ('admin', 'user')))

    def _write_digests(self):
        return self.write('htdigest', ''.join(
            '%s:realm:%s\n' % (user, hashlib.md5(
                ('%s:realm:%s' % (user, user)).encode('ascii')).hexdigest())
            for user in ('admin', 'user')))


class Server:
    """A kind of web server."""

    #: its name in the matrix, with what is peculiar about its configuration
    name = ''
    #: whether it decodes chunked bodies
    decodes_chunks = True
    #: whether it keeps connections
    keeps_connections = True
    #: after which answers it closes even those
    closes_after = ()

    def missing(self):
        """Why it cannot be started, or `None`."""
        return None

    def version(self):
        """Its version."""
        raise NotImplementedError

    def commands(self, site, port):
        """Write the configuration; the commands that serve the site there."""
        raise NotImplementedError

    def running(self, site):
        """Serve a site; the port, within a `with`."""
        return started(site.directory,
                       lambda port: self.commands(site, port))


@contextlib.contextmanager
def started(directory, commands):
    """Start a server; the port.

    :param commands: a function that makes the commands of the port
    """
    port = free_port()
    log = os.path.join(directory, 'server-%d.log' % port)
    processes = []
    with open(log, 'wb') as out:
        for command in commands(port):
            processes.append(subprocess.Popen(
                command, cwd=directory, stdin=subprocess.DEVNULL,
                stdout=out, stderr=out))
    try:
        _wait(processes, port, log)
        yield port
    finally:
        for process in processes:
            _end(process)
    with open(log, errors='replace') as f:
        text = f.read()
    assert 'Traceback' not in text, text


def _wait(processes, port, log):
    for _ in range(300):
        for process in processes:
            assert process.poll() is None, open(log).read()
        with contextlib.suppress(OSError):
            if _status(port) != 502:  # what is behind a proxy starts
                return
        time.sleep(.1)
    raise AssertionError('no answer: %s' % open(log).read())


def tracd(path, *options):
    """Serve an environment with tracd; the port, within a `with`."""
    return started(path, lambda port: [[
        sys.executable, '-W', 'ignore', '-m', 'trac.web.standalone', '-s',
        '--hostname', '127.0.0.1', '--port', str(port), *options, path]])


class Tracd(Server):

    name = 'tracd'
    decodes_chunks = False

    def version(self):
        import trac
        return trac.__version__

    def commands(self, site, port):
        yield [*command_line('tracd', port='--port %d' % port, env=site.path,
                             htpasswd=site.htpasswd),
               '--hostname', '127.0.0.1']


class Tracd10(Tracd):

    name = 'tracd, HTTP/1.0'
    keeps_connections = False

    def commands(self, site, port):
        for command in super().commands(site, port):
            yield [*command, '--http10']


class PythonServer(Server):
    """A WSGI server from the Python package index."""

    package = program = ''

    def missing(self):
        if importlib.util.find_spec(self.package) is None:
            return '%s is not installed' % self.package
        return None

    def version(self):
        from pkg_resources import get_distribution
        return get_distribution(self.package).version

    def commands(self, site, port):
        site.wsgi()
        yield command_line(self.program, address='127.0.0.1:%d' % port)


class Gunicorn(PythonServer):

    name = 'gunicorn, 2 workers'
    package = program = 'gunicorn'


class Waitress(PythonServer):

    name = package = 'waitress'
    program = 'waitress-serve'


class UWSGI(PythonServer):

    name = 'uWSGI, 2 processes'
    package = 'pyuwsgi'
    program = 'uwsgi'
    decodes_chunks = False


class Program(Server):
    """A server that the distribution of the operating system has."""

    program = ''

    def missing(self):
        if not self.path():
            return '%s is not installed' % self.program
        return None

    def path(self):
        return find(self.program)

    def version(self):
        done = subprocess.run([self.path(), '-v'], capture_output=True,
                              text=True, check=True)
        return re.search('[0-9]+[.][0-9.]+', done.stdout + done.stderr)[0]


class Nginx(Program):

    name = 'nginx, gunicorn behind it'
    program = 'nginx'
    behind = Gunicorn()

    def missing(self):
        return super().missing() or self.behind.missing()

    def commands(self, site, port):
        inner = free_port()
        yield from self.behind.commands(site, inner)
        os.makedirs(os.path.join(site.directory, 'nginx'), exist_ok=True)
        path = site.write('nginx.conf', NGINX % {
            'directory': os.path.join(site.directory, 'nginx'),
            'user': 'user root;' if os.geteuid() == 0 else '',
            'server': configuration(
                'proxy_pass', listen='listen 127.0.0.1:%d;' % port,
                address='127.0.0.1:%d' % inner)})
        yield [self.path(), '-c', path, '-g', 'daemon off;']


NGINX = """\
%(user)s
worker_processes 1;
error_log stderr;
pid %(directory)s/pid;
events {}
http {
    access_log off;
    client_body_temp_path %(directory)s/body;
    proxy_temp_path %(directory)s/proxy;
    fastcgi_temp_path %(directory)s/fastcgi;
    uwsgi_temp_path %(directory)s/uwsgi;
    scgi_temp_path %(directory)s/scgi;
    %(server)s
}
"""


class Apache(Program):

    name = 'Apache, mod_wsgi'
    program = 'apache2'
    closes_after = (400, 413)
    modules = '/usr/lib/apache2/modules'

    def missing(self):
        if super().missing():
            return super().missing()
        version = '%d.%d' % sys.version_info[:2]
        if not glob.glob('%s/mod_wsgi.so-%s' % (self.modules, version)):
            return 'mod_wsgi for Python %s is not installed' % version
        return None

    def commands(self, site, port):
        script = site.write('apache_wsgi.py', configuration(
            '# apache_wsgi.py', env=site.path))
        path = site.write('apache.conf', APACHE % {
            'directory': site.directory, 'port': port,
            'modules': self.modules, 'site': configuration(
                'WSGIDaemonProcess', wsgi=script,
                venv='%s python-path=%s' % (
                    sys.prefix, os.environ.get('PYTHONPATH', '')),
                htpasswd=site.htpasswd)})
        yield [*_as_web_server(site), self.path(), '-d', site.directory,
               '-f', path, '-DFOREGROUND']


def _as_web_server(site):
    """Apache refuses to run as root, but Python may be where nobody else
    can read."""
    if os.geteuid() != 0:
        return []
    for base, directories, files in os.walk(site.directory):
        for name in ['.', *files]:
            shutil.chown(os.path.join(base, name), 'www-data', 'www-data')
    return ['setpriv', '--reuid=www-data', '--regid=www-data',
            '--clear-groups', '--inh-caps=+dac_override',
            '--ambient-caps=+dac_override']


APACHE = """\
ServerName localhost
Listen 127.0.0.1:%(port)d
PidFile %(directory)s/apache.pid
ErrorLog /dev/stderr
LogLevel error
Mutex file:%(directory)s
LoadModule mpm_event_module %(modules)s/mod_mpm_event.so
LoadModule authn_core_module %(modules)s/mod_authn_core.so
LoadModule authn_file_module %(modules)s/mod_authn_file.so
LoadModule authz_core_module %(modules)s/mod_authz_core.so
LoadModule authz_user_module %(modules)s/mod_authz_user.so
LoadModule auth_basic_module %(modules)s/mod_auth_basic.so
LoadModule wsgi_module %(modules)s/mod_wsgi.so
WSGISocketPrefix %(directory)s/wsgi

%(site)s
"""


SERVERS = [Tracd(), Tracd10(), Gunicorn(), Waitress(), UWSGI(), Nginx(),
           Apache()]


def _status(port):
    connection = http.client.HTTPConnection('127.0.0.1', port, timeout=10)
    with contextlib.closing(connection):
        connection.request('GET', '/chrome/common/trac_logo_mini.png')
        return connection.getresponse().status


def _end(process):
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
