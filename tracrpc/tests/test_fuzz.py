# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""Random calls and requests: whatever arrives, the answer is a result, a
clean fault or a 4xx, and a refused call changes nothing.

The numbers are the same in each run, for `TRAC_FUZZ_SECONDS` in all (20 by
default). For a long run see `tracrpc.tests.fuzzing`.
"""

import os

import pytest

from tracrpc.tests.fuzzing import Checker, Violation, World, campaign_of, \
    campaigns, encoded_call, explore, learn, told_too_much

SECONDS = float(os.environ.get('TRAC_FUZZ_SECONDS', '20'))


@pytest.fixture(scope='module')
def world(database):
    world = World()
    learn(world)
    yield world
    world.close()


def examples(count):
    return max(1, int(count * SECONDS / 20))


def test_every_method(world):
    seconds = SECONDS / 2 / len(world.methods)
    for method in world.methods.values():
        name, strategy, check = campaign_of(method)
        explore(world, strategy, check, examples(10), seconds)


@pytest.mark.parametrize('campaign', list(campaigns()),
                         ids=lambda each: each[0])
def test_campaign(world, campaign):
    name, strategy, check = campaign
    explore(world, strategy, check, examples(120), SECONDS / 8)


# The checks themselves

@pytest.mark.parametrize('text', [
    'no such column: nofld', 'no such table: ticket',
    'UNIQUE constraint failed: ticket_change.ticket',
    'near "FROM": syntax error', "'str' object has no attribute 'log'",
    "unsupported operand type(s) for -: 'str' and 'datetime.datetime'",
    "int() argument must be a string, not 'NoneType'",
    "invalid literal for int() with base 10: ''", 'list index out of range',
    "cannot marshal <class 'datetime.date'> objects",
    "Error binding parameter 1: type 'list' is not supported",
    'duplicate key value violates unique constraint "ticket_change_pk"',
    'f() takes 2 positional arguments but 3 were given, TypeError',
])
def test_texts_of_sql_and_python_are_noticed(text):
    assert told_too_much(text)


@pytest.mark.parametrize('text', [
    '"x" is not a ticket field (no such column: x)',
    'XMLRPCSystem.listMethods() takes 2 positional arguments but 3 were '
    'given (system.listMethods takes no arguments, 1 given)',
    'Argument 1 ("id") must be an integer, not the string "x"',
    'syntax error: line 1, column 0', 'JSON object is not a dict',
])
def test_our_own_texts_are_not(text):
    assert told_too_much(text) is None


def test_changes_are_noticed_and_undone(world):
    checker = Checker(world)
    body = encoded_call('json', 'ticket.delete', [1])
    with pytest.raises(Violation) as e:
        checker.request(body, user='admin', reading=True)
    assert 'the state changed' in str(e.value)
    assert 'ticket -(1,' in str(e.value)
    world.restore()
    assert world.state() == world.initial
    with pytest.raises(Violation, match='status 500|an exception escapes'):
        world.send, send = lambda *args, **kwargs: 1 / 0, world.send
        try:
            checker.request(body)
        finally:
            world.send = send
