# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""Attachments, of wiki pages through the protocols and of tickets through the
store."""

import errno
import os
import shutil
import tempfile

import pytest
from trac.attachment import Attachment, IAttachmentChangeListener, \
    IAttachmentManipulator
from trac.core import Component, TracError, implements
from trac.db.api import DatabaseManager, TransactionContextManager
from trac.perm import IPermissionPolicy, PermissionError
from trac.resource import Resource, ResourceNotFound
from trac.test import MockRequest
from trac.ticket.model import Ticket
from trac.util.html import tag
from trac.wiki.model import WikiPage

from tracrpc.api import Binary, RPCError
from tracrpc.attachment import AttachmentStore
from tracrpc.tests.support import grant, in_threads, revoke
from tracrpc.wiki import WikiRPC  # noqa: F401 has to be there

_DATA = bytes(range(256)) * 10


@pytest.fixture(autouse=True)
def page(env):
    return make_page(env)


def make_page(env, name='Page'):
    page = WikiPage(env, name)
    page.text = 'text of ' + name
    page.save('ann', '')
    return page


@pytest.fixture
def ticket(env):
    ticket = Ticket(env)
    ticket['summary'] = 'one'
    ticket.insert()
    return ticket


def put(rpc, name='b.txt', data=b'old', description='about b', replace=True,
        user='user'):
    return rpc.as_user(user).wiki.putAttachmentEx('Page', name, description,
                                                  data, replace)


def rows(env):
    """What the database holds, in the order of names."""
    return env.db_query("""
        SELECT type, id, filename, size, description, author
        FROM attachment ORDER BY filename""")


def files(env):
    """The content of all files below the attachments' directory."""
    found = []
    for directory, _, names in os.walk(env.attachments_dir):
        for name in names:
            with open(os.path.join(directory, name), 'rb') as fileobj:
                found.append(fileobj.read())
    return sorted(found)


def everything(env):
    """All that must stay as it is when a call fails."""
    return env.db_query("SELECT * FROM attachment ORDER BY id, filename"), \
        files(env)


def remove_file(env, name):
    os.unlink(Attachment(env, 'wiki', 'Page', name).path)


def manipulator(problems=(), seen=None):
    class Manipulator(Component):
        implements(IAttachmentManipulator)

        def prepare_attachment(self, req, attachment, fields):
            pass

        def validate_attachment(self, req, attachment):
            if seen is not None:
                filename, fileobj, size = req.args.getfile('attachment')
                seen.append({
                    'filename': filename, 'size': size,
                    'content': fileobj.read(), 'args': dict(req.args),
                    'attachment': (attachment.filename, attachment.size,
                                   attachment.description, attachment.author,
                                   attachment.resource.parent.id)})
            return problems

    return Manipulator


def listener(env, told, fail=()):
    class Listener(Component):
        implements(IAttachmentChangeListener)

        def attachment_added(self, attachment):
            self.tell('added', attachment)

        def attachment_deleted(self, attachment):
            self.tell('deleted', attachment)

        def tell(self, what, attachment):
            told.append((what, attachment.filename, attachment.size,
                         attachment.author, attachment.resource.parent.id))
            assert DatabaseManager(env)._transaction_local.wdb is None
            if what in fail:
                raise TracError('listener of ' + what)

    return Listener


# listAttachments, getAttachment

def test_put_list_get_delete(rpc, env):
    assert rpc.user.wiki.listAttachments('Page') == []
    assert rpc.user.wiki.putAttachment('Page/b.bin', _DATA) is True
    assert put(rpc, 'ä ö.txt', b'') == 'ä ö.txt'
    assert rpc.user.wiki.listAttachments('Page') == ['Page/b.bin',
                                                     'Page/ä ö.txt']
    assert rpc.anonymous.wiki.getAttachment('Page/b.bin') == _DATA
    assert rpc.user.wiki.getAttachment('Page/ä ö.txt') == b''
    assert rows(env) == [
        ('wiki', 'Page', 'b.bin', len(_DATA), '', 'user'),
        ('wiki', 'Page', 'ä ö.txt', 0, 'about b', 'user')]
    assert rpc.user.wiki.deleteAttachment('Page/b.bin') is True
    assert rpc.user.wiki.listAttachments('Page') == ['Page/ä ö.txt']
    assert files(env) == [b'']


def test_page_names_with_slashes(rpc, env):
    make_page(env, 'A/B')
    rpc.user.wiki.putAttachment('A/B/c.txt', b'x')
    assert rpc.user.wiki.listAttachments('A/B') == ['A/B/c.txt']
    assert rpc.user.wiki.listAttachments('A') == []
    assert rpc.user.wiki.getAttachment('A/B/c.txt') == b'x'


