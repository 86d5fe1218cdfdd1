# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

# RPC::XML for Perl.

use strict;
use warnings;
use utf8;

use JSON::PP;
use RPC::XML;
use RPC::XML::Client;
use Time::Piece;
use Time::Seconds;

$RPC::XML::ENCODING = 'UTF-8';
$RPC::XML::ALLOW_NIL = 1;

my $trac = RPC::XML::Client->new("http://$ENV{TRAC_HOST}/login/rpc");
$trac->credentials('realm', $ENV{TRAC_USER}, $ENV{TRAC_PASSWORD});

# A call; dies of what is no answer, and gives the value of all others.
sub call {
    my $answer = $trac->send_request(@_);
    die $answer unless ref $answer;
    return $answer->value;
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
my $id = call('ticket.create', 'é €  😀 <&>', 'A description',
              {keywords => 'new'});
my ($created, $attributes) = @{call('ticket.get', $id)}[1, 3];
my $date = Time::Piece->strptime($created, '%Y%m%dT%H:%M:%S');
%result = (%result, id => 0 + $id, created => $date->datetime,
           summary => $attributes->{summary});
$attributes = call('ticket.update', $id, 'A comment', {
    keywords => 'changed',
    _ts => RPC::XML::string->new($attributes->{_ts})})->[3];
$result{changed} = $attributes->{keywords};

my $bytes = pack 'C*', 0 .. 255;
call('ticket.putAttachment', $id, 'bytes.bin', '',
     RPC::XML::base64->new($bytes));
$result{attachment} = unpack 'H*', call('ticket.getAttachment', $id,
                                        'bytes.bin');
$date += ONE_HOUR;
$result{recent} = numbers(call(
    'ticket.getRecentChanges', RPC::XML::datetime_iso8601->new($created)));
$result{later} = numbers(call(
    'ticket.getRecentChanges',
    RPC::XML::datetime_iso8601->new($date->datetime)));
$result{null} = call('wiki.getPage', 'ForClients', RPC::XML::nil->new);
$result{fault} = fault(call('ticket.get', 999999));

$result{multicall} = [map { ref $_ eq 'HASH' ? fault($_) : $_->[0] } @{
    call('system.multicall', [
        {methodName => 'system.getAPIVersion', params => []},
        {methodName => 'ticket.get', params => [999999]},
        {methodName => 'wiki.getPage', params => ['ForClients']}])}];
$result{multicall}[0] = numbers($result{multicall}[0]);
print JSON::PP->new->ascii->encode(\%result), "\n";
