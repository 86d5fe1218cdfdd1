# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""The documentation page and its console, in a real browser."""

import json
import re
import shutil
import subprocess
import sys
import xmlrpc.client

import pytest

from tracrpc.tests.browser import violations

pytestmark = pytest.mark.browser


@pytest.fixture
def expect():
    from playwright.sync_api import expect
    return expect


@pytest.fixture
def trac(site):
    """The site, as an admin's XML-RPC client sees it."""
    with xmlrpc.client.ServerProxy(site.replace(
            '//', '//admin:admin@') + '/login/rpc') as proxy:
        yield proxy


def method(page, name):
    return page.locator('[id="rpc.%s"]' % name)


def console(page, name):
    """Open the console of a method."""
    shown = method(page, name)
    shown.get_by_role('button', name='Try it: ' + name).click()
    return shown.locator('.rpc-console')


def field(form, name):
    """The input of a parameter."""
    return form.locator('.rpc-field').filter(has=form.page.locator(
        'label', has_text=re.compile('^%s$' % name))).locator('.rpc-value *')


def requests(page):
    """The calls that a page makes from now on, in a list that grows."""
    sent = []
    page.on('request', lambda request:
            request.method == 'POST' and sent.append(request))
    return sent


def call(form):
    form.get_by_role('button', name='Call', exact=True).click()


def confirm(form):
    form.get_by_role('button', name='Yes, call it').click()


# Reading the page

def test_filter(visit, expect):
    page = visit('/rpc', user='user')
    links = page.locator('.rpc-toc a[data-method]:visible')
    total = links.count()
    assert total >= 80
    page.get_by_label('Filter methods').press_sequentially('ATTACH get')
    expect(page.locator('#rpc-found')).to_have_text(
        '%d of %d methods' % (3, total))
    assert links.all_inner_texts() == ['getAttachment', 'getAttachment',
                                       'getAttachmentInfo']
    # what is left of the groups, and the methods themselves
    assert page.locator('.rpc-toc > li:visible > a').all_inner_texts() == [
        'ticket', 'wiki']
    assert method(page, 'ticket.create').is_visible()
    visit.shot(page, 'filtered')
    page.keyboard.press('Enter')
    expect(page).to_have_url(re.compile('#rpc.ticket.getAttachment$'))
    expect(method(page, 'ticket.getAttachment')).to_be_in_viewport()
    page.get_by_label('Filter methods').press('Escape')
    assert links.count() == total
    page.get_by_label('Filter methods').fill('nothing like it')
    expect(page.locator('#rpc-found')).to_have_text('0 of %d methods' % total)


def test_permalinks(visit, expect):
    page = visit('/rpc#rpc.wiki.putPage', user='user')
    expect(method(page, 'wiki.putPage')).to_be_in_viewport()
    page.get_by_role('link', name='Link to ticket.create').click()
    expect(page).to_have_url(re.compile('/rpc#rpc.ticket.create$'))
    expect(method(page, 'ticket.create')).to_be_in_viewport()
    page.locator('.rpc-toc').get_by_text('JSON-RPC').click()
    expect(page.locator('[id="JSON-RPC"]')).to_be_in_viewport()


def test_permissions_are_told(visit, expect):
    page = visit('/rpc', user='user')
    expect(method(page, 'ticket.create')).to_contain_text('you have it')
    expect(method(page, 'ticket.type.create')).to_contain_text('you lack it')
    page = visit('/rpc', user='admin')
    assert page.get_by_text('you lack it').count() == 0


def test_without_javascript(visit, expect):
    page = visit('/rpc', user='user', java_script_enabled=False)
    assert not page.get_by_label('Filter methods').is_visible()
    assert not page.locator('.rpc-try:visible').count()
    page.locator('.rpc-toc a[data-method="ticket.create"]').click()
    expect(method(page, 'ticket.create')).to_be_in_viewport()
    page.locator('[id="rpc.ticket.get"] summary').click()
    expect(method(page, 'ticket.get').get_by_text(
        'when it was last changed').first).to_be_visible()


