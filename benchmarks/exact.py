# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""The figures that are free of noise, which must hold: statements of the
database, and what grows with the number of calls or of methods.
"""

import cProfile
from typing import Any, Callable, List, NamedTuple, Tuple

from trac.core import ComponentMeta
from trac.env import open_environment

from tracrpc.api import XMLRPCSystem
from tracrpc.tests.support import foreign_handler, own_handler

from benchmarks.client import NOTHING, PROTOCOLS, Request, Site, call, \
    multicall, result
from benchmarks.fixtures import MILESTONES, PAGES, TICKETS, milestone_name, \
    page_name
from benchmarks.measure import Meter, heap

# Counts may differ by what a cache does, CPU by what else runs.
_COUNT_TOLERANCE = 1.1
_CPU_TOLERANCE = 1.5


class Check(NamedTuple):
    """A figure and what it must not exceed."""

    name: str
    figure: float
    limit: float
    unit: str = ''

    @property
    def holds(self) -> bool:
        return self.figure <= self.limit


def checks(meter: Meter) -> List[Check]:
    """All exact figures of the environment's site."""
    return (_statements(meter) + _flat(meter) + _lookup(meter.site))


# Statements

def _statements(meter: Meter) -> List[Check]:
    found = []
    for protocol in PROTOCOLS:
        for name, request, limit in (
                ('getAPIVersion', call(protocol, 'system.getAPIVersion'), 3),
                ('ticket.get', call(protocol, 'ticket.get', 7), 6)):
            found.append(_statement_check(meter, '%s %s' % (
                name, protocol.upper()), request, limit))
        for method, argument, sizes, per_chunk in _batches():
            for size in sizes:
                request = multicall(protocol, [
                    (method, argument(number)) for number in range(size)])
                found.append(_statement_check(
                    meter, '%d %s %s' % (size, method, protocol.upper()),
                    request, 6 + per_chunk * -(-size // 500)))
    return found


def _batches() -> List[Tuple[str, Callable[[int], Any], Tuple[int, ...],
                             int]]:
    """Method, argument of the n-th call, numbers of calls, and how many
    statements are allowed for each 500 of them."""
    def ticket(number: int) -> int:
        return number % TICKETS + 1

    def page(number: int) -> str:
        return page_name(number % PAGES)

    def milestone(number: int) -> str:
        return milestone_name(number % MILESTONES)

    return [
        ('ticket.get', ticket, (10, 1000, 5000), 2),
        ('ticket.changeLog', ticket, (10, 1000), 3),
        ('ticket.listAttachments', ticket, (10, 1000), 2),
        ('wiki.getPage', page, (10, 1000), 2),
        ('wiki.getPageInfo', page, (10, 1000), 2),
        ('ticket.milestone.get', milestone, (10, 200), 2),
    ]


def _statement_check(meter: Meter, name: str, request: Request,
                     limit: int) -> Check:
    # the fewest of some: Trac's own caches expire after seconds
    fewest = min(meter.cost(request).statements for _ in range(3))
    return Check('statements of ' + name, fewest, limit)


# Growth with the number of calls

def _flat(meter: Meter) -> List[Check]:
    """What a call of a multicall takes must not depend on how many there
    are: in function calls of Python, and in CPU."""
    found = []
    for protocol in PROTOCOLS:
        for method in ('ticket.get', 'system.getAPIVersion'):
            few, some, many = (_calls_of(protocol, method, size)
                               for size in (100, 1000, 5000))
            name = '%s %s, 5000 : 100 calls' % (method, protocol.upper())
            with heap(frozen=True):
                meter.cost(few)
                meter.cost(many)
                less = (function_calls(meter.site, some)
                        - function_calls(meter.site, few)) / 900
                more = (function_calls(meter.site, many)
                        - function_calls(meter.site, some)) / 4000
                found.append(Check('function calls of ' + name, more / less,
                                   _COUNT_TOLERANCE, 'times'))
                found.append(Check('CPU of ' + name,
                                   _cpu(meter, many) / 5000
                                   / (_cpu(meter, few) / 100),
                                   _CPU_TOLERANCE, 'times'))
    return found


def _calls_of(protocol: str, method: str, size: int) -> Request:
    args = [(number + 1,) if method == 'ticket.get' else ()
            for number in range(size)]
    return multicall(protocol, [(method,) + arg for arg in args])


def _cpu(meter: Meter, request: Request) -> float:
    return min(meter.cost(request).net - meter.cost(NOTHING).net
               for _ in range(3))


def function_calls(site: Site, request: Request) -> int:
    """How many functions are called to answer a request."""
    send = site.prepared(request)
    profile = cProfile.Profile()
    profile.enable()
    send()
    profile.disable()
    return sum(entry.callcount for entry in profile.getstats())


# Growth with the number of methods

def _lookup(site: Site) -> List[Check]:
    """What finding a method takes must not depend on how many there are."""
    known = list(ComponentMeta._components)
    requests = {'a known method': call('json', 'system.getAPIVersion'),
                'an unknown method': call('json', 'no.such')}
    before = {name: _settled(site, request)
              for name, request in requests.items()}
    try:
        more = _methods(site, own_handler(3000))
        found = _lookup_checks(site, requests, before, more)
        # other handlers are asked again for a name that they did not have
        del requests['an unknown method']
        more = _methods(site, foreign_handler(3000))
        found += _lookup_checks(site, requests, before, more)
    finally:
        for cls in list(ComponentMeta._components):
            if cls not in known:
                ComponentMeta.deregister(cls)
        _methods(site)
    return found


def _lookup_checks(site: Site, requests: Any, before: Any,
                   more: int) -> List[Check]:
    return [Check('function calls of %s with %d methods : usual' % (
        name, more), _settled(site, request) / before[name],
        _COUNT_TOLERANCE, 'times') for name, request in requests.items()]


def _settled(site: Site, request: Request) -> int:
    return min(function_calls(site, request) for _ in range(3))


def _methods(site: Site, *handlers: Any) -> int:
    """Have a new table of methods made; return how many it holds."""
    env = open_environment(site.path, use_cache=True)
    for cls in (XMLRPCSystem,):
        env.components.pop(cls, None)
    answer = site.send(call('json', 'system.listMethods'))
    return len(result('json', answer))