def test_list_attachments_of_a_missing_page(rpc):
    for name in ('NoSuch', '', None, 5):
        assert rpc.user.wiki.listAttachments(name) == []


def test_list_and_get_check_attachment_view(rpc, env, components):
    class NoSecrets(Component):
        implements(IPermissionPolicy)

        def check_permission(self, action, username, resource, perm):
            if action == 'ATTACHMENT_VIEW' and username == 'user' and \
                    resource and 'secret' in (resource.id or ''):
                return False
    components(NoSecrets)
    put(rpc, 'secret.txt')
    put(rpc, 'open.txt')
    env.config.set('trac', 'permission_policies', 'NoSecrets, '
                   'DefaultPermissionPolicy, LegacyAttachmentPolicy')
    assert rpc.user.wiki.listAttachments('Page') == ['Page/open.txt']
    assert len(rpc.admin.wiki.listAttachments('Page')) == 2
    with rpc.fault(403, "ATTACHMENT_VIEW privileges are required to perform "
                        "this operation on Attachment 'secret.txt' in Page."):
        rpc.user.wiki.getAttachment('Page/secret.txt')
    # existence first
    with rpc.fault(404):
        rpc.user.wiki.getAttachment('Page/secret2.txt')


def test_get_attachment_that_is_missing(rpc, env):
    for path, text in (
            ('Page/zip', "Attachment 'wiki:Page: zip' does not exist."),
            ('NoSuch/zip', "Attachment 'wiki:NoSuch: zip' does not exist."),
            ('zip', "Attachment 'wiki:: zip' does not exist."),
            ('Page/..', "Attachment 'wiki:Page: ..' does not exist."),
            ('Page/../../../conf/trac.ini', "Attachment 'wiki:Page/../../../"
             "conf: trac.ini' does not exist."),
            ('', "Attachment 'None' not found"),
            ('Page/', "Attachment 'None' not found")):
        with rpc.fault(404) as fault:
            rpc.user.wiki.getAttachment(path)
        assert fault.text == text
    with rpc.fault(1, 'path'):
        rpc.user.wiki.getAttachment(None)


def test_A4_a_missing_file_is_a_fault_of_that_file_only(rpc, env):
    put(rpc, 'a.txt', b'a')
    put(rpc, 'b.txt', b'b')
    remove_file(env, 'a.txt')
    with rpc.fault(404) as fault:
        rpc.user.wiki.getAttachment('Page/a.txt')
    assert fault.text == "Attachment 'a.txt' not found"
    assert env.path not in fault.text
    assert rpc.user.wiki.getAttachment('Page/b.txt') == b'b'
    assert rpc.user.wiki.listAttachments('Page') == ['Page/a.txt',
                                                     'Page/b.txt']
    # it can be replaced, and deleted
    assert put(rpc, 'a.txt', b'again') == 'a.txt'
    assert rpc.user.wiki.getAttachment('Page/a.txt') == b'again'
    remove_file(env, 'a.txt')
    assert rpc.user.wiki.deleteAttachment('Page/a.txt') is True
    assert rpc.user.wiki.listAttachments('Page') == ['Page/b.txt']


def test_A4_replacing_a_missing_file_that_fails(rpc, env, monkeypatch):
    put(rpc, 'a.txt', b'a')
    remove_file(env, 'a.txt')
    before = everything(env)
    monkeypatch.setattr(os, 'replace', failing(OSError(errno.EIO, 'I/O')))
    with rpc.fault(1):
        put(rpc, 'a.txt', b'again')
    assert everything(env) == before


# Storing: names

@pytest.mark.parametrize('given, stored', [
    ('b.txt', 'b.txt'), ('../../b.txt', 'b.txt'), ('/etc/passwd', 'passwd'),
    ('C:\\My Files\\b.txt', 'b.txt'), ('\\\\host\\share\\b.txt', 'b.txt'),
    (' b.txt ', 'b.txt'), ('a\x7fb\x85.txt', 'a b .txt'),
    ('u\u0308.txt', '\xfc.txt'), ('...', '...'), ('.b', '.b'), (7, '7'),
    ('n' * 200 + '.txt', 'n' * 200 + '.txt')])
def test_A3_names_are_reduced_and_cleaned(rpc, env, given, stored):
    assert put(rpc, given) == stored
    assert [row[2] for row in rows(env)] == [stored]
    assert rpc.user.wiki.getAttachment('Page/' + stored) == b'old'


