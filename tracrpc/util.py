# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""Names that plugins written for older versions import from here."""

import inspect
import xmlrpc.client as xmlrpclib  # noqa: F401

from pkg_resources import resource_filename
from trac.util.text import to_unicode
from trac.util.translation import cleandoc_, domain_functions  # noqa: F401
from trac.web.chrome import web_context  # noqa: F401

PY3 = True
unicode = str
basestring = str
unichr = chr
izip = zip
getargspec = inspect.getfullargspec

i18n_domain = 'tracrpc'
_, N_, tag_, gettext, ngettext, add_domain = domain_functions(
    i18n_domain, '_', 'N_', 'tag_', 'gettext', 'ngettext', 'add_domain')


def add_texts(env):
    """Have Trac find the translations of the texts of this plugin."""
    add_domain(env.path, resource_filename('tracrpc', 'locale'))


def iteritems(mapping):
    return iter(mapping.items())


def to_b(value):
    """The value as bytes, texts in UTF-8."""
    return value if isinstance(value, bytes) else \
        to_unicode(value).encode('utf-8')


def accepts_mimetype(req, mimetype):
    """Whether the `Accept` header of the request names one of the media
    types; without such a header, whether it is a GET request."""
    accept = req.get_header('Accept')
    if accept is None:
        return req.method == 'GET'
    wanted = (mimetype,) if isinstance(mimetype, str) else tuple(mimetype)
    return any(item.strip().startswith(wanted)
               for item in accept.split(','))
