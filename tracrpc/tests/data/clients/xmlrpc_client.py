# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""xmlrpc.client of Python's standard library."""

import json
import os
import xmlrpc.client
from datetime import timedelta

URL = 'http://%(TRAC_USER)s:%(TRAC_PASSWORD)s@%(TRAC_HOST)s/login/rpc'
trac = xmlrpc.client.ServerProxy(URL % os.environ, allow_none=True,
                                 use_builtin_types=True)
result = {'version': trac.system.getAPIVersion()}

id_ = trac.ticket.create('é €  😀 <&>', 'A description', {'keywords': 'new'})
_, created, _, attributes = trac.ticket.get(id_)
result.update(id=id_, created=created.isoformat(),
              summary=attributes['summary'])
_, _, _, attributes = trac.ticket.update(
    id_, 'A comment', {'keywords': 'changed', '_ts': attributes['_ts']})
result['changed'] = attributes['keywords']

trac.ticket.putAttachment(id_, 'bytes.bin', '', bytes(range(256)))
result['attachment'] = trac.ticket.getAttachment(id_, 'bytes.bin').hex()
result['recent'] = trac.ticket.getRecentChanges(created)
result['later'] = trac.ticket.getRecentChanges(created + timedelta(hours=1))
result['null'] = trac.wiki.getPage('ForClients', None)
try:
    trac.ticket.get(999999)
except xmlrpc.client.Fault as e:
    result['fault'] = [e.faultCode, e.faultString]

calls = xmlrpc.client.MultiCall(trac)
calls.system.getAPIVersion()
calls.ticket.get(999999)
calls.wiki.getPage('ForClients')
answers = calls()
result['multicall'] = [answers[0], None, answers[2]]
try:
    answers[1]
except xmlrpc.client.Fault as e:
    result['multicall'][1] = [e.faultCode, e.faultString]
print(json.dumps(result))
