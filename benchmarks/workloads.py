# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""What is measured, and how much it may cost: the rows of the table."""

import xmlrpc.client
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, \
    Optional, Tuple

from benchmarks.client import PROTOCOLS, VERSION2, Answer, Request, Site, \
    WrongAnswer, call, first_result, multicall, post, result, results
from benchmarks.fixtures import CHANGES, MILESTONES, PAGES, TICKETS, WORD, \
    milestone_name, page_name

EPOCH = xmlrpc.client.DateTime('19700101T00:00:00')


class Workload(NamedTuple):
    """A kind of request.

    `request(n)` makes the n-th, which matters to those that write. `limit`
    is how many times the CPU of a do-nothing request it may cost, `stretch`
    what would be better still. `per_round` is how often each round of the
    measurement sends it.
    """

    name: str
    protocol: str
    request: Callable[[int], Request]
    check: Callable[[Answer], Any]
    limit: Optional[float] = None
    stretch: Optional[float] = None
    per_round: int = 3
    writes: bool = False

    @property
    def title(self) -> str:
        return ' '.join(filter(None, (self.name, self.protocol.upper())))


def workloads(site: Site) -> List[Workload]:
    """All rows of the table, in its order."""
    rows: List[Workload] = []
    for group in (_small, _single, _help, _multicalls, _lists, _others,
                  _writes):
        for protocol in PROTOCOLS:
            rows.extend(group(site, protocol))
    for group in (_single, _multicalls):
        rows.extend(group(site, VERSION2))
    rows.sort(key=lambda row: _ORDER.index(row.name))
    return rows


def _row(protocol: str, name: str, request: Request,
         expected: Callable[[Any], Any], limit: Optional[float] = None,
         **options: Any) -> Workload:
    """A row whose requests are all the same and give one result."""
    return Workload(name, protocol, lambda n: request,
                    _checker(name, protocol, result, expected), limit,
                    **options)


def _many(protocol: str, name: str, calls: List[Tuple[Any, ...]],
          limit: Optional[float], expected: Callable[[Any], Any],
          **options: Any) -> Workload:
    """A row with a multicall, each of whose results is as expected."""
    request = multicall(protocol, calls)
    return Workload(
        name, protocol, lambda n: request,
        _checker(name, protocol, results,
                 lambda found: len(found) == len(calls) and
                 all(map(expected, found))), limit, **options)


def _checker(name: str, protocol: str, read: Callable[[str, Answer], Any],
             expected: Callable[[Any], Any]) -> Callable[[Answer], None]:
    def check(answer: Answer) -> None:
        found = read(protocol, answer)
        if not expected(found):
            raise WrongAnswer('%s over %s gave %.500r'
                              % (name, protocol, found))
    return check


def _holds(size: int) -> Callable[[Any], bool]:
    return lambda found: isinstance(found, list) and len(found) >= size


def _is_text(found: Any) -> bool:
    return isinstance(found, str) and not found.startswith('fault ')


# The rows

def _small(site: Site, protocol: str) -> Iterator[Workload]:
    broken = {'xml': "<?xml version='1.0'?><methodCall><methodName>x</m",
              'json': '{"method": "system.listMethods", "params": [}'}
    options: Dict[str, Any] = {'limit': 1.6, 'per_round': 5}
    yield _row(protocol, 'getAPIVersion',
               call(protocol, 'system.getAPIVersion'), _holds(3), **options)
    yield _row(protocol, 'listMethods',
               call(protocol, 'system.listMethods'), _holds(79), **options)
    yield _row(protocol, 'unknown method', call(protocol, 'no.such', 1),
               lambda found: found == 'fault -32601', **options)
    yield _row(protocol, 'malformed body', post(protocol, broken[protocol]),
               lambda found: found == 'fault -32700', **options)


def _single(site: Site, protocol: str) -> Iterator[Workload]:
    options: Dict[str, Any] = {'limit': 2.3, 'per_round': 5}
    yield _row(protocol, 'ticket.get', call(protocol, 'ticket.get', 7),
               _holds(4), **options)
    yield _row(protocol, 'getPage',
               call(protocol, 'wiki.getPage', page_name(7)), _is_text,
               **options)
    yield _row(protocol, 'changeLog', call(protocol, 'ticket.changeLog', 7),
               _holds(2 * CHANGES), **options)


def _help(site: Site, protocol: str) -> Iterator[Workload]:
    names = first_result(site, 'system.listMethods')
    yield _many(protocol, 'methodHelp of all methods',
                [('system.methodHelp', name) for name in names], 2.8,
                _is_text)


