# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""A real browser, Debian's Chromium driven by Playwright, on a real tracd
that serves the content of the demo. The fixtures `site` and `visit` in
`conftest.py` give both to tests."""

import contextlib
import os
import re
import shutil
import tempfile
from urllib.parse import urlsplit


def missing():
    """Why there can be no browser, or `None`."""
    if not chromium():
        return 'Chromium is not installed (apt-get install chromium)'
    try:
        import axe_playwright_python  # noqa: F401
        import playwright  # noqa: F401
    except ImportError:
        return 'Playwright is not installed (the extra "browser")'
    return None


def chromium():
    """The path of a Chromium, `None` if there is none."""
    return next(filter(None, map(shutil.which, (
        'chromium', 'chromium-browser', 'google-chrome'))), None)


@contextlib.contextmanager
def launched():
    """A running Chromium."""
    from playwright.sync_api import sync_playwright
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=['--disable-gpu'])
        yield browser
        browser.close()


def make_site(path):
    """Make the demo's environment at `path`, its passwords beside it;
    return the option of tracd for those."""
    from tools import demo_data  # of the checkout
    demo_data.make_environment(path)
    demo_data.write_htpasswd(path + '.htpasswd')
    return '%s,%s.htpasswd,demo' % (os.path.basename(path), path)


class Artefacts:
    """The directory outside of the repository where screenshots are kept:
    what the variable TRACRPC_ARTEFACTS names, or a temporary one. Processes
    that are started later have the same."""

    VARIABLE = 'TRACRPC_ARTEFACTS'

    @property
    def path(self):
        if not os.environ.get(self.VARIABLE):
            os.environ[self.VARIABLE] = tempfile.mkdtemp(
                prefix='tracrpc-artefacts-')
        os.makedirs(os.environ[self.VARIABLE], exist_ok=True)
        return os.environ[self.VARIABLE]

    def file(self, name):
        return os.path.join(self.path, re.sub(r'[^\w.-]+', '-', name))


artefacts = Artefacts()


class Visits:
    """Opens pages of a site as a visitor would, each in a session of its
    own; call it for a page, and `close` it when the test is over.

    :param site: the address of a tracd
    :param name: the name of the test, for its screenshots
    """

    def __init__(self, browser, site, name):
        self._browser = browser
        self._site = site
        self._name = name
        self._contexts = []
        self.problems = []  # what no page may do

    def __call__(self, path='/rpc', user=None, width=1280, height=900,
                 **options):
        """A page of Playwright that shows the path; `user` has logged in
        before. `options` are those of a context: `locale='de'`."""
        if user:
            options['http_credentials'] = {'username': user,
                                           'password': user}
        context = self._browser.new_context(
            base_url=self._site,
            viewport={'width': width, 'height': height}, **options)
        context.set_default_timeout(15000)
        self._contexts.append(context)
        page = context.new_page()
        page.on('pageerror', lambda e: self.problems.append(str(e)))
        page.on('request', self._check_request)
        if user:
            page.goto('/login')
        page.goto(path)
        return page

    def _check_request(self, request):
        parts = urlsplit(request.url)
        if parts.scheme not in ('blob', 'data') and \
                parts.netloc != urlsplit(self._site).netloc:
            self.problems.append('a request to ' + request.url)

    def shot(self, page, name='', **options):
        """Keep a screenshot of the page, or of a locator."""
        page.screenshot(path=artefacts.file(
            '%s%s.png' % (self._name, name and '-' + name)), **options)

    def close(self):
        """End the sessions; keep what the last page shows."""
        for context in self._contexts:
            for page in context.pages:
                self.shot(page)
            context.close()


def violations(page, *within):
    """What axe-core finds wrong in parts of the page (CSS selectors): a
    text for each."""
    from axe_playwright_python.sync_playwright import Axe
    found = Axe().run(page, context={'include': [[each] for each in within]})
    return ['%s: %s (%s)' % (each['id'], each['help'],
                             '; '.join(node['html'][:200] + str(node['target'])
                                       for node in each['nodes'][:3]))
            for each in found.response['violations']]
