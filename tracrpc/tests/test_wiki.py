# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""The namespace `wiki`: pages and links."""

import datetime as dt
import html
import time

import pytest
from trac.core import Component, TracError, implements
from trac.db.api import DatabaseManager
from trac.perm import IPermissionPolicy
from trac.test import MockRequest
from trac.util.datefmt import utc
from trac.util.html import tag
from trac.wiki.api import IWikiChangeListener, IWikiPageManipulator, \
    WikiSystem
from trac.wiki.macros import WikiMacroBase
from trac.wiki.model import WikiPage

from tracrpc.api import RPCError
from tracrpc.tests.support import grant, in_threads, revoke
from tracrpc.wiki import WikiRPC
from tracrpc.wiki_save import PageEdit

_POLICIES = 'DefaultWikiPolicy, DefaultTicketPolicy, ' \
            'DefaultPermissionPolicy, LegacyAttachmentPolicy'


@pytest.fixture(autouse=True)
def policies(env):
    """The permission policies that Trac has by default, unlike its stub."""
    env.config.set('trac', 'permission_policies', _POLICIES)


@pytest.fixture
def page(env):
    """A page with two versions."""
    save(env, 'DiffPage', 'first', author='ann', comment='begun',
         when=dt.datetime(2020, 1, 1, tzinfo=utc))
    return save(env, 'DiffPage', 'second', author='bob',
                when=dt.datetime(2020, 1, 2, 3, 4, 5, 678901, tzinfo=utc))


@pytest.fixture
def secret(env, components):
    """A page that only `admin` may use in any way."""
    class SecretPolicy(Component):
        implements(IPermissionPolicy)

        def check_permission(self, action, username, resource, perm):
            if resource and resource.realm == 'wiki' and \
                    resource.id == 'SecretPage' and username != 'admin':
                return False

    components(SecretPolicy)
    env.config.set('trac', 'permission_policies',
                   'SecretPolicy, ' + _POLICIES)
    return save(env, 'SecretPage', 'hidden words')


def save(env, name, text, author='ann', comment=None, when=None):
    page = WikiPage(env, name)
    page.text = text
    page.save(author, comment, when)
    return page


def manipulator(problems=(), seen=None, prepare=None):
    class Manipulator(Component):
        implements(IWikiPageManipulator)

        def prepare_wiki_page(self, req, page, fields):
            if prepare:
                prepare(req, page, fields)

        def validate_wiki_page(self, req, page):
            if seen is not None:
                seen.append((dict(req.args), page, page.version, page.text))
            return problems

    return Manipulator


def history(env, name):
    return env.db_query("""
        SELECT version, text, author, comment FROM wiki WHERE name=%s
        ORDER BY version""", (name,))


# getPage, getPageVersion

def test_get_page(rpc, page):
    assert rpc.user.wiki.getPage('DiffPage') == 'second'
    assert rpc.user.wiki.getPage('DiffPage', 1) == 'first'
    assert rpc.user.wiki.getPage('DiffPage', '1') == 'first'
    assert rpc.user.wiki.getPage('DiffPage', None) == 'second'
    assert rpc.user.wiki.getPageVersion('DiffPage') == 'second'
    assert rpc.user.wiki.getPageVersion('DiffPage', 1.0) == 'first'


def test_get_page_that_is_missing(rpc, page):
    with rpc.fault(404) as fault:
        rpc.user.wiki.getPage('NoSuch')
    assert fault.text == 'Wiki page "NoSuch" does not exist'
    for version in (3, 0, -1, 2 ** 31 - 1):
        for method in ('getPage', 'getPageVersion', 'getPageHTML',
                       'getPageHTMLVersion'):
            with rpc.fault(404) as fault:
                rpc.user('wiki.' + method, 'DiffPage', version)
            assert fault.text == 'Wiki page "DiffPage" does not exist at ' \
                                 'version %d' % version


def test_get_page_never_takes_a_bad_version_for_the_latest(rpc, page):
    versions: list = ['abc', '', 1.5, [1], {'a': 1}, '1x', 2 ** 64]
    for version in versions:
        if rpc.protocol == 'xml' and version == 2 ** 64:
            continue  # Python's client cannot send it
        with rpc.fault(1, 'version'):
            rpc.user.wiki.getPage('DiffPage', version)


def test_get_page_names(rpc, env, page):
    save(env, '123', 'a number')
    save(env, 'None', 'not nothing')
    assert rpc.user.wiki.getPage(123) == 'a number'
    for name in (None, ''):
        with rpc.fault(404, 'Wiki page "%s" does not exist' % name):
            rpc.user.wiki.getPage(name)
    with rpc.fault(1, 'pagename'):
        rpc.user.wiki.getPage(['DiffPage'])


def test_get_page_checks_the_permission_before_existence(rpc, secret):
    text = "WIKI_VIEW privileges are required to perform this operation on " \
           "SecretPage. You don't have the required permissions."
    for method in ('getPage', 'getPageVersion', 'getPageHTML', 'getPageInfo',
                   'getPageHTMLVersion', 'getPageInfoVersion'):
        for args in ((), (1,), (17,)):
            with rpc.fault(403) as fault:
                rpc.user('wiki.' + method, 'SecretPage', *args)
            assert fault.text == text
    assert rpc.admin.wiki.getPage('SecretPage') == 'hidden words'


def test_V2_texts_of_both_protocols_are_stored_alike(rpc, env):
    rpc.user.wiki.putPage('Lines', 'a\nb\r\nc\rd', {})
    # XML parsers turn every line end into \n on its way in
    assert history(env, 'Lines')[0][1] == 'a\r\nb\r\nc\r\nd'


def test_V2_writing_back_what_was_read_is_no_change(rpc, env):
    save(env, 'Imported', 'one\ntwo\nthree')  # as by trac-admin
    save(env, 'Typed', 'one\r\ntwo\r\n')
    for name in ('Imported', 'Typed'):
        text = rpc.user.wiki.getPage(name)
        with rpc.fault(1, 'Page not modified'):
            rpc.user.wiki.putPage(name, text, {})
        assert len(history(env, name)) == 1
    # and really changing the text is one
    rpc.user.wiki.putPage('Imported', 'one\ntwo\nfour', {})
    assert history(env, 'Imported')[1][1] == 'one\r\ntwo\r\nfour'


