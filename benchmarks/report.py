# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""Printing what was measured."""

import json
import platform
from statistics import median
from typing import Any, Dict, List, Optional, Sequence

from trac import __version__ as trac_version

from benchmarks.exact import Check
from benchmarks.measure import Figures

_STATES = {'plain': 'not frozen', 'frozen': 'frozen'}

_HEADINGS = ('workload', 'net CPU', 'frozen', 'limit', 'stretch',
             'total CPU', 'frozen', 'SQL', 'verdict')


def table(figures: List[Figures]) -> str:
    """The figures as a table; CPU in multiples of the floor."""
    rows = []
    for item in figures:
        workload = item.workload
        rows.append((
            workload.title, _multiple(item.ratio('plain')),
            _multiple(item.ratio('frozen')), _multiple(workload.limit),
            _multiple(workload.stretch),
            _multiple(item.ratio('plain', 'total')),
            _multiple(item.ratio('frozen', 'total')),
            str(item.statements), _verdict(item)))
    return _as_table(_HEADINGS, rows)


def check_table(checks: List[Check]) -> str:
    """The exact figures as a table."""
    return _as_table(('figure', 'is', 'limit', 'verdict'), [
        (check.name, ' '.join(filter(None, (_number(check.figure),
                                            check.unit))),
         _number(check.limit), 'PASS' if check.holds else 'MISS')
        for check in checks])


def _as_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table as Markdown has it, the columns between the first and the last
    one aligned to the right."""
    last = len(headings) - 1
    rule = ['---'] + ['--:'] * (last - 1) + ['---']
    rows = [headings, rule, *rows]
    widths = [max(len(row[column]) for row in rows)
              for column in range(len(headings))]
    return '\n'.join(
        '| %s |' % ' | '.join(
            cell.ljust(width) if column in (0, last) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths)))
        for row in rows)


def notes(figures: List[Figures]) -> str:
    """What the table's figures are multiples of."""
    floor = [cost for item in figures for cost in item.costs('floor')]
    lines = [
        'Multiples of the net CPU of a do-nothing request, %.2f ms and %d '
        'statements here; with the' % (
            1000 * median(cost.net for cost in floor),
            min(cost.statements for cost in floor)),
        'garbage collection after it, nothing frozen, it takes %.1f times '
        'that in all.' % (median(cost.total for cost in floor)
                          / median(cost.net for cost in floor))]
    small = [item for item in figures if item.workload.limit == 1.6]
    if small:
        lines.append(
            'Such a do-nothing request takes %.0f times the total CPU of a '
            'small call with a frozen heap.' % median(
                median(cost.total for cost in item.costs('floor'))
                / median(cost.total for cost in item.costs('frozen'))
                for item in small))
    limited = [item for item in figures if item.workload.limit is not None]
    lines.append('%d of %d limits hold.' % (
        sum(not item.missed for item in limited), len(limited)))
    return '\n'.join(lines)


def _multiple(value: Optional[float]) -> str:
    if value is None:
        return ''
    return '%.2f' % value if value < 10 else '%.1f' % value \
        if value < 100 else '%.0f' % value


def _verdict(item: Figures) -> str:
    """Whether the workload is within its limit in both states of the heap."""
    workload = item.workload
    if workload.limit is None:
        return ''
    if item.missed:
        return 'MISS (%s)' % ', '.join(map(_STATES.__getitem__, item.missed))
    if workload.stretch and \
            max(map(item.ratio, _STATES)) <= workload.stretch:
        return 'PASS (stretch)'
    return 'PASS'


def check_lines(checks: List[Check]) -> str:
    """One line for each exact figure."""
    return '\n'.join('%s %9s %-6s (limit %s)  %s' % (
        'PASS' if check.holds else 'MISS', _number(check.figure),
        check.unit, _number(check.limit), check.name) for check in checks)


def _number(value: float) -> str:
    return '%d' % value if value == int(value) else '%.2f' % value


def as_json(database: str, figures: List[Figures],
            checks: List[Check]) -> str:
    """Everything, for programs."""
    return json.dumps({
        'python': platform.python_version(), 'trac': trac_version,
        'database': database,
        'workloads': [_figures_dict(item) for item in figures],
        'checks': [dict(check._asdict(), holds=check.holds)
                   for check in checks],
    }, indent=1)


def _figures_dict(item: Figures) -> Dict[str, Any]:
    workload = item.workload
    return {
        'name': workload.name, 'protocol': workload.protocol,
        'limit': workload.limit, 'stretch': workload.stretch,
        'holds': not item.missed, 'statements': item.statements,
        'floor_seconds': median(cost.net for cost in item.costs('floor')),
        **{name.replace(' ', '_'): _costs_dict(item, state)
           for state, name in _STATES.items()},
    }


def _costs_dict(item: Figures, state: str) -> Dict[str, Any]:
    costs = item.costs(state)
    return {
        'net': item.ratio(state), 'total': item.ratio(state, 'total'),
        'best_net': min(cost.net for cost in costs)
        / min(cost.net for cost in item.costs('floor')),
        'net_seconds': median(cost.net for cost in costs),
        'total_seconds': median(cost.total for cost in costs),
        'requests': len(costs),
    }
