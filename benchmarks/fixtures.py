# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""The content of the benchmark's environment, as rows of Trac's tables. The
same rows every time: the texts come from a seeded generator.
"""

import random
import re
from typing import Any, Dict, Iterator, List, Tuple

TICKETS = 5000
CHANGES = 5
PAGES = 1000
VERSIONS = 3
COMPONENTS = 200
MILESTONES = 200
ATTACHMENTS = 200
USERS = 50
TEAMS = 5

#: Who makes the calls: a user without special rights, in two groups.
USER = 'user07'

#: A word in every second ticket and every second page, for searches.
WORD = 'samovar'

_START = 1577836800 * 1000000  # 2020-01-01 in Trac's microseconds
_MINUTE = 60 * 1000000
_HOUR = 60 * _MINUTE

OPTIONS: List[Tuple[str, str, str]] = [
    ('components', 'tracrpc.*', 'enabled'),
    ('components', 'benchmarks.*', 'enabled'),
    ('project', 'name', 'Benchmark'),
    ('logging', 'log_type', 'file'),
    ('logging', 'log_level', 'ERROR'),
    ('attachment', 'max_size', str(1 << 30)),
    ('rpc', 'freeze_heap', 'disabled'),  # `measure.heap` does it instead
    ('ticket-custom', 'platform', 'select'),
    ('ticket-custom', 'platform.options', 'Linux|macOS|Windows|other'),
    ('ticket-custom', 'platform.value', 'Linux'),
    ('ticket-custom', 'confirmed', 'checkbox'),
    ('ticket-custom', 'confirmed.value', '0'),
    ('ticket-custom', 'estimate', 'text'),
    ('ticket-custom', 'customer', 'text'),
    ('ticket-custom', 'deadline', 'time'),
    ('ticket-custom', 'analysis', 'textarea'),
]

_WORDS = re.findall(r'\w+', '''
    water kettle boils lid steam handle whistle heat element switch cable base
    spout filter scale limestone sensor boards firmware update crash restart
    display shows wrong temperature after some minutes when the user presses
    button twice while pouring it stays hot and does not turn off wait until
    released then again customer reports this since last version''')

#: Every tenth ticket and page holds some that are not ASCII.
_FOREIGN_WORDS = ['Größe', 'prüfen', 'naïve', 'façade', '測試']

Rows = Iterator[Tuple[Any, ...]]


def tables() -> Dict[str, Tuple[str, Rows]]:
    """For each table its columns and the rows to be added."""
    return {
        'session': ('sid,authenticated,last_visit', _sessions()),
        'session_attribute': ('sid,authenticated,name,value',
                              _session_attributes()),
        'permission': ('username,action', _permissions()),
        'component': ('name,owner,description', _components()),
        'milestone': ('name,due,completed,description', _milestones()),
        'ticket': ('id,type,time,changetime,component,severity,priority,'
                   'owner,reporter,cc,version,milestone,status,resolution,'
                   'summary,description,keywords', _tickets()),
        'ticket_custom': ('ticket,name,value', _custom_values()),
        'ticket_change': ('ticket,time,author,field,oldvalue,newvalue',
                          _changes()),
        'wiki': ('name,version,time,author,text,comment,readonly', _pages()),
        'attachment': ('type,id,filename,size,time,description,author',
                       ((realm, id_, name, len(content), time, text, author)
                        for realm, id_, name, content, time, text, author
                        in attachments())),
    }


def page_name(number: int) -> str:
    return 'Area%d/Page%03d' % (number % 20, number)


def milestone_name(number: int) -> str:
    return 'release-%d.%d' % divmod(number, 10)


def attachments() -> Iterator[Tuple[str, str, str, bytes, int, str, str]]:
    """`(realm, id, filename, content, time, description, author)`."""
    for number in range(ATTACHMENTS):
        realm, id_ = ('ticket', str(1 + number * 25)) \
            if number % 2 else ('wiki', page_name(number))
        content = b'%06d\n' % number * 100
        yield (realm, id_, 'trace-%d.log' % number, content,
               _START + number * _HOUR, 'log of %d' % number,
               _user(number))


def _user(number: int) -> str:
    return 'user%02d' % (number % USERS)


def _text(rng: random.Random, words: int) -> str:
    return ' '.join(rng.choice(_WORDS) for _ in range(words))


def _paragraphs(rng: random.Random, number: int, count: int) -> str:
    texts = [_text(rng, 25).capitalize() + '.' for _ in range(count)]
    if number % 10 == 0:
        texts.append(' '.join(_FOREIGN_WORDS))
    texts.append('See #%d and [wiki:%s the page].'
                 % (number % TICKETS + 1, page_name(number % PAGES)))
    if number % 2 == 0:
        texts.append('It is a %s.' % WORD)
    return '\r\n\r\n'.join(texts)


def _sessions() -> Rows:
    for number in range(USERS):
        yield _user(number), 1, _START // 1000000


def _session_attributes() -> Rows:
    for number in range(USERS):
        user = _user(number)
        yield user, 1, 'name', 'User %d' % number
        yield user, 1, 'email', '%s@example.org' % user


def _permissions() -> Rows:
    for number in range(USERS):
        yield _user(number), 'team%d' % (number % TEAMS)
    for number in range(TEAMS):
        yield 'team%d' % number, 'developers'
    for action in ('XML_RPC', 'TICKET_EDIT_CC', 'WIKI_DELETE'):
        yield 'developers', action
    yield 'leaders', 'TICKET_ADMIN'
    yield 'leaders', 'MILESTONE_ADMIN'
    yield _user(0), 'leaders'
    yield 'admin', 'TRAC_ADMIN'


def _components() -> Rows:
    for number in range(COMPONENTS):
        yield ('component-%03d' % number, _user(number),
               'The part number %d' % number)


def _milestones() -> Rows:
    for number in range(MILESTONES):
        due = _START + number * 24 * _HOUR
        yield (milestone_name(number), due, due if number < 150 else 0,
               'What is in release %d' % number)


def _created(ticket: int) -> int:
    return _START + ticket * _HOUR + ticket  # odd microseconds


def _tickets() -> Rows:
    rng = random.Random(1)
    for id_ in range(1, TICKETS + 1):
        closed = id_ % 2 == 0
        yield (id_, ('defect', 'enhancement', 'task')[id_ % 3],
               _created(id_), _created(id_) + CHANGES * _MINUTE,
               'component-%03d' % (id_ % COMPONENTS), '',
               ('blocker', 'critical', 'major', 'minor', 'trivial')[id_ % 5],
               _user(id_ + 3), _user(id_), 'someone@example.org', '2.0',
               milestone_name(id_ % MILESTONES),
               'closed' if closed else ('new', 'assigned')[id_ // 2 % 2],
               'fixed' if closed else '', _text(rng, 7),
               _paragraphs(rng, id_, 2), _text(rng, 2))


def _custom_values() -> Rows:
    rng = random.Random(2)
    for id_ in range(1, TICKETS + 1):
        yield id_, 'platform', ('Linux', 'macOS', 'Windows')[id_ % 3]
        yield id_, 'confirmed', str(id_ % 2)
        yield id_, 'estimate', str(id_ % 40)
        yield id_, 'customer', _text(rng, 2)
        yield id_, 'deadline', '%018d' % (_created(id_) + 1000 * _HOUR)
        yield id_, 'analysis', _text(rng, 15)


def _changes() -> Rows:
    """Each change is a comment and a new value of a field."""
    rng = random.Random(3)
    fields = ('keywords', 'owner', 'estimate', 'milestone', 'customer')
    for id_ in range(1, TICKETS + 1):
        for change in range(CHANGES):
            time = _created(id_) + (change + 1) * _MINUTE
            author = _user(id_ + change)
            yield (id_, time, author, 'comment', str(change + 1),
                   _text(rng, 12))
            yield (id_, time, author, fields[change], _text(rng, 1),
                   _text(rng, 1))


def _pages() -> Rows:
    rng = random.Random(4)
    for number in range(PAGES):
        for version in range(1, VERSIONS + 1):
            text = '= %s =\r\n\r\n%s\r\n * one\r\n * two' % (
                page_name(number), _paragraphs(rng, number, 4))
            yield (page_name(number), version,
                   _START + number * _HOUR + version * _MINUTE,
                   _user(number + version), text,
                   _text(rng, 3) if version > 1 else '', 0)