# getPageHTML

def test_get_page_html(rpc, env):
    save(env, 'Links', "''text'' [wiki:DiffPage d]")
    save(env, 'DiffPage', 'x')
    rendered = rpc.user.wiki.getPageHTML('Links')
    assert rendered.startswith('<html><body><p>\n<em>text</em>')
    assert rendered.endswith('</body></html>')
    assert 'href="http://example.org/trac/wiki/DiffPage"' in rendered
    assert rpc.user.wiki.getPageHTMLVersion('Links', 1) == rendered
    assert rpc.user.wiki.getPageHTMLVersion('Links') == rendered


def test_get_page_html_shows_what_manipulators_prepare(rpc, env, components,
                                                       page):
    def prepare(req, page, fields):
        fields['text'] = fields['text'].upper() + ' %d' % page.version
    components(manipulator(prepare=prepare))
    assert 'FIRST 1' in rpc.user.wiki.getPageHTML('DiffPage', 1)
    assert 'SECOND 2' in rpc.user.wiki.getPageHTML('DiffPage')
    assert rpc.user.wiki.getPage('DiffPage') == 'second'


def test_get_page_html_hides_what_the_caller_may_not_see(rpc, env, secret):
    save(env, 'Open', '[wiki:SecretPage s] [[TitleIndex(Secret)]]')
    rendered = rpc.user.wiki.getPageHTML('Open')
    assert 'forbidden wiki' in rendered
    assert 'wiki/SecretPage' not in rendered


def test_a_failing_macro_does_not_fail_the_page(rpc, env, components):
    class BoomMacro(WikiMacroBase):
        def expand_macro(self, formatter, name, content, args=None):
            raise ValueError('boom')
    components(BoomMacro)
    save(env, 'Boom', 'before [[Boom]] after')
    rendered = rpc.user.wiki.getPageHTML('Boom')
    assert 'before' in rendered and 'after' in rendered and 'boom' in rendered


# getAllPages, getRecentChanges, getPageInfo

def test_get_all_pages(rpc, env, secret):
    rpc.user.wiki.putPage('NewPage', 'x', {})
    names = rpc.user.wiki.getAllPages()
    assert 'NewPage' in names
    assert 'SecretPage' not in names
    assert set(rpc.admin.wiki.getAllPages()) == set(names) | {'SecretPage'}
    rpc.admin.wiki.deletePage('NewPage')
    assert 'NewPage' not in rpc.user.wiki.getAllPages()


def test_get_recent_changes(rpc, env, secret, page):
    save(env, 'Old', 'x', when=dt.datetime(1999, 1, 1, tzinfo=utc))
    save(env, 'New', 'x', author='eve', comment='why',
         when=dt.datetime(2030, 1, 1, tzinfo=utc))
    changes = rpc.user.wiki.getRecentChanges(
        dt.datetime(2019, 12, 31, tzinfo=utc))
    assert [change['name'] for change in changes] == ['New', 'DiffPage']
    micro = 678901 if rpc.protocol == 'json' else 0
    assert changes[0] == {
        'name': 'New', 'author': 'eve', 'version': 1, 'comment': 'why',
        'lastModified': dt.datetime(2030, 1, 1, tzinfo=utc)}
    assert changes[1] == {
        'name': 'DiffPage', 'author': 'bob', 'version': 2,
        'comment': None if rpc.protocol == 'json' else '',
        'lastModified': dt.datetime(2020, 1, 2, 3, 4, 5, micro, tzinfo=utc)}
    assert len(rpc.admin.wiki.getRecentChanges(
        dt.datetime(2019, 12, 31, tzinfo=utc))) == 3


def test_get_recent_changes_includes_the_very_instant(rpc, env):
    when = dt.datetime(2031, 1, 1, tzinfo=utc)
    save(env, 'New', 'x', when=when)
    assert len(rpc.user.wiki.getRecentChanges(when)) == 1
    assert rpc.user.wiki.getRecentChanges(
        when + dt.timedelta(seconds=1)) == []


def test_get_recent_changes_of_a_page_that_was_changed_before(rpc, env):
    """The latest version counts, not the latest date."""
    save(env, 'Odd', 'x', when=dt.datetime(2031, 1, 1, tzinfo=utc))
    save(env, 'Odd', 'y', when=dt.datetime(2001, 1, 1, tzinfo=utc))
    assert rpc.user.wiki.getRecentChanges(
        dt.datetime(2030, 1, 1, tzinfo=utc)) == []
    # all are read in another way
    everything, all_but_none = (rpc.user.wiki.getRecentChanges(
        dt.datetime(1970, 1, day, tzinfo=utc)) for day in (1, 2))
    assert everything == all_but_none
    assert [change['version'] for change in everything
            if change['name'] == 'Odd'] == [2]


def test_get_recent_changes_without_a_date_lists_all(rpc, env, page):
    everything = rpc.user.wiki.getRecentChanges(
        dt.datetime(1970, 1, 1, tzinfo=utc))
    for since in (None, 0, '', []):
        assert rpc.user.wiki.getRecentChanges(since) == everything
    for wrong in (5, 'abc', {'a': 1}, True):
        with rpc.fault(1, 'since'):
            rpc.user.wiki.getRecentChanges(wrong)
    with rpc.fault(1, 'missing 1 required'):
        rpc.user.wiki.getRecentChanges()


