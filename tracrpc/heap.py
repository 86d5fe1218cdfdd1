# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""The heap: keeping Python's garbage collection off what lives for ever.

Trac collects garbage at the end of every request, and looks at all its
components, configuration and caches each time: tens of milliseconds, when a
small call needs less than one. Once those objects are there, they can be
frozen: put where the collection does not look. Memory that requests leave
behind is found as before.
"""

import gc
import threading

#: How many calls an environment has answered when its components and caches
#: are there.
WARM_UP = 10

_lock = threading.Lock()


class HeapFreezer:
    """Freezes the heap once for an environment, after its warm-up."""

    def __init__(self):
        self._calls = 0

    def call_begins(self):
        """Count a call, and freeze the heap if it is time: when what the
        calls before have left behind is collected."""
        if self._calls > WARM_UP:
            return
        with _lock:
            self._calls += 1
            if self._calls == WARM_UP + 1:
                freeze()


def freeze():
    """Freeze all objects that there are.

    What an earlier environment in this process had frozen, for instance
    before `trac.ini` was changed, is looked at again first.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