def test_A3_names_with_line_breaks(rpc, env):
    assert '\n' not in put(rpc, 'two\nlines.txt')


@pytest.mark.parametrize('name', ['', '.', '..', '/', 'a/', 'a/..', 'b/.',
                                  '  ', '\t', 'C:\\', '\n'])
def test_A3_names_that_are_none_are_refused(rpc, env, name):
    for replace in (True, False):
        with rpc.fault(1, 'Invalid attachment file name'):
            put(rpc, name, replace=replace)
    assert everything(env) == ([], [])


def test_A3_put_attachment_reduces_nothing_to_another_page(rpc, env):
    with rpc.fault(404, 'Wiki page "Page/.." does not exist'):
        rpc.user.wiki.putAttachment('Page/../b.txt', b'x')
    with rpc.fault(1, 'Invalid attachment file name'):
        rpc.user.wiki.putAttachment('Page/..', b'x')
    with rpc.fault(1, 'filename'):
        put(rpc, None)


def test_A3_empty_files_are_accepted(rpc, env):
    assert put(rpc, data=b'') == 'b.txt'
    assert rpc.user.wiki.getAttachment('Page/b.txt') == b''


def test_names_are_made_unique_if_nothing_shall_be_replaced(rpc, env):
    assert [put(rpc, 'b.txt', b'%d' % number, replace=False)
            for number in range(3)] == ['b.txt', 'b.2.txt', 'b.3.txt']
    assert put(rpc, 'noext', replace=False) == 'noext'
    assert put(rpc, 'noext', replace=False) == 'noext.2'
    assert rpc.user.wiki.getAttachment('Page/b.2.txt') == b'1'
    # the freed name is taken again
    rpc.user.wiki.deleteAttachment('Page/b.2.txt')
    assert put(rpc, 'b.txt', replace=False) == 'b.2.txt'


@pytest.mark.parametrize('replace', [True, False])
def test_files_without_a_row_are_never_overwritten(rpc, env, replace):
    """They may be an upload in progress."""
    put(rpc, 'b.txt', b'in progress')
    env.db_transaction("DELETE FROM attachment")
    assert put(rpc, 'b.txt', b'new', replace=replace) == 'b.2.txt'
    assert files(env) == [b'in progress', b'new']
    assert [row[2] for row in rows(env)] == ['b.2.txt']


# Storing: permissions

def test_A1_permissions(rpc, env):
    with rpc.fault(403) as fault:
        put(rpc, user='anonymous')
    assert fault.text == "ATTACHMENT_CREATE privileges are required to " \
                         "perform this operation. You don't have the " \
                         "required permissions."
    put(rpc, user='admin')
    before = everything(env)
    with rpc.fault(403, "ATTACHMENT_DELETE privileges are required to "
                        "perform this operation on Attachment 'b.txt' in "
                        "Page."):
        put(rpc, data=b'new')
    assert everything(env) == before
    # without replacing, it gets another name
    assert put(rpc, data=b'new', replace=False) == 'b.2.txt'
    # one's own may be replaced, and with WIKI_DELETE anybody's
    assert put(rpc, 'b.2.txt', data=b'newer') == 'b.2.txt'
    grant(env, 'user', 'WIKI_DELETE')
    assert put(rpc, data=b'new') == 'b.txt'
    assert files(env) == [b'new', b'newer']


def test_A1_permissions_come_before_anything_else(rpc, env, components):
    seen = []
    components(manipulator(seen=seen))
    env.config.set('attachment', 'max_size', '1')
    with rpc.fault(403, 'ATTACHMENT_CREATE'):
        put(rpc, '..', user='anonymous')
    put(rpc, data=b'x', user='admin')
    del seen[:]
    with rpc.fault(403, 'ATTACHMENT_DELETE'):
        put(rpc, data=b'too large')
    assert not seen


def test_put_attachment_to_a_missing_page(rpc, env):
    for user in ('user', 'anonymous'):
        with rpc.fault(404) as fault:
            rpc.as_user(user).wiki.putAttachmentEx('NoSuch', 'b', '', b'x')
        assert fault.text == 'Wiki page "NoSuch" does not exist'
        with rpc.fault(404, 'Wiki page "NoSuch" does not exist'):
            rpc.as_user(user).wiki.putAttachment('NoSuch/b', b'x')
        with rpc.fault(404, 'Wiki page "NoSuch" does not exist'):
            rpc.as_user(user).wiki.deleteAttachment('NoSuch/b')
        with rpc.fault(404, 'Wiki page "" does not exist'):
            rpc.as_user(user).wiki.putAttachment('b', b'x')
    assert everything(env) == ([], [])