def test_get_page_info(rpc, page):
    info = rpc.user.wiki.getPageInfo('DiffPage', 1)
    assert info == {'name': 'DiffPage', 'author': 'ann', 'version': 1,
                    'comment': 'begun',
                    'lastModified': dt.datetime(2020, 1, 1, tzinfo=utc)}
    assert rpc.user.wiki.getPageInfoVersion('DiffPage', 1) == info
    assert rpc.user.wiki.getPageInfo('DiffPage')['version'] == 2
    assert rpc.user.wiki.getPageInfoVersion('DiffPage')['version'] == 2
    for missing in (('NoSuch',), ('DiffPage', 3), ('DiffPage', 0), (None,),
                    ('',), ('DiffPage', -1)):
        assert rpc.user.wiki.getPageInfo(*missing) == 0
        assert rpc.user.wiki.getPageInfoVersion(*missing) == 0


# putPage

def test_put_page(rpc, env):
    assert rpc.user.wiki.putPage('Neu/Ünter', 'täxt', {
        'comment': 'why', 'minoredit': True, 'whatever': [1]}) is True
    assert history(env, 'Neu/Ünter') == [(1, 'täxt', 'user', 'why')]
    assert rpc.user.wiki.putPage('Neu/Ünter', 'more', {}) is True
    assert history(env, 'Neu/Ünter')[1] == (2, 'more', 'user', None)
    assert rpc.user.wiki.getPageInfo('Neu/Ünter')['comment'] == \
        (None if rpc.protocol == 'json' else '')
    assert 'Neu/Ünter' in WikiSystem(env).pages


def test_put_page_that_is_not_modified(rpc, env, page):
    for args in (('DiffPage', 'second', {}), ('Empty', '', {}),
                 ('DiffPage', 'second', {'comment': 'x', 'version': 2}),
                 ('DiffPage', 'second', {'readonly': 0})):
        with rpc.fault(1) as fault:
            rpc.user.wiki.putPage(*args)
        assert fault.text == 'Page not modified'
    assert len(history(env, 'DiffPage')) == 2
    assert history(env, 'Empty') == []


def test_put_page_names(rpc, env):
    for name in ('', '/Abs', 'Rel/', 'a//b', 'a/../b', '.', 'a/.', '..'):
        with rpc.fault(1) as fault:
            rpc.user.wiki.putPage(name, 'x', {})
        assert fault.text == "Invalid Wiki page name '%s'" % name
    with rpc.fault(1, 'Invalid Wiki page name'):
        rpc.user.wiki.putPage('two\nlines', 'x', {})
    with rpc.fault(1, 'pagename'):
        rpc.user.wiki.putPage(None, 'x', {})
    for other in ('n' * 300, ' blank', 7):
        assert rpc.user.wiki.putPage(other, 'x', {}) is True
    assert rpc.user.wiki.getPage('7') == 'x'


def test_put_page_permissions(rpc, env, page):
    grant(env, 'creator', 'WIKI_CREATE')
    for name, action in (('DiffPage', 'WIKI_MODIFY'),
                         ('NewPage', 'WIKI_CREATE')):
        with rpc.fault(403) as fault:
            rpc.anonymous.wiki.putPage(name, 'x', {})
        assert fault.text.startswith(action + ' privileges are required to '
                                     'perform this operation on ' + name)
    grant(env, 'anonymous', 'WIKI_CREATE')
    assert rpc.anonymous.wiki.putPage('NewPage', 'x', {}) is True
    with rpc.fault(403):
        rpc.anonymous.wiki.putPage('NewPage', 'y', {})


def test_put_page_needs_to_see_the_page_as_its_form_does(rpc, env, page):
    revoke(env, 'anonymous', 'WIKI_VIEW')
    revoke(env, 'authenticated', 'WIKI_VIEW')
    with rpc.fault(403, 'WIKI_VIEW'):
        rpc.user.wiki.putPage('DiffPage', 'x', {})
    with rpc.fault(403, 'WIKI_VIEW'):
        rpc.user.wiki.putPage('NewPage', 'x', {})
    assert len(history(env, 'DiffPage')) == 2


def test_put_page_of_a_hidden_page(rpc, env, secret):
    with rpc.fault(403, 'WIKI_MODIFY privileges are required to perform this '
                        'operation on SecretPage.'):
        rpc.user.wiki.putPage('SecretPage', 'x', {})
    assert len(history(env, 'SecretPage')) == 1


def test_W1_attributes_may_be_left_out(rpc, env):
    assert rpc.user.wiki.putPage('A', 'x') is True
    assert rpc.user.wiki.putPage('A', 'y', None) is True
    assert rpc.user.wiki.putPage('A', 'z', []) is True
    with rpc.fault(1, 'attributes'):
        rpc.user.wiki.putPage('A', 'w', 'comment')
    # and nothing is carried over
    assert rpc.user.wiki.putPage('B', 'x', {'comment': 'c'}) is True
    assert rpc.user.wiki.putPage('B', 'y') is True
    assert history(env, 'B')[1][3] is None


def test_W1_put_page_runs_every_manipulator(rpc, env, components, page):
    components(manipulator([('comment', 'no <b>comment</b>'),
                            (None, tag.em('spam'))]),
               manipulator([(None, 'late')]))
    env.config.set('wiki', 'max_size', '3')
    with rpc.fault(1) as fault:
        rpc.user.wiki.putPage('DiffPage', 'four', {})
    assert set(fault.text.split('; ')) == {
        'The wiki page is too long (must be less than 3 characters)',
        'The Wiki page field comment is invalid: no <b>comment</b>',
        'Invalid Wiki page: spam', 'Invalid Wiki page: late'}
    assert len(history(env, 'DiffPage')) == 2


def test_W1_manipulators_see_what_the_form_would_send(rpc, env, components,
                                                      page):
    seen = []
    components(manipulator(seen=seen))
    rpc.user.wiki.putPage('DiffPage', 'third', {'comment': 'c', 'author': 'x'})
    args, seen_page, version, text = seen[0]
    assert (args['text'], args['comment'], args['version'],
            args['action']) == ('third', 'c', '2', 'edit')
    assert 'author' not in args and 'readonly' not in args
    assert (version, text, seen_page.old_text) == (2, 'third', 'second')
    assert seen_page.resource.version == 2
    grant(env, 'anonymous', 'WIKI_CREATE')
    rpc.anonymous.wiki.putPage('NewPage', 'x', {'author': 'guest'})
    args, seen_page, version, text = seen[1]
    assert (args['author'], args['version'], args['comment']) == \
        ('guest', '0', '')
    assert not version


