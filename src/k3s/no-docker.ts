/** Where a node keeps what says that it has no Docker, and the unit that runs it. */
const PROGRAM = '/usr/local/lib/knet-labs/no-docker'
const UNIT = 'knet-labs-no-docker'

/**
 * The part of Docker's API that a kubelet asks: where its files are, as without one the kubelet would suppose, and that it stores nothing. That
 * ends the asking. It is gone two seconds after the last question; who never asks leaves it alone for two minutes.
 */
const program = `#!/usr/bin/perl
use strict;
use warnings;
use IO::Socket::UNIX;
my $path = shift // '/run/docker.sock';
my %answers = (info => '{"DockerRootDir":"/var/lib/docker"}', version => '{"Version":"0","ApiVersion":"1.24"}');
exit if IO::Socket::UNIX->new(Peer => $path);
unlink $path;
my $listener = IO::Socket::UNIX->new(Local => $path, Listen => 8) or exit;
$SIG{ALRM} = $SIG{TERM} = sub { unlink $path; exit };
$SIG{PIPE} = 'IGNORE';
alarm 120;
while (my $client = $listener->accept) {
  my $request = <$client> // '';
  while (my $line = <$client>) { last if $line =~ /^\\r?$/ }
  my ($what) = $request =~ m{/(\\w+) HTTP};
  my $body = $answers{$what // ''} // '';
  my $type = "Content-Type: application/json\\r\\nContent-Length: " . length($body);
  print $client "HTTP/1.1 200 OK\\r\\nAPI-Version: 1.24\\r\\nConnection: close\\r\\n$type\\r\\n\\r\\n$body";
  close $client;
  alarm 2;
}
`

export const NO_DOCKER_FILE = { path: PROGRAM, content: program, mode: '700' } as const

/**
 * Kubelets before 1.24 look for a Docker beside the container runtime that they are given, five times with a second between (cadvisor,
 * container/docker/factory.go, RootDir). Without Perl they go on to. A command of the shell's; a Docker that is there is left alone.
 */
export const SAY_NO_DOCKER = `if [ -x ${PROGRAM} ]; then
  systemd-run --quiet --collect --unit=${UNIT} ${PROGRAM} 2>/dev/null || { setsid ${PROGRAM} >/dev/null 2>&1 </dev/null & }
fi`

/** @param version as k3s says it. */
export function asksForDocker(version: string): boolean {
  const [, minor] = /^v1\.(\d+)\./.exec(version) ?? []
  return Number(minor) < 24
}