@pytest.mark.parametrize('width', [360, 768, 1280, 1920])
def test_widths(visit, expect, width):
    page = visit('/rpc', user='admin', width=width)
    form = console(page, 'ticket.changeLog')
    field(form, 'id').fill('2')
    call(form)
    expect(form.locator('.rpc-result')).to_contain_text('"comment"')
    assert page.evaluate('document.documentElement.scrollWidth') == width
    for box in (page.locator('.rpc-toc'), form,
                page.locator('.rpc-example').first):
        bounds = box.bounding_box()
        assert bounds['x'] >= 0 and bounds['x'] + bounds['width'] <= width
    visit.shot(page, 'console')
    page.goto('/rpc')
    visit.shot(page, 'top')


def test_print(visit):
    page = visit('/rpc', user='user')
    form = console(page, 'ticket.get')
    page.evaluate('window.dispatchEvent(new Event("beforeprint"))')
    page.emulate_media(media='print')
    shown = method(page, 'ticket.get')
    assert shown.get_by_text('Fetch a ticket.').is_visible()
    assert shown.get_by_text('when it was created').first.is_visible()
    for hidden in (form, page.locator('.rpc-index'), shown.locator('.rpc-try'),
                   shown.locator('.rpc-permalink'),
                   page.locator('.rpc-copy').first):
        assert not hidden.is_visible()
    assert page.pdf().startswith(b'%PDF')


def test_accessibility(visit, expect):
    page = visit('/rpc', user='user')
    form = console(page, 'ticket.update')
    call(form)  # an invalid field
    expect(form.get_by_text('A value is needed here.')).to_be_visible()
    form = console(page, 'ticket.changeLog')
    field(form, 'id').fill('999')
    call(form)  # an error
    expect(form.get_by_role('alert')).to_be_visible()
    form = console(page, 'ticket.get')
    field(form, 'id').fill('1')
    call(form)  # an answer
    expect(form.locator('.rpc-result')).to_be_visible()
    form = console(page, 'ticket.delete')
    field(form, 'id').fill('1')
    call(form)  # a question
    expect(form.get_by_role('button', name='No')).to_be_visible()
    page.locator('summary').first.click()
    assert violations(page, '#content') == []
    page = visit('/rpc', user='user', width=360)
    assert violations(page, '#content') == []


def test_keyboard(visit, expect):
    page = visit('/rpc', user='admin')
    page.get_by_label('Filter methods').focus()
    page.keyboard.type('ticket.get')
    page.keyboard.press('Enter')
    focused = page.locator(':focus')
    expect(focused).to_have_attribute('data-method', 'ticket.getRecentChanges')
    page.get_by_label('Filter methods').fill('ticket.milestone.delete')
    page.get_by_label('Filter methods').press('Enter')
    # the next stop is in the method that the link leads to
    page.get_by_role('link', name='Link to ticket.milestone.delete').focus()
    page.keyboard.press('Tab')
    expect(focused).to_have_text('Try it')
    page.keyboard.press('Enter')
    expect(focused).to_have_attribute('type', 'text')
    page.keyboard.type('No such one')
    page.keyboard.press('Enter')
    expect(focused).to_have_text('Yes, call it')
    page.keyboard.press('Escape')
    expect(focused).to_have_text('Call')
    page.keyboard.press('Enter')
    page.keyboard.press('Tab')
    expect(focused).to_have_text('No')
    page.keyboard.press('Shift+Tab')
    page.keyboard.press('Enter')
    expect(page.get_by_role('alert')).to_contain_text(
        'Milestone No such one does not exist.')


def test_copy(visit, expect):
    page = visit('/rpc', user='user')
    page.context.grant_permissions(['clipboard-read', 'clipboard-write'])
    example = page.locator('.rpc-example').first
    example.get_by_role('button', name='Copy').click()
    expect(example.get_by_role('status')).to_have_text('Copied')
    assert page.evaluate('navigator.clipboard.readText()') == \
        example.locator('code').inner_text()
    # pages that are not secure have another way
    page.evaluate('Object.defineProperty(navigator, "clipboard", {})')
    example = page.locator('.rpc-example').nth(1)
    example.get_by_role('button', name='Copy').click()
    expect(example.get_by_role('status')).to_have_text('Copied')