# Storing: checks

def test_A1_data_of_a_wrong_type_lose_nothing(rpc, env):
    """The original deleted the file before it looked at the data."""
    put(rpc)
    before = everything(env)
    for data in ('text', 5, None, ['x'], {'a': 1}, True):
        with rpc.fault(1, 'data'):
            put(rpc, data=data)
        with rpc.fault(1, 'data'):
            rpc.user.wiki.putAttachment('Page/b.txt', data)
    with rpc.fault(1, 'description'):
        put(rpc, description=['x'])
    with rpc.fault(1, 'replace'):
        put(rpc, replace='maybe')
    assert everything(env) == before


def test_A1_every_manipulator_is_asked_before_anything_is_touched(
        rpc, env, components):
    put(rpc)
    before = everything(env)
    components(manipulator([('description', tag.b('bad') + ' words'),
                            (None, 'virus <found>')]),
               manipulator([('filename', 'no such names')]), manipulator(None))
    env.config.set('attachment', 'max_size', '2')
    with rpc.fault(1) as fault:
        put(rpc, data=b'new')
    assert set(fault.text.split('; ')) == {
        'Maximum attachment size: 2 bytes (2 bytes)',
        'Attachment field description is invalid: bad words',
        'Invalid attachment: virus <found>',
        'Attachment field filename is invalid: no such names'}
    assert everything(env) == before
    with rpc.fault(1, 'virus'):
        put(rpc, 'other.txt', data=b'new', replace=False)
    assert everything(env) == before


def test_A1_manipulators_see_what_the_form_would_send(rpc, env, components):
    seen = []
    components(manipulator(seen=seen))
    put(rpc, '/tmp/b.txt', _DATA)
    found = seen[0]
    assert (found['filename'], found['content'], found['size']) == \
        ('b.txt', _DATA, len(_DATA))
    assert found['attachment'] == ('b.txt', len(_DATA), 'about b', 'user',
                                   'Page')
    assert found['args']['description'] == 'about b'
    assert found['args']['replace'] == 'on'
    put(rpc, 'b.txt', b'', replace=False)
    assert 'replace' not in seen[1]['args']
    # what they read is stored all the same
    assert rpc.user.wiki.getAttachment('Page/b.txt') == _DATA


def test_A1_manipulators_may_change_the_description(rpc, env, components):
    class Tidy(Component):
        implements(IAttachmentManipulator)

        def prepare_attachment(self, req, attachment, fields):
            pass

        def validate_attachment(self, req, attachment):
            attachment.description = 'tidied'
            return []
    components(Tidy)
    put(rpc)
    assert rows(env)[0][4] == 'tidied'


def test_A1_a_manipulator_that_fails(rpc, env, components):
    put(rpc)
    before = everything(env)

    class Broken(Component):
        implements(IAttachmentManipulator)

        def prepare_attachment(self, req, attachment, fields):
            pass

        def validate_attachment(self, req, attachment):
            raise KeyError('broken')
    components(Broken)
    with rpc.fault(1, 'broken'):
        put(rpc, data=b'new')
    assert everything(env) == before


def test_A2_max_size_binds_all_but_wiki_admins(rpc, env):
    env.config.set('attachment', 'max_size', '2048')
    put(rpc)
    before = everything(env)
    for name, replace in (('b.txt', True), ('b.txt', False), ('c', True)):
        with rpc.fault(1) as fault:
            put(rpc, name, b'x' * 2049, replace=replace)
        assert fault.text == 'Maximum attachment size: 2.0 KB (2048 bytes)'
        assert everything(env) == before
    with rpc.fault(1, 'Maximum attachment size'):
        rpc.user.wiki.putAttachment('Page/b.txt', b'x' * 2049)
    assert put(rpc, data=b'x' * 2048) == 'b.txt'
    grant(env, 'bob', 'WIKI_ADMIN')
    assert put(rpc, 'c', b'x' * 5000, user='bob') == 'c'
    env.config.set('attachment', 'max_size', '-1')
    assert put(rpc, 'd', b'x' * 300000) == 'd'
    env.config.set('attachment', 'max_size', '0')
    assert put(rpc, 'e', b'') == 'e'
    with rpc.fault(1, 'Maximum attachment size: 0 bytes (0 bytes)'):
        put(rpc, 'f', b'x')


