// Copyright (C) 2026 the TracXMLRPC developers
// All rights reserved.
//
// This software is licensed as described in the file LICENSE, which
// you should have received as part of this distribution.

// jayson for Node.js, which speaks JSON-RPC 2.0.

const {Client} = require('jayson');

const {TRAC_HOST, TRAC_USER, TRAC_PASSWORD} = process.env;
const client = Client.http(
    `http://${TRAC_USER}:${TRAC_PASSWORD}@${TRAC_HOST}/login/rpc`);
const send = (...args) => new Promise((resolve, reject) => client.request(
    ...args, (error, answer) => error ? reject(error) : resolve(answer)));
const fault = error => [error.code, error.message];

async function call(name, params = []) {
    const {error, result} = await send(name, params);
    if (error)
        throw error;
    return result;
}

const hint = (kind, text) => ({__jsonclass__: [kind, text]});
const text = value => value.__jsonclass__[1];

(async () => {
    const result = {version: await call('system.getAPIVersion')};

    result.id = await call('ticket.create', {
        summary: 'é €  😀 <&>', description: 'A description',
        attributes: {keywords: 'new'}});
    let [, created, , attributes] = await call('ticket.get', [result.id]);
    const date = new Date(text(created) + 'Z');
    result.created = date.toISOString();
    result.summary = attributes.summary;
    [, , , attributes] = await call('ticket.update', [result.id, 'A comment', {
        keywords: 'changed', _ts: attributes._ts}]);
    result.changed = attributes.keywords;

    const bytes = Buffer.from([...Array(256).keys()]).toString('base64');
    await call('ticket.putAttachment', [result.id, 'bytes.bin', '',
                                        hint('binary', bytes)]);
    const data = await call('ticket.getAttachment', [result.id, 'bytes.bin']);
    result.attachment = Buffer.from(text(data), 'base64').toString('hex');
    const later = new Date(date.getTime() + 3600000);
    result.recent = await call('ticket.getRecentChanges', [
        hint('datetime', date.toISOString())]);
    result.later = await call('ticket.getRecentChanges', [
        hint('datetime', later.toISOString())]);
    result.null = await call('wiki.getPage', ['ForClients', null]);
    await call('ticket.get', [999999]).catch(e => { result.fault = fault(e); });

    // one without an answer among them
    const answers = await send([
        client.request('system.getAPIVersion', [], 'a'),
        client.request('wiki.putPage', ['Notified', 'x', {}], null),
        client.request('ticket.get', [999999], 'b'),
        client.request('wiki.getPage', {pagename: 'ForClients'}, 'c')]);
    result.multicall = answers.map(answer => answer.error
        ? fault(answer.error) : answer.result);
    console.log(JSON.stringify(result));
})();