def test_in_german(visit, expect):
    page = visit('/rpc', user='user', locale='de-DE')
    if 'Methoden' not in page.locator('h2').all_inner_texts():
        pytest.skip('the catalogs are not compiled')
    page.get_by_label('Methoden filtern').fill('ticket.get')
    expect(page.locator('#rpc-found')).to_contain_text('Methoden')
    shown = method(page, 'ticket.get')
    shown.get_by_role('button', name='Ausprobieren').click()
    shown.get_by_role('button', name='Aufrufen').click()
    expect(shown).to_contain_text('Hier fehlt ein Wert.')
    field(shown, 'id').fill('1')
    shown.get_by_role('button', name='Aufrufen').click()
    expect(shown.locator('.rpc-answer')).to_contain_text('Antwort nach')


# Calls

def test_a_read_call(visit, expect, site):
    page = visit('/rpc', user='user')
    form = console(page, 'ticket.get')
    field(form, 'id').fill('2')
    with page.expect_request('**/rpc') as sent:
        call(form)
    request = sent.value
    assert request.method == 'POST'
    assert request.url == site + '/rpc'
    assert request.post_data_json == {
        'jsonrpc': '2.0', 'method': 'ticket.get', 'params': [2], 'id': 1}
    answer = form.locator('.rpc-result')
    expect(answer).to_contain_text('"Whistle when the water boils"')
    # dates are shown to be read
    text = answer.locator('time').first.inner_text()
    assert re.search(r'[A-Z][a-z]+ \d+, \d{4}', text)
    assert not re.search('__jsonclass__', answer.inner_text())
    expect(form.locator('.rpc-took')).to_have_text(
        re.compile(r'after \d+ ms'))
    assert not form.get_by_role('button', name='Yes').count()


def test_the_same_call_with_curl_and_python(visit, expect):
    page = visit('/rpc', user='admin')
    form = console(page, 'wiki.putPage')
    field(form, 'pagename').fill("It's new")
    field(form, 'content').fill('a "quote"\n$HOME `x` \\ \u20ac \U0001f600')
    form.locator('textarea.rpc-json').fill('{"comment": "it\'s", "n": null}')
    call(form)
    confirm(form)
    expect(form.locator('.rpc-result')).to_have_text('true')
    texts = [code.inner_text().replace('your_password', 'admin') for code
             in form.locator('.rpc-answer .rpc-copied code').all()]
    curl, python = texts
    if shutil.which('curl'):
        answer = json.loads(subprocess.check_output(
            ['sh', '-c', curl], stderr=subprocess.DEVNULL, timeout=60))
        # that it is unchanged shows that all of it has arrived as it was
        assert 'not modified' in answer['error']['message']
    ran = subprocess.run([sys.executable, '-c', python], timeout=60,
                         capture_output=True, check=False)
    assert 'not modified' in ran.stderr.decode('utf-8')


def test_a_write_call_asks_first(visit, expect, trac):
    page = visit('/rpc', user='admin')
    sent = requests(page)
    form = console(page, 'ticket.create')
    field(form, 'summary').fill('Made in a browser')
    field(form, 'description').fill('two\nlines')
    form.locator('textarea.rpc-json').fill('{"keywords": "console"}')
    call(form)
    expect(form.locator('.rpc-confirm')).to_contain_text(
        'ticket.create can change data on this site. Call it as admin?')
    form.get_by_role('button', name='No').click()
    expect(form.locator('.rpc-confirm')).to_have_count(0)
    assert not sent
    call(form)
    confirm(form)
    expect(form.locator('.rpc-result')).to_have_text(re.compile(r'^\d+$'))
    number = int(form.locator('.rpc-result').inner_text())
    attributes = trac.ticket.get(number)[3]
    assert attributes['summary'] == 'Made in a browser'
    assert attributes['description'] == 'two\nlines'
    assert attributes['keywords'] == 'console'
    assert attributes['reporter'] == 'admin'
    assert [request.post_data_json['params'] for request in sent] == [
        ['Made in a browser', 'two\nlines', {'keywords': 'console'}]]


