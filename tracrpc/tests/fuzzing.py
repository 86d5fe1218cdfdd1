# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""Random calls and requests, and what must hold for every answer.

`test_fuzz.py` does a little of this in each run of the tests. A long run, with
other random numbers each time, tells all that it finds and goes on:

    python -m tracrpc.tests.fuzzing --minutes 60
"""

import argparse
import base64
import gzip
import io
import json
import math
import os
import re
import shutil
import sys
import tempfile
import time
import traceback
import xmlrpc.client as xmlrpclib
from collections import Counter
from datetime import datetime, timedelta, timezone
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from trac import db_default
from trac.attachment import Attachment
from trac.cache import CacheManager
from trac.test import EnvironmentStub
from trac.ticket.model import Severity
from trac.util.datefmt import utc
from trac.wiki.model import WikiPage

from tracrpc.api import XMLRPCSystem
from tracrpc.faults import CONDITIONS
from tracrpc.tests.support import grant, request
from tracrpc.tests.tickets import custom_fields, new_ticket
from tracrpc.token_model import EVERYTHING, Scope
from tracrpc.tokens import TokenStore

USERS = ('admin', 'user', 'anonymous')

#: Callers with an access token of `user`, and what it may be used for.
TOKENS = {'token': EVERYTHING, 'reading token': Scope(True),
          'wiki token': Scope(False, ('wiki',))}

#: What no fault may tell: it comes from Python or the database, not from us.
_FORBIDDEN = [re.compile(pattern, flags) for pattern, flags in (
    # SQL
    (r'\bno such (table|function|collation)\b', re.I),
    (r'(?<!is not a ticket field \()no such column', re.I),
    (r'constraint failed|violates \S+ constraint|duplicate key', re.I),
    (r'near "[^"]*": syntax error|syntax error at or near', 0),
    (r'\b(Operational|Programming|Integrity|Interface|Database|Data|'
     r'Internal|NotSupported)Error\b', 0),
    (r'psycopg|sqlite|pymysql', re.I),
    (r'\bSELECT\b.*\bFROM\b|\bINSERT INTO\b|\bUPDATE \w+ SET\b|'
     r'\bDELETE FROM\b', re.S),
    (r'[Bb]inding parameter|bind parameter|too many (SQL|terms)', 0),
    (r'database is locked|relation "|malformed MATCH|LIKE or GLOB', 0),
    # Python
    (r'has no attribute|unsupported operand|NoneType|Traceback', 0),
    (r"<class|<module|<function|<bound method|\bobject at 0x", 0),
    (r'invalid literal|could not convert|can only concatenate', 0),
    (r'index out of range|pop from|argument must be|arguments? \(\d', 0),
    (r"is not (iterable|subscriptable|callable|defined)|unhashable", 0),
    (r"'(str|int|float|bool|bytes|list|dict|tuple|datetime)\S*' object", 0),
    (r'\b(must be|expected) (str|bytes|int|real|integer)\b', 0),
    (r'too large to convert|int too (large|big)|out of range for', 0),
    (r'not supported between|unexpected keyword', 0),
    (r'recursion|not enough values|too many values|local variable', 0),
    (r'\b(Type|Value|Key|Attribute|Index|Unicode\w*|Overflow|Recursion|'
     r'Assertion|Memory|NotImplemented|Name|Arithmetic)Error\b', 0),
    (r"codec can't|surrogates not allowed|embedded null", 0),
    (r'year .* is out of range|date value out of range|must be in \d', 0),
    (r'/tmp/|site-packages|\.py\b.*line \d', 0),
)]

#: Forbidden texts that are kept on purpose.
_KEPT = [
    # wrong numbers of arguments, rules.md
    re.compile(r"\w+\(\) (takes|missing) .* \(\S+ takes .* given\)"),
]

#: Errors in the log that are not ours to prevent: regular expression, reason.
_LOGGED_FOR_A_REASON = []

_STATUSES = {200, 204, 400, 403, 405, 411, 413, 415}

#: The paths that are answered; Trac answers the others.
_OURS = re.compile(r'(/login)?/(rpc|xmlrpc|jsonrpc)/?(\?|$)')

#: Seconds of computing that no call may take.
_MAX_SECONDS = 5

#: In page texts and files; never in the log.
CANARY = 'cAnArY-4711'

_READING = re.compile(r'.*\.(get|list|query|changeLog|perform|method|wikiTo)')


class Violation(AssertionError):
    """Something that must not happen; `kind` is the same for what has the
    same cause."""

    def __init__(self, kind, text):
        super().__init__('%s\n%s' % (kind, text))
        self.kind = kind


# The environment

class World:
    """An environment with something of everything, and what its state is
    compared with."""

    def __init__(self):
        self.path = tempfile.mkdtemp(prefix='trac-fuzz-')
        self.env = self._make_env()
        self.env.insert_users([(user, user, user + '@example.org')
                               for user in USERS[:2]])
        self.known = Counter()  # kinds of violations not to be raised again
        self.calls = 0
        self.tokens = {name: TokenStore(self.env).create(
            'user', name, scope)[1] for name, scope in TOKENS.items()}
        self._fill()
        self.methods = {method.name: method for method
                        in XMLRPCSystem(self.env).all_methods()}
        for name in ('system.listMethods', 'ticket.getTicketFields',
                     'wiki.getAllPages', 'search.getSearchFilters'):
            self.send(encoded_call('json', name, []), user='admin')
        self.initial = self.current = self.state()

    def close(self):
        self.env.reset_db()
        self.env.shutdown()
        shutil.rmtree(self.path)

    def send(self, body, path='/rpc', user='anonymous', **kwargs):
        """Send a request; the answer and what was logged."""
        self.calls += 1
        if user in self.tokens:
            kwargs['Authorization'] = 'Bearer ' + self.tokens[user]
        elif user != 'anonymous':
            path = '/login' + path if path == '/rpc' else path
            kwargs['user'] = user
        kwargs.setdefault('content_type', 'application/json'
                          if body[:1] == b'{' else 'text/xml')
        handler = self.env.log.handlers[0]
        handler.flush()
        started = time.process_time()
        response = request(self.env, path, body=body, **kwargs)
        seconds = time.process_time() - started
        records, handler.buffer = handler.buffer, []
        return response, records, seconds

    # State

    def state(self):
        """Everything that is stored."""
        return dump(self.env)

    def restore(self):
        """Bring the initial state back."""
        restore(self.env, self.initial, self.current)
        self.current = self.initial

    # Internal methods

    def _make_env(self):
        env = EnvironmentStub(default_data=True,
                              path=os.path.join(self.path, 'env'),
                              enable=['trac.*', 'tracrpc.*'])
        env.config.set('trac', 'base_url', 'http://example.org/trac')
        env.config.set('trac', 'permission_policies',
                       'DefaultWikiPolicy, DefaultTicketPolicy, '
                       'DefaultPermissionPolicy, LegacyAttachmentPolicy')
        env.abs_href.base = 'http://example.org/trac'
        for user in ('anonymous', 'authenticated'):
            grant(env, user, 'XML_RPC')
        grant(env, 'admin', 'TRAC_ADMIN')
        return env

    def _fill(self):
        custom_fields(
            self.env, c_text={'type': 'text', 'max_size': '20'},
            c_check={'type': 'checkbox'}, c_area={'type': 'textarea'},
            c_sel={'type': 'select', 'options': '|one|two|drei'},
            c_radio={'type': 'radio', 'options': 'ja|nein', 'value': 'ja'},
            c_time={'type': 'time', 'format': 'datetime'},
            c_date={'type': 'time', 'format': 'date', 'value': 'now'})
        severity = Severity(self.env)
        severity.name = 'normal'
        severity.insert()
        for number, status in enumerate(('new', 'assigned', 'closed', 'new')):
            new_ticket(self.env, summary='ticket %d' % number, status=status,
                       resolution='fixed' if status == 'closed' else '',
                       description=CANARY, milestone='milestone1',
                       component='component1', type='defect',
                       c_text='some', c_time=datetime(2020, 1, 1, tzinfo=utc))
        for name, text in PAGES.items():
            for version in range(2):
                page = WikiPage(self.env, name)
                page.text = '%s\r\n%s %d' % (text, CANARY, version)
                page.readonly = int(name == 'Locked' and version)
                page.save('user', 'comment', datetime(
                    2020, 1, 2 + version, tzinfo=utc))
        for realm, id in [('ticket', 1), ('ticket', 3)] + \
                [('wiki', name) for name in PAGES]:
            attachment = Attachment(self.env, realm, id)
            attachment.author = 'user'
            attachment.insert('file.txt', io.BytesIO(CANARY.encode()),
                              len(CANARY), datetime(2020, 1, 3, tzinfo=utc))


def dump(env):
    """Everything that is stored in tables, files and options: `{('table',
    name) or ('file', path) or ('option', section, name): content}`."""
    state = {}
    with env.db_query as db:
        for table in db_default.schema:
            state['table', table.name] = sorted(
                db('SELECT * FROM ' + db.quote(table.name)), key=repr)
    for directory, _, names in os.walk(env.path):
        for name in names:
            path = os.path.join(directory, name)
            with open(path, 'rb') as f:
                state['file', path] = f.read()
    for section in ('ticket', 'milestone', 'ticket-custom'):
        for option, value in env.config.options(section):
            state['option', section, option] = value
    return state


def restore(env, wanted, current):
    """Change the current state to the wanted one."""
    changed = differences(wanted, current)
    with env.db_transaction as db:
        for key in changed:
            if key[0] == 'table':
                _restore_table(db, key[1], wanted[key])
    for key in changed:
        if key[0] == 'file':
            _restore_file(key[1], wanted.get(key))
        elif key[0] == 'option' and key in wanted:
            env.config.set(key[1], key[2], wanted[key])
    manager = CacheManager(env)
    manager._cache.clear()
    manager.reset_metadata()


def _restore_table(db, table, rows):
    db('DELETE FROM ' + db.quote(table))
    if rows:
        db.executemany('INSERT INTO %s VALUES (%s)' % (
            db.quote(table), ','.join(['%s'] * len(rows[0]))), rows)


def _restore_file(path, content):
    if content is None:
        os.unlink(path)
        return
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'wb') as f:
        f.write(content)


def differences(before, after):
    """The keys whose contents differ."""
    return [key for key in sorted(set(before) | set(after))
            if before.get(key) != after.get(key)]


def described_differences(before, after):
    lines = []
    for key in differences(before, after):
        old, new = before.get(key), after.get(key)
        if isinstance(old, list) and isinstance(new, list):
            lines += ['%s -%r' % (key[1], row) for row in old
                      if row not in new]
            lines += ['%s +%r' % (key[1], row) for row in new
                      if row not in old]
        else:
            lines.append('%s: %.100r -> %.100r' % (key, old, new))
    return '\n'.join(lines)


PAGES = {
    'WikiStart': '= Start\n[wiki:Sub/Page] TicketQuery #1 [[TOC]] http://a.b/',
    'Sub/Page': '||table||cells||\n{{{#!div\ntext\n}}}\n[../ up]',
    'Üñí': "''italic'' [[Image(WikiStart:file.txt)]]",
    'Locked': 'locked',
    'a..b': '[[TicketQuery(status=new&order=id)]]',
}


# What must hold for every answer

class Checker:
    """Sends requests to a world and raises `Violation` for what must not
    happen."""

    def __init__(self, world):
        self.world = world
        self._history = []

    def run(self, steps):
        """Make calls, `(protocol, user, method, args)`, one after the
        other."""
        for protocol, user, name, args in steps:
            body = encoded_call(protocol, name, args)
            self.request(body, user=user, told='%s %s%r' % (
                user, name, tuple(args) if isinstance(args, list) else args),
                reading=_READING.match(name))

    def request(self, body, told=None, reading=False, **kwargs):
        """Send a request and check everything."""
        told = told or repr(dict(kwargs, body=body))
        self._history.append(told)
        reading = reading or kwargs.get('user') == 'reading token'
        world = self.world
        try:
            response, records, seconds = world.send(body, **kwargs)
        except Exception as e:
            self._fail('an exception escapes: ' + last_line(e),
                       traceback.format_exc())
            return
        if not _OURS.match(kwargs.get('path', '/rpc')):
            return
        self._check_log(records)
        faults = self._check_answer(response, kwargs)
        if seconds > _MAX_SECONDS:
            self._fail('too slow', '%.1f seconds' % seconds)
        before, world.current = world.current, world.state()
        if world.current != before and (reading or faults):
            self._fail('the state changed' if reading else
                       'a refused call changed the state', '%s\n%s' % (
                           faults, described_differences(before,
                                                         world.current)))

    def finish(self):
        """Check that the server still works."""
        for protocol in ('xml', 'json'):
            response, _, _ = self.world.send(encoded_call(
                protocol, 'wiki.getPage', ['WikiStart']))
            if response.status != 200 or CANARY not in response.text:
                self._fail('the server does not work any more',
                           response.text)

    # Internal methods

    def _fail(self, kind, text):
        violation = Violation(kind, '%s\nafter:\n  %s' % (
            text, '\n  '.join(self._history)))
        if kind in self.world.known:
            self.world.known[kind] += 1
        else:
            raise violation

    def _check_log(self, records):
        for record in records:
            text = record.getMessage()
            if record.levelname in ('ERROR', 'CRITICAL'):
                if not any(re.search(pattern, text, re.S)
                           for pattern, reason in _LOGGED_FOR_A_REASON):
                    self._fail('logged: ' + where(text), text)
            elif 'tracrpc' in record.pathname:
                if '\n' in text or '\r' in text:
                    self._fail('line ends in the log of ' + record.filename,
                               text)
                if CANARY in text or any(
                        secret in text
                        for secret in self.world.tokens.values()):
                    self._fail('contents in the log of %s: %s' % (
                        record.filename, record.msg), text)

    def _check_answer(self, response, kwargs):
        """The texts of faults, if the request was refused as a whole."""
        if response.status not in _STATUSES:
            self._fail('status %d' % response.status, response.text[:2000])
        media_type = response.headers.get('content-type', '').split(';')[0]
        length = response.headers.get('content-length')
        head = kwargs.get('method') == 'HEAD'
        if length is not None and int(length) != len(response.body) \
                and not head:
            self._fail('wrong Content-Length', length)
        if response.status == 204:  # notifications, done or not
            if response.body:
                self._fail('status 204 with a body', repr(response.body))
            return []
        if response.status != 200 or head:
            if media_type == 'text/plain':
                self._check_text(response.text, 'status %d'
                                 % response.status)
            return [response.text]
        if media_type == 'text/html' and kwargs.get('method'):
            return ['the page']
        try:
            faults = _faults(media_type, response.body)
        except Exception as e:
            self._fail('malformed answer: ' + last_line(e),
                       repr(response.body[:2000]))
            return []
        for text in filter(None, faults):
            self._check_text(text, 'fault')
        return faults if all(faults) else []

    def _check_text(self, text, what):
        found = told_too_much(text)
        if found:
            method = re.search(r"while executing '(.*?)\(\)'", text)
            self._fail('%s tells %r%s' % (what, found, '' if not method else
                                          ' in ' + method.group(1)), text)


def told_too_much(text):
    """What a fault's text holds of SQL or Python, or `None`."""
    for pattern in _KEPT:
        text = pattern.sub('', text)
    for pattern in _FORBIDDEN:
        found = pattern.search(text)
        if found:
            return found.group()
    return None