def _multicalls(site: Site, protocol: str) -> Iterator[Workload]:
    xml = protocol == 'xml'
    yield _many(protocol, '1000 ticket.get',
                [('ticket.get', id_) for id_ in range(1, 1001)],
                67 if xml else 43, _holds(4), stretch=34 if xml else 18,
                per_round=1)
    yield _many(protocol, '100 changeLog',
                [('ticket.changeLog', id_) for id_ in range(1, 101)], 19,
                _holds(2 * CHANGES))
    pages = [page_name(number) for number in range(100)]
    yield _many(protocol, '100 getPage',
                [('wiki.getPage', name) for name in pages], 8.4, _is_text)
    yield _many(protocol, '100 getPageInfo',
                [('wiki.getPageInfo', name) for name in pages], 5.4,
                lambda found: isinstance(found, dict))
    yield _many(protocol, '200 milestone.get',
                [('ticket.milestone.get', milestone_name(number))
                 for number in range(MILESTONES)], 8.4 if xml else 4.5,
                lambda found: isinstance(found, dict))


def _lists(site: Site, protocol: str) -> Iterator[Workload]:
    xml = protocol == 'xml'
    yield _row(protocol, 'query of all',
               call(protocol, 'ticket.query', 'max=0'), _holds(TICKETS), 15,
               stretch=8)
    yield _row(protocol, 'ticket.getRecentChanges',
               call(protocol, 'ticket.getRecentChanges', EPOCH),
               _holds(TICKETS), 7.6)
    yield _row(protocol, 'getAllPages', call(protocol, 'wiki.getAllPages'),
               _holds(PAGES), 2.7)
    yield _row(protocol, 'wiki.getRecentChanges',
               call(protocol, 'wiki.getRecentChanges', EPOCH),
               _holds(PAGES), 17 if xml else 11)
    yield _row(protocol, 'search',
               call(protocol, 'search.performSearch', WORD),
               _holds((TICKETS + PAGES) // 2), 280 if xml else 265,
               per_round=1)


def _others(site: Site, protocol: str) -> Iterator[Workload]:
    """Mostly Trac's own work, without a limit."""
    yield _row(protocol, 'query of 100', call(protocol, 'ticket.query'),
               _holds(100))
    yield _row(protocol, 'getTicketFields',
               call(protocol, 'ticket.getTicketFields'), _holds(15))
    yield _row(protocol, 'getActions',
               call(protocol, 'ticket.getActions', 7), _holds(1))
    yield _row(protocol, 'getPageHTML',
               call(protocol, 'wiki.getPageHTML', page_name(7)), _is_text)
    if protocol == 'xml':
        page = Request('/login/rpc', HTTP_ACCEPT='text/html')
        yield Workload('documentation page', '', lambda n: page, _is_page,
                       14)


def _is_page(answer: Answer) -> None:
    if answer.status != 200 or b'ticket.getActions' not in answer.body:
        raise WrongAnswer('the documentation page is %d, %.500r'
                          % (answer.status, answer.body))


def _writes(site: Site, protocol: str) -> Iterator[Workload]:
    text = 'A change made by the benchmark.\n' * 10

    def row(name: str, request: Callable[[int], Request],
            expected: Callable[[Any], bool]) -> Workload:
        return Workload(name, protocol, request,
                        _checker(name, protocol, result, expected),
                        writes=True)

    yield row('create', lambda n: call(
        protocol, 'ticket.create', 'Benchmark', text, {'keywords': 'x'}),
        lambda found: isinstance(found, int))
    yield row('update', lambda n: call(
        protocol, 'ticket.update', TICKETS - n % 500, text,
        {'keywords': '%s %d' % (protocol, n)}), _holds(4))
    yield row('update with action', lambda n: call(
        protocol, 'ticket.update', TICKETS - n % 500, text,
        {'keywords': '%s action %d' % (protocol, n), 'action': 'leave'}),
        _holds(4))
    yield row('putPage', lambda n: call(
        protocol, 'wiki.putPage', page_name(n % PAGES), '%s%s %d' % (
            text, protocol, n), {'comment': 'as measured'}),
        lambda found: found is True)


_ORDER = [
    'getAPIVersion', 'listMethods', 'unknown method', 'malformed body',
    'ticket.get', 'getPage', 'changeLog', 'methodHelp of all methods',
    '1000 ticket.get', '100 changeLog', '100 getPage', '100 getPageInfo',
    'query of all', 'ticket.getRecentChanges', 'getAllPages',
    'wiki.getRecentChanges', '200 milestone.get', 'documentation page',
    'search', 'query of 100', 'getTicketFields', 'getActions', 'getPageHTML',
    'create', 'update', 'update with action', 'putPage',
]