def test_optional_arguments_can_be_left_out(visit, expect):
    page = visit('/rpc', user='admin')
    form = console(page, 'ticket.update')
    field(form, 'id').fill('4')
    field(form, 'author').fill('somebody')
    field(form, 'when').fill('2026-11-20T12:30:15')
    field(form, 'notify').check()
    form.get_by_role('checkbox', name='notify Send it').uncheck()
    call(form)
    with page.expect_request('**/rpc') as sent:
        confirm(form)
    number, comment, attributes, notify, author, when = \
        sent.value.post_data_json['params']
    assert (number, comment, attributes, author) == (4, '', None, 'somebody')
    assert when['__jsonclass__'][0] == 'datetime'
    assert when['__jsonclass__'][1].startswith('2026-11-20T')
    expect(form.locator('.rpc-result')).to_contain_text('"Buy tea"')


def test_one_of_several_types(visit, expect):
    page = visit('/rpc', user='user')
    form = console(page, 'ticket.changeLog')
    field(form, 'id').fill('1')
    form.get_by_label('Type of when').select_option('DateTime')
    field(form, 'when').fill('2020-02-29T01:02:03')
    with page.expect_request('**/rpc') as sent:
        call(form)
    assert sent.value.post_data_json['params'][1]['__jsonclass__'][1] \
        .startswith('2020-02-')
    expect(form.locator('.rpc-result')).to_have_text('[]')


@pytest.mark.parametrize('name, values, problem', [
    ('ticket.get', {'id': ''}, 'A value is needed here.'),
    ('ticket.get', {'id': '1.5'}, 'This must be an integer.'),
    ('ticket.getRecentChanges', {'since': ''},
     'This must be a date and a time.'),
    ('ticket.type.create', {'name': 'x', 'value': ''},
     'A value is needed here.'),
    ('system.multicall', {'signatures': '{}'},
     'This must be a JSON array: [ … ]'),
    ('system.multicall', {'signatures': '[1,'}, 'This is not valid JSON: '),
    ('wiki.putAttachment', {'path': 'x'}, 'A file must be chosen.'),
    ('ticket.component.create', {'name': 'x', 'attributes': '[]'},
     'This must be a JSON object: { … }')])
def test_invalid_input(visit, expect, name, values, problem):
    page = visit('/rpc', user='admin')
    sent = requests(page)
    form = console(page, name)
    for label, value in values.items():
        field(form, label).fill(value)
    call(form)
    expect(form.locator('.rpc-problem:visible')).to_contain_text(problem)
    wrong = form.locator('[aria-invalid=true]')
    expect(wrong).to_be_focused()
    assert form.locator('[id="%s"]' % wrong.get_attribute(
        'aria-describedby')).inner_text().startswith(problem)
    assert not sent


def test_faults(visit, expect):
    page = visit('/rpc', user='user')
    form = console(page, 'ticket.get')
    field(form, 'id').fill('999')
    call(form)
    expect(form.get_by_role('alert')).to_contain_text(
        'Error 404, ResourceNotFound')
    expect(form.get_by_role('alert')).to_contain_text(
        'Ticket 999 does not exist.')
    visit.shot(page, 'fault')
    field(form, 'id').fill('1')
    call(form)
    expect(form.locator('.rpc-result')).to_be_visible()
    expect(form.get_by_role('alert')).to_have_count(0)
    form = console(page, 'ticket.type.delete')
    field(form, 'name').fill('defect')
    call(form)
    confirm(form)
    expect(form.get_by_role('alert')).to_contain_text('Error 403')


def test_a_server_that_does_not_answer(visit, expect):
    page = visit('/rpc', user='user')
    form = console(page, 'system.getAPIVersion')
    page.route('**/rpc', lambda route: route.abort())
    call(form)
    expect(form.get_by_role('alert')).to_contain_text(
        'The server did not answer')
    page.unroute('**/rpc')
    page.route('**/rpc', lambda route: route.fulfill(
        status=413, body='Too large <b>'))
    call(form)
    expect(form.get_by_role('alert')).to_contain_text('HTTP error 413')
    expect(form.get_by_role('alert')).to_contain_text('Too large <b>')