def test_W1_manipulators_may_change_the_text(rpc, env, components):
    class Censor(Component):
        implements(IWikiPageManipulator)

        def prepare_wiki_page(self, req, page, fields):
            pass

        def validate_wiki_page(self, req, page):
            page.text = page.text.replace('damn', '****')
            return []
    components(Censor)
    rpc.user.wiki.putPage('Polite', 'damn it', {})
    assert history(env, 'Polite')[0][1] == '**** it'


def test_W1_a_manipulator_that_fails_saves_nothing(rpc, env, components):
    class Broken(Component):
        implements(IWikiPageManipulator)

        def prepare_wiki_page(self, req, page, fields):
            pass

        def validate_wiki_page(self, req, page):
            raise KeyError('broken')
    components(Broken)
    with rpc.fault(1, 'broken'):
        rpc.user.wiki.putPage('Broken', 'x', {})
    assert history(env, 'Broken') == []


def test_W1_max_size(rpc, env):
    env.config.set('wiki', 'max_size', '10')
    rpc.user.wiki.putPage('Page', '0123456789', {})
    with rpc.fault(1) as fault:
        rpc.admin.wiki.putPage('Page', '0123456789x', {})
    assert fault.text == \
        'The wiki page is too long (must be less than 10 characters)'


def test_W1_author_counts_for_admins_and_anonymous_only(rpc, env):
    grant(env, 'anonymous', 'WIKI_CREATE')
    rpc.user.wiki.putPage('ByUser', 'x', {'author': 'forged'})
    rpc.admin.wiki.putPage('ByAdmin', 'x', {'author': 'imported'})
    rpc.admin.wiki.putPage('ByAdmin2', 'x', {'author': ''})
    rpc.anonymous.wiki.putPage('ByGuest', 'x', {'author': 'guest'})
    rpc.anonymous.wiki.putPage('ByNobody', 'x', {'author': None})
    assert [history(env, name)[0][2] for name in (
        'ByUser', 'ByAdmin', 'ByAdmin2', 'ByGuest', 'ByNobody')] == \
        ['user', 'imported', 'admin', 'guest', 'anonymous']


def test_W1_author_needs_wiki_admin_on_that_page(rpc, env, components):
    class OnlyOnMine(Component):
        implements(IPermissionPolicy)

        def check_permission(self, action, username, resource, perm):
            if action == 'WIKI_ADMIN' and username == 'user':
                return bool(resource and resource.id == 'Mine')
    components(OnlyOnMine)
    env.config.set('trac', 'permission_policies', 'OnlyOnMine, ' + _POLICIES)
    rpc.user.wiki.putPage('Mine', 'x', {'author': 'ann'})
    rpc.user.wiki.putPage('Yours', 'x', {'author': 'ann'})
    assert history(env, 'Mine')[0][2] == 'ann'
    assert history(env, 'Yours')[0][2] == 'user'


def test_W1_readonly_stays_unless_it_is_asked_for(rpc, env, page):
    rpc.admin.wiki.putPage('DiffPage', 'third', {'readonly': True})
    assert WikiPage(env, 'DiffPage').readonly == 1
    rpc.admin.wiki.putPage('DiffPage', 'fourth', {})
    rpc.admin.wiki.putPage('DiffPage', 'fifth', {'readonly': None})
    assert WikiPage(env, 'DiffPage').readonly == 1
    assert rpc.admin.wiki.putPage('DiffPage', 'fifth',
                                  {'readonly': False}) is True
    assert WikiPage(env, 'DiffPage').readonly == 0
    assert WikiPage(env, 'DiffPage').version == 5
    for value, flag in ((1, 1), ('0', 0), ('1', 1), ('', 0), (True, 1)):
        rpc.admin.wiki.putPage('DiffPage', 'fifth', {'readonly': value})
        assert WikiPage(env, 'DiffPage').readonly == flag


def test_W1_readonly_pages_and_their_flag_need_wiki_admin(rpc, env, page):
    grant(env, 'user', 'WIKI_DELETE')
    with rpc.fault(403, 'WIKI_CHANGE_READONLY'):
        rpc.user.wiki.putPage('DiffPage', 'third', {'readonly': True})
    assert rpc.user.wiki.putPage('DiffPage', 'third', {'readonly': False})
    rpc.admin.wiki.putPage('DiffPage', 'third', {'readonly': True})
    for attributes in ({}, {'readonly': True}, {'readonly': False}):
        with rpc.fault(403) as fault:
            rpc.user.wiki.putPage('DiffPage', 'fourth', attributes)
        assert fault.text.startswith('WIKI_ADMIN privileges are required to '
                                     'perform this operation on DiffPage.')
    with rpc.fault(403, 'WIKI_DELETE'):
        rpc.user.wiki.deletePage('DiffPage')
    assert WikiPage(env, 'DiffPage').text == 'third'


def test_W1_change_readonly_without_wiki_admin(rpc, env, components, page):
    class Keeper(Component):
        implements(IPermissionPolicy)

        def check_permission(self, action, username, resource, perm):
            if action == 'WIKI_CHANGE_READONLY' and username == 'user':
                return True
    components(Keeper)
    env.config.set('trac', 'permission_policies', 'Keeper, ' + _POLICIES)
    rpc.user.wiki.putPage('DiffPage', 'second', {'readonly': True})
    assert WikiPage(env, 'DiffPage').readonly == 1