def where(text):
    """Exception and last place in a traceback."""
    places = re.findall(r'File "[^"]*?(\w+/\w+\.py)", line (\d+)', text)
    return '%s (%s)' % (text.strip().splitlines()[-1][:90],
                        ':'.join(places[-1]) if places else text[:60])


def last_line(exc):
    frame = traceback.extract_tb(exc.__traceback__)[-1]
    return '%r (%s:%s)' % (exc, os.path.basename(frame.filename),
                           frame.lineno)


def _faults(media_type, body):
    """The fault texts of an answer; `None` stands for a result."""
    if media_type in ('text/xml', 'application/xml'):
        return xml_faults(body)
    if media_type.startswith('application/json'):
        return json_faults(body)
    raise ValueError('media type ' + media_type)


def xml_faults(body):
    ElementTree.fromstring(body)
    try:
        (result,), _ = xmlrpclib.loads(body)
    except xmlrpclib.Fault as e:
        assert type(e.faultCode) is int
        return [e.faultString or '-']
    if isinstance(result, list) and result and all(
            isinstance(item, dict) and set(item) == {'faultCode',
                                                     'faultString'}
            for item in result):
        return [item['faultString'] for item in result]
    return [None]


def json_faults(body):
    def refuse(name):
        raise ValueError(name)
    answer = json.loads(body, parse_constant=refuse)
    if isinstance(answer, list):
        assert answer
        return [json2_faults(item)[0] for item in answer]
    if 'jsonrpc' in answer:
        return json2_faults(answer)
    assert set(answer) == {'result', 'error', 'id'}, answer
    if answer.get('error') is not None:
        return [answer['error']['message'] or '-']
    result = answer['result']
    if isinstance(result, list) and result and all(
            isinstance(item, dict) and {'error', 'id'} <= set(item)
            for item in result):
        return [item['error'] and (item['error']['message'] or '-')
                for item in result]
    return [None]


