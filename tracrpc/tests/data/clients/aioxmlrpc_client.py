# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""aioxmlrpc, for asyncio."""

import asyncio
import json
import os
from datetime import timedelta

from aioxmlrpc.client import Fault, MultiCall, ServerProxy

URL = 'http://%(TRAC_HOST)s/login/rpc' % os.environ
AUTH = os.environ['TRAC_USER'], os.environ['TRAC_PASSWORD']


async def main():
    trac = ServerProxy(URL, auth=AUTH, allow_none=True, timeout=30,
                       use_builtin_types=True)
    result = {'version': await trac.system.getAPIVersion()}

    id_ = await trac.ticket.create('é €  😀 <&>', 'A description',
                                   {'keywords': 'new'})
    _, created, _, attributes = await trac.ticket.get(id_)
    result.update(id=id_, created=created.isoformat(),
                  summary=attributes['summary'])
    _, _, _, attributes = await trac.ticket.update(
        id_, 'A comment', {'keywords': 'changed', '_ts': attributes['_ts']})
    result['changed'] = attributes['keywords']

    await trac.ticket.putAttachment(id_, 'bytes.bin', '', bytes(range(256)))
    data = await trac.ticket.getAttachment(id_, 'bytes.bin')
    result['attachment'] = data.hex()
    result['recent'], result['later'] = await asyncio.gather(
        trac.ticket.getRecentChanges(created),
        trac.ticket.getRecentChanges(created + timedelta(hours=1)))
    result['null'] = await trac.wiki.getPage('ForClients', None)
    try:
        await trac.ticket.get(999999)
    except Fault as e:
        result['fault'] = [e.faultCode, e.faultString]

    calls = MultiCall(trac)
    calls.system.getAPIVersion()
    calls.ticket.get(999999)
    calls.wiki.getPage('ForClients')
    answers = await calls()
    result['multicall'] = [answers[0], None, answers[2]]
    try:
        answers[1]
    except Fault as e:
        result['multicall'][1] = [e.faultCode, e.faultString]
    print(json.dumps(result))


asyncio.run(main())
