# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""The distributions, built and installed for real."""

import email
import importlib
import json
import os
import pkgutil
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile

import pytest
from trac.core import ComponentMeta

import tracrpc
from tracrpc.tests.clients import CLIENTS, Debian

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(tracrpc.__file__)))
RUNNING = '%d.%d' % sys.version_info[:2]

pytestmark = pytest.mark.skipif(
    not os.path.exists(os.path.join(ROOT, 'setup.py')),
    reason='distributions are built from the checkout only')

REQUIREMENTS = {'Trac>=1.6', 'Genshi>=0.7.7', 'setuptools<82'}

# Makes a Trac environment and requests things from it as a web server does.
SITE = r"""
import io, json, sys, xmlrpc.client
from trac.env import Environment
from trac.perm import PermissionSystem
from trac.web.main import dispatch_request

path = sys.argv[1]
env = Environment(path, create=True, options=[
    ('components', 'tracrpc.*', 'enabled'),
    ('trac', 'database', 'sqlite:db/trac.db')])
PermissionSystem(env).grant_permission('anonymous', 'XML_RPC')
env.shutdown()

def request(method, path_info, body=b'', **headers):
    started = []
    environ = {
        'REQUEST_METHOD': method, 'SCRIPT_NAME': '', 'QUERY_STRING': '',
        'PATH_INFO': path_info, 'SERVER_NAME': 'localhost',
        'SERVER_PORT': '80', 'SERVER_PROTOCOL': 'HTTP/1.1',
        'REMOTE_ADDR': '127.0.0.1', 'CONTENT_LENGTH': str(len(body)),
        'wsgi.version': (1, 0), 'wsgi.url_scheme': 'http',
        'wsgi.input': io.BytesIO(body), 'wsgi.errors': sys.stderr,
        'wsgi.multithread': False, 'wsgi.multiprocess': False,
        'wsgi.run_once': False, 'trac.env_path': path,
    }
    environ.update(headers)
    written = []
    def start_response(status, headers, exc_info=None):
        started.append(status)
        return written.append
    result = dispatch_request(environ, start_response)
    written.extend(result)
    return started[0], b''.join(written).decode('utf-8')

call = xmlrpc.client.dumps((), 'system.getAPIVersion').encode('utf-8')
status, answer = request('POST', '/rpc', call, CONTENT_TYPE='text/xml')
import tracrpc
from tracrpc.tests.clients import CLIENTS, Debian
json.dump({
    'file': tracrpc.__file__,
    'call': [status, xmlrpc.client.loads(answer)[0][0]],
    'page': request('GET', '/rpc', HTTP_ACCEPT='text/html'),
    'style': request('GET', '/chrome/tracrpc/rpc.css'),
}, sys.stdout)
"""


def run(*argv, **kwargs):
    """Run a program apart from this checkout; return what it printed."""
    environ = {name: value for name, value in os.environ.items()
               if name not in ('PYTHONPATH', 'PYTHONHOME')}
    result = subprocess.run(argv, env=environ, stdin=subprocess.DEVNULL,
                            capture_output=True, text=True, check=False,
                            **kwargs)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def shipped_files(*directories):
    """Files below these directories of the package, as `tracrpc/x/y`."""
    for directory in directories:
        top = os.path.join(ROOT, 'tracrpc', directory)
        for base, dirs, files in os.walk(top):
            if '__pycache__' in dirs:
                dirs.remove('__pycache__')
            for name in files:
                if not name.endswith(('.po', '.pyc')):
                    path = os.path.relpath(os.path.join(base, name), ROOT)
                    yield path.replace(os.sep, '/')


@pytest.fixture(scope='module')
def dist(tmp_path_factory):
    """The sdist, and the wheel made from the sdist."""
    top = tmp_path_factory.mktemp('dist')
    source = str(top / 'source')
    shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(
        '.[!c]*', 'build', 'dist', '*.egg-info', '*.mo', '__pycache__'))
    run(sys.executable, '-m', 'build', '--outdir', str(top / 'dist'), source,
        cwd=str(top))
    sdist, = (top / 'dist').glob('*.tar.gz')
    wheel, = (top / 'dist').glob('*.whl')
    return str(sdist), str(wheel)


@pytest.fixture(scope='module')
def wheel(dist):
    with zipfile.ZipFile(dist[1]) as archive:
        yield archive


def dist_info(wheel, name):
    path, = (path for path in wheel.namelist()
             if path.endswith('.dist-info/' + name))
    return wheel.read(path).decode('utf-8')


def test_wheel_holds_all_the_package_and_nothing_else(wheel):
    names = set(wheel.namelist())
    assert {name for name in names if name.startswith('tracrpc/') and
            not name.endswith('.mo')} == \
        {name for name in shipped_files('') if not name.endswith('.mo')}
    assert 'tracrpc/templates/rpc.html' in names
    assert 'tracrpc/htdocs/rpc.css' in names
    assert 'tracrpc/tests/test_packaging.py' in names
    for language in ('de', 'ja'):
        assert 'tracrpc/locale/%s/LC_MESSAGES/tracrpc.mo' % language in names
    assert {name.split('/')[0].partition('-')[0].lower()
            for name in names} == {'tracrpc', 'tracxmlrpc'}


def test_sdist_holds_all_that_tests_and_demo_need(dist):
    with tarfile.open(dist[0]) as archive:
        members = {member.name.partition('/')[2]: member
                   for member in archive}
    for name in ('setup.py', 'pyproject.toml', 'tox.ini', 'LICENSE', 'run',
                 'README.md', 'CHANGES.md', '.ci/run', 'tools/demo.py'):
        assert name in members
    assert not set(shipped_files('')) - set(members)
    assert members['run'].mode & 0o100


