# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""The pages for access tokens, in the preferences and the administration."""

import html
import re
from datetime import datetime
from urllib.parse import urlencode

import pytest
from trac.util.datefmt import timezone
from trac.util.translation import has_babel

from tracrpc.tests.support import request, revoke
from tracrpc.token_model import Scope
from tracrpc.tokens import TokenStore

PREFS = '/prefs/tokens'
ADMIN = '/admin/rpc/tokens'
SECRET = re.compile('trac_[0-9a-f]{16}_[0-9a-f]{64}')


@pytest.fixture
def store(env):
    return TokenStore(env)


@pytest.fixture
def visit(env):
    """A function that gets a page, or sends a form to it, as a browser
    does."""
    def visit(path, user='user', form=None, token='f' * 24, **headers):
        if form is None:
            return request(env, path, 'GET', user=user, **headers)
        fields = dict(form, __FORM_TOKEN=token)
        return request(env, path, user=user,
                       body=urlencode(fields, doseq=True).encode('ascii'),
                       content_type='application/x-www-form-urlencoded',
                       Cookie='trac_form_token=' + 'f' * 24, **headers)
    return visit


def warnings(response):
    """What the page warns of."""
    found = re.search(r'id="warning".*?</div>', response.text, re.S)
    return html.unescape(found.group()) if found else ''


def rows(response):
    """The rows of the table of tokens, each a list of texts."""
    table = re.search(r'<table[^>]*id="rpc-tokens".*?</table>',
                      response.text, re.S).group()
    return [[' '.join(html.unescape(re.sub('<.*?>', ' ', cell)).split())
             for cell in re.findall(r'<t[hd][^>]*>(.*?)</t[hd]>', row, re.S)]
            for row in re.findall(r'<tr.*?</tr>', table, re.S)[1:]]


# Who sees them

def test_who_sees_the_panel(env, visit):
    assert visit(PREFS).status == 200
    assert visit(PREFS, user=None).status == 404
    revoke(env, 'authenticated', 'XML_RPC')
    revoke(env, 'anonymous', 'XML_RPC')
    assert visit(PREFS).status == 404
    assert visit(PREFS, form={'create': '1', 'name': 'ci'}).status == 404
    assert TokenStore(env).tokens() == []


def test_who_sees_the_page_of_the_administration(visit, store):
    store.create('other', 'ci')
    assert visit(ADMIN, 'admin').status == 200
    assert visit(ADMIN).status in (403, 404)
    response = visit(ADMIN, form={'revoke': '1', 'user': 'other',
                                  'token': 'ci'})
    assert response.status in (403, 404)
    assert store.get('other', 'ci')


def test_there_are_no_pages_without_the_store(env, visit):
    env.disable_component(TokenStore)
    assert visit(PREFS).status == 404
    assert visit(ADMIN, 'admin').status == 404


@pytest.mark.parametrize('name', ['user', 'name', 'expires', 'access',
                                  'namespaces', 'token'])
def test_files_in_place_of_texts(env, name):
    fields = {'__FORM_TOKEN': 'f' * 24, 'name': 'ci', name: 'x'}
    for action in ('create', 'revoke'):
        body = '--b\r\n' + '--b\r\n'.join(
            'Content-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
            % (field, '; filename="f"' if field == name else '', value)
            for field, value in dict(fields, **{action: '1'}).items())
        for path in (PREFS, ADMIN):
            response = request(
                env, path, user='admin', body=(body + '--b--').encode('ascii'),
                content_type='multipart/form-data; boundary=b',
                Cookie='trac_form_token=' + 'f' * 24)
            assert response.status in (200, 303)


# The list

def test_the_list(env, store, visit):
    assert rows(visit(PREFS)) == [['There are none.']]
    store.create('user', 'a <b>&', Scope(True, ('wiki', 'ticket')))
    store.create('user', 'b', expires=datetime(
        2100, 1, 31, 23, 59, 59, tzinfo=timezone('GMT')))
    store.create('other', 'c')
    env.db_transaction("UPDATE rpc_token SET expires=0+1000000 "
                       "WHERE name='a <b>&'")
    first, second = rows(visit(PREFS))
    assert first[:2] == ['a <b>&', 'Read only: wiki, ticket']
    assert first[3].startswith('Expired on') and first[4] == 'Never'
    assert second[:2] == ['b', 'Everything']
    assert re.search(r'\d', second[3]) and 'Expired' not in second[3]
    assert visit(PREFS, 'nobody').text.count('Revoke ') == 0


def test_the_administration_lists_the_tokens_of_all(store, visit):
    store.create('user', 'a')
    store.create('other', 'b', Scope(True))
    assert [row[:3] for row in rows(visit(ADMIN, 'admin'))] == \
        [['other', 'b', 'Read only'], ['user', 'a', 'Everything']]


# Creation

def test_a_token_is_shown_once(env, store, visit):
    response = visit(PREFS, form={'create': '1', 'name': 'ci'})
    assert response.status == 200 and not warnings(response)
    assert ('Cache-Control', 'no-store') in response.header_list
    secret, = set(SECRET.findall(response.text))
    token = store.verify(secret)
    assert (token.username, token.name) == ('user', 'ci')
    assert (token.scope, token.expires) == (Scope(True), None)
    # and is nowhere else
    for path in (PREFS, '/prefs', '/admin/rpc/tokens'):
        assert secret[-64:] not in visit(path, 'admin').text
        assert secret[-64:] not in visit(path).text
    for table in ('session_attribute', 'rpc_token', 'system', 'auth_cookie'):
        for row in env.db_query("SELECT * FROM " + table):
            assert secret[-64:] not in repr(row)