def json2_faults(answer):
    assert answer['jsonrpc'] == '2.0' and set(answer) in (
        {'jsonrpc', 'result', 'id'}, {'jsonrpc', 'error', 'id'}), answer
    if 'result' not in answer:
        return [_json2_fault(answer['error'])]
    result = answer['result']
    if isinstance(result, list) and result and all(
            isinstance(item, dict) and set(item) == {'code', 'message', 'data'}
            for item in result):
        return list(map(_json2_fault, result))
    return [None]


def _json2_fault(error):
    assert set(error) == {'code', 'message', 'data'}, error
    assert error['code'] in _JSON2_CODES, error
    assert isinstance(error['data']['type'], str), error
    assert type(error['data']['code']) is int, error
    return error['message'] or '-'


_JSON2_CODES = {condition.jsonrpc for condition in CONDITIONS}


# Encoding

class Raw:
    """A value whose text is sent as it is: `Raw('dateTime.iso8601', 'x')`."""

    def __init__(self, tag, text):
        self.tag = tag
        self.text = text

    def __repr__(self):
        return 'Raw(%r, %r)' % (self.tag, self.text)


def encoded_call(protocol, name, args):
    """The body of a request; `args` may be a dict in JSON."""
    if protocol == 'json2':
        return json.dumps(json2_calls(name, args)).encode('utf-8')
    if protocol == 'json':
        if name == 'system.multicall' and args and \
                isinstance(args, list) and isinstance(args[0], list):
            args = [json_call(call) for call in args[0]]
        return json.dumps({'method': name, 'params': to_json(args),
                           'id': 1}).encode('utf-8')
    params = ''.join('<param><value>%s</value></param>' % to_xml(arg)
                     for arg in args)
    return ('<?xml version="1.0"?><methodCall><methodName>%s</methodName>'
            '<params>%s</params></methodCall>' % (escape(name), params)
            ).encode('utf-8', 'replace')