def test_metadata(wheel):
    metadata = email.message_from_string(dist_info(wheel, 'METADATA'))
    assert metadata['Name'] == 'TracXMLRPC'
    assert metadata['Version'] == tracrpc.__version__
    assert metadata['Requires-Python'] == '>=3.8'
    hard = {requirement.replace(' ', '').replace('(', '').replace(')', '')
            for requirement in metadata.get_all('Requires-Dist')
            if 'extra' not in requirement}
    assert hard == REQUIREMENTS
    assert any(name.endswith('LICENSE') for name in wheel.namelist())


def test_every_module_with_components_is_an_entry_point(wheel):
    for module in pkgutil.iter_modules(tracrpc.__path__, 'tracrpc.'):
        if not module.ispkg:
            importlib.import_module(module.name)
    modules = {cls.__module__ for cls in ComponentMeta._components}
    expected = {name for name in modules if name.startswith('tracrpc.') and
                not name.startswith('tracrpc.tests')}

    section, *lines = dist_info(wheel, 'entry_points.txt').split('\n')
    assert section == '[trac.plugins]'
    entries = dict(line.split(' = ') for line in lines if line)
    assert all(name == module for name, module in entries.items())
    assert set(entries) == expected


def test_twine_finds_no_fault(dist):
    pytest.importorskip('twine')
    output = run(sys.executable, '-m', 'twine', 'check', '--strict', *dist)
    assert output.count('PASSED') == 2


def test_ci_installs_what_clients_need():
    with open(os.path.join(ROOT, '.ci', 'run'), encoding='utf-8') as f:
        installed = set(re.findall('[a-z0-9-]+', f.read()))
    needed = {package for client in CLIENTS if isinstance(client, Debian)
              for package in client.packages}
    assert needed - installed == {'perl'}  # in every Debian
    assert 'npm' in installed  # which needs nodejs


def find_python(version):
    from tools import pythons  # of the checkout
    return pythons.find(version) or \
        pytest.skip('Python %s is not installed (with venv)' % version)


def make_venv(python, path):
    """Make a virtual environment, return the start of its pip command."""
    inside = os.path.join(path, 'bin', 'python')
    if python == sys.executable:  # perhaps of a Debian without python3-venv
        run(python, '-m', 'venv', '--without-pip', path)
        return [python, '-m', 'pip', '--python', inside]
    run(python, '-m', 'venv', path)
    return [inside, '-m', 'pip']


@pytest.mark.parametrize('version, setuptools', [
    ('3.8', '65'), ('3.11', '68'), ('3.13', '81'), (RUNNING, '')])
def test_wheel_alone_gives_a_trac_that_serves_rpc(version, setuptools, dist,
                                                  tmp_path):
    """With older versions of setuptools, and the one that pip chooses."""
    python = find_python(version)
    venv = str(tmp_path / 'venv')
    pip = make_venv(python, venv)
    run(*pip, 'install', '--disable-pip-version-check', dist[1],
        *(['setuptools==%s.*' % setuptools] if setuptools else []))
    site = tmp_path / 'site.py'
    site.write_text(SITE)

    answers = json.loads(run(
        os.path.join(venv, 'bin', 'python'), '-W', 'ignore', str(site),
        str(tmp_path / 'env'), cwd=str(tmp_path)))

    assert answers['file'].startswith(venv)
    assert answers['call'] == ['200 Ok', [1, 3, 0]]
    status, page = answers['page']
    assert status == '200 Ok', page
    assert 'id="XML-RPC"' in page
    assert answers['style'][0] == '200 Ok'


# What an administrator of the original has: an older distribution of the same
# name and package, with modules that are gone.
OLDER = {
    'setup.py': """
from setuptools import setup
setup(name='TracXMLRPC', version='1.1.9', packages=['tracrpc'],
      entry_points={'trac.plugins': ['TracXMLRPC = tracrpc']})
""",
    'tracrpc/__init__.py': 'import tracrpc.gone\n',
    'tracrpc/gone.py': 'raise SystemError("this is the older one")\n',
}


def test_upgrade_from_an_older_distribution(dist, tmp_path):
    venv = str(tmp_path / 'venv')
    pip = [*make_venv(sys.executable, venv), '--disable-pip-version-check']
    older = tmp_path / 'older'
    for name, text in OLDER.items():
        path = older / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    run(*pip, 'install', 'setuptools<82', 'wheel')
    run(*pip, 'install', '--no-build-isolation', str(older))
    assert 'TracXMLRPC==1.1.9' in run(*pip, 'list', '--format=freeze')

    run(*pip, 'install', '--upgrade', dist[1])

    installed = run(*pip, 'list', '--format=freeze')
    assert 'TracXMLRPC==' + tracrpc.__version__ in installed
    assert installed.lower().count('tracxmlrpc') == 1
    site = tmp_path / 'site.py'
    site.write_text(SITE)
    answers = json.loads(run(
        os.path.join(venv, 'bin', 'python'), '-W', 'ignore', str(site),
        str(tmp_path / 'env'), cwd=str(tmp_path)))
    assert answers['call'] == ['200 Ok', [1, 3, 0]]
    package = os.path.dirname(answers['file'])
    assert not os.path.exists(os.path.join(package, 'gone.py'))
    run(*pip, 'check')
