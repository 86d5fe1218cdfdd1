# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""The heap (option `[rpc] freeze_heap`)."""

import gc

import pytest

from tracrpc.heap import WARM_UP
from tracrpc.tests.support import request


@pytest.fixture
def frozen():
    """The number of frozen objects, none at the start."""
    gc.unfreeze()
    yield gc.get_freeze_count
    gc.unfreeze()


def calls(env, count):
    for _ in range(count):
        request(env, body=b'{"method": "system.getAPIVersion"}',
                content_type='application/json')


def test_frozen_once_after_the_warm_up(env, frozen):
    calls(env, WARM_UP)
    assert frozen() == 0
    calls(env, 1)
    count = frozen()
    assert count > 10000
    calls(env, 5)
    assert frozen() <= count


def test_what_calls_leave_behind_is_still_collected(env, frozen):
    calls(env, WARM_UP + 1)

    class Cycle:
        pass
    gc.collect()
    cycle = Cycle()
    cycle.cycle = cycle
    del cycle
    assert gc.collect() > 0


def test_switched_off(env, frozen):
    env.config.set('rpc', 'freeze_heap', 'disabled')
    calls(env, WARM_UP + 1)
    assert frozen() == 0
