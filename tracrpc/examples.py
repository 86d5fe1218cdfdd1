# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""How to call from several languages, for the documentation page: pairs of a
title and code, %-formatted with `url`, `url_auth`, `url_anon` and
`credentials` of the visitor. The code needs what comes with the language,
and for Ruby's XML-RPC the gem `xmlrpc`."""

from tracrpc.util import N_

XML_RPC = [
    ('curl', """\
curl '%(url_auth)s' \\
-H 'Content-Type: text/xml' --data \\
'<methodCall>
  <methodName>ticket.query</methodName>
  <params><param><value><string>status!=closed</string></value></param></params>
</methodCall>'"""),  # noqa: E501
    ('Python', """\
from xmlrpc.client import ServerProxy

trac = ServerProxy('%(url_auth)s')
print(trac.ticket.query('status!=closed'))"""),
    ('Ruby', """\
require 'xmlrpc/client'

url = '%(url_auth)s'
trac = XMLRPC::Client.new2(url)
p trac.call('ticket.query', 'status!=closed')"""),
    ('JavaScript', """\
const answer = await fetch('%(url)s', {
  method: 'POST',
  headers: {'Content-Type': 'text/xml',
            'Authorization': 'Basic ' + btoa('%(credentials)s')},
  body: '<methodCall><methodName>ticket.query</methodName><params>' +
        '<param><value><string>status!=closed</string></value></param>' +
        '</params></methodCall>',
});
console.log(await answer.text());"""),
]

JSON_RPC = [
    ('curl', """\
curl '%(url_auth)s' \\
-H 'Content-Type: application/json' --data \\
'{"jsonrpc": "2.0", "id": 1,
  "method": "ticket.query", "params": ["status!=closed"]}'"""),
    ('Python', """\
import json
from base64 import b64encode
from urllib.request import Request, urlopen

call = {'jsonrpc': '2.0', 'id': 1,
        'method': 'ticket.query', 'params': ['status!=closed']}
credentials = b64encode('%(credentials)s'.encode()).decode()
answer = urlopen(Request('%(url)s', json.dumps(call).encode(), {
    'Content-Type': 'application/json',
    'Authorization': 'Basic ' + credentials}))
print(json.load(answer)['result'])"""),
    ('Ruby', """\
require 'json'
require 'net/http'

url = URI('%(url)s')
request = Net::HTTP::Post.new(url, 'Content-Type' => 'application/json')
request.basic_auth(*'%(credentials)s'.split(':'))
request.body = {jsonrpc: '2.0', id: 1, method: 'ticket.query',
                params: ['status!=closed']}.to_json
answer = Net::HTTP.start(url.host, url.port,
                         use_ssl: url.scheme == 'https') do |http|
  http.request(request)
end
p JSON.parse(answer.body)['result']"""),
    ('JavaScript', """\
const answer = await fetch('%(url)s', {
  method: 'POST',
  headers: {'Content-Type': 'application/json',
            'Authorization': 'Basic ' + btoa('%(credentials)s')},
  body: JSON.stringify({jsonrpc: '2.0', id: 1, method: 'ticket.query',
                        params: ['status!=closed']}),
});
console.log((await answer.json()).result);"""),
    (N_("curl, with an access token"), """\
curl '%(url_anon)s' \\
-H 'Content-Type: application/json' \\
-H 'Authorization: Bearer your_token' --data \\
'{"jsonrpc": "2.0", "id": 1,
  "method": "ticket.query", "params": ["status!=closed"]}'"""),
    (N_("curl, JSON-RPC 1.0"), """\
curl '%(url_auth)s' \\
-H 'Content-Type: application/json' --data \\
'{"method": "ticket.query", "params": ["status!=closed"], "id": 1}'"""),
    (N_("curl, without logging in"), """\
curl '%(url_anon)s' \\
-H 'Content-Type: application/json' --data \\
'{"jsonrpc": "2.0", "id": 1,
  "method": "ticket.query", "params": ["status!=closed"]}'"""),
]
