# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""The pages for access tokens, in a real browser."""

import re
import xmlrpc.client as xmlrpclib

import pytest

from tracrpc.tests.browser import violations

pytestmark = pytest.mark.browser

PREFS = '/prefs/tokens'
ADMIN = '/admin/rpc/tokens'


def create(page, name, read_only=True, **fields):
    """Fill in and send the form; the secret that the page shows."""
    page.get_by_label('Name:').fill(name)
    for label, value in fields.items():
        page.get_by_label(label).fill(value)
    page.get_by_label('Read only' if read_only else 'Everything').check()
    with page.expect_navigation():
        page.get_by_role('button', name='Create').click()
    return page.locator('#rpc-secret').input_value()


def revoke(page, name):
    ask_to_revoke(page, name)
    with page.expect_navigation():
        page.get_by_role('button', name='Revoke').click()


def ask_to_revoke(page, name):
    with page.expect_navigation():
        page.get_by_role('link', name='Revoke ' + name).click()


def names(page):
    return page.locator('#rpc-tokens tbody th').all_inner_texts()


def proxy(site, secret):
    return xmlrpclib.ServerProxy(
        site + '/rpc', headers=[('Authorization', 'Bearer ' + secret)])


@pytest.mark.parametrize('script', [True, False])
def test_a_token_from_its_creation_to_its_end(visit, site, script):
    page = visit(PREFS, user='user', java_script_enabled=script)
    secret = create(page, 'my laptop')
    assert re.fullmatch('trac_[0-9a-f]{16}_[0-9a-f]{64}', secret)
    assert page.get_by_role('button', name='Copy').is_visible() == script
    assert names(page) == ['my laptop']
    visit.shot(page, 'created')
    with proxy(site, secret) as trac:
        assert trac.system.whoAmI()['username'] == 'user'
        with pytest.raises(xmlrpclib.Fault, match='scope of the access tok'):
            trac.ticket.create('summary', 'description')
    page.goto(PREFS)
    assert secret[-64:] not in page.content()
    ask_to_revoke(page, 'my laptop')
    visit.shot(page, 'question')
    with page.expect_navigation():
        page.get_by_role('link', name='Cancel').click()
    assert names(page) == ['my laptop']
    revoke(page, 'my laptop')
    assert page.get_by_text('has been revoked').is_visible()
    assert names(page) == []
    with proxy(site, secret) as trac, \
            pytest.raises(xmlrpclib.ProtocolError, match='401'):
        trac.system.whoAmI()


def test_the_secret_is_copied(visit, site):
    page = visit(PREFS, user='user', permissions=['clipboard-read',
                                                  'clipboard-write'])
    secret = create(page, 'copied', read_only=False)
    page.get_by_role('button', name='Copy').click()
    page.get_by_text('Copied.').wait_for()
    assert page.evaluate('navigator.clipboard.readText()') == secret
    revoke(page, 'copied')


def test_the_secret_is_copied_without_tls(visit, site):
    """Where browsers offer no clipboard."""
    page = visit(PREFS, user='user', permissions=['clipboard-read',
                                                  'clipboard-write'])
    page.add_init_script('clipboard = navigator.clipboard;'
                         'Object.defineProperty(navigator, "clipboard", {})')
    secret = create(page, 'copied')
    page.get_by_role('button', name='Copy').click()
    page.get_by_text('Copied.').wait_for()
    assert page.evaluate('clipboard.readText()') == secret
    revoke(page, 'copied')


def test_return_creates_and_never_revokes(visit, site):
    page = visit(PREFS, user='user')
    create(page, 'first')
    page.get_by_label('Name:').fill('second')
    with page.expect_navigation():
        page.get_by_label('Name:').press('Enter')
    assert names(page) == ['first', 'second']
    for name in ('first', 'second'):
        revoke(page, name)


def test_the_keyboard_is_enough(visit, site):
    page = visit(PREFS, user='user')
    page.get_by_label('Name:').focus()
    page.keyboard.type('typed')
    for _ in range(40):
        page.keyboard.press('Tab')
        if page.evaluate('document.activeElement.name') == 'create':
            break
    with page.expect_navigation():
        page.keyboard.press('Space')
    assert page.locator('#rpc-secret').is_visible()
    revoke(page, 'typed')


def test_administrators(visit, site):
    page = visit(ADMIN, user='admin')
    with proxy(site, create(page, 'bot', **{'User:': 'user'})) as trac:
        assert trac.system.whoAmI()['username'] == 'user'
    assert names(page) == ['bot']
    visit.shot(page, 'created')
    revoke(page, 'bot')
    assert names(page) == []


@pytest.mark.parametrize('path, user', [(PREFS, 'user'), (ADMIN, 'admin')])
@pytest.mark.parametrize('width', [1280, 400])
def test_nothing_is_hard_to_use(visit, site, path, user, width):
    page = visit(path, user=user, width=width)
    fields = {'User:': user} if user == 'admin' else {}
    create(page, 'x' * 64, **fields)
    visit.shot(page, 'created', full_page=True)
    assert violations(page, '#tabcontent') == []
    assert page.evaluate('document.querySelector("#tabcontent").scrollWidth'
                         ' <= innerWidth')
    ask_to_revoke(page, 'xxx')
    assert violations(page, '#tabcontent') == []
    page.get_by_role('button', name='Revoke').click()
