# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""Memory: each figure is taken in a process of its own, which needs Linux.

`growth` is how much more memory the process has resident, at most, than
before what is measured; `python -m benchmarks.memory SPEC` is such a process.
"""

import base64
import gc
import json
import os
import subprocess
import sys
import tempfile
import time
import warnings
from typing import Any, BinaryIO, Callable, Dict, List, Tuple

from tracrpc.heap import WARM_UP

from benchmarks.client import MEDIA_TYPES, PROTOCOLS, Request, Site, call, \
    multicall, result
from benchmarks.exact import Check
from benchmarks.fixtures import PAGES, TICKETS, page_name

MB = 1 << 20

_TICKET = 4999
_BIG = 'big.bin'


def checks(path: str, size: int, requests: int,
           progress: Callable[[str], None]) -> List[Check]:
    """All figures, for attachments of `size` bytes."""
    found = []
    for spec in _specs(path, size, requests):
        progress(spec['name'])
        spec.update(_in_process(spec))
        found.append(Check('memory of ' + spec['name'], spec['figure'],
                           spec['limit'], spec.get('unit', 'MB')))
        if spec.get('frozen'):
            found.append(Check('objects left unfrozen by %s' % spec['name'],
                               spec['unfrozen'], 0.5, 'of all'))
    return found


def _specs(path: str, size: int, requests: int) -> List[Dict[str, Any]]:
    specs: List[Dict[str, Any]] = []

    def add(kind: str, name: str, limit: float, **options: Any) -> None:
        specs.append(dict(options, path=path, kind=kind, name=name,
                          limit=limit))

    for protocol in PROTOCOLS:
        for direction in ('in', 'out'):
            add(direction, 'an attachment of %d MB %s, %s' % (
                size // MB, direction, protocol.upper()),
                8 + 0.02 * size / MB, protocol=protocol, size=size)
        for count, method in ((1000, 'ticket.get'), (5000, 'ticket.get'),
                              (1000, 'wiki.getPage')):
            # the limit depends on the answer
            add('multicall', '%d %s %s : its limit' % (
                count, method, protocol.upper()), 1, protocol=protocol,
                method=method, count=count, unit='times')
    for frozen in (False, True):
        state = ', frozen' if frozen else ''
        add('requests', '%d requests%s' % (requests, state), 1,
            count=requests, frozen=frozen)
        add('reloads', 'a reload, of 40%s' % state, 0.3, count=40,
            frozen=frozen)
    return specs


def _in_process(spec: Dict[str, Any]) -> Dict[str, Any]:
    argv = [sys.executable, '-W', 'ignore', '-m', 'benchmarks.memory',
            json.dumps(spec)]
    output = subprocess.check_output(argv).decode('utf-8')
    return json.loads(output.splitlines()[-1])


# In the process

def _status(name: str) -> float:
    """A figure of this process, in MB."""
    with open('/proc/self/status') as f:
        for line in f:
            if line.startswith(name + ':'):
                return int(line.split()[1]) / 1024
    raise KeyError(name)


def resident() -> float:
    gc.collect()
    return _status('VmRSS')


def growth(run: Callable[[], Any]) -> float:
    """How far memory grows, at most, while `run` runs."""
    before = resident()
    with open('/proc/self/clear_refs', 'w') as f:
        f.write('5')  # forget the peak
    run()
    return _status('VmHWM') - before


def _measure_in(site: Site, protocol: str, size: int) -> Dict[str, Any]:
    def put(name: str, size: int) -> float:
        with tempfile.TemporaryFile(dir=os.path.dirname(site.path)) as f:
            _write_call(f, protocol, name, size)
            length = f.tell()
            f.seek(0)
            return growth(lambda: site.stream(
                Request(CONTENT_TYPE=MEDIA_TYPES[protocol]), f, length))
    put('small.bin', 1000)
    name = 'in-%s.bin' % protocol
    figure = put(name, size)
    stored = result('json', site.send(call('json', 'ticket.listAttachments',
                                           _TICKET)))
    assert (name, size) in [(row[0], row[2]) for row in stored], stored
    return {'figure': figure}


def _write_call(f: BinaryIO, protocol: str, name: str, size: int) -> None:
    """Write a call of `ticket.putAttachment`."""
    if protocol == 'xml':
        head, tail = _around('''<?xml version='1.0'?>
            <methodCall><methodName>ticket.putAttachment</methodName><params>
            <param><value><int>%d</int></value></param>
            <param><value><string>%s</string></value></param>
            <param><value><string>text</string></value></param>
            <param><value><base64>DATA</base64></value></param>
            </params></methodCall>'''.strip() % (_TICKET, name))
        encode = base64.encodebytes
    else:
        head, tail = _around(json.dumps({
            'method': 'ticket.putAttachment', 'params': [
                _TICKET, name, 'text',
                {'__jsonclass__': ['binary', 'DATA']}]}))
        encode = base64.b64encode
    f.write(head)
    while size > 0:
        piece = os.urandom(min(size, 57 * 1024))
        f.write(encode(piece))
        size -= len(piece)
    f.write(tail)


def _around(text: str) -> Tuple[bytes, bytes]:
    head, tail = text.encode('utf-8').split(b'DATA')
    return head, tail


def _measure_out(site: Site, protocol: str, size: int) -> Dict[str, Any]:
    from trac.attachment import Attachment
    from trac.env import open_environment
    env = open_environment(site.path, use_cache=True)
    for name, bytes_ in (('small.bin', 1000), (_BIG, size)):
        with tempfile.TemporaryFile(dir=os.path.dirname(site.path)) as f:
            f.truncate(bytes_)
            attachment = Attachment(env, 'ticket', _TICKET)
            attachment.insert('%s-%s' % (protocol, name), f, bytes_)

    def get(name: str) -> int:
        request = call(protocol, 'ticket.getAttachment', _TICKET,
                       '%s-%s' % (protocol, name))
        with tempfile.TemporaryFile() as f:
            f.write(request.body)
            f.seek(0)
            return site.stream(request, f, len(request.body))
    get('small.bin')
    sizes: List[int] = []
    figure = growth(lambda: sizes.append(get(_BIG)))
    assert sizes[0] > size * 4 / 3, sizes
    return {'figure': figure}


def _measure_multicall(site: Site, protocol: str, method: str,
                       count: int) -> Dict[str, Any]:
    """Growth as a part of what is allowed for an answer of that size."""
    def request(count: int) -> Request:
        return multicall(protocol, [
            (method, number % TICKETS + 1 if method == 'ticket.get'
             else page_name(number % PAGES)) for number in range(count)])

    def send(request: Request) -> int:
        with tempfile.TemporaryFile() as f:
            f.write(request.body)
            f.seek(0)
            return site.stream(request, f, len(request.body))
    send(request(10))
    sizes: List[int] = []
    many = request(count)
    figure = growth(lambda: sizes.append(send(many)))
    return {'figure': figure / (5 * sizes[0] / MB + 8)}


def _measure_requests(site: Site, count: int,
                      frozen: bool) -> Dict[str, Any]:
    requests = _mixture()

    def send(count: int) -> None:
        for number in range(count):
            site.send(requests[number % len(requests)])
    _set_frozen(site, frozen)
    send(len(requests))  # SQLite's cache of pages fills, among others
    before = resident()
    send(count)
    return dict(_frozen_part(), figure=resident() - before)


def _measure_reloads(site: Site, count: int,
                     frozen: bool) -> Dict[str, Any]:
    requests = _mixture()

    def reload_(count: int) -> None:
        for _ in range(count):
            _touch(site)
            for number in range(WARM_UP + 2):
                site.send(requests[number])
    _set_frozen(site, frozen)
    reload_(10)
    before = resident()
    reload_(count)
    return dict(_frozen_part(), figure=(resident() - before) / count)


def _mixture() -> List[Request]:
    requests = []
    for number in range(40):
        for protocol in PROTOCOLS:
            requests += [
                call(protocol, 'system.getAPIVersion'),
                call(protocol, 'ticket.get', number * 7 + 1),
                call(protocol, 'wiki.getPage', page_name(number)),
                call(protocol, 'ticket.changeLog', number * 3 + 1),
                call(protocol, 'no.such'),
                multicall(protocol, [('ticket.get', id_)
                                     for id_ in range(1, 11)])]
    return requests


def _touch(site: Site) -> None:
    """Have Trac reload the environment with the next request."""
    ini = os.path.join(site.path, 'conf', 'trac.ini')
    later = os.stat(ini).st_mtime + 2
    os.utime(ini, (later, later))


def _set_frozen(site: Site, frozen: bool) -> None:
    from trac.config import Configuration
    config = Configuration(os.path.join(site.path, 'conf', 'trac.ini'))
    config.set('rpc', 'freeze_heap', 'enabled' if frozen else 'disabled')
    config.save()


def _frozen_part() -> Dict[str, float]:
    objects, frozen = len(gc.get_objects()), gc.get_freeze_count()
    return {'unfrozen': objects / (objects + frozen)}


_MEASURES: Dict[str, Callable[..., Dict[str, Any]]] = {
    'in': _measure_in, 'out': _measure_out, 'multicall': _measure_multicall,
    'requests': _measure_requests, 'reloads': _measure_reloads,
}


def main(argument: str) -> None:
    spec = json.loads(argument)
    options = {name: value for name, value in spec.items()
               if name not in ('kind', 'name', 'path', 'limit', 'unit')}
    start = time.monotonic()
    found = _MEASURES[spec['kind']](Site(spec['path']), **options)
    found['seconds'] = time.monotonic() - start
    print(json.dumps(found))


if __name__ == '__main__':
    warnings.filterwarnings('ignore')
    main(sys.argv[1])