def json2_calls(name, args):
    """A request of JSON-RPC 2.0, a batch for many a multicall."""
    if name == 'system.multicall' and args and isinstance(args, list) and \
            isinstance(args[0], list) and len(args[0]) % 2:
        return [_json2_request(number, json_call(call))
                for number, call in enumerate(args[0])]
    return _json2_request(1, {'method': name, 'params': args})


def _json2_request(number, call):
    if not isinstance(call, dict):
        return to_json(call)
    call = dict(to_json(call), jsonrpc='2.0')
    if number % 4 != 3:  # else a notification
        call.setdefault('id', number)
    return call


def json_call(call):
    """An element of a multicall as JSON-RPC has it."""
    if isinstance(call, dict) and 'methodName' in call:
        call = dict(call, method=call['methodName'])
        del call['methodName']
    return call


def to_xml(value):
    if isinstance(value, Raw):
        return '<%s>%s</%s>' % (value.tag, escape(value.text), value.tag)
    if value is None:
        return '<nil/>'
    if isinstance(value, bool):
        return '<boolean>%d</boolean>' % value
    if isinstance(value, int):
        return '<%s>%d</%s>' % (('int', value, 'int')
                                if abs(value) < 1 << 31 else
                                ('i8', value, 'i8'))
    if isinstance(value, float):
        return '<double>%r</double>' % value
    if isinstance(value, str):
        return '<string>%s</string>' % _sendable(value)
    if isinstance(value, bytes):
        return '<base64>%s</base64>' % base64.b64encode(value).decode()
    if isinstance(value, datetime):
        return '<dateTime.iso8601>%04d%02d%02dT%02d:%02d:%02d' \
            '</dateTime.iso8601>' % value.timetuple()[:6]
    if isinstance(value, list):
        return '<array><data>%s</data></array>' % ''.join(
            '<value>%s</value>' % to_xml(item) for item in value)
    return '<struct>%s</struct>' % ''.join(
        '<member><name>%s</name><value>%s</value></member>'
        % (_sendable(name), to_xml(item)) for name, item in value.items())


def _sendable(text):
    return escape(_illegal_re.sub('?', text))


_illegal_re = re.compile('[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff'
                         '\ufffe\uffff]')


def to_json(value):
    if isinstance(value, Raw):
        kind = {'dateTime.iso8601': 'datetime',
                'base64': 'binary'}.get(value.tag)
        return {'__jsonclass__': [kind, value.text]} if kind else value.text
    if isinstance(value, bytes):
        return {'__jsonclass__': ['binary',
                                  base64.b64encode(value).decode()]}
    if isinstance(value, datetime):
        return {'__jsonclass__': ['datetime', value.isoformat()]}
    if isinstance(value, list):
        return [to_json(item) for item in value]
    if isinstance(value, dict):
        return {name: to_json(item) for name, item in value.items()}
    return value


# Values

_sampled = st.sampled_from


def _mostly(usual, odd, times=9):
    """The one strategy that many times more often than the other one."""
    return _sampled((True,) * times + (False,)).flatmap(
        lambda it_is: usual if it_is else odd)


_HOSTILE_NAMES = (
    '__class__', '__dict__', '__init__', 'env', 'id', '_ts', '_old', 'values',
    'fields', 'exists', 'update', 'insert', 'delete', 'self', 'req', 'args',
    '', ' ', 'time', 'changetime', 'rowid', 'ticket.id', "a'b", 'a"b', 'a`b',
    'a;--', 'summary=1', '%s', '%(id)s', '1', 'x' * 300, 'ä', 'a\nb',
    'method', 'methodName', 'faultCode', '__FORM_TOKEN', 'action', 'replyto',
    'cnum', 'comment', 'author', 'field_summary', 'submit', 'sfp_email',
    'preview')

_HOSTILE_TEXTS = (
    '', ' ', '0', '-1', '1.0', '1e3', 'abc', '\t\n', "' OR '1'='1", '%', '_',
    "'; DROP TABLE ticket; --", '%s%s%n', '%(x)s', '{0}', '<script>alert(1)',
    '&amp;&lt;', ']]>', '--', '/*', '\\', '\\\\', "\\'", '"', '`', '|', '&',
    '..', '../../etc/passwd', 'a\rb\nc\r\nd', '\ufffe', '\x1b[31m', '\u202e',
    'é' * 50, 'a' * 5000, '\U0001f600', '１２', '[[TOC]]', '{{{', '}}}',
    '||||', '#1', '[[Macro(]]', '$USER', '< default >', '2020-01-01', 'None',
    'null', 'true', 'now', 'today..')

_IDS = (0, -1, 5, 99, 1 << 31, (1 << 31) - 1, 1 << 63, (1 << 63) - 1,
        -1 << 63, 1 << 64, 1 << 70, '1', ' 2 ', '1.0', 1.0, 1.5, True, None)

_DATES = (
    datetime(2020, 1, 2, tzinfo=utc), datetime(1, 1, 1, tzinfo=utc),
    datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=utc),
    datetime(1969, 12, 31, tzinfo=utc), datetime(1970, 1, 1, tzinfo=utc),
    datetime(2038, 1, 20, tzinfo=utc), datetime(1583, 1, 1, tzinfo=utc),
    datetime(2020, 1, 2, tzinfo=timezone(timedelta(hours=14))),
    datetime(2020, 1, 3, 3, 4, 5, 678901, tzinfo=utc),
    '2020-01-02', '20200102T03:04:05Z', '9999-12-31T23:59:59-12:00',
    '0001-01-01T00:00:00+14:00', 'tomorrow', 0, '', 1577836800000000,
    Raw('dateTime.iso8601', '20200101T00:00:00'),
    Raw('dateTime.iso8601', '99991231T23:59:59.999999Z'))

_WIKI_NAMES = (
    'NoSuch', '/abs', 'a/', 'a//b', '.', '..', 'a/../b', './a', 'a/.',
    ' lead', 'trail ', 'a\tb', 'x' * 200, 'a' * 2000, 'WikiStart/file.txt',
    'a#b', 'a?b=c', 'a%2Fb', '日本', 'CON', 'a\\b', 'a:b', '@1', 'wiki:X',
    'New/Page', '\u200b', 'a\u2028b', '-', '$0', 'null')

_FILE_NAMES = (
    'new.txt', 'none', '', '.', '..', '../x', '/etc/passwd', 'x' * 300,
    'C:\\x\\y.txt', 'a/b/c.txt', 'a\\b', 'ü' * 200 + '.txt', '日本', '...',
    'a.', '.hidden', 'a\nb', 'a\x7fb', 'a:b', '*?', 'file.2.txt', 'FILE.TXT',
    ' x ', 'x\u200b', '\u0301', 'a.tar.gz', '-rf', '\U0001f600.png')

