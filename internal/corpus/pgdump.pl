# Prints the statements by which pg_dump's own test fills a database: perl pgdump.pl 002_pg_dump.pl DATABASE
# The test keeps them in the hash %tests, with their order; nothing else of it is run.
use strict;
use warnings;

my ($file, $database) = @ARGV;
open my $in, '<', $file or die "$file: $!\n";
my $text = do { local $/; <$in> };
my ($hashes) = $text =~ /^(my %dump_test_schema_runs\b.*?^my %tests = \(.*?^\t?\}?\);)/ms
	or die "$file: no hash %tests where it used to be\n";
our $tempdir = '';
my %tests = %{ eval "no strict; $hashes \\%tests" or die "$file: $@" };

my $order = sub { $tests{$_[0]}->{create_order} || 1e9 };
foreach my $name (sort { $order->($a) <=> $order->($b) || $a cmp $b } keys %tests)
{
	my $test = $tests{$name};
	next if !$test->{create_sql} || ($test->{database} // 'postgres') ne $database;
	print "-- $name\n$test->{create_sql};\n";
}
