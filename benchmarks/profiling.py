# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""Where a workload's time goes, by samples of the stack at every few
milliseconds of CPU: what else the machine does has no part in it, and small
functions look no slower than they are.
"""

import contextlib
import re
import signal
import time
from collections import Counter
from types import FrameType
from typing import Any, Iterator, Optional

from benchmarks.measure import Meter, heap
from benchmarks.workloads import Workload

# What the kernel's clock allows is less often.
_INTERVAL = 0.001

_LINES = 30


def profile(meter: Meter, workload: Workload, seconds: float) -> str:
    """The functions that take most of a workload's time, frozen: what they
    take themselves (with the C functions they call), and in all."""
    for number in range(3):
        meter.checked(workload, number)
    sampler = _Sampler()
    requests = 0
    with heap(frozen=True), sampler.running():
        end = time.process_time() + seconds
        while time.process_time() < end:
            send = meter.site.prepared(workload.request(3 + requests))
            sampler.active = True
            send()
            sampler.active = False
            requests += 1
    return '%s, %d requests, %d samples\n%s' % (
        workload.title, requests, sampler.samples, sampler.table())


class _Sampler:

    def __init__(self) -> None:
        self.active = False
        self.samples = 0
        self._own: Counter = Counter()
        self._all: Counter = Counter()

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        saved = signal.signal(signal.SIGPROF, self._sample)
        signal.setitimer(signal.ITIMER_PROF, _INTERVAL, _INTERVAL)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.signal(signal.SIGPROF, saved)

    def _sample(self, signum: int, frame: Optional[FrameType]) -> None:
        if not self.active:
            return
        self.samples += 1
        names: Any = {}
        while frame is not None:
            names[_name(frame)] = None
            frame = frame.f_back
        self._own[next(iter(names))] += 1
        self._all.update(names.keys())

    def table(self) -> str:
        """Those with the largest shares of either kind."""
        shown = {name for counter in (self._own, self._all)
                 for name, count in counter.most_common(_LINES)}
        lines = ['   own    all  function']
        for name in sorted(shown, key=lambda name: (-self._all[name], name)):
            lines.append('%5.1f%% %5.1f%%  %s' % (
                100 * self._own[name] / self.samples,
                100 * self._all[name] / self.samples, name))
        return '\n'.join(lines) + '\n'


def _name(frame: FrameType) -> str:
    code = frame.f_code
    path = re.sub(r'.*/(?:site-packages|lib/python3\.\d+|(?=tracrpc/|'
                  r'benchmarks/))/?', '', code.co_filename)
    return '%s:%d %s' % (path, code.co_firstlineno, code.co_name)
