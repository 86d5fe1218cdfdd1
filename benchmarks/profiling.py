# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""Where a workload's time goes, by samples of the stack at every few
milliseconds of CPU: what else the machine does has no part in it, and small
functions look no slower than they are. A sample counts as much as the CPU
since the one before it: a C function that takes long lets only one be taken.
"""

import contextlib
import re
import signal
import time
from collections import defaultdict
from heapq import nlargest
from types import FrameType
from typing import Any, Dict, Iterator, Optional

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
            sampler.resume()
            send()
            sampler.active = False
            requests += 1
    return '%s, %d requests, %d samples\n%s' % (
        workload.title, requests, sampler.samples, sampler.table())


class _Sampler:

    def __init__(self) -> None:
        self.active = False
        self.samples = 0
        self._last = self._seconds = 0.0
        self._own: Dict[str, float] = defaultdict(float)
        self._all: Dict[str, float] = defaultdict(float)

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        saved = signal.signal(signal.SIGPROF, self._sample)
        signal.setitimer(signal.ITIMER_PROF, _INTERVAL, _INTERVAL)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.signal(signal.SIGPROF, saved)

    def resume(self) -> None:
        self._last = time.process_time()
        self.active = True

    def _sample(self, signum: int, frame: Optional[FrameType]) -> None:
        if not self.active:
            return
        now = time.process_time()
        weight, self._last = now - self._last, now
        self.samples += 1
        self._seconds += weight
        names: Any = {}
        while frame is not None:
            names[_name(frame)] = None
            frame = frame.f_back
        self._own[next(iter(names))] += weight
        for name in names:
            self._all[name] += weight

    def table(self) -> str:
        """Those with the largest shares of either kind."""
        shown = {name for seconds in (self._own, self._all)
                 for name in nlargest(_LINES, seconds, seconds.__getitem__)}
        lines = ['   own    all  function']
        for name in sorted(shown, key=lambda name: (-self._all[name], name)):
            lines.append('%5.1f%% %5.1f%%  %s' % (
                100 * self._own[name] / self._seconds,
                100 * self._all[name] / self._seconds, name))
        return '\n'.join(lines) + '\n'


def _name(frame: FrameType) -> str:
    code = frame.f_code
    path = re.sub(r'.*/(?:site-packages|lib/python3\.\d+|(?=tracrpc/|'
                  r'benchmarks/))/?', '', code.co_filename)
    return '%s:%d %s' % (path, code.co_firstlineno, code.co_name)
