# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""The catalogs of translations: complete, up to date, and used."""

import importlib.util
import os
import re

import pytest
from trac.admin.api import AdminCommandError, AdminCommandManager
from trac.config import Option

from tracrpc.tests.test_docs import page
from tracrpc.tests.test_packaging import ROOT
from tracrpc.token_admin import TokenAdmin
from tracrpc.util import _, add_domain, i18n_domain

pytest.importorskip('babel')

TOOL = os.path.join(ROOT, 'tools', 'translations.py')
LANGUAGES = ['de', 'ja']


@pytest.fixture(scope='module')
def tool():
    if not os.path.exists(TOOL):
        pytest.skip('translations are made in the checkout only')
    spec = importlib.util.spec_from_file_location('translations', TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def compiled(env, tool, tmp_path):
    """The catalogs, compiled as the distribution has them."""
    from babel.messages.mofile import write_mo
    for language, path in tool.catalogs().items():
        directory = tmp_path / 'locale' / language / 'LC_MESSAGES'
        directory.mkdir(parents=True)
        with open(str(directory / 'tracrpc.mo'), 'wb') as f:
            write_mo(f, tool.read(path))
    page(env)  # the components add the domain once they exist
    TokenAdmin(env)
    add_domain(env.path, str(tmp_path / 'locale'))


def ids(catalog):
    return {message.id for message in catalog if message.id}


def test_the_template_has_all_texts_of_the_sources(tool):
    template = ids(tool.read(tool.TEMPLATE))
    assert template == ids(tool.extracted()), \
        './run translate brings it up to date'
    assert len(template) > 60


@pytest.mark.parametrize('language', LANGUAGES)
def test_catalogs_are_complete(tool, language):
    catalog = tool.read(tool.catalogs()[language])
    assert ids(catalog) == ids(tool.extracted())
    assert not tool.missing(catalog)
    assert not catalog.obsolete


@pytest.mark.parametrize('language', LANGUAGES)
def test_placeholders_are_translated_as_they_are(tool, language):
    def placeholders(text):
        return sorted(re.findall(r'%(?:\(\w+\))?[^\s\w(]*[a-zA-Z%]', text))

    for message in tool.read(tool.catalogs()[language]):
        if message.id:
            assert placeholders(message.id) == \
                placeholders(message.string), message.id
            # code is the same in all languages
            assert message.id.count('`') == message.string.count('`')


def test_all_options_are_translated():
    ours = [option for (section, name), option in Option.registry.items()
            if section == 'rpc']
    assert len(ours) >= 3
    for option in ours:
        assert option.doc_domain == i18n_domain, option.name
        assert option.__doc__, option.name


@pytest.mark.parametrize('language, words', [
    ('de', ['Berechtigung', 'Je nach Ressource', 'Anfragen gehen per',
            'Ausprobieren']),
    ('ja', ['\u6a29\u9650', '\u30e1\u30bd\u30c3\u30c9'])])
def test_the_page_is_translated(env, compiled, language, words):
    text = page(env, Accept_Language=language)
    for word in words:
        assert word in text
    # the texts of the scripts, and nobody else's language
    assert {'de': 'Ja, aufrufen', 'ja': '\\u306f\\u3044'}[language] in text
    assert 'Ausprobieren' not in page(env, Accept_Language='en')


def test_the_documentation_of_options_is_translated(env, compiled):
    from trac.web.chrome import Chrome
    from trac.util.translation import activate, deactivate
    Chrome(env)
    activate('de', env.path)
    try:
        assert Option.registry['rpc', 'max_multicall'].doc.startswith(
            'H\xf6chstzahl')
    finally:
        deactivate()


@pytest.mark.parametrize('language, words', [
    ('de', ['Benutzer', 'nur jetzt gezeigt', 'hat schon ein',
            'hat keine Zugriffstoken']),
    ('ja', ['\u30e6\u30fc\u30b6\u30fc']),
    ('en', ['User', 'shown only now', 'already has', 'has no access tokens'])])
def test_trac_admin_speaks_the_language_of_the_console(
        env, compiled, monkeypatch, capsys, language, words):
    """Trac itself leaves out the texts of plugins there."""
    monkeypatch.setenv('LANGUAGE', language)

    def run(*args):
        try:
            AdminCommandManager(env).execute_command('rpc', 'token', *args)
        except AdminCommandError as e:
            return str(e)
        return '\n'.join(capsys.readouterr())
    told = run('create', 'joe', 'ci') + run('create', 'joe', 'ci') + \
        run('list') + run('revoke', 'jane', '--all')
    for word in words:
        assert word in told
    assert _('Last use') == 'Last use'  # it leaves others alone