def test_sending_the_form_again_makes_no_second_token(store, visit):
    form = {'create': '1', 'name': 'ci'}
    visit(PREFS, form=form)
    response = visit(PREFS, form=form)
    assert 'user already has an access token "ci".' in warnings(response)
    assert not SECRET.search(response.text)
    assert len(store.tokens()) == 1


@pytest.mark.parametrize('fields, scope', [
    ({'access': 'all'}, Scope()),
    ({'access': 'read'}, Scope(True)),
    ({'access': 'nonsense'}, Scope(True)),
    ({'access': 'all', 'namespaces': ['wiki', 'ticket']},
     Scope(False, ('wiki', 'ticket'))),
    ({'access': 'read', 'namespaces': ['wiki']}, Scope(True, ('wiki',)))])
def test_the_scope_is_chosen(store, visit, fields, scope):
    visit(PREFS, form=dict(fields, create='1', name='ci'))
    assert store.get('user', 'ci').scope == scope


def test_a_token_expires_at_the_end_of_a_day_of_the_user(env, store, visit):
    env.insert_users([('user', 'User', '')])
    env.db_transaction("INSERT INTO session_attribute VALUES "
                       "('user', 1, 'tz', 'GMT +3:00')")
    visit(PREFS, form={'create': '1', 'name': 'ci', 'expires': '2100-01-31'})
    assert store.get('user', 'ci').expires == \
        datetime(2100, 1, 31, 23, 59, 59, tzinfo=timezone('GMT +3:00'))


@pytest.mark.parametrize('fields, warning', [
    ({'name': ''}, 'The name of the token must have'),
    ({'name': 'a\nb'}, 'The name of the token must have'),
    ({'name': 'x' * 65}, 'The name of the token must have'),
    ({'expires': '2001-01-01'}, 'must be in the future'),
    ({'expires': 'soon'}, '"soon" is an invalid date'),
    ({'namespaces': ['tiket']}, 'no namespace "tiket"')])
def test_what_is_wrong_is_told_and_the_form_kept(store, visit, fields,
                                                 warning):
    form = dict({'create': '1', 'name': 'my <ci>', 'access': 'all',
                 'namespaces': ['wiki'], 'expires': '2100-01-31'}, **fields)
    response = visit(PREFS, form=form)
    assert response.status == 200 and warning in warnings(response)
    assert store.tokens() == []
    text = html.unescape(response.text)
    assert 'value="%s"' % form['name'] in text
    assert 'value="%s"' % form['expires'] in text
    assert 'value="all" checked="checked"' in text
    assert ('value="wiki" checked="checked"' in text) == \
        ('wiki' in form['namespaces'])


def test_administrators_make_tokens_for_others(store, visit):
    response = visit(ADMIN, 'admin', {'create': '1', 'user': 'bot',
                                      'name': 'ci', 'access': 'all'})
    secret, = set(SECRET.findall(response.text))
    assert store.verify(secret).username == 'bot'
    response = visit(ADMIN, 'admin', {'create': '1', 'name': 'ci'})
    assert 'The name of the user must have' in warnings(response)


def test_users_make_tokens_for_themselves_only(store, visit):
    visit(PREFS, form={'create': '1', 'name': 'ci', 'user': 'admin'})
    assert [token.username for token in store.tokens()] == ['user']


@pytest.mark.parametrize('path, user', [(PREFS, 'user'), (ADMIN, 'admin')])
def test_forms_of_other_sites_are_refused(store, visit, path, user):
    store.create(user, 'old')
    for form in ({'create': '1', 'name': 'ci', 'user': user},
                 {'revoke': '1', 'token': 'old', 'user': user}):
        assert visit(path, user, form, token='').status == 400
    assert [token.name for token in store.tokens()] == ['old']


# Revocation

def test_a_token_is_revoked_after_a_question(store, visit):
    _, secret = store.create('user', 'a&b c')
    link = re.search(r'<a href="([^"]*token=[^"]*)"', visit(PREFS).text)
    href = html.unescape(link.group(1))
    assert href.startswith('/trac/prefs/tokens?')
    response = visit(href[len('/trac'):])
    assert 'This cannot be undone' in response.text
    assert 'name="create"' not in response.text
    assert store.verify(secret)
    response = visit(PREFS, form={'revoke': '1', 'token': 'a&b c'})
    assert response.status == 303
    assert response.headers['location'].endswith(PREFS)
    assert store.verify(secret) is None


def test_the_administration_revokes_tokens_of_all(store, visit):
    for user in ('a', 'b'):
        store.create(user, 'ci')
    links = re.findall(r'<a href="/trac([^"]*token=[^"]*)"',
                       visit(ADMIN, 'admin').text)
    response = visit(html.unescape(links[1]), 'admin')
    assert '"ci" of b' in html.unescape(response.text)
    visit(ADMIN, 'admin', {'revoke': '1', 'user': 'b', 'token': 'ci'})
    assert [token.username for token in store.tokens()] == ['a']


def test_nobody_revokes_what_is_not_his(store, visit):
    store.create('admin', 'ci')
    for query in ('?token=ci&user=admin', '?token=', '?token=a&token=b'):
        assert visit(PREFS + query).status == 302
    response = visit(PREFS, form={'revoke': '1', 'token': 'ci',
                                  'user': 'admin'})
    assert response.status == 303
    assert store.get('admin', 'ci')


# Languages

@pytest.mark.skipif(not has_babel, reason='Babel is not installed')
def test_the_rest_of_the_page_is_in_the_language_of_the_user(visit):
    text = visit(PREFS, Accept_Language='de').text
    assert '<h1>Einstellungen</h1>' in text
