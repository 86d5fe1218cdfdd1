# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

# XMLRPC::Lite for Perl, which is made from SOAP::Lite.

use strict;
use warnings;
use utf8;

use JSON::PP;
use Time::Piece;
use Time::Seconds;
use XMLRPC::Lite;

my $trac = XMLRPC::Lite->proxy(
    "http://$ENV{TRAC_USER}:$ENV{TRAC_PASSWORD}\@$ENV{TRAC_HOST}/login/rpc",
    timeout => 30);

sub call {
    return $trac->call(@_)->result;
}

sub typed {
    return XMLRPC::Data->type(@_);
}

sub fault {
    my ($fault) = @_;
    return [0 + $fault->{faultCode}, $fault->{faultString}];
}

# Perl's numbers are text until something is computed with them.
sub numbers {
    return [map { 0 + $_ } @{$_[0]}];
}

my %result = (version => numbers(call('system.getAPIVersion')));
# text that is not ASCII would be sent as base64
my $id = call('ticket.create', typed(string => 'é €  😀 <&>'),
              'A description', {keywords => 'new'});
my ($created, $attributes) = @{call('ticket.get', $id)}[1, 3];
my $date = Time::Piece->strptime($created, '%Y%m%dT%H:%M:%S');
%result = (%result, id => 0 + $id, created => $date->datetime,
           summary => $attributes->{summary});
$attributes = call('ticket.update', $id, 'A comment', {
    keywords => 'changed', _ts => typed(string => $attributes->{_ts})})->[3];
$result{changed} = $attributes->{keywords};

my $bytes = pack 'C*', 0 .. 255;
call('ticket.putAttachment', $id, 'bytes.bin', '', typed(base64 => $bytes));
$result{attachment} = unpack 'H*', call('ticket.getAttachment', $id,
                                        'bytes.bin');
$date += ONE_HOUR;
$result{recent} = numbers(call('ticket.getRecentChanges', $created));
$result{later} = numbers(call('ticket.getRecentChanges',
                              $date->strftime('%Y%m%dT%H:%M:%S')));
my $answer = $trac->call('ticket.get', 999999);
$result{fault} = [0 + $answer->faultcode, $answer->faultstring];

$result{multicall} = [map { ref $_ eq 'HASH' ? fault($_) : $_->[0] } @{
    call('system.multicall', [
        {methodName => 'system.getAPIVersion', params => []},
        {methodName => 'ticket.get', params => [999999]},
        {methodName => 'wiki.getPage', params => ['ForClients']}])}];
$result{multicall}[0] = numbers($result{multicall}[0]);
print JSON::PP->new->ascii->encode(\%result), "\n";