def test_W1_attributes_of_a_wrong_type(rpc, env, page):
    for name, value in (('readonly', 'perhaps'), ('readonly', 2),
                        ('readonly', [True]), ('version', 'abc'),
                        ('version', ''), ('version', 1.5), ('version', {}),
                        ('comment', ['a']), ('comment', {'a': 1}),
                        ('author', ['a']), ('comment', b'\xff')):
        with rpc.fault(1, 'Attribute "%s" must be ' % name):
            rpc.admin.wiki.putPage('DiffPage', 'third', {name: value})
    assert len(history(env, 'DiffPage')) == 2


def test_V3_comment_and_author_of_other_types(rpc, env):
    rpc.user.wiki.putPage('A', 'x', {'comment': 'tä'.encode('utf-8')})
    rpc.user.wiki.putPage('B', 'x', {'comment': 42})
    rpc.admin.wiki.putPage('C', 'x', {'comment': None, 'author': None})
    assert [history(env, name)[0][2:] for name in 'ABC'] == \
        [('user', 'tä'), ('user', '42'), ('admin', '')]


def test_listeners_are_told_when_a_page_is_really_saved(rpc, env, components):
    told: list = []

    class Listener(Component):
        implements(IWikiChangeListener)

        def wiki_page_added(self, page):
            told.append(('added', page.name, page.author, page.comment,
                         page.time, in_transaction()))

        def wiki_page_changed(self, page, version, t, comment, author):
            told.append(('changed', page.name, version, t, comment, author,
                         page.old_text, page.text, in_transaction()))

    def in_transaction():
        return DatabaseManager(env)._transaction_local.wdb is not None

    components(Listener)
    rpc.user.wiki.putPage('A', 'x', {'comment': 'c'})
    rpc.user.wiki.putPage('A', 'y', {'comment': 'd'})
    assert told[0][:4] == ('added', 'A', 'user', 'c')
    assert told[1][:3] == ('changed', 'A', 2)
    assert told[1][4:8] == ('d', 'user', 'x', 'y')
    assert not told[0][-1] and not told[1][-1]


def test_a_listener_that_fails_does_not_undo_the_page(rpc, env, components):
    class Listener(Component):
        implements(IWikiChangeListener)

        def wiki_page_added(self, page):
            with env.db_transaction as db:
                db("SELECT nonsense FROM nowhere")

        def wiki_page_changed(self, *args):
            raise TracError('no')

    components(Listener)
    assert rpc.user.wiki.putPage('A', 'x', {}) is True
    assert rpc.user.wiki.putPage('A', 'y', {}) is True
    assert [row[1] for row in history(env, 'A')] == ['x', 'y']


# The guard against lost updates

def test_W2_a_page_that_has_moved_on_is_not_saved(rpc, env, page):
    with rpc.fault(1) as fault:
        rpc.user.wiki.putPage('DiffPage', 'third', {'version': 1})
    assert fault.text == 'Page has been modified by bob since version 1: ' \
                         'current version is 2'
    with rpc.fault(1, 'since version 0: current version is 2'):
        rpc.user.wiki.putPage('DiffPage', 'third', {'version': 0})
    with rpc.fault(1, 'since version 3: current version is 2'):
        rpc.user.wiki.putPage('DiffPage', 'third', {'version': 3})
    with rpc.fault(1, 'since version 1: current version is 0'):
        rpc.user.wiki.putPage('NewPage', 'third', {'version': 1})
    assert len(history(env, 'DiffPage')) == 2
    assert history(env, 'NewPage') == []
    assert rpc.user.wiki.putPage('DiffPage', 'third', {'version': '2'})
    assert rpc.user.wiki.putPage('NewPage', 'x', {'version': 0})
    assert rpc.user.wiki.putPage('DiffPage', 'fourth', {})  # unguarded


def test_W2_the_guard_comes_after_the_permission(rpc, env, secret):
    with rpc.fault(403):
        rpc.user.wiki.putPage('SecretPage', 'x', {'version': 17})


def test_W2_somebody_saves_while_the_page_is_validated(rpc, env, components,
                                                       page):
    others = []

    class Slow(Component):
        implements(IWikiPageManipulator)

        def prepare_wiki_page(self, req, page, fields):
            pass

        def validate_wiki_page(self, req, page):
            if others:
                others.pop()()
            return []
    components(Slow)

    others.append(lambda: save(env, 'DiffPage', 'third', author='eve'))
    with rpc.fault(1) as fault:
        rpc.user.wiki.putPage('DiffPage', 'mine', {'version': 2})
    assert fault.text == 'Page has been modified by eve since version 2: ' \
                         'current version is 3'
    others.append(lambda: WikiPage(env, 'DiffPage').delete(3))
    with rpc.fault(1, 'since version 3: current version is 2'):
        rpc.user.wiki.putPage('DiffPage', 'mine', {'version': 3})
    others.append(lambda: WikiPage(env, 'DiffPage').delete())
    with rpc.fault(1, 'by unknown since version 2: current version is 0'):
        rpc.user.wiki.putPage('DiffPage', 'mine', {'version': 2})
    assert history(env, 'DiffPage') == []
    # without the guard, the save comes on top of whatever is there
    others.append(lambda: save(env, 'DiffPage', 'theirs'))
    assert rpc.user.wiki.putPage('DiffPage', 'mine', {}) is True
    assert [row[1] for row in history(env, 'DiffPage')] == ['theirs', 'mine']


def test_W2_somebody_locks_the_page_while_it_is_validated(rpc, env,
                                                          components, page):
    class Locker(Component):
        implements(IWikiPageManipulator)

        def prepare_wiki_page(self, req, page, fields):
            pass

        def validate_wiki_page(self, req, page):
            locked = WikiPage(env, page.name)
            locked.readonly = 1
            locked.save('admin', '')
            return []
    components(Locker)
    with rpc.fault(403, 'WIKI_ADMIN'):
        rpc.user.wiki.putPage('DiffPage', 'mine', {})
    assert len(history(env, 'DiffPage')) == 2