def test_A2_ticket_admins_are_exempt_on_tickets_only(env, ticket):
    env.config.set('attachment', 'max_size', '2')
    store = AttachmentStore(env)
    grant(env, 'tom', 'TICKET_ADMIN', 'WIKI_MODIFY')
    grant(env, 'wil', 'WIKI_ADMIN', 'TICKET_APPEND')
    page = Resource('wiki', 'Page')
    for user, parent, large in (
            ('tom', ticket.resource, True), ('wil', ticket.resource, False),
            ('tom', page, False), ('wil', page, True)):
        req = MockRequest(env, authname=user)
        if large:
            assert store.put(req, parent, user, '', Binary(b'xxx'),
                             True) == user
        else:
            with pytest.raises(RPCError):
                store.put(req, parent, user, '', Binary(b'xxx'), True)
    assert len(rows(env)) == 2


# Replacing

def test_A1_replacing(rpc, env, components):
    told = []
    put(rpc, 'b.txt', b'old')
    put(rpc, 'c.txt', b'other')
    old = Attachment(env, 'wiki', 'Page', 'b.txt')
    mode = os.stat(old.path).st_mode
    components(listener(env, told))
    assert put(rpc, 'b.txt', b'newer', 'new words', user='admin') == 'b.txt'
    assert rows(env) == [
        ('wiki', 'Page', 'b.txt', 5, 'new words', 'admin'),
        ('wiki', 'Page', 'c.txt', 5, 'about b', 'user')]
    assert files(env) == [b'newer', b'other']
    assert told == [('deleted', 'b.txt', 3, 'user', 'Page'),
                    ('added', 'b.txt', 5, 'admin', 'Page')]
    new = Attachment(env, 'wiki', 'Page', 'b.txt')
    assert new.date > old.date
    assert os.stat(new.path).st_mode == mode
    # the order of attachments is that of their dates
    assert rpc.user.wiki.listAttachments('Page') == ['Page/c.txt',
                                                     'Page/b.txt']


def test_A1_replacing_keeps_a_description_that_is_not_given(rpc, env):
    put(rpc, description='about b')
    for description in ('', '  ', None):
        put(rpc, data=b'new', description=description)
        assert rows(env)[0][4] == 'about b'
    rpc.user.wiki.putAttachment('Page/b.txt', b'newer')
    assert rows(env)[0][4] == 'about b'
    rpc.user.wiki.putAttachment('Page/c.txt', b'x')
    assert rows(env)[1][4] == ''


def test_reading_while_it_is_replaced(env, rpc):
    """What is being sent stays what it was."""
    put(rpc, data=_DATA)
    store = AttachmentStore(env)
    binary = store.get(MockRequest(env), Resource('wiki', 'Page'), 'b.txt')
    put(rpc, data=b'new')
    with binary.open() as fileobj:
        assert fileobj.read() == _DATA
    assert binary.size == len(_DATA)


# Failures at every step

def failing(error, after=0):
    """A function that fails, but for the first so many calls."""
    calls = []

    def fail(*args, **kwargs):
        calls.append(args)
        if len(calls) > after:
            raise error
    return fail


_NO_SPACE = OSError(errno.ENOSPC, 'No space left on device',
                    '/secret/path/of/the/server')


def _copy_half(source, target, length=0):
    target.write(source.read(3))
    raise _NO_SPACE


def _copy_less(source, target, length=0):
    target.write(source.read(3))


def _fail(monkeypatch, env, step):
    """Make a step of storing fail."""
    if step in ('UPDATE', 'DELETE', 'INSERT'):
        _trigger(env, step)
        return
    owner, name, replacement = {
        'mkdir': (os, 'makedirs', failing(_NO_SPACE)),
        'open': (os, 'open', _open_nothing(os.open)),
        'copy': (shutil, 'copyfileobj', _copy_half),
        'copy less': (shutil, 'copyfileobj', _copy_less),
        'sync': (os, 'fsync', failing(_NO_SPACE)),
        'rename': (os, 'replace', _rename_no_new(os.replace)),
        'commit': (TransactionContextManager, '__exit__',
                   _leave(env, TransactionContextManager.__exit__)),
    }[step]
    monkeypatch.setattr(owner, name, replacement)


def _open_nothing(function):
    def fail(path, flags, *args, **kwargs):
        if flags & os.O_CREAT and str(path).endswith('.tmp'):
            raise OSError(errno.EMFILE, 'Too many open files', path)
        return function(path, flags, *args, **kwargs)
    return fail


def _rename_no_new(function):
    def fail(source, target):
        if os.path.basename(source).startswith('new.'):
            raise _NO_SPACE
        return function(source, target)
    return fail


