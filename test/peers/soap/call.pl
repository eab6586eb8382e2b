# Calls HIPMessageServer with SOAP::Lite: call.pl <url> <version> <namespace> <action> <message>; prints result or fault code.
use strict;
use warnings;
use SOAP::Lite;
use Encode;

my ($url, $version, $namespace, $action, $message) = map { decode_utf8($_) } @ARGV;
my $soap = SOAP::Lite->soapversion($version)->new(proxy => $url)->ns($namespace, 'm')
  ->on_action(sub { qq("$namespace/HIPMessageServer") });
my $answer = $soap->call('HIPMessageServer',
  SOAP::Data->name(action => $action)->type('string'),
  SOAP::Data->name(message => $message)->type('string'));
binmode STDOUT, ':utf8';
print $answer->fault ? 'fault ' . ($answer->faultcode || $answer->valueof('//Fault/Code/Value')) : $answer->result;
