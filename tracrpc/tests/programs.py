# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""What the servers that tests start need from the machine."""

import glob
import shutil
import socket

#: where Debian keeps programs that are not for everybody's PATH
_DIRECTORIES = '/usr/sbin', '/usr/lib/postgresql/*/bin'


def find(program):
    """The path of a program; `None` if it is not installed."""
    return shutil.which(program) or max(
        (path for directory in _DIRECTORIES
         for path in glob.glob('%s/%s' % (directory, program))), default=None)


def free_port():
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]