def _leave(env, function):
    """The first commit fails."""
    failed = []

    def fail(self, et, ev, tb):
        if failed or et is not None or not self.db:
            return function(self, et, ev, tb)
        failed.append(1)
        error = env.db_exc.OperationalError('database is locked')
        function(self, type(error), error, None)
        raise error
    return fail


def _trigger(env, statement):
    if not env.dburi.startswith('sqlite'):
        pytest.skip("the trigger is SQLite's")
    env.db_transaction("CREATE TRIGGER boom BEFORE %s ON attachment BEGIN "
                       "SELECT RAISE(FAIL, 'no'); END" % statement)


def _mend(env):
    if env.dburi.startswith('sqlite'):
        env.db_transaction("DROP TRIGGER IF EXISTS boom")


_STEPS = ['mkdir', 'open', 'copy', 'copy less', 'sync', 'UPDATE', 'DELETE',
          'INSERT', 'rename', 'commit']


@pytest.mark.parametrize('links', [True, False])
@pytest.mark.parametrize('step', _STEPS)
def test_A1_replacing_that_fails_changes_nothing(rpc, env, components,
                                                 monkeypatch, step, links):
    told = []
    components(listener(env, told))
    put(rpc, 'b.txt', b'old')
    put(rpc, 'c.txt', b'other')
    del told[:]
    before = everything(env)
    if not links:
        monkeypatch.setattr(os, 'link', failing(OSError(errno.EPERM, 'no')))
    with monkeypatch.context() as patch:
        _fail(patch, env, step)
        with rpc.fault(1) as fault:
            put(rpc, 'b.txt', b'newer', 'new words')
    assert env.path not in fault.text and 'secret' not in fault.text
    assert everything(env) == before
    assert told == []
    assert rpc.user.wiki.getAttachment('Page/b.txt') == b'old'
    # and it works once the failure is gone
    _mend(env)
    assert put(rpc, 'b.txt', b'newer', 'new words') == 'b.txt'
    assert files(env) == [b'newer', b'other']


@pytest.mark.parametrize('replace', [True, False])
@pytest.mark.parametrize('step', [step for step in _STEPS
                                  if step not in ('UPDATE', 'DELETE')])
def test_A1_a_new_file_that_fails_leaves_nothing(rpc, env, monkeypatch, step,
                                                 replace):
    with monkeypatch.context() as patch:
        _fail(patch, env, step)
        with rpc.fault(1):
            put(rpc, 'b.txt', b'newer', replace=replace)
    assert everything(env) == ([], [])
    _mend(env)
    assert put(rpc, 'b.txt', b'newer', replace=replace) == 'b.txt'


def test_A1_the_texts_of_what_the_system_refuses(rpc, env, monkeypatch):
    monkeypatch.setattr(shutil, 'copyfileobj', _copy_half)
    with rpc.fault(1) as fault:
        put(rpc)
    assert fault.text == "The attachment 'b.txt' could not be stored: " \
                         "No space left on device"
    monkeypatch.undo()
    with rpc.fault(1, 'could not be stored: File name too long'):
        put(rpc, 'x.' + 'e' * 300)
    assert everything(env) == ([], [])


@pytest.mark.parametrize('what', ['added', 'deleted'])
def test_A1_a_listener_that_fails_is_not_a_failure_of_the_call(
        rpc, env, components, caplog, what):
    """Everything is stored, and others may have sent mails: there is no way
    back. The call does what it says, and the others are told, too."""
    first, second = [], []
    put(rpc)
    components(listener(env, first, fail=[what]))
    components(listener(env, second))
    caplog.clear()
    assert put(rpc, data=b'newer') == 'b.txt'
    assert [row[0] for row in first] == ['deleted', 'added']
    assert [row[0] for row in second] == ['deleted', 'added']
    assert files(env) == [b'newer']
    assert 'listener of ' + what in caplog.text
    assert rpc.user.wiki.deleteAttachment('Page/b.txt') is True
    assert everything(env) == ([], [])


def test_A1_a_backup_that_cannot_be_removed_does_no_harm(rpc, env,
                                                         monkeypatch):
    put(rpc)
    unlink = os.unlink

    def fail(path, **kwargs):
        if str(path).endswith('.tmp'):
            raise FileNotFoundError(errno.ENOENT, 'gone', path) \
                if 'new.' in path else OSError(errno.EIO, 'I/O error', path)
        unlink(path, **kwargs)
    monkeypatch.setattr(os, 'unlink', fail)
    assert put(rpc, data=b'newer') == 'b.txt'
    assert rpc.user.wiki.getAttachment('Page/b.txt') == b'newer'