def test_W2_a_constraint_never_surfaces(env, page, monkeypatch):
    """On PostgreSQL the version may be taken when it is inserted."""
    write, calls = PageEdit._write, []

    def taken(self, db, page):
        calls.append(page.version)
        if len(calls) < 3:
            raise env.db_exc.IntegrityError('duplicate key')
        write(self, db, page)
    monkeypatch.setattr(PageEdit, '_write', taken)
    req = MockRequest(env, authname='user')
    assert WikiRPC(env).putPage(req, 'DiffPage', 'third', {}) is True
    assert len(history(env, 'DiffPage')) == 3
    monkeypatch.setattr(PageEdit, '_write', lambda self, db, page: (
        _ for _ in ()).throw(env.db_exc.IntegrityError('duplicate key')))
    with pytest.raises(RPCError) as error:
        WikiRPC(env).putPage(req, 'DiffPage', 'fourth', {})
    assert 'being changed by others' in str(error.value)


@pytest.mark.parametrize('version', [0, 1])
def test_W2_of_many_writers_exactly_one_wins(real_env, version):
    env = real_env
    if version:
        save(env, 'Hot', 'begin')

    def put(number):
        req = MockRequest(env, authname='admin')
        return WikiRPC(env).putPage(req, 'Hot', 'text %d' % number,
                                    {'version': version})
    results = in_threads(env, 24, put)
    assert results.count(True) == 1
    for result in results:
        if result is not True:
            assert str(result) == \
                'Page has been modified by admin since version %d: ' \
                'current version is %d' % (version, version + 1)
    assert history(env, 'Hot')[-1][:2] == (version + 1, 'text %d'
                                           % results.index(True))
    assert len(history(env, 'Hot')) == version + 1


def test_W2_many_writers_that_read_before_lose_nothing(real_env):
    """get + put with the guard until it succeeds: every line is there."""
    env = real_env
    save(env, 'Log', 'begin')

    def append(number):
        rpc = WikiRPC(env)
        for _ in range(400):
            req = MockRequest(env, authname='admin')
            info = rpc.getPageInfo(req, 'Log')
            text = rpc.getPage(req, 'Log', info['version'])
            try:
                return rpc.putPage(req, 'Log', text + '\r\nline %d' % number,
                                   {'version': info['version']})
            except RPCError as e:
                assert 'Page has been modified' in str(e)
                time.sleep(0.002)
        raise AssertionError('never came through')
    results = in_threads(env, 12, append)
    assert results == [True] * 12
    text = WikiPage(env, 'Log').text
    assert sorted(text.splitlines()[1:]) == \
        sorted('line %d' % number for number in range(12))


def test_W2_many_unguarded_writers_all_save(real_env):
    env = real_env

    def put(number):
        req = MockRequest(env, authname='admin')
        return WikiRPC(env).putPage(req, 'Hot', 'text %d' % number)
    assert in_threads(env, 16, put) == [True] * 16
    assert [row[0] for row in history(env, 'Hot')] == list(range(1, 17))
    assert {row[1] for row in history(env, 'Hot')} == \
        {'text %d' % number for number in range(16)}


# deletePage

def test_W3_delete_page(rpc, env, page):
    assert rpc.admin.wiki.deletePage('DiffPage', 1) is True
    assert [row[0] for row in history(env, 'DiffPage')] == [2]
    assert rpc.admin.wiki.deletePage('DiffPage') is True
    assert history(env, 'DiffPage') == []
    assert 'DiffPage' not in rpc.user.wiki.getAllPages()


def test_W3_false_is_only_for_what_does_not_exist(rpc, env, page):
    for missing in (('NoSuch',), ('DiffPage', 3), ('DiffPage', 0),
                    ('DiffPage', -1), ('', 1)):
        assert rpc.admin.wiki.deletePage(*missing) is False
    assert len(history(env, 'DiffPage')) == 2
    for version in ('abc', '', 1.5, [1]):
        with rpc.fault(1, 'version'):
            rpc.admin.wiki.deletePage('DiffPage', version)
    with rpc.fault(1, 'name'):
        rpc.admin.wiki.deletePage(None)
    assert len(history(env, 'DiffPage')) == 2


def test_W3_every_other_failure_is_a_fault(rpc, env, page, monkeypatch):
    with rpc.fault(403) as fault:
        rpc.user.wiki.deletePage('DiffPage')
    assert fault.text.startswith('WIKI_DELETE privileges are required to '
                                 'perform this operation on DiffPage.')
    with rpc.fault(403, 'WIKI_DELETE'):
        rpc.user.wiki.deletePage('DiffPage', 17)
    monkeypatch.setattr(WikiPage, 'delete', lambda self, version: (
        _ for _ in ()).throw(OSError('disk on fire')))
    with rpc.fault(1, 'disk on fire'):
        rpc.admin.wiki.deletePage('DiffPage')
    assert len(history(env, 'DiffPage')) == 2


def test_W3_deleting_needs_to_see_the_page(rpc, env, secret):
    with rpc.fault(403):
        rpc.user.wiki.deletePage('SecretPage')
    grant(env, 'bob', 'WIKI_DELETE')
    revoke(env, 'anonymous', 'WIKI_VIEW')
    revoke(env, 'authenticated', 'WIKI_VIEW')
    save(env, 'DiffPage', 'x')
    with rpc.fault(403, 'WIKI_VIEW'):
        rpc.as_user('bob').wiki.deletePage('DiffPage')
    assert WikiPage(env, 'DiffPage').exists


# listLinks

def links(rpc, env, text, name='Links', user='user'):
    save(env, name, text)
    return rpc.as_user(user).wiki.listLinks(name)


def external(href):
    return {'page': href, 'type': 'external', 'href': href}


def local(page, tail=None):
    return {'page': page, 'type': 'local',
            'href': 'http://example.org/trac/wiki/' + (tail or page)}


def test_W4_list_links_in_order_of_appearance(rpc, env):
    assert links(rpc, env, """
        [https://other.example/?a=1&b=2#c there] WikiStart
        [wiki:Über/Unter@1#anchor here] ftp://files.example/x
        {{{
        [http://verbatim/ no]
        }}}
        [wiki:WikiStart again] [wiki: start]""") == [
        external('https://other.example/?a=1&b=2#c'), local('WikiStart'),
        local('Über/Unter', '%C3%9Cber/Unter?version=1#anchor'),
        external('ftp://files.example/x'), local('WikiStart'),
        local('WikiStart')]


