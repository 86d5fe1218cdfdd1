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
    """The texts by the names that `rpc.js` and `console.js` have for them,
    in the visitor's language; `%(name)s` is filled in there."""
    return dict(_page_texts(), **_form_texts(), **_answer_texts())


def _page_texts():
    return {
        'link': _("Link to this section"),
        'found': _("%(count)s of %(total)s methods"),
        'copy': _("Copy"),
        'copied': _("Copied"),
        'not_copied': _("Not copied: please select and copy the text"),
    }


def _form_texts():
    return {
        'console': _("Try %(method)s"),
        'call': _("Call"),
        'calling': _("Calling …"),
        'no_parameters': _("This method takes no arguments."),
        'send': _("Send it"),
        'send_default': _("Send it (without it: %(default)s)"),
        'type_of': _("Type of %(parameter)s"),
        'more': _("Further arguments"),
        'hint_date': _("In the time zone of your browser"),
        'hint_json': _("As JSON"),
        'yes': _("yes"),
        'need_value': _("A value is needed here."),
        'need_int': _("This must be an integer."),
        'need_number': _("This must be a number."),
        'need_date': _("This must be a date and a time."),
        'need_file': _("A file must be chosen."),
        'need_json': _("This is not valid JSON: %(problem)s"),
        'need_array': _("This must be a JSON array: [ … ]"),
        'need_struct': _("This must be a JSON object: { … }"),
        'confirm': _("%(method)s can change data on this site. Call it as "
                     "%(user)s?"),
        'confirm_yes': _("Yes, call it"),
        'confirm_no': _("No"),
    }


def _answer_texts():
    return {
        'answer': _("Answer"),
        'took': _("after %(time)s ms"),
        'error': _("Error %(code)s"),
        'error_type': _("Error %(code)s, %(type)s"),
        'http_error': _("HTTP error %(code)s"),
        'no_answer': _("The server did not answer: %(problem)s"),
        'strange': _("The server's answer is not JSON."),
        'download': _("Download (%(size)s bytes)"),
        'shortened': _("Only the beginning is shown."),
        'download_all': _("Download the whole answer"),
        'same_call': _("The same call with %(tool)s"),
    }
