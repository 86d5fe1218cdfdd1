# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""`ticket.query`."""

from datetime import timedelta

import pytest

import tracrpc.ticket  # noqa: F401 - its components
from tracrpc.tests.support import revoke
from tracrpc.tests.tickets import START, custom_fields, hide, new_ticket

DAY = timedelta(days=1)


@pytest.fixture
def ids(env):
    custom_fields(env, color={'type': 'text'}, due={'type': 'time'},
                  flag={'type': 'checkbox'})
    priorities = ('major', 'minor', 'blocker', 'major', 'trivial')
    ids = [new_ticket(env, START + n * DAY, priority=priority,
                      summary='summary %d' % n,
                      owner='a|b' if n == 1 else 'ann & co',
                      status='closed' if n == 4 else 'new',
                      milestone='milestone%d' % (n % 2 + 1),
                      color='red' if n else 'blue',
                      due=START + n * DAY if n else None)
           for n, priority in enumerate(priorities)]
    assert ids == [1, 2, 3, 4, 5]
    return ids


@pytest.mark.parametrize('query, expected', [
    ('status!=closed', [3, 1, 4, 2]),
    ('status=closed', [5]),
    ('max=0', [3, 1, 4, 2, 5]),
    ('order=id', [1, 2, 3, 4, 5]),
    ('order=id&desc=1', [5, 4, 3, 2, 1]),
    ('order=time&desc=true', [5, 4, 3, 2, 1]),
    ('order=created&desc=1', [5, 4, 3, 2, 1]),
    ('order=color&max=1', [1]),
    ('order=&group=&id=1', [1]),
    ('group=milestone&order=id', [1, 3, 5, 2, 4]),
    ('group=milestone&groupdesc=1&order=id', [2, 4, 1, 3, 5]),
    ('group=milestone&max=2&order=id', [1, 3]),
    ('group=milestone&max=2&order=id&page=2', [5, 2]),
    ('group=milestone&max=2&order=id&page=3', [4]),
    ('max=2&page=1', [3, 1]),
    ('max=2&page=3', [5]),
    ('max=none&order=id', [1, 2, 3, 4, 5]),
    ('max=&page=&order=id', [1, 2, 3, 4, 5]),
    ('id=2-4&order=id', [2, 3, 4]),
    ('id=1,3-4&id=5&order=id', [1, 3, 4, 5]),
    ('id!=1-3&order=id', [4, 5]),
    ('id=4-2', None),
    ('priority=major|minor&order=id', [1, 2, 4]),
    ('priority=major&or&priority=minor&order=id', [1, 2, 4]),
    ('summary~=ARY 3', [4]),
    ('summary^=summary 1', [2]),
    ('summary$=4', [5]),
    ('summary!~=1&order=id', [1, 3, 4, 5]),
    (r'owner=a\|b', [2]),
    (r'owner=ann \& co&order=id', [1, 3, 4, 5]),
    ('color=blue', [1]),
    ('color=blue&col=color&col=nope&row=description&rows=x&verbose=1&'
     'format=rss&report=7', [1]),
    ('time=2020-01-04..2020-01-06&order=id', [3, 4]),
    ('modified=2020-01-05..&order=id', [4, 5]),
    ('due=2020-01-05..&order=id', [4, 5]),
    ('due=&order=id', [1]),
    ('owner=$USER', []),
    ('summary=no such', []),
    ('flag=1', []),
    ('?status=new&status=closed&order=id', [1, 2, 3, 4, 5]),
    ('?owner=ann+%26%20co&order=id', [1, 3, 4, 5]),
    ('?owner=a%7Cb', [2]),
    ('?summary=~3&or&summary=~2&order=id', [3, 4]),
])
def test_query(rpc, env, ids, query, expected):
    if expected is None:
        with rpc.fault(1, 'Invalid query constraint value'):
            rpc.user.ticket.query(query)
    else:
        got = rpc.user.ticket.query(query)
        assert got == expected
        assert all(type(id) is int for id in got)


def test_default_query(rpc, env, ids):
    assert rpc.user.ticket.query() == [3, 1, 4, 2]
    assert rpc.user.ticket.query(None) == [3, 1, 4, 2]