def test_W4_hrefs_are_those_of_the_html(rpc, env):
    text = """WikiStart [wiki:Target t] [//server/path x]
[http://h/?x=1&y=%26amp;&amp;lt;z&copy;1 q] [/newticket n]
[wiki:"Blank Page?a=b&c=d#e" z] [#anchor there]
{{{#!html
<a href="/trac/wiki/Target">x</a> <A HREF='http://a/?b&amp;c'>y</A>
<a name="n">no link</a> <a href="">empty</a>
<a href="#top">top</a>
}}}
[[Image(http://h/i.png, link=http://l/)]]"""
    found = links(rpc, env, text)
    source = html.unescape(rpc.user.wiki.getPageHTML('Links'))
    position = 0
    for link in found:
        position = source.index('"%s"' % link['href'], position)
    assert found == [
        local('WikiStart'), local('Target'),
        external('/server/path'),
        external('http://h/?x=1&y=%26amp;&amp;lt;z&copy;1'),
        external('http://example.org/trac/newticket'),
        local('Blank Page', 'Blank%20Page?a=b&c=d#e'),
        local('Links', 'Links#anchor'),
        {'page': 'Target', 'type': 'local', 'href': '/trac/wiki/Target'},
        external('http://a/?b&c'),
        {'page': 'Links', 'type': 'local', 'href': '#top'},
        external('http://l/')]


def test_W4_what_is_local(rpc, env):
    found = links(rpc, env, """[http://example.org/trac/wiki/A%20B a]
        [http://example.org/trac/wiki b] [http://example.org/trac/wikiX c]
        [http://example.org/wiki/D d] [http://example.org/trac/ticket/1 e]
        [https://example.org/trac/wiki/F f] [http://[bad/ g]""")
    assert [(link['page'], link['type']) for link in found][:6] == [
        ('A B', 'local'), ('WikiStart', 'local'),
        ('http://example.org/trac/wikiX', 'external'),
        ('http://example.org/wiki/D', 'external'),
        ('http://example.org/trac/ticket/1', 'external'),
        ('https://example.org/trac/wiki/F', 'external')]


def test_W4_links_come_from_what_is_rendered(rpc, env, components):
    def prepare(req, page, fields):
        fields['text'] = '[http://added/ by a plugin] ' + fields['text']
    components(manipulator(prepare=prepare))
    found = links(rpc, env, '{{{ [http://verbatim/ no] }}} [wiki:WikiStart y]'
                            ' [[RecentChanges(Links)]]')
    assert found[0] == external('http://added/')
    assert 'http://verbatim/' not in [link['href'] for link in found]
    assert local('Links') in found  # from the macro


def test_W4_links_that_lead_nowhere(rpc, env, secret):
    text = '[wiki:SecretPage s] [wiki:NoSuchPage n]'
    assert links(rpc, env, text) == [local('NoSuchPage')]
    # who may not create the page gets no link to it
    assert rpc.anonymous.wiki.listLinks('Links') == []


def test_W4_list_links_needs_to_see_the_page(rpc, env, secret):
    with rpc.fault(403, 'on SecretPage'):
        rpc.user.wiki.listLinks('SecretPage')
    with rpc.fault(404) as fault:
        rpc.user.wiki.listLinks('NoSuch')
    assert fault.text == 'Wiki page "NoSuch" does not exist'
    assert links(rpc, env, 'none') == []
    revoke(env, 'anonymous', 'WIKI_VIEW')
    revoke(env, 'authenticated', 'WIKI_VIEW')
    with rpc.fault(403):
        rpc.user.wiki.listLinks('Links')


@pytest.mark.parametrize('hostile', [
    '<a b="', "<a b='", '<!--', '<![CDATA[', '<?', '</', '<a b=">" ',
    '<script></', '<a b=" c=\'', '<', '</a b="'])
