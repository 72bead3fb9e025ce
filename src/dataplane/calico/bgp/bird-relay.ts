import type { Machine } from '../../../machine/machine.ts'
import { keepRunning, type KeptProgram } from '../kept-program.ts'

/** Where calicoctl and others look for BIRD. */
export const SOCKET = '/var/run/calico/bird.ctl'
/** Where BIRD 2 is. */
export const BIRD_SOCKET = '/var/run/calico/bird2.ctl'
const PID_FILE = '/var/run/calico/calico-node.pid'

/**
 * Real calicoctl understands tables of protocols with the heading that BIRD 1 gives them, and believes that Calico runs where some process
 * is called calico-node. All else passes as it is. In Perl without modules, as the program of IP-in-IP. Arguments: the socket to listen
 * on, and BIRD's.
 */
export const BIRD_RELAY = String.raw`
use strict;
use warnings;

my ($SOCKET, $BIRD) = @ARGV;
my ($AF_UNIX, $STREAM) = (1, 1);
$0 = 'calico-node';
$SIG{CHLD} = $SIG{PIPE} = 'IGNORE';
unlink $SOCKET;
my $door = opened();
bind($door, at($SOCKET)) && listen($door, 16) or die "cannot listen on $SOCKET: $!\n";
while (1) {
  accept(my $client, $door) or next;
  my $child = fork;
  relay($client) if defined $child && $child == 0;
}

sub opened { socket(my $socket, $AF_UNIX, $STREAM, 0) or die "cannot open a socket: $!\n"; $socket }
sub at { pack 'S Z108', $AF_UNIX, shift }

sub relay {
  my $client = shift;
  my $bird = opened();
  connect($bird, at($BIRD)) or exit;
  my ($both, $said) = ('', '');
  vec($both, fileno($_), 1) = 1 for $client, $bird;
  while (1) {
    select(my $ready = $both, undef, undef, undef) > 0 or next;
    if (vec($ready, fileno($client), 1)) {
      sysread($client, my $asked, 65536) or exit;
      syswrite($bird, $asked);
    }
    if (vec($ready, fileno($bird), 1)) {
      sysread($bird, $said, 65536, length $said) or exit;
      my $end = rindex($said, "\n") + 1;
      my $lines = substr($said, 0, $end, '');
      $lines =~ s/^2002-Name( +)Proto( +)Table( +)State( +)Since( +)Info$/2002-name$1proto$2table$3state$4since$5info/mg;
      syswrite($client, $lines);
    }
  }
}
`

const RUN = `mkdir -p "\${1%/*}"; echo $$ >${PID_FILE}; exec perl - "$@"`

/** Keeps BIRD 2 answering where, and as, BIRD 1 would. @returns what ends it */
export function startBirdRelay(machine: Machine, onProblem: (problem: unknown) => void): () => Promise<void> {
  const program: KeptProgram = keepRunning(
    machine,
    {
      name: 'the relay before BIRD',
      code: 'KNET_BIRD',
      argv: ['sh', '-c', RUN, 'sh', SOCKET, BIRD_SOCKET],
      stdin: BIRD_RELAY,
    },
    onProblem,
  )
  return async () => {
    const ended = program.letGo()
    await machine.exec(['sh', '-c', `kill "$(cat ${PID_FILE})"; rm -f ${PID_FILE} ${SOCKET}`])
    await ended
  }
}