_OPTIONS = {
    'type': ('defect', 'enhancement', 'task'),
    'status': ('new', 'assigned', 'accepted', 'closed', 'reopened'),
    'priority': ('blocker', 'critical', 'major', 'minor', 'trivial'),
    'milestone': ('milestone1', 'milestone2', 'milestone3', ''),
    'component': ('component1', 'component2'),
    'version': ('1.0', '2.0', ''),
    'severity': ('normal',),
    'resolution': ('fixed', 'invalid', 'wontfix', 'duplicate'),
    'c_sel': ('', 'one', 'two', 'drei'),
    'c_radio': ('ja', 'nein'),
    'c_check': ('0', '1', 0, 1, True, False),
    'owner': ('admin', 'user', '', 'nobody'),
    'reporter': ('admin', 'user', 'anonymous'),
}

_FIELDS = tuple(_OPTIONS) + ('summary', 'description', 'keywords', 'cc',
                             'c_text', 'c_area', 'c_time', 'c_date')

_INPUTS = {
    'action_reassign_reassign_owner': ('admin', 'user', '< default >'),
    'action_resolve_resolve_resolution': ('fixed', 'invalid', 'nope'),
    'action_create_and_assign_reassign_owner': ('admin', 'user'),
    'action_accept_': ('',), 'action_': ('',), 'replyto': ('1', 'x', 1),
}

_ACTIONS = ('leave', 'resolve', 'reassign', 'accept', 'reopen', 'create',
            'create_and_assign')

_all_options = _sampled([option for options in _OPTIONS.values()
                         for option in options])
_plain_texts = st.one_of(
    _sampled(_HOSTILE_TEXTS), st.text(max_size=20),
    st.text('ab \n=[]{}|!\'"<>&#%/.', max_size=40))
_texts = _mostly(_plain_texts, _sampled(('a\0b', '\ud800', '\x1f')), 40)
_bodies = st.one_of(_texts, _texts, st.just(CANARY))
_integers = st.one_of(_sampled(_IDS[:11]), st.integers(-3, 8),
                      st.integers(-1 << 70, 1 << 70))
_dates = _mostly(
    st.one_of(_sampled(_DATES), st.datetimes(timezones=st.just(utc))),
    st.one_of(
        _sampled(('', 'x', '99991231T23:59:60', '0001-01-01T00:00:00+01:00')),
        st.text('0123456789-:TZ+. ', max_size=25))
    .map(lambda text: Raw('dateTime.iso8601', text)), 15)
_binaries = _mostly(
    st.one_of(st.binary(max_size=30),
              _sampled((b'', b'text', b'\xff' * 3000))),
    st.text('aA0+/= \n-_', max_size=9).map(lambda text: Raw('base64', text)),
    15)
_numbers = _mostly(
    st.one_of(_integers, st.floats(width=64, allow_nan=False,
                                   allow_infinity=False),
              _sampled((Raw('bigdecimal', '1.5'), Raw('biginteger', '1')))),
    st.one_of(_sampled((math.nan, math.inf, -math.inf)), _sampled((
        Raw('int', '１'), Raw('int', ''), Raw('int', '1_0'),
        Raw('i8', '9' * 500), Raw('double', '1e999'), Raw('boolean', '2'),
        Raw('int', '0x10'), Raw('bigdecimal', 'NaN'), Raw('i1', '300'),
        Raw('bigdecimal', '1e999999'), Raw('bigdecimal', 'x')))), 15)
_scalars = st.one_of(_texts, _numbers, st.booleans(), st.none(), _dates,
                     _binaries, _sampled(_IDS))
_names = _mostly(st.one_of(_sampled(_HOSTILE_NAMES), _sampled(_FIELDS),
                           st.text(max_size=8)),
                 _sampled(('a\0b', '\ud800', '__jsonclass__')), 30)
_trees = st.recursive(
    _scalars, lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(_names, inner, max_size=4)), max_leaves=8)


def _nested(value, depth, in_struct):
    for _ in range(depth):
        value = {'a': value} if in_struct else [value]
    return value


_anything = _mostly(_trees, st.builds(
    _nested, _scalars, _sampled((20, 90, 99, 100, 101, 500)), st.booleans()))


def _structs(names, values):
    return st.dictionaries(names, values, max_size=5)


def _some(struct):
    """Strategy for structs with some of these names and strategies."""
    return st.fixed_dictionaries({}, optional=struct)


_fields = dict(
    {name: _sampled(options) for name, options in _OPTIONS.items()},
    summary=_texts, description=_bodies, keywords=_texts, cc=_texts,
    c_text=st.text(max_size=22), c_area=_texts, c_time=_dates, c_date=_dates)
_inputs = {name: _sampled(values) for name, values in _INPUTS.items()}
_tokens = _mostly(_sampled(('1577934245678901', 1577934245678901)), _scalars,
                  4)


@st.composite
def _ticket_attributes(draw):
    """Attributes of a ticket, most of them as a client would send them."""
    few = draw(_sampled((0, 1, 2, 3, 5)))
    names = draw(st.lists(_sampled(_FIELDS), max_size=few, unique=True))
    struct = {name: draw(_mostly(_fields[name], _trees, 20))
              for name in names}
    if draw(st.booleans()):
        struct['action'] = draw(_mostly(_sampled(_ACTIONS), _trees, 15))
        struct.update(draw(st.one_of(st.just({}), _some(_inputs))))
    if draw(_sampled((False, False, True))):
        struct['_ts'] = draw(_tokens)
    if draw(_sampled((False,) * 9 + (True,))):
        struct.update(draw(_structs(
            st.one_of(_names, _sampled(tuple(_INPUTS))), _trees)))
    return struct


_page_attributes = _mostly(_some({
    'comment': _texts, 'author': _texts, 'minoredit': st.booleans(),
    'readonly': _sampled((True, False, 0, 1, '0', '1', '', None)),
    'version': _mostly(_sampled((2, '2')), _scalars, 4)}),
    _structs(st.one_of(_names, _sampled((
        'comment', 'author', 'readonly', 'version', 'minoredit'))), _trees),
    4)

_record_attributes = _mostly(_some({
    'name': _mostly(_texts, _all_options), 'owner': _texts,
    'description': _texts, 'time': _dates, 'due': _dates,
    'completed': _dates}),
    _structs(st.one_of(_names, _sampled((
        'name', 'owner', 'description', 'time', 'due', 'completed'))),
        _trees), 3)