def test_W4_hostile_html_takes_no_longer_than_other(env, hostile):
    env.config.set('wiki', 'render_unsafe_content', 'true')
    save(env, 'Hostile', '{{{#!html\n%s\n}}}'
                         % (hostile * (120000 // len(hostile))))
    start = time.process_time()
    WikiRPC(env).listLinks(MockRequest(env, authname='admin'), 'Hostile')
    assert time.process_time() - start < 3


def test_W4_too_much_html_is_a_fault(rpc, env, monkeypatch):
    monkeypatch.setattr('tracrpc.wiki_links.MAX_HTML', 100)
    assert links(rpc, env, 'x' * 80, 'Fits') == []
    with rpc.fault(1) as fault:
        links(rpc, env, 'x' * 100, 'Huge')
    assert fault.text == 'Wiki page "Huge" is too large to be searched for ' \
                         'links: it renders to 110 characters, the limit ' \
                         'is 100'


# The rest

def test_wiki_to_html(rpc, env):
    save(env, 'Target', 'x')
    assert rpc.user.wiki.wikiToHtml("'''b'''") == \
        '<p>\n<strong>b</strong>\n</p>\n'
    assert 'href="http://example.org/trac/wiki/Target"' in \
        rpc.user.wiki.wikiToHtml('[wiki:Target]')
    assert rpc.user.wiki.wikiToHtml(None) == ''
    assert rpc.user.wiki.wikiToHtml('') == ''
    assert '5' in rpc.user.wiki.wikiToHtml(5)
    with rpc.fault(1, 'text'):
        rpc.user.wiki.wikiToHtml(['a'])


def test_methods_that_need_wiki_view_on_the_site(rpc, env):
    revoke(env, 'anonymous', 'WIKI_VIEW')
    revoke(env, 'authenticated', 'WIKI_VIEW')
    for name, args in (('wikiToHtml', ('x',)), ('listLinks', ('WikiStart',)),
                       ('getRPCVersionSupported', ())):
        with rpc.fault(403, 'WIKI_VIEW'):
            rpc.user('wiki.' + name, *args)
    assert rpc.user.wiki.getAllPages() == []
    assert rpc.user.wiki.getRecentChanges(0) == []
    assert rpc.admin.wiki.getRPCVersionSupported() == 2


@pytest.mark.parametrize('name, signatures, line', [
    ('getRecentChanges', ['struct,DateTime'],
     'struct wiki.getRecentChanges(DateTime since)'),
    ('getRPCVersionSupported', ['int'], 'int wiki.getRPCVersionSupported()'),
    ('getPage', ['string,string', 'string,string,int'],
     'string wiki.getPage(string pagename, int version=None)'),
    ('getPageVersion', ['string,string,int'],
     'string wiki.getPageVersion(string pagename, int version=None)'),
    ('getPageHTML', ['string,string', 'string,string,int'],
     'string wiki.getPageHTML(string pagename, int version=None)'),
    ('getPageHTMLVersion', ['string,string', 'string,string,int'],
     'string wiki.getPageHTMLVersion(string pagename, int version=None)'),
    ('getAllPages', ['array'], 'array wiki.getAllPages()'),
    ('getPageInfo', ['struct,string', 'struct,string,int'],
     'struct wiki.getPageInfo(string pagename, int version=None)'),
    ('getPageInfoVersion', ['struct,string,int'],
     'struct wiki.getPageInfoVersion(string pagename, int version=None)'),
    ('putPage', ['boolean,string,string,struct'],
     'boolean wiki.putPage(string pagename, string content, struct '
     'attributes)'),
    ('listAttachments', ['array,string'],
     'array wiki.listAttachments(string pagename)'),
    ('getAttachment', ['Binary,string'],
     'Binary wiki.getAttachment(string path)'),
    ('putAttachment', ['boolean,string,Binary'],
     'boolean wiki.putAttachment(string path, Binary data)'),
    ('putAttachmentEx', ['boolean,string,string,string,Binary',
                         'boolean,string,string,string,Binary,boolean'],
     'boolean wiki.putAttachmentEx(string pagename, string filename, '
     'string description, Binary data, boolean replace=True)'),
    ('deletePage', ['boolean,string', 'boolean,string,int'],
     'boolean wiki.deletePage(string name, int version=None)'),
    ('deleteAttachment', ['boolean,string'],
     'boolean wiki.deleteAttachment(string path)'),
    ('listLinks', ['array,string'], 'array wiki.listLinks(string pagename)'),
    ('wikiToHtml', ['string,string'], 'string wiki.wikiToHtml(string text)'),
])
def test_declared_signatures(rpc, name, signatures, line):
    name = 'wiki.' + name
    assert rpc.user.system.methodSignature(name) == signatures
    help_ = rpc.user.system.methodHelp(name).split('\n')
    assert help_[0].rstrip('\r') == line
    assert help_[2]


# What WikiRPC v2 has besides

def test_back_links(rpc, env):
    admin = rpc.admin.wiki
    admin.putPage('Target/Page', 'self: [[Target/Page]]', {})
    admin.putPage('ByName', 'see [wiki:Target/Page here]', {})
    admin.putPage('Target/Sibling', 'see [[../Page]]', {})
    admin.putPage('Target/Page/Below', 'see [[..]]', {})
    admin.putPage('OnlyMentions', '`Target/Page` and !Page, 100% _', {})
    admin.putPage('Outdated', '[[Target/Page]]', {})
    admin.putPage('Outdated', 'no more', {})
    admin.putPage('Secret', '[[Target/Page]]', {})
    assert rpc.user.wiki.getBackLinks('Target/Page') == [
        'ByName', 'Secret', 'Target/Page', 'Target/Page/Below',
        'Target/Sibling']
    assert rpc.user.wiki.getBackLinks('OnlyMentions') == []
    with rpc.fault(404, 'Wiki page "NoSuchPage" does not exist'):
        rpc.user.wiki.getBackLinks('NoSuchPage')


def test_back_links_from_hidden_pages(rpc, env, components):
    rpc.admin.wiki.putPage('Target', 'x', {})
    rpc.admin.wiki.putPage('HiddenPage', '[[Target]] [[HiddenPage]]', {})

    class Policy(Component):
        implements(IPermissionPolicy)

        def check_permission(self, action, username, resource, perm):
            if resource and resource.id == 'HiddenPage' and \
                    username != 'admin':
                return False
            return None
    components(Policy)
    env.config.set('trac', 'permission_policies',
                   'Policy, DefaultPermissionPolicy')
    assert rpc.user.wiki.getBackLinks('Target') == []
    assert rpc.admin.wiki.getBackLinks('Target') == ['HiddenPage']
    with rpc.fault(403):
        rpc.user.wiki.getBackLinks('HiddenPage')


def test_attachment_info(rpc, env):
    rpc.user.wiki.putPage('WithFile', 'x', {})
    rpc.user.wiki.putAttachmentEx('WithFile', 'f.bin', 'described', b'abc')
    info = rpc.user.wiki.getAttachmentInfo('WithFile/f.bin')
    now = dt.datetime.now(dt.timezone.utc)
    assert abs((info.pop('lastModified') - now).total_seconds()) < 60
    assert info == {'name': 'f.bin', 'size': 3, 'author': 'user',
                    'description': 'described'}
    for path in ('WithFile/no', 'NoSuchPage/f.bin', 'f.bin', ''):
        info = rpc.user.wiki.getAttachmentInfo(path)
        assert (info['lastModified'], info['size']) == (0, 0)
    revoke(env, 'anonymous', 'WIKI_VIEW')
    with rpc.fault(403, 'ATTACHMENT_VIEW'):
        rpc.anonymous.wiki.getAttachmentInfo('WithFile/f.bin')


def test_minoredit_is_accepted(rpc):
    assert rpc.user.wiki.putPage('Minor', 'x', {'minoredit': True}) is True
