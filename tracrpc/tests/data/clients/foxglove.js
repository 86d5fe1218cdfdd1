// Copyright (C) 2026 the TracXMLRPC developers
// All rights reserved.
//
// This software is licensed as described in the file LICENSE, which
// you should have received as part of this distribution.

// @foxglove/xmlrpc for Node.js.

process.env.TZ = 'UTC';  // it reads and writes dates as local time

const {XmlRpcClient, XmlRpcFault} = require('@foxglove/xmlrpc');

const {TRAC_HOST, TRAC_USER, TRAC_PASSWORD} = process.env;
const client = new XmlRpcClient(`http://${TRAC_HOST}/login/rpc`, {
    headers: {Authorization: 'Basic ' + btoa(`${TRAC_USER}:${TRAC_PASSWORD}`)},
});
const call = (name, ...params) => client.methodCall(name, params);
const fault = e => [e.faultCode, e.faultString];

(async () => {
    const result = {version: await call('system.getAPIVersion')};

    result.id = await call('ticket.create', 'é €  😀 <&>', 'A description',
                           {keywords: 'new'});
    let [, created, , attributes] = await call('ticket.get', result.id);
    result.created = created.toISOString();
    result.summary = attributes.summary;
    [, , , attributes] = await call('ticket.update', result.id, 'A comment', {
        keywords: 'changed', _ts: attributes._ts});
    result.changed = attributes.keywords;

    await call('ticket.putAttachment', result.id, 'bytes.bin', '',
               Buffer.from([...Array(256).keys()]));
    const data = await call('ticket.getAttachment', result.id, 'bytes.bin');
    result.attachment = Buffer.from(data).toString('hex');
    result.recent = await call('ticket.getRecentChanges', created);
    result.later = await call('ticket.getRecentChanges',
                              new Date(created.getTime() + 3600000));
    result.null = await call('wiki.getPage', 'ForClients', null);
    await call('ticket.get', 999999).catch(e => { result.fault = fault(e); });

    const answers = await client.multiMethodCall([
        {methodName: 'system.getAPIVersion', params: []},
        {methodName: 'ticket.get', params: [999999]},
        {methodName: 'wiki.getPage', params: ['ForClients']}]);
    result.multicall = answers.map(answer => answer instanceof XmlRpcFault
        ? fault(answer) : answer);
    console.log(JSON.stringify(result));
})();