_QUERY_NAMES = _FIELDS + ('id', 'id', 'time', 'changetime', 'created',
                          'modified')
_QUERY_OPTIONS = {
    'order': _QUERY_NAMES, 'group': _QUERY_NAMES, 'col': _QUERY_NAMES,
    'max': ('0', '1', '5', '-1', '2147483648', '99999999999999999999', 'x'),
    'page': ('1', '2', '0', '-1', '9999999999', 'x'),
    'desc': ('0', '1', 'x'), 'groupdesc': ('1', ''), 'row': ('description',),
    'rows': ('x',), 'format': ('csv',), 'verbose': ('1',), 'report': ('1',)}
_ODD_QUERY_NAMES = (
    'constraints', 'env', 'self', 'comment', 'ticket', 'nope', 'a b', "a'b",
    'attachment', 'cols', 'order.id', 'parent', 'req', 'asc', 'priority.value')
_QUERY_VALUES = (
    '1-3', '1,2', '5-', '-', '1-99999999999999999999', '..', '2020-01-01..',
    '..now', '2020..2021', 'yesterday..today', '0001-01-01..9999-12-31',
    '99999999999', '-5', '$USER', 'me', '[', '\\&', '\\|', '1' * 5000, '!',
    '~', '1..2..3', '1e9', '%', '9223372036854775808', '١', '²', '1-2-3',
    '1,,2', '3weeks ago..', '9999999999d..', '00:00..', '2020-13-45', '*',
    '9999-12-31..', '..0001-01-01', '3', '1', 'ticket', 'c_text', "'", '"')


@st.composite
def _queries(draw):
    """Something in the language of ticket queries."""
    parts = []
    for _ in range(draw(_sampled((1, 1, 2, 2, 3, 5, 0)))):
        kind = draw(_sampled('fffffoon'))
        if kind == 'o':
            name = draw(_sampled(tuple(_QUERY_OPTIONS)))
            parts.append('%s=%s' % (name, draw(_sampled(
                _QUERY_OPTIONS[name]))))
            continue
        if kind == 'n':
            parts.append(draw(_sampled((
                'or', 'or', '', '=', '==', '!=', '?', 'x', '|', 'id', '~=a')
                + _ODD_QUERY_NAMES)) + draw(_sampled(('', '=1'))))
            continue
        operator = draw(_sampled((
            '=', '=', '=', '!=', '~=', '!~=', '^=', '!^=', '$=', '!$=', '=!',
            '=!~', '=|', '==')))
        values = draw(st.lists(st.one_of(
            _all_options.map(str), _sampled(_QUERY_VALUES), _texts),
            min_size=1, max_size=3))
        parts.append(draw(_sampled(_QUERY_NAMES)) + operator +
                     '|'.join(values))
    return draw(_sampled(('', '', '?'))) + '&'.join(parts)


_searches = st.one_of(_texts, st.lists(_sampled((
    'ticket', '"', "'", '!', '"a b"', '#1', '%', '_', '\\', 'a', '-', '*',
    'Start', 'wiki:', '\u3000', '\ufffe', 'x' * 500)), min_size=1, max_size=5)
    .map(' '.join))

_every = []  # the methods, once there is a world


def _any_call():
    return st.deferred(lambda: _sampled(_every)).flatmap(
        lambda method: st.tuples(st.just(method.name), arguments(method)))


@st.composite
def _elements(draw):
    """A call inside of a multicall."""
    name, args = draw(_any_call())
    element = {'methodName': name, 'params': args}
    if draw(_sampled((False,) * 15 + (True,))):
        element[draw(_names)] = draw(_scalars)
    if draw(_sampled((False,) * 15 + (True,))):
        del element[draw(_sampled(('methodName', 'params')))]
    return element


_ids = _mostly(_sampled((1, 2, 3, 4)), st.one_of(_sampled(_IDS), _integers),
               4)
_pages = _mostly(_sampled(tuple(PAGES)),
                 st.one_of(_sampled(_WIKI_NAMES), _texts), 2)
_files = _mostly(st.just('file.txt'),
                 st.one_of(_sampled(_FILE_NAMES), _texts), 2)

_BY_NAME = {
    'id': _ids, 'ticket': _ids,
    'version': _mostly(_sampled((None, 1, 2)),
                       st.one_of(_sampled(_IDS), _integers), 3),
    'pagename': _pages, 'filename': _files,
    'path': _mostly(st.tuples(_pages, _files).map('/'.join), _texts),
    'summary': _texts, 'description': _bodies, 'comment': _bodies,
    'content': _bodies, 'text': _bodies, 'author': _texts,
    'qstr': _mostly(_queries(), _texts), 'query': _searches,
    'filters': st.lists(_mostly(_sampled((
        'ticket', 'wiki', 'milestone', 'changeset', 'x')), _scalars, 20),
        max_size=4),
    'since': _dates, 'when': _dates, 'data': _mostly(
        st.one_of(_binaries, st.just(CANARY.encode())), _bodies, 20),
    'replace': st.booleans(), 'notify': st.booleans(),
    'value': _mostly(_sampled(('', '1', '7', 3, None, -5)), st.one_of(
        _sampled(('abc', '1.5', 1 << 31, '٣', [], {})), _scalars), 2),
    'method': _mostly(st.deferred(
        lambda: _sampled([method.name for method in _every])), _texts, 3),
    'signatures': _mostly(st.lists(_mostly(_elements(), _trees, 15),
                                   max_size=4), _trees, 20),
}


def _fitting(method, parameter):
    """Arguments as a client would send them, and others of their kind."""
    kind = method.namespace.rpartition('.')[2]
    if parameter.name == 'attributes':
        return {'wiki': _page_attributes,
                'ticket': _ticket_attributes()}.get(kind, _record_attributes)
    if parameter.name == 'name':
        creates = method.name.endswith('.create')
        return _pages if kind == 'wiki' else _mostly(
            _sampled(('fresh', 'a  b') if creates else _OPTIONS[kind]),
            st.one_of(_texts, _all_options), 2)
    return _BY_NAME.get(parameter.name, _trees)


@st.composite
def arguments(draw, method, named=False):
    """A list of arguments for a method, most of them of its types; or, if
    they may be `named`, a dict."""
    parameters = method.parameters
    most = len(parameters)
    required = sum(not parameter.optional for parameter in parameters)
    count = draw(_sampled((most,) * 14 + tuple(range(required, most)) * 7 + (
        most + 1, max(0, required - 1))))
    args = [draw(_mostly(_fitting(method, parameter), _anything, 25))
            for parameter in parameters[:count]]
    args += [draw(_anything) for _ in range(count - len(args))]
    if named and draw(_sampled((False,) * 5 + (True,))):
        return {parameter.name: arg
                for parameter, arg in zip(parameters, args)}
    return args


