# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""Runs the tests on everything that this project supports and this machine
has, and prints what ran, where, and what was left out and why, as a table.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from xml.etree import ElementTree
from collections import Counter
from typing import Dict, List, NamedTuple, Optional

from tools import pythons

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
#: The tests that have rows of their own, or do not depend on what is varied.
ELSEWHERE = ('servers', 'clients', 'packaging', 'demo', 'tracd', 'fuzz')
IN_PROCESS = ['-m', 'not browser'] + [
    '--ignore=tracrpc/tests/test_%s.py' % name for name in ELSEWHERE]
#: Leaves out what takes long and asks more of the database than of Python.
QUICK = ['-n', 'auto', *IN_PROCESS, '-m', 'not slow and not browser',
         '--ignore=tracrpc/tests/test_faults_injected.py']


class Row(NamedTuple):
    """One run of the tests."""

    kind: str
    where: str
    python: str
    args: List[str]


class Outcome:
    """What became of the tests of a line of the table."""

    def __init__(self):
        self.passed = 0
        self.failed: List[str] = []
        self.skipped: Counter = Counter()

    def add(self, case):
        skipped = case.find('skipped')
        if skipped is not None:
            self.skipped[skipped.get('message') or 'no reason'] += 1
        elif case.find('failure') is not None or \
                case.find('error') is not None:
            self.failed.append('%(classname)s.%(name)s' % case.attrib)
        else:
            self.passed += 1

    def cells(self):
        reasons = '; '.join('%d: %s' % (count, ' '.join(reason.split()))
                            for reason, count in self.skipped.items())
        return [str(self.passed), str(len(self.failed)),
                reasons or '0']


def rows(versions):
    """The rows of the matrix, with these versions of Python."""
    for version in versions:
        where = 'Python ' + version
        yield Row('python', where, version, QUICK)
        yield Row('python', where + ', no optional package', version,
                  ['--bare', *QUICK])
    for name, where in (('postgres', 'PostgreSQL'), ('mariadb', 'MariaDB')):
        # their tests share a database, so they do not run in parallel
        yield Row('database', where, pythons.RUNNING,
                  ['--db', name, *IN_PROCESS])
    yield Row('server', 'servers', pythons.RUNNING,
              ['tracrpc/tests/test_servers.py'])
    yield Row('client', 'clients', pythons.RUNNING,
              ['--clients', 'tracrpc/tests/test_clients.py'])
    yield Row('browser', 'browser', pythons.RUNNING,
              ['--browser', '-m', 'browser'])


def run(row, log) -> Optional[Dict[str, Outcome]]:
    """Run the tests of a row; the outcome for each line that it gives.

    A test may name its line by the property `matrix`, as those of servers
    and clients do; the others are counted in the row's own.
    """
    python = pythons.find(row.python)
    if python is None:
        return None
    with tempfile.TemporaryDirectory(prefix='tracrpc-matrix-') as directory:
        report = os.path.join(directory, 'report.xml')
        subprocess.call([python, os.path.join(ROOT, 'run'), 'test', '-q',
                         '--junit-xml=' + report, *row.args],
                        cwd=ROOT, stdin=subprocess.DEVNULL,
                        stdout=log, stderr=log)
        lines: Dict[str, Outcome] = {}
        if os.path.exists(report):
            for case in ElementTree.parse(report).iter('testcase'):
                lines.setdefault(_line_of(case, row), Outcome()).add(case)
        if not lines:
            lines[row.where] = Outcome()
            lines[row.where].failed.append('the run itself')
    return lines


def _line_of(case, row):
    for prop in case.iter('property'):
        if prop.get('name') == 'matrix':
            return prop.get('value')
    return row.where


def write(*cells):
    print('| %s |' % ' | '.join(cell.replace('|', '/') for cell in cells),
          flush=True)


def main():
    parser = argparse.ArgumentParser(prog='./run matrix',
                                     description=__doc__)
    parser.add_argument('kinds', nargs='*', metavar='KIND',
                        help='python, database, server, client, browser '
                        '(default: all)')
    parser.add_argument('--pythons', nargs='+', default=pythons.SUPPORTED,
                        metavar='VERSION', help='default: all supported')
    parser.add_argument('--log', help='a file for what the tests print',
                        default=os.path.join(tempfile.gettempdir(),
                                             'tracrpc-matrix.log'))
    options = parser.parse_args()
    print('What the tests print is in %s' % options.log, file=sys.stderr)
    failed: List[str] = []
    write('where', 'passed', 'failed', 'skipped, and why')
    write('---', '---', '---', '---')
    with open(options.log, 'wb') as log:
        for row in rows(options.pythons):
            if options.kinds and row.kind not in options.kinds:
                continue
            lines = run(row, log)
            if lines is None:
                write(row.where, '', '', 'not installed')
                continue
            for name, outcome in lines.items():
                write(name, *outcome.cells())
                failed += ['%s: %s' % (name, test)
                           for test in outcome.failed]
    if failed:
        sys.exit('\n'.join(['', 'Failed:', *failed]))


if __name__ == '__main__':
    main()
