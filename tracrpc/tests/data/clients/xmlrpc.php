<?php
// Copyright (C) 2026 the TracXMLRPC developers
// All rights reserved.
//
// This software is licensed as described in the file LICENSE, which
// you should have received as part of this distribution.

// PHP's extension xmlrpc, which leaves the transport to others.

const OPTIONS = ['encoding' => 'UTF-8', 'escaping' => 'markup'];

function call(string $name, ...$params) {
    $context = stream_context_create(['http' => [
        'method' => 'POST',
        'header' => ['Content-Type: text/xml', 'Authorization: Basic ' .
            base64_encode(getenv('TRAC_USER') . ':' .
                          getenv('TRAC_PASSWORD'))],
        'content' => xmlrpc_encode_request($name, $params, OPTIONS),
        'timeout' => 30,
    ]]);
    $url = 'http://' . getenv('TRAC_HOST') . '/login/rpc';
    return xmlrpc_decode(file_get_contents($url, false, $context), 'UTF-8');
}

function typed(string $type, string $value): object {
    xmlrpc_set_type($value, $type);
    return $value;
}

function fault(array $fault): array {
    return [$fault['faultCode'], $fault['faultString']];
}

$result = ['version' => call('system.getAPIVersion')];

$id = call('ticket.create', 'é €  😀 <&>', 'A description',
           ['keywords' => 'new']);
[, $created, , $attributes] = call('ticket.get', $id);
$date = new DateTime($created->scalar, new DateTimeZone('UTC'));
$result['id'] = $id;
$result['created'] = $date->format('c');
$result['summary'] = $attributes['summary'];
[, , , $attributes] = call('ticket.update', $id, 'A comment', [
    'keywords' => 'changed', '_ts' => $attributes['_ts']]);
$result['changed'] = $attributes['keywords'];

$bytes = implode(array_map('chr', range(0, 255)));
call('ticket.putAttachment', $id, 'bytes.bin', '', typed('base64', $bytes));
$data = call('ticket.getAttachment', $id, 'bytes.bin');
$result['attachment'] = bin2hex($data->scalar);
$later = $date->modify('+1 hour')->format('Ymd\TH:i:s');
$result['recent'] = call('ticket.getRecentChanges', $created);
$result['later'] = call('ticket.getRecentChanges', typed('datetime', $later));
$result['fault'] = fault(call('ticket.get', 999999));

$result['multicall'] = array_map(
    fn($answer) => xmlrpc_is_fault($answer) ? fault($answer) : $answer[0],
    call('system.multicall', [
        ['methodName' => 'system.getAPIVersion', 'params' => []],
        ['methodName' => 'ticket.get', 'params' => [999999]],
        ['methodName' => 'wiki.getPage', 'params' => ['ForClients']]]));
echo json_encode($result), "\n";
