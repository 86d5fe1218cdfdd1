# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""Measures what the plugin costs, in multiples of what a do-nothing request
costs Trac, and checks the figures that must hold on any machine.

The exit status is 1 if one of those does not hold. CPU is only reported: it
depends on what else the machine does, although the requests of all workloads
take turns.
"""

import argparse
import sys
import warnings
from typing import List

from trac.util.translation import has_babel

from benchmarks import build, exact, load, memory, profiling, report
from benchmarks.client import Site
from benchmarks.measure import Figures, Meter, measure
from benchmarks.workloads import Workload, workloads


def main() -> int:
    args = parse_args()
    if not has_babel:
        sys.exit('Babel is not installed, without which Trac does less: '
                 'pip install Babel')
    with build.environment(args.db, args.cache) as path:
        if args.profile:
            return profile(args, Site(path))
        figures: List[Figures] = []
        if args.memory:
            checks = memory.checks(path, args.size << 20, args.requests,
                                   progress)
        elif args.load:
            checks = load.checks(path, args.writers, args.seconds, progress)
        else:
            with Meter(Site(path)) as meter:
                if not args.exact:
                    figures = cpu(args, meter)
                checks = exact.checks(meter) if not args.only else []
    if checks:
        print(report.check_table(checks) if args.markdown
              else report.check_lines(checks))
    if args.json:
        with open(args.json, 'w') as f:
            f.write(report.as_json(args.db, figures, checks))
    return 0 if all(check.holds for check in checks) else 1


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog='./run bench', description=__doc__)
    modes = parser.add_mutually_exclusive_group()
    modes.add_argument('--exact', action='store_true',
                       help='only check the exact figures, no CPU')
    modes.add_argument('--memory', action='store_true',
                       help='measure memory instead, each figure in a '
                            'process of its own (Linux)')
    modes.add_argument('--load', action='store_true',
                       help='let many clients write at once, over gunicorn')
    modes.add_argument('--profile', action='store_true',
                       help='show where the time of workloads goes')
    parser.add_argument('--only', action='append', metavar='NAME',
                        help='only the workload NAME ("100 getPage JSON"), or '
                             'all with NAME in their names; may be repeated')
    parser.add_argument('--repeat', type=int, default=5, metavar='N',
                        help='rounds of measurement, or seconds of CPU to '
                             'profile (default: %(default)s)')
    parser.add_argument('--db', default='sqlite', metavar='DATABASE',
                        help='sqlite; postgres for a throw-away server; '
                             'postgres://... for a server of yours, in a new '
                             'schema (default: %(default)s)')
    parser.add_argument('--cache', default=build.default_cache(),
                        metavar='DIR', help='where the environment is kept '
                                            '(default: %(default)s)')
    parser.add_argument('--markdown', action='store_true',
                        help='print the exact figures as a table, too, as '
                             'in the README')
    parser.add_argument('--json', metavar='FILE',
                        help='write everything to FILE, too')
    parser.add_argument('--size', type=int, default=64, metavar='MB',
                        help='size of the attachments for --memory '
                             '(default: %(default)s)')
    parser.add_argument('--requests', type=int, default=5000, metavar='N',
                        help='requests for --memory (default: %(default)s)')
    parser.add_argument('--writers', type=int, default=64, metavar='N',
                        help='clients for --load (default: %(default)s)')
    parser.add_argument('--seconds', type=float, default=20, metavar='N',
                        help='duration of --load (default: %(default)s)')
    return parser.parse_args()


def chosen(args: argparse.Namespace, site: Site) -> List[Workload]:
    """The workloads that were asked for."""
    rows = workloads(site)
    if not args.only:
        return rows
    names = [name.lower() for name in args.only]
    exact_names = {title.lower() for row in rows
                   for title in (row.name, row.title)}.intersection(names)
    found = [row for row in rows
             if {row.name.lower(), row.title.lower()} & exact_names or
             any(name in row.title.lower()
                 for name in names if name not in exact_names)]
    if not found:
        sys.exit('No workload of that name. There are:\n  %s' % '\n  '.join(
            row.title for row in rows))
    return found


def cpu(args: argparse.Namespace, meter: Meter) -> List[Figures]:
    figures = measure(meter, chosen(args, meter.site), args.repeat, progress)
    print(report.table(figures))
    print('\n%s\n' % report.notes(figures))
    return figures


def profile(args: argparse.Namespace, site: Site) -> int:
    with Meter(site) as meter:
        for workload in chosen(args, site):
            print(profiling.profile(meter, workload, args.repeat))
    return 0


def progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == '__main__':
    warnings.filterwarnings('ignore', message='pkg_resources is deprecated')
    sys.exit(main())