@pytest.mark.parametrize('query, text', [
    ('', 'Query filter requires field and constraints separated by a "="'),
    ('foo', 'Query filter requires field and constraints separated by a "="'),
    ('&', 'Query filter requires field and constraints separated by a "="'),
    ('==', 'Query filter requires field name'),
    ('~=x', 'Query filter requires field name'),
    ('id=abc', 'Invalid query constraint value'),
    ('id=1-2-3', 'Invalid query constraint value'),
    ('id=', 'Invalid query constraint value'),
    ('id~=1', 'Invalid query constraint value'),
    ('id=99999999999999999999', 'Invalid query constraint value'),
    ('id=1-99999999999999999999', 'Invalid query constraint value'),
    ('id=1&or&id=-99999999999999999999', 'Invalid query constraint value'),
    ('time=someday', 'Invalid query constraint value'),
    ('changetime=2020-13-45..', 'Invalid query constraint value'),
    ('time=', 'Invalid query constraint value'),
    ('time=' + '1' * 1000000, 'Invalid query constraint value'),
    ('modified!=', 'Invalid query constraint value'),
    ('time=99999999999999 days ago', 'Invalid query constraint value'),
    ('due=in 99999999999 years', 'Invalid query constraint value'),
    ('?summary=%ff', 'Invalid query constraint value'),
    ('page=0', 'Query page 0 is invalid.'),
    ('page=-1', 'Query page -1 is invalid.'),
    ('page=x', 'Query page x is invalid.'),
    ('max=abc', 'Query max abc is invalid.'),
    ('max=-1', 'Query max -1 is invalid.'),
    ('max=99999999999999999999', 'Query max 99999999999999999999 is invalid.'),
    ('page=99999999999999999999',
     'Query page 99999999999999999999 is invalid.'),
    ('page=99', 'Page 99 is beyond the number of pages in the query'),
    ('max=1&page=6', 'Page 6 is beyond the number of pages in the query'),
])
def test_faults(rpc, env, ids, query, text):
    with rpc.fault(1) as fault:
        rpc.user.ticket.query(query)
    assert fault.text == text


@pytest.mark.parametrize('query, name', [
    ('stauts=new', 'stauts'), ('status=new&ownr=x', 'ownr'),
    ('order=prio', 'prio'), ('group=Milestone', 'Milestone'),
    ('?stauts=new', 'stauts'), ('summary=x&or&_ts=1', '_ts'),
    ('"; DROP TABLE ticket=1', '"; DROP TABLE ticket'),
    ('comment~=x', 'comment'), ('??id=1', None)])
def test_T9_unknown_names(rpc, env, ids, query, name):
    if name is None:
        assert rpc.user.ticket.query(query) == [1]
        return
    with rpc.fault(1) as fault:
        rpc.user.ticket.query(query)
    assert fault.text == ('"%s" is neither a field nor an option of a ticket '
                          'query' % name)


def test_T9_no_client_text_becomes_sql(rpc, env, ids):
    for query in ("order=id; DELETE FROM ticket", "id=1) OR (1=1",
                  "max=1; DELETE FROM ticket", "group=id DESC",
                  "color'=x", "owner=' OR ''='", "summary~=%"):
        try:
            assert rpc.user.ticket.query(query) == []
        except Exception as e:
            assert getattr(e, 'text', None), e
    assert len(rpc.user.ticket.query('max=0')) == 5


def test_hidden_tickets_are_left_out_of_their_page(rpc, env, ids,
                                                   components):
    hide(env, components, 'ticket', 3, 'TICKET_VIEW')
    assert rpc.user.ticket.query('max=2') == [1]
    assert rpc.user.ticket.query('max=2&page=2') == [4, 2]
    assert rpc.admin.ticket.query('max=2') == [3, 1]


def test_without_any_right(rpc, env, ids):
    revoke(env, 'anonymous', 'TICKET_VIEW')
    assert rpc.anonymous.ticket.query('max=0') == []


def test_pages_by_default(rpc, env):
    env.config.set('query', 'items_per_page', '2')
    for n in range(3):
        new_ticket(env, summary=str(n))
    assert len(rpc.user.ticket.query()) == 2
    assert len(rpc.user.ticket.query('status=new&page=2')) == 1
    assert rpc.user.ticket.query('summary=none&page=2') == []


def test_dates_are_read_in_the_users_zone(rpc, env, ids):
    with env.db_transaction as db:
        db("INSERT INTO session VALUES ('user', 1, 0)")
        db("""INSERT INTO session_attribute
              VALUES ('user', 1, 'tz', 'GMT +5:00')""")
    query = 'time=..2020-01-02 08:04:00'
    assert rpc.user.ticket.query(query) == []
    assert rpc.user.ticket.query('time=..2020-01-02 08:05:00') == [1]


def test_wrong_types(rpc, env):
    for value in ([1], {'a': 1}, True):
        with rpc.fault(1, '"qstr"'):
            rpc.user.ticket.query(value)
