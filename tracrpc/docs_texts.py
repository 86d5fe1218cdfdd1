# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""The texts of the documentation page's scripts. (Trac's own way of
translating scripts needs a script for each language and plugin.)"""

from tracrpc.util import _


def script_texts():
    """The texts by the names that `rpc.js` has for them, in the visitor's
    language; `%(name)s` is filled in there."""
    return {
        'link': _("Link to this section"),
        'found': _("%(count)s of %(total)s methods"),
        'copy': _("Copy"),
        'copied': _("Copied"),
        'not_copied': _("Not copied: please select and copy the text"),
    }
