# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""trac-rpc, which reads Trac's tickets over JSON, by methods of its own."""

import json
import os
from datetime import timezone

from trac_rpc.client import ApiClient, HttpClient
from trac_rpc.exceptions import TracRpcError

trac = ApiClient(
    'http://%(TRAC_HOST)s/login/rpc' % os.environ, http_client=HttpClient(
        auth=(os.environ['TRAC_USER'], os.environ['TRAC_PASSWORD'])))
version = trac.get_api_version()
result = {'version': [version.epoch, version.major, version.minor]}

id_, = trac.query_tickets('reporter=fixture')
ticket = trac.get_ticket(id_)
result.update(
    id=ticket.id, summary=ticket.attributes.summary,
    created=ticket.time_created.astimezone(timezone.utc).isoformat(),
    changed=trac.get_ticket_last_field_change(id_, 'keywords').new_value)
try:
    trac.get_ticket(999999)
except TracRpcError as e:
    result['fault'] = [e.error.code, e.error.message]
print(json.dumps(result))
