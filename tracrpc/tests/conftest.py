# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""Fixtures of all tests."""

from contextlib import suppress
from importlib import import_module

import pytest
from trac.core import ComponentMeta
from trac.env import Environment
from trac.test import EnvironmentStub

from tracrpc.tests import browser, mariadb, postgres
from tracrpc.tests.servers import Site, Tracd, tracd
from tracrpc.tests.support import RPC, grant


# Trac's components exist once their modules are imported.
for _module in ('about', 'admin.web_ui', 'attachment', 'mimeview.api',
                'prefs.web_ui', 'search.web_ui', 'ticket.admin',
                'ticket.default_workflow', 'ticket.notification',
                'ticket.query', 'ticket.report', 'ticket.roadmap',
                'ticket.web_ui', 'timeline.web_ui', 'versioncontrol.api',
                'web.auth', 'web.session', 'wiki.admin', 'wiki.macros',
                'wiki.web_ui', 'wiki.intertrac', 'wiki.interwiki'):
    import_module('trac.' + _module)


SERVERS = {'postgres': postgres, 'mariadb': mariadb}


def pytest_collection_modifyitems(config, items):
    server = SERVERS.get(config.getoption('db', 'sqlite'))
    skip(items, server and server.missing())
    skip(items, browser.missing() if config.getoption('browser', False)
         else 'runs with --browser', 'browser')
    skip(items, not config.getoption('clients', False) and
         'runs with --clients', 'clients')


def skip(items, reason, marker=None):
    """Skip the tests with a marker, if there is a reason to."""
    for item in items:
        if reason and (not marker or item.get_closest_marker(marker)):
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport():
    """Reports travel between processes as UTF-8, and some tests log what
    UTF-8 cannot hold."""
    report = (yield).get_result()
    report.sections = [(name, _printable(text))
                       for name, text in report.sections]
    text = str(report.longrepr)
    if report.failed and text != _printable(text):
        report.longrepr = _printable(text)


def _printable(text):
    return text.encode('utf-8', 'backslashreplace').decode('utf-8')


def pytest_sessionstart(session):
    if session.config.getoption('browser', False) and not browser.missing():
        browser.artefacts.path  # noqa: B018 - the same in all processes


def pytest_terminal_summary(terminalreporter, config):
    write = terminalreporter.write_line
    if not config.getoption('browser', False):
        return
    if browser.missing():
        write('The tests in a browser were skipped: ' + browser.missing())
    else:
        write('Screenshots: ' + browser.artefacts.path)


@pytest.fixture(scope='session')
def database(request):
    """The URI of the database for tests, without a schema; `None` for
    SQLite."""
    name = request.config.getoption('db', 'sqlite')
    if name == 'sqlite':
        yield None
        return
    with SERVERS[name].server() as uri, pytest.MonkeyPatch.context() as patch:
        stub_uri = uri + '?schema=tractest'
        if name == 'mariadb':
            stub_uri = uri
            patch.setattr('trac.db.mysql_backend.MySQLConnection.'
                          'reset_tables', mariadb.reset_tables)
        # where Trac's EnvironmentStub looks
        patch.setenv('TRAC_TEST_DB_URI', stub_uri)
        yield uri


@pytest.fixture
def env(tmp_path, database):
    """An environment stub with Trac's default data, on a directory of its
    own; `admin` may do everything, and everybody may use RPC."""
    env = EnvironmentStub(default_data=True, path=str(tmp_path / 'env'),
                          enable=['trac.*', 'tracrpc.*'])
    env.config.set('trac', 'base_url', 'http://example.org/trac')
    env.abs_href.base = 'http://example.org/trac'
    for user in ('anonymous', 'authenticated'):
        grant(env, user, 'XML_RPC')
    grant(env, 'admin', 'TRAC_ADMIN')
    yield env
    with suppress(Exception):  # a test may have broken the connection
        env.shutdown()


@pytest.fixture(params=['xml', 'json'])
def rpc(request, env):
    """Calls over one of the protocols, through the real `RPCWeb`."""
    return RPC(env, request.param)


@pytest.fixture
def components(env):
    """A function that enables component classes which a test defines; they
    are forgotten after the test."""
    def enable(*classes):
        for cls in classes:
            env.enable_component(cls)
        _forget_lists(env)
        return classes[0]
    before = list(ComponentMeta._components)
    yield enable
    for cls in list(ComponentMeta._components):
        if cls not in before:
            ComponentMeta.deregister(cls)


def _forget_lists(env):
    """Components that cached which others there are start anew."""
    for cls in list(env.components):
        if cls.__module__.startswith('tracrpc.') and \
                '.tests.' not in cls.__module__:
            del env.components[cls]


@pytest.fixture
def real_env(env, tmp_path):
    """An environment with a database that several threads may use: the tests'
    own, or SQLite in a file."""
    if not env.dburi.startswith('sqlite'):
        yield env
        return
    env = Environment(str(tmp_path / 'real'), create=True, options=[
        ('trac', 'database', 'sqlite:db/trac.db'),
        ('components', 'tracrpc.*', 'enabled'),
        ('logging', 'log_type', 'none')])
    grant(env, 'admin', 'TRAC_ADMIN')
    yield env
    env.shutdown()


@pytest.fixture(scope='module')
def tracd_site(tmp_path_factory):
    """A `Site` for a tracd."""
    return Site(tmp_path_factory.mktemp('tracd'))


@pytest.fixture(scope='module')
def tracd_port(tracd_site):
    """The port of a tracd with Basic authentication."""
    with Tracd().running(tracd_site) as port:
        yield port


@pytest.fixture(scope='module')
def site(tmp_path_factory):
    """The address of a tracd with the content of the demo and its users,
    `admin` and `user`, for tests in a browser."""
    path = str(tmp_path_factory.mktemp('site') / 'trac')
    authentication = browser.make_site(path)
    with tracd(path, '--basic-auth', authentication) as port:
        yield 'http://127.0.0.1:%d' % port


@pytest.fixture(scope='module')
def chromium():
    """A running Chromium."""
    with browser.launched() as running:
        yield running


@pytest.fixture
def visit(chromium, site, request):
    """A function that opens pages of the site, `visit('/prefs',
    user='admin')`, see `Visits`. No page may raise an error in a script, or
    ask other servers for anything."""
    visits = browser.Visits(chromium, site, request.node.name)
    yield visits
    visits.close()
    assert not visits.problems