# deleteAttachment

def test_delete_attachment_faults(rpc, env):
    put(rpc, user='admin')
    for path, text in (
            ('Page/zip', "Attachment 'wiki:Page: zip' does not exist."),
            ('Page/', "Attachment 'None' not found")):
        with rpc.fault(404) as fault:
            rpc.admin.wiki.deleteAttachment(path)
        assert fault.text == text
    before = everything(env)
    with rpc.fault(403, "ATTACHMENT_DELETE privileges are required to "
                        "perform this operation on Attachment 'b.txt' in "
                        "Page."):
        rpc.user.wiki.deleteAttachment('Page/b.txt')
    assert everything(env) == before
    assert rpc.admin.wiki.deleteAttachment('Page/b.txt') is True


@pytest.mark.parametrize('links', [True, False])
@pytest.mark.parametrize('step', ['UPDATE', 'DELETE', 'commit', 'unlink'])
def test_deleting_that_fails_changes_nothing(rpc, env, components,
                                             monkeypatch, step, links):
    told = []
    put(rpc)
    before = everything(env)
    components(listener(env, told))
    with monkeypatch.context() as patch:
        if not links:
            patch.setattr(os, 'link', failing(OSError(errno.EPERM, 'no')))
        if step == 'unlink':
            name = Attachment(env, 'wiki', 'Page', 'b.txt').path
            unlink, replace = os.unlink, os.replace
            patch.setattr(os, 'unlink', lambda path: _refuse(
                unlink, path == name, path))
            patch.setattr(os, 'replace', lambda source, target: _refuse(
                replace, source == name, source, target))
        else:
            _fail(patch, env, step)
        with rpc.fault(1) as fault:
            rpc.user.wiki.deleteAttachment('Page/b.txt')
    assert env.path not in fault.text
    assert everything(env) == before and told == []
    _mend(env)
    assert rpc.user.wiki.deleteAttachment('Page/b.txt') is True
    assert everything(env) == ([], [])
    assert told == [('deleted', 'b.txt', 3, 'user', 'Page')]


def _refuse(function, refused, *args):
    if refused:
        raise OSError(errno.EBUSY, 'Device or resource busy', args[0])
    return function(*args)


def test_deleting_a_page_deletes_its_attachments(rpc, env):
    put(rpc)
    assert rpc.admin.wiki.deletePage('Page') is True
    assert everything(env) == ([], [])


# Tickets

def test_tickets(env, ticket):
    store, req = AttachmentStore(env), MockRequest(env, authname='admin')
    parent = ticket.resource
    assert store.visible(req, parent) == []
    assert store.visible(req, Resource('ticket', 99)) == []
    with tempfile.TemporaryFile() as fileobj:
        fileobj.write(_DATA)
        data = Binary(file=fileobj, size=len(_DATA))
        assert store.put(req, parent, 'b', 'x', data, False) == 'b'
        assert store.put(req, parent, 'b', 'x', data, False) == 'b.2'
    assert [(a.filename, a.description, a.size, a.author)
            for a in store.visible(req, parent)] == [
        ('b', 'x', len(_DATA), 'admin'), ('b.2', 'x', len(_DATA), 'admin')]
    binary = store.get(req, parent, 'b.2')
    assert binary.data == _DATA
    anonymous = MockRequest(env, authname='anonymous')
    with pytest.raises(PermissionError):
        store.put(anonymous, parent, 'b', '', Binary(b''), True)
    with pytest.raises(PermissionError):
        store.delete(anonymous, parent, 'b')
    assert store.delete(req, parent, 'b') is True
    with pytest.raises(ResourceNotFound) as error:
        store.delete(req, parent, 'b')
    assert str(error.value) == "Attachment 'ticket:%d: b' does not exist." \
                               % ticket.id
    revoke(env, 'anonymous', 'TICKET_VIEW')
    revoke(env, 'authenticated', 'TICKET_VIEW')
    anonymous = MockRequest(env, authname='anonymous')
    assert store.visible(anonymous, parent) == []
    with pytest.raises(PermissionError):
        store.get(anonymous, parent, 'b.2')


def test_manipulators_read_data_that_are_in_a_file(env, ticket, components):
    seen = []
    components(manipulator(seen=seen))
    req = MockRequest(env, authname='admin')
    with tempfile.TemporaryFile() as fileobj:
        fileobj.write(_DATA)
        data = Binary(file=fileobj, size=len(_DATA))
        AttachmentStore(env).put(req, ticket.resource, 'b', '', data, True)
    assert (seen[0]['size'], seen[0]['content']) == (len(_DATA), _DATA)
    assert files(env) == [_DATA]