def test_files(visit, expect, trac, tmp_path):
    content = bytes(range(256)) * 300
    (tmp_path / "a'b.bin").write_bytes(content)
    page = visit('/rpc', user='admin')
    form = console(page, 'ticket.putAttachment')
    field(form, 'ticket').fill('3')
    field(form, 'filename').fill('handle.bin')
    field(form, 'data').set_input_files(str(tmp_path / "a'b.bin"))
    call(form)
    confirm(form)
    expect(form.locator('.rpc-result')).to_have_text('"handle.bin"')
    assert trac.ticket.getAttachment(3, 'handle.bin').data == content
    visit.shot(page, 'uploaded')
    codes = form.locator('.rpc-answer .rpc-copied code').all_inner_texts()
    for argv, code in ((['sh', '-c'], codes[0]),
                       ([sys.executable, '-c'], codes[1])):
        if shutil.which('curl') or argv[0] != 'sh':
            subprocess.check_output(
                [*argv, code.replace('your_password', 'admin').replace(
                    'handle.bin', 'again.bin')],
                cwd=str(tmp_path), stderr=subprocess.DEVNULL, timeout=60)
            assert trac.ticket.getAttachment(
                3, 'again.bin').data == content
            trac.ticket.deleteAttachment(3, 'again.bin')
    form = console(page, 'ticket.getAttachment')
    field(form, 'ticket').fill('3')
    field(form, 'filename').fill('handle.bin')
    call(form)
    with page.expect_download() as download:
        form.get_by_role('link', name='Download (76,800 bytes)').click()
    assert download.value.suggested_filename == 'handle.bin'
    with open(str(download.value.path()), 'rb') as f:
        assert f.read() == content


def test_a_multicall_asks_if_one_of_its_calls_writes(visit, expect):
    page = visit('/rpc', user='admin')
    form = console(page, 'system.multicall')
    reading = {'methodName': 'ticket.get', 'params': [1]}
    writing = {'methodName': 'wiki.deletePage', 'params': ['No such']}
    field(form, 'signatures').fill(json.dumps([reading, reading]))
    call(form)
    expect(form.locator('.rpc-result')).to_contain_text('Water boils over')
    for other in (writing, {'methodName': 'no.such'}):
        field(form, 'signatures').fill(json.dumps([reading, other]))
        call(form)
        expect(form.locator('.rpc-confirm')).to_be_visible()
        form.get_by_role('button', name='No').click()


def test_long_answers_are_shortened(visit, expect):
    page = visit('/rpc', user='user')
    form = console(page, 'system.listMethods')
    names = ['x%d' % number for number in range(9000)]
    page.route('**/rpc', lambda route: route.fulfill(
        json={'jsonrpc': '2.0', 'id': 1, 'result': names}))
    call(form)
    expect(form).to_contain_text('Only the beginning is shown.')
    with page.expect_download() as download:
        form.get_by_role('link', name='Download the whole').click()
    with open(str(download.value.path())) as f:
        assert json.load(f)['result'] == names


def test_calls_have_the_identity_of_the_page(visit, expect):
    # Trac's session, by cookie
    page = visit('/rpc', user='user')
    form = console(page, 'system.whoAmI')
    call(form)
    expect(form.locator('.rpc-result')).to_contain_text('"user"')
    # the web server's login, without a session
    page = visit('/login/rpc', http_credentials={'username': 'admin',
                                                 'password': 'admin'})
    form = console(page, 'system.whoAmI')
    with page.expect_request('**/login/rpc'):
        call(form)
    expect(form.locator('.rpc-result')).to_contain_text('"admin"')
    # nobody
    page = visit('/rpc')
    form = console(page, 'system.whoAmI')
    call(form)
    expect(form.locator('.rpc-result')).to_contain_text('"anonymous"')
    expect(page.locator('.rpc-example').first).to_contain_text('your_name')


def test_the_link_to_the_access_tokens(visit, expect):
    page = visit('/rpc', user='user')
    page.get_by_role('link', name='your access tokens').click()
    expect(page).to_have_url(re.compile('/prefs/tokens$'))
    expect(page.locator('h1').first).to_be_visible()
    assert visit('/rpc').get_by_text('your access tokens').count() == 0
