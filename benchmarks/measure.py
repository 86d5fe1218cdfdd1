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


class Round(NamedTuple):
    """The costs of some requests of a workload that followed each other, with
    and without a frozen heap, and of the do-nothing requests between those
    without (the floor)."""

    floor: List[Cost]
    plain: List[Cost]
    frozen: List[Cost]


class Figures(NamedTuple):
    """The costs of a workload."""

    workload: Workload
    rounds: List[Round]

    def costs(self, state: str) -> List[Cost]:
        """Those of all rounds: `'floor'`, `'plain'` or `'frozen'`."""
        return [cost for each in self.rounds for cost in getattr(each, state)]

    def ratio(self, state: str, kind: str = 'net') -> float:
        """The CPU in multiples of the floor of the same round, since the
        machine may be faster in one than in another."""
        return median(_median(getattr(each, state), kind) /
                      _median(each.floor, 'net') for each in self.rounds)

    @property
    def statements(self) -> int:
        # more than the fewest are those of Trac's caches that expired
        return min(cost.statements
                   for cost in self.costs('plain') + self.costs('frozen'))

    @property
    def missed(self) -> List[str]:
        """The states of the heap in which the workload is over its limit."""
        limit = self.workload.limit
        return [] if limit is None else [
            state for state in ('plain', 'frozen')
            if self.ratio(state) > limit]


def _median(costs: List[Cost], kind: str) -> float:
    return median(getattr(cost, kind) for cost in costs)


def measure(meter: Meter, workloads: List[Workload], rounds: int,
            progress: Callable[[str], None]) -> List[Figures]:
    """Measure workloads in turns, those that write last."""
    figures: Dict[str, Figures] = {}
    numbers: Dict[str, int] = {}
    for writes in (False, True):
        chosen = [w for w in workloads if w.writes == writes]
        for workload in chosen:
            figures[workload.title] = Figures(workload, [])
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
    """Measure a round, in which each request follows a do-nothing request;
    return the next number."""
    workload = figures.workload
    round_ = Round([], [], [])
    for frozen, nothing, costs in ((False, round_.floor, round_.plain),
                                   (True, [], round_.frozen)):
        with heap(frozen):
            meter.cost(NOTHING)
            for _ in range(workload.per_round):
                costs.append(meter.cost(workload.request(number)))
                nothing.append(meter.cost(NOTHING))
                number += 1
    figures.rounds.append(round_)
    return number
