# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""Fixtures of all tests."""

from importlib import import_module

import pytest
from trac.core import ComponentMeta
from trac.test import EnvironmentStub

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


@pytest.fixture
def env(tmp_path):
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
    env.reset_db()
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