_users = _sampled(('admin', 'admin') + USERS + tuple(TOKENS))


def steps(method=None, max_size=1):
    """Lists of calls `(protocol, user, name, args)`."""
    methods = st.just(method) if method else st.deferred(lambda: st.one_of(
        _sampled(_every), _sampled([each for each in _every
                                    if not _READING.match(each.name)])))
    return st.lists(methods.flatmap(lambda each: st.one_of(
        st.tuples(st.just('xml'), _users, st.just(each.name),
                  arguments(each)),
        st.tuples(_sampled(('json', 'json2')), _users, st.just(each.name),
                  arguments(each, True)))),
        min_size=1, max_size=max_size)


# Requests

_XML_TOKENS = (
    b'<value>', b'</value>', b'<array><data>', b'</data></array>', b'<nil/>',
    b'<struct>', b'</struct>', b'<member>', b'<name>x</name>', b'<int>5',
    b'</int>', b'<params>', b'</params>', b'<param>', b'</param>', b'<fault>',
    b'<methodName>system.getAPIVersion</methodName>', b'<methodResponse>',
    b'<!DOCTYPE a [<!ENTITY b "c">]>', b'&b;', b'&#0;', b'&#x1F;', b'&lt;',
    b'<![CDATA[', b']]>', b'<!--', b'-->', b'<?xml version="1.0"?>', b'<?a?>',
    b'<?xml version="1.0" encoding="utf-16"?>', b'<base64>=</base64>',
    b'<dateTime.iso8601>x</dateTime.iso8601>', b'<double>nan</double>',
    b'<boolean>2</boolean>', b'\xff\xfe', b'\xef\xbb\xbf', b'\0', b'<',
    b'<bigdecimal>x</bigdecimal>', b'<ex:nil/>', b'<x:y xmlns:x="z"/>',
    b'<value><array><data>' * 150, b'<name/>', b'<value/>', b'<int/>',
    b'</methodCall>', b'<methodCall>', b'<methodName/>', b'<i8>1e5</i8>')

_JSON_TOKENS = (
    b'{', b'}', b'[', b']', b',', b':', b'"', b'null', b'true', b'NaN', b'1',
    b'-Infinity', b'1e999', b'"\\ud800"', b'"\\u0000"', b'-', b'.5', b'"id":',
    b'{"__jsonclass__":["datetime","x"]}', b'{"__jsonclass__":[]}',
    b'{"__jsonclass__":["binary",5]}', b'{"__jsonclass__":{}}', b'\\', b'/*',
    b'"method":"system.listMethods",', b'"params":5,', b'"params":"abc",',
    b'"jsonrpc":"2.0",', b'\xef\xbb\xbf', b'\xff', b'\0', b'[' * 150, b'9'*500,
    b'{"a":' * 150, b'"method":null,', b'"method":["a"],', b'"id":{"a":[]},',
    b'[' * 20000, b'"params":{"method":1},', b'"id":1e400,', b'"id":[],',
    b'{"jsonrpc":"2.0","method":"system.getAPIVersion","id":"x"},',
    b'{"jsonrpc":"2.0","method":"no"},')

_ENCODINGS = ('utf-16', 'utf-16-le', 'utf-16-be', 'utf-32', 'utf-8-sig',
              'latin-1', 'utf-7', 'cp037')


@st.composite
def _mutated(draw, body, tokens):
    """A body with some damage."""
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(body)))
        to = min(len(body), at + draw(st.integers(0, 20)))
        kind = draw(st.integers(0, 6))
        if kind == 0 and body:
            at = min(at, len(body) - 1)
            flipped = body[at] ^ (1 << draw(st.integers(0, 7)))
            body = body[:at] + bytes([flipped]) + body[at + 1:]
        elif kind == 1:
            body = body[:at]
        elif kind == 2:
            body = body[:at] + body[to:]
        elif kind == 3:
            body = body[:to] + body[at:]
        elif kind in (4, 5):
            body = body[:at] + draw(_sampled(tokens)) + body[at:]
        else:
            body = body[:at] + draw(st.binary(max_size=5)) + body[to:]
    if draw(st.integers(0, 7)) == 0:
        body = _recoded(body, draw(_sampled(_ENCODINGS)),
                        draw(st.booleans()))
    return body


def _recoded(body, encoding, declare):
    text = body.decode('utf-8', 'replace')
    if declare:
        text = text.replace('version="1.0"', 'version="1.0" encoding="%s"'
                            % encoding)
    return text.encode(encoding, 'replace')


@st.composite
def bodies(draw, protocol):
    """The body of a request: random, or that of a call with some damage."""
    tokens = _XML_TOKENS if protocol == 'xml' else _JSON_TOKENS
    if draw(st.integers(0, 4)) == 0:
        return draw(st.one_of(
            st.binary(max_size=60),
            st.lists(_sampled(tokens), max_size=12).map(b''.join)))
    name, args = draw(_any_call())
    return draw(_mutated(encoded_call(protocol, name, args), tokens))


_PATHS = ('/rpc', '/xmlrpc', '/jsonrpc', '/login/rpc', '/login/xmlrpc',
          '/login/jsonrpc', '/rpc/', '/login/rpc/', '/rpc/x', '/RPC', '/rpcx',
          '//rpc', '/rpc;x', '/rpc\xff', '/rpc?protocol=x', '/login/login/rpc',
          '/rpc?%ff=%00', '/rpc/openrpc.json', '/rpc/openrpc.json?all=1',
          '/rpc?x=1&x=2&__FORM_TOKEN=3', '/rpc//')

_TYPES = ('text/xml', 'application/xml', 'application/json', 'TEXT/XML',
          'application/json-rpc', 'application/jsonrequest', 'text/plain',
          'text/xml; charset=latin-1', 'application/json;charset=utf-16',
          'text/xml;', ' text/xml ', 'text/xmlx', '', None, ';', 'x', '\xff',
          'application/json; boundary="', 'text/xml, application/json',
          'application/x-www-form-urlencoded', 'multipart/form-data',
          'multipart/form-data; boundary=x', 'text/html')

