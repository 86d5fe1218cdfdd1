# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""jsonrpclib-pelix, for JSON-RPC 2.0."""

import base64
import json
import os
from datetime import datetime, timedelta

import jsonrpclib

URL = 'http://%(TRAC_USER)s:%(TRAC_PASSWORD)s@%(TRAC_HOST)s/login/rpc'
# its own reading of __jsonclass__ is another one
config = jsonrpclib.config.Config(use_jsonclass=False)
trac = jsonrpclib.ServerProxy(URL % os.environ, config=config)
result = {'version': trac.system.getAPIVersion()}


def read(value):
    kind, text = value['__jsonclass__']
    return base64.b64decode(text) if kind == 'binary' else \
        datetime.fromisoformat(text)


def date(value):
    return {'__jsonclass__': ['datetime', value.isoformat()]}


id_ = trac.ticket.create(summary='é €  😀 <&>', description='A description',
                         attributes={'keywords': 'new'})
_, created, _, attributes = trac.ticket.get(id_)
created = read(created)
result.update(id=id_, created=created.isoformat(),
              summary=attributes['summary'])
_, _, _, attributes = trac.ticket.update(
    id_, 'A comment', {'keywords': 'changed', '_ts': attributes['_ts']})
result['changed'] = attributes['keywords']

text = base64.b64encode(bytes(range(256))).decode('ascii')
trac.ticket.putAttachment(id_, 'bytes.bin', '',
                          {'__jsonclass__': ['binary', text]})
result['attachment'] = read(trac.ticket.getAttachment(id_, 'bytes.bin')).hex()
result['recent'] = trac.ticket.getRecentChanges(date(created))
result['later'] = trac.ticket.getRecentChanges(
    date(created + timedelta(hours=1)))
result['null'] = trac.wiki.getPage('ForClients', None)
try:
    trac.ticket.get(999999)
except jsonrpclib.ProtocolError as e:
    result['fault'] = list(e.args[0])

calls = jsonrpclib.MultiCall(trac)
calls.system.getAPIVersion()
calls.ticket.get(999999)
calls.wiki.getPage(pagename='ForClients')
answers = calls()
result['multicall'] = [answers[0], None, answers[2]]
try:
    answers[1]
except jsonrpclib.ProtocolError as e:
    result['multicall'][1] = list(e.args[0])
print(json.dumps(result))
