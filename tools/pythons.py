# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""The Pythons that this project supports, and where they are installed. Needs
nothing but Python: `./run` and the tests use it."""

import glob
import os
import shutil
import subprocess
import sys

SUPPORTED = ('3.8', '3.9', '3.10', '3.11', '3.12', '3.13')
RUNNING = '%d.%d' % sys.version_info[:2]


def find(version):
    """A Python of this version that makes virtual environments: this one, on
    the PATH, or one of pyenv's; `None` if there is none."""
    if version == RUNNING:
        return sys.executable
    pyenv = os.environ.get('PYENV_ROOT') or os.path.expanduser('~/.pyenv')
    candidates = [shutil.which('python' + version)] + sorted(glob.glob(
        os.path.join(pyenv, 'versions', version + '.*', 'bin', 'python')))
    for python in filter(None, candidates):
        if _works(python):
            return python
    return None


def _works(python):
    try:
        return subprocess.call(
            [python, '-c', 'import venv, ensurepip; ensurepip.version()'],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False