_ACCEPTS = (None, '', '*/*', 'text/html', 'text/html;q=0', 'text/xml', ';q=',
            'text/html;q=x', 'text/*;q=0.1', 'application/json', ',,,', 'é',
            'text/html;q=nan', '*/*;q=1e999', 'text/html;q="', 'TEXT/HTML')

_VERBS = ('POST', 'GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'FOO',
          'post', 'TRACE', 'CONNECT')

_LENGTHS = (None, '', '0', '-1', '+5', ' 5 ', 'abc', '1_0', '５', '1.5',
            '9' * 30, '0x10', '000005', '99999999', '5, 5', '\xff', '²')


@st.composite
def requests(draw):
    """Arguments of `Checker.request` for an odd request."""
    protocol = draw(_sampled(('xml', 'json', 'json2')))
    kwargs = {'body': draw(bodies(protocol)), 'environ': {}}
    right = 'text/xml' if protocol == 'xml' else 'application/json'
    kwargs['path'] = draw(_sampled(('/rpc',) * 10 + _PATHS))
    kwargs['method'] = draw(_sampled(('POST',) * 10 + _VERBS))
    kwargs['content_type'] = draw(_sampled((right,) * 10 + _TYPES))
    kwargs['user'] = draw(_sampled(
        ('anonymous', 'anonymous', 'user', *TOKENS)))
    if draw(st.integers(0, 3)) == 0:
        kwargs['environ']['CONTENT_LENGTH'] = draw(st.one_of(
            _sampled(_LENGTHS), st.integers(0, 200).map(str)))
    if draw(st.integers(0, 7)) == 0:
        kwargs['environ']['wsgi.input_terminated'] = True
    for name, values in (
            ('Accept', _ACCEPTS),
            ('Content_Encoding', ('gzip', 'deflate', 'x-gzip', 'br', 'é')),
            ('Transfer_Encoding', ('chunked', 'identity')),
            ('Origin', ('http://evil.example', 'null', 'http://[')),
            ('Cookie', ('trac_auth=x', 'trac_session="', 'trac_form_token=3',
                        'a=\xff; =; ;;', 'trac_auth=\xe9')),
            ('Accept_Language', ('de', 'xx-YY;q=z', 'é', '*' * 200)),
            ('Authorization', ('Basic !', 'Bearer x')),
            ('Host', ('', 'x:y', '[::1', 'é')),
            ('Expect', ('100-continue',))):
        if draw(st.integers(0, 7)) == 0:
            kwargs[name] = draw(_sampled(values))
    if kwargs.get('Content_Encoding') and draw(st.booleans()):
        kwargs['body'] = gzip.compress(kwargs['body'], mtime=0)
        if draw(st.integers(0, 3)) == 0:
            kwargs['body'] = draw(_mutated(kwargs['body'], (b'\x1f\x8b',)))
    return {name: value for name, value in kwargs.items()
            if value is not None or name == 'content_type'}


# Running

def explore(world, strategy, check, examples, seconds=math.inf, number=None):
    """Check many random examples of a strategy, for some seconds at most.
    The numbers are the same each time unless a seed is given.

    :param check: a function that gets a new `Checker` and the example
    """
    end = time.monotonic() + seconds
    failed = []

    @settings(max_examples=examples, deadline=None, database=None,
              derandomize=number is None, report_multiple_bugs=False,
              suppress_health_check=list(HealthCheck), print_blob=False)
    @given(strategy)
    def run(example):
        if time.monotonic() > end and not failed:
            return
        checker = Checker(world)
        try:
            check(checker, example)
        except BaseException:
            failed.append(True)
            raise
        finally:
            world.current = world.state()
            if world.current != world.initial:
                world.restore()
    if number is not None:
        run = seed(number)(run)
    run()
    Checker(world).finish()


def learn(world):
    """Let the strategies know the world's methods."""
    _every[:] = world.methods.values()


def _check_steps(checker, example):
    checker.run(example)


def _check_body(checker, example):
    content_type, user, body = example
    checker.request(body, content_type=content_type, user=user)


def _check_request(checker, example):
    checker.request(**example)


def campaigns():
    """`(name, strategy, check)` of everything that can be explored, but for
    the single methods."""
    yield 'sequences', steps(max_size=4), _check_steps
    for protocol, content_type in (('xml', 'text/xml'),
                                   ('json', 'application/json'),
                                   ('json2', 'application/json')):
        yield protocol + ' bodies', st.tuples(
            st.just(content_type), _sampled(USERS + tuple(TOKENS)),
            bodies(protocol)), _check_body
    yield 'requests', requests(), _check_request


def campaign_of(method):
    return method.name, steps(method), _check_steps


def main(argv=None):
    parser = argparse.ArgumentParser(
        description="Make random calls, and tell what goes wrong.")
    parser.add_argument('--minutes', type=float, default=60)
    parser.add_argument('--seed', type=int, default=int(time.time()))
    parser.add_argument('--examples', type=int, default=100,
                        help="examples per round")
    parser.add_argument('--only', default='',
                        help="what to explore, a regular expression: "
                             "sequences, bodies, requests, ticket.update")
    options = parser.parse_args(argv)
    import_trac()
    world = World()
    learn(world)
    todo = [each for each in list(campaigns()) * 8 +
            [campaign_of(method) for method in _every]
            if re.search(options.only, each[0])]
    end = time.monotonic() + options.minutes * 60
    found = []
    number = options.seed
    while time.monotonic() < end:
        name, strategy, check = todo[number % len(todo)]
        world = _round(world, name, strategy, check, options, number, found)
        number += 1
    print('%d calls in %d rounds (seeds %d to %d)' % (
        world.calls, number - options.seed, options.seed, number - 1))
    for kind in found:
        print('%6d  %s' % (1 + world.known[kind], kind))
    print('%d kinds of violations' % len(found))
    world.close()
    return 1 if found else 0


def _round(world, name, strategy, check, options, number, found):
    """Explore one thing; the world to go on with."""
    try:
        explore(world, strategy, check, options.examples, 60, number)
        return world
    except KeyboardInterrupt:
        raise
    except BaseException as e:
        kind = getattr(e, 'kind', None) or last_line(e)
        print('== %s, --seed %d --only %s\n%s\n' % (
            kind, number, name, e if isinstance(e, Violation)
            else traceback.format_exc()), flush=True)
        found.append(kind)
        world.close()
        fresh = World()
        fresh.calls, fresh.known = world.calls, world.known
        fresh.known[kind] += 0
        return fresh


def import_trac():
    """Trac's components exist once their modules are imported."""
    from tracrpc.tests import conftest  # noqa: F401


if __name__ == '__main__':
    sys.exit(main())
