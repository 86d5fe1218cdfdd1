# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

# The gem xmlrpc for Ruby.

require 'json'
require 'time'
require 'xmlrpc/client'

XMLRPC::Config.send(:remove_const, :ENABLE_NIL_CREATE)
XMLRPC::Config::ENABLE_NIL_CREATE = true  # it asks to set it so

trac = XMLRPC::Client.new2(
  format('http://%s:%s@%s/login/rpc',
         *ENV.values_at('TRAC_USER', 'TRAC_PASSWORD', 'TRAC_HOST')))
result = {'version' => trac.call('system.getAPIVersion')}

id = trac.call('ticket.create', 'é €  😀 <&>', 'A description',
               {'keywords' => 'new'})
_, created, _, attributes = trac.call('ticket.get', id)
result.update('id' => id, 'created' => created.to_time.iso8601,
              'summary' => attributes['summary'])
_, _, _, attributes = trac.call(
  'ticket.update', id, 'A comment',
  {'keywords' => 'changed', '_ts' => attributes['_ts']})
result['changed'] = attributes['keywords']

bytes = (0..255).to_a.pack('C*')
trac.call('ticket.putAttachment', id, 'bytes.bin', '',
          XMLRPC::Base64.new(bytes))
data = trac.call('ticket.getAttachment', id, 'bytes.bin')
result['attachment'] = data.unpack1('H*')
result['recent'] = trac.call('ticket.getRecentChanges', created)
result['later'] = trac.call('ticket.getRecentChanges',
                            created.to_time + 3600)
result['null'] = trac.call('wiki.getPage', 'ForClients', nil)
begin
  trac.call('ticket.get', 999999)
rescue XMLRPC::FaultException => e
  result['fault'] = [e.faultCode, e.faultString]
end

_, answers = trac.multicall2(['system.getAPIVersion'],
                             ['ticket.get', 999999],
                             ['wiki.getPage', 'ForClients'])
result['multicall'] = answers.map do |answer|
  if answer.is_a?(XMLRPC::FaultException)
    [answer.faultCode, answer.faultString]
  else
    answer
  end
end
puts JSON.generate(result)