# Several at once

@pytest.fixture
def real_env(real_env):
    if not WikiPage(real_env, 'Page').exists:
        make_page(real_env)
    return real_env


def _put(env, name, data, replace):
    return AttachmentStore(env).put(
        MockRequest(env, authname='admin'), Resource('wiki', 'Page'), name,
        '', Binary(data), replace)


def test_A1_many_replace_the_same_file(real_env):
    env = real_env
    data = [b'%d' % number * 1000 * (number + 1) for number in range(12)]
    assert in_threads(env, 12, lambda number: _put(
        env, 'b.txt', data[number], True)) == ['b.txt'] * 12
    (row,) = rows(env)
    (content,) = files(env)
    assert content in data and row[3] == len(content)


def test_A1_many_add_files_of_the_same_name(real_env):
    env = real_env
    names = in_threads(env, 12, lambda number: _put(
        env, 'b.txt', b'%d' % number, False))
    assert sorted(names, key=len) and len(set(names)) == 12
    store, req = AttachmentStore(env), MockRequest(env, authname='admin')
    for number, name in enumerate(names):
        binary = store.get(req, Resource('wiki', 'Page'), name)
        assert binary.data == b'%d' % number


def test_A1_the_file_that_was_checked_is_the_one_replaced(env, monkeypatch):
    """Somebody else's file takes the place of the caller's own in the last
    moment."""
    store, parent = AttachmentStore(env), Resource('wiki', 'Page')
    store.put(MockRequest(env, authname='user'), parent, 'b', '',
              Binary(b'mine'), True)
    exchange, calls = AttachmentStore._exchange, []

    def slow(self, old, new, content=None):
        calls.append(1)
        if len(calls) == 1:
            req = MockRequest(env, authname='admin')
            store.put(req, parent, 'b', '', Binary(b'theirs'), True)
        return exchange(self, old, new, content)
    monkeypatch.setattr(AttachmentStore, '_exchange', slow)
    with pytest.raises(PermissionError):
        store.put(MockRequest(env, authname='user'), parent, 'b', '',
                  Binary(b'newer'), True)
    assert files(env) == [b'theirs']


def test_A1_somebody_deletes_the_file_meanwhile(env, monkeypatch):
    store, parent = AttachmentStore(env), Resource('wiki', 'Page')
    req = MockRequest(env, authname='user')
    store.put(req, parent, 'b', 'words', Binary(b'mine'), True)
    exchange, calls = AttachmentStore._exchange, []

    def slow(self, old, new, content=None):
        calls.append(1)
        if len(calls) == 1:
            store.delete(MockRequest(env, authname='admin'), parent, 'b')
        return exchange(self, old, new, content)
    monkeypatch.setattr(AttachmentStore, '_exchange', slow)
    assert store.put(req, parent, 'b', '', Binary(b'newer'), True) == 'b'
    assert files(env) == [b'newer'] and rows(env)[0][4] == ''
    calls[:] = []
    with pytest.raises(ResourceNotFound):
        store.delete(req, parent, 'b')


def test_A1_it_does_not_try_for_ever(env, monkeypatch):
    store, parent = AttachmentStore(env), Resource('wiki', 'Page')
    req = MockRequest(env, authname='user')
    store.put(req, parent, 'b', '', Binary(b'mine'), True)
    before = everything(env)
    monkeypatch.setattr(AttachmentStore, '_exchange',
                        lambda *args: False)
    for call in (lambda: store.put(req, parent, 'b', '', Binary(b'x'), True),
                 lambda: store.delete(req, parent, 'b')):
        with pytest.raises(RPCError) as error:
            call()
        assert 'being changed by others' in str(error.value)
    assert everything(env) == before


def test_sizes_in_memory(env):
    """Neither storing nor fetching holds the content in memory."""
    import tracemalloc
    env.config.set('attachment', 'max_size', '-1')
    store, parent = AttachmentStore(env), Resource('wiki', 'Page')
    req = MockRequest(env, authname='user')
    size = 20 << 20
    with tempfile.TemporaryFile() as fileobj:
        fileobj.truncate(size)
        data = Binary(file=fileobj, size=size)
        tracemalloc.start()
        store.put(req, parent, 'b', '', data, True)
        binary = store.get(req, parent, 'b')
        with binary.open() as content:
            while content.read(1 << 16):
                pass
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 2 << 20
