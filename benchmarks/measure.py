# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""Measuring requests: CPU, statements, and both in rounds, so that whatever
else the machine does hits all of them alike.
"""

import contextlib
import gc
import time
from statistics import median
from typing import Any, Callable, Dict, Iterator, List, NamedTuple

import trac.web.main
from trac.db.util import IterableCursor

from tracrpc.heap import freeze

from benchmarks.client import NOTHING, Answer, Request, Site
from benchmarks.workloads import Workload

# How many do-nothing requests go before a workload, and how many after.
_FLOOR_REQUESTS = 2


class Cost(NamedTuple):
    """What a request took: seconds of CPU, in all and without the
    `gc.collect()` that Trac runs after each request; SQL statements."""

    total: float
    net: float
    statements: int


class _Collector:
    """Stands in for `gc` in Trac's dispatcher, and takes the time."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def collect(self) -> int:
        start = time.process_time()
        found = gc.collect()
        self.seconds += time.process_time() - start
        return found


class Meter:
    """Measures the requests to a site. While it is open, all statements of
    the process are counted."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._collector = _Collector()
        self._statements = 0

    def __enter__(self) -> 'Meter':
        self._saved = (trac.web.main.gc, IterableCursor.execute,
                       IterableCursor.executemany)
        trac.web.main.gc = self._collector
        IterableCursor.execute = self._counting(IterableCursor.execute)
        IterableCursor.executemany = self._counting(
            IterableCursor.executemany)
        return self

    def __exit__(self, *args: Any) -> None:
        (trac.web.main.gc, IterableCursor.execute,
         IterableCursor.executemany) = self._saved

    def _counting(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def execute(cursor: Any, *args: Any) -> Any:
            self._statements += 1
            return function(cursor, *args)
        return execute

    def cost(self, request: Request) -> Cost:
        """Send a request and measure it."""
        return self._measured(self.site.prepared(request))[0]

    def checked(self, workload: Workload, number: int) -> Cost:
        """Send the n-th request of a workload, and check the answer."""
        cost, answer = self._measured(
            self.site.prepared(workload.request(number)))
        workload.check(answer)
        return cost

    def _measured(self, send: Callable[[], Answer]) -> Any:
        self._collector.seconds = 0.0
        self._statements = 0
        start = time.process_time()
        answer = send()
        total = time.process_time() - start
        return Cost(total, total - self._collector.seconds,
                    self._statements), answer


@contextlib.contextmanager
def heap(frozen: bool) -> Iterator[None]:
    """Within this context, the objects made so far are hidden from the
    garbage collector, or are not."""
    if frozen:
        freeze()
    else:
        gc.unfreeze()
        gc.collect()
    try:
        yield
    finally:
        gc.unfreeze()


class Figures(NamedTuple):
    """The costs of a workload: `floor` are those of the do-nothing requests
    around it, nothing frozen."""

    workload: Workload
    floor: List[Cost]
    plain: List[Cost]
    frozen: List[Cost]

    @property
    def floor_seconds(self) -> float:
        return median(cost.net for cost in self.floor)

    def ratio(self, costs: List[Cost], kind: str = 'net') -> float:
        """The CPU of these in multiples of the floor."""
        return median(getattr(cost, kind) for cost in costs) / \
            self.floor_seconds

    @property
    def statements(self) -> int:
        # more than the fewest are those of Trac's caches that expired
        return min(cost.statements for cost in self.plain + self.frozen)

    @property
    def holds(self) -> bool:
        """Whether the workload is within its limit."""
        limit = self.workload.limit
        return limit is None or \
            max(self.ratio(self.plain), self.ratio(self.frozen)) <= limit


def measure(meter: Meter, workloads: List[Workload], rounds: int,
            progress: Callable[[str], None]) -> List[Figures]:
    """Measure workloads in turns, those that write last."""
    figures: Dict[str, Figures] = {}
    numbers: Dict[str, int] = {}
    for writes in (False, True):
        chosen = [w for w in workloads if w.writes == writes]
        for workload in chosen:
            figures[workload.title] = Figures(workload, [], [], [])
            numbers[workload.title] = 2
            for number in range(2):  # warm up
                meter.checked(workload, number)
        for round_ in range(rounds if chosen else 0):
            progress('%s, round %d of %d' % (
                'writes' if writes else 'reads', round_ + 1, rounds))
            for workload in chosen:
                title = workload.title
                numbers[title] = _measure_once(meter, figures[title],
                                               numbers[title])
    return [figures[workload.title] for workload in workloads]


def _measure_once(meter: Meter, figures: Figures, number: int) -> int:
    """Let each state of the heap have its turn; return the next number."""
    workload = figures.workload
    for frozen, costs in ((False, figures.plain), (True, figures.frozen)):
        with heap(frozen):
            if frozen:
                meter.cost(NOTHING)
            else:
                _floor(meter, figures)
            for _ in range(workload.per_round):
                costs.append(meter.cost(workload.request(number)))
                number += 1
            if not frozen:
                _floor(meter, figures)
    return number


def _floor(meter: Meter, figures: Figures) -> None:
    for _ in range(_FLOOR_REQUESTS):
        figures.floor.append(meter.cost(NOTHING))
