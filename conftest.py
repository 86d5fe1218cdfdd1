# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""Options of the tests; the fixtures are in `tracrpc/tests`. (pytest finds
options beside a value only here.)"""


def pytest_addoption(parser):
    parser.addoption('--db', choices=['sqlite', 'postgres', 'mariadb'],
                     default='sqlite', help='the database of the tests that '
                     'run in process (default: %(default)s)')
    parser.addoption('--browser', action='store_true',
                     help='also run the tests that drive a browser')
    parser.addoption('--clients', action='store_true',
                     help='also run the tests that install and drive clients '
                     'written elsewhere')
