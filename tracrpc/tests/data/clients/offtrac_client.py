# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""offtrac, whose methods are those of Trac's tickets and milestones; for all
others there is its attribute `server`."""

import json
import os
import xmlrpc.client

from offtrac import TracServer

URL = 'http://%(TRAC_USER)s:%(TRAC_PASSWORD)s@%(TRAC_HOST)s/login/rpc'
trac = TracServer(URL % os.environ)
result = {'version': trac.server.system.getAPIVersion()}

id_ = trac.create_ticket('é €  😀 <&>', 'A description', keywords='new')
_, created, _, attributes = trac.get_ticket(id_)
result.update(id=id_, created=created.value, summary=attributes['summary'])
_, _, _, attributes = trac.update_ticket(id_, 'A comment',
                                         keywords='changed')
result['changed'] = attributes['keywords']

data = xmlrpc.client.Binary(bytes(range(256)))
trac.server.ticket.putAttachment(id_, 'bytes.bin', '', data)
data = trac.server.ticket.getAttachment(id_, 'bytes.bin').data
result['attachment'] = data.hex()
later = xmlrpc.client.DateTime('99991231T23:59:59')
result['recent'] = trac.server.ticket.getRecentChanges(created)
result['later'] = trac.server.ticket.getRecentChanges(later)
try:
    trac.get_ticket(999999)
except xmlrpc.client.Fault as e:
    result['fault'] = [e.faultCode, e.faultString]

trac.setup_multicall()
trac.server.system.getAPIVersion()
trac.get_ticket(999999)
trac.server.wiki.getPage('ForClients')
answers = trac.do_multicall()
result['multicall'] = [answers[0], None, answers[2]]
try:
    answers[1]
except xmlrpc.client.Fault as e:
    result['multicall'][1] = [e.faultCode, e.faultString]
print(json.dumps(result))
