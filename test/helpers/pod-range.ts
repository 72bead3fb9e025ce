import { caliName } from '../../src/dataplane/cni/calico-plugin.ts'
import type { Machine } from '../../src/machine/machine.ts'
import { addressOf, type Connection, type OraclePod } from './policy-oracle/world.ts'
import { run, sandboxNodes } from './sandbox-nodes.ts'

/** Pods of a world in namespaces of their own, on two nodes in turn, and a machine outside that has every other address. */
export interface PodRange {
  readonly nodes: readonly [Machine, Machine]
  nodeOf(pod: OraclePod): 0 | 1
  /** What runs a command where a connection comes from. */
  enter(end: OraclePod | string): { readonly machine: Machine; readonly argv: readonly string[] }
  /** Makes every connection, all at once. @returns those that come about, in their order */
  tryAll(connections: readonly Connection[], expected: readonly Connection[]): Promise<Connection[]>
  close(): void
}

const ADDRESSES = ['172.19.0.10', '172.19.0.11', '172.19.0.12'] as const

export async function podRange(pods: readonly OraclePod[], outside: readonly string[]): Promise<PodRange> {
  const sandbox = await sandboxNodes(ADDRESSES)
  const [first, second, away] = sandbox.machines
  if (!first || !second || !away) throw new Error('expected three machines')
  const nodes = [first, second] as const
  const nodeOf = (pod: OraclePod) => (pods.indexOf(pod) % 2 === 0 ? 0 : 1)
  const machineOf = (end: OraclePod | string) => (typeof end === 'string' ? away : nodes[nodeOf(end)])
  let round = 0
  const enter = (end: OraclePod | string) => ({
    machine: machineOf(end),
    argv: typeof end === 'string' ? [] : ['nsenter', `--net=/var/run/netns/${nameOf(end)}`],
  })
  await Promise.all([
    ...nodes.map((node, index) => {
      const own = pods.filter((pod) => nodeOf(pod) === index)
      const elsewhere = pods.filter((pod) => nodeOf(pod) !== index).map(({ ip }) => ip)
      return script(node, [
        'echo 1 >/proc/sys/net/ipv4/ip_forward',
        ...own.flatMap(layPod),
        ...elsewhere.map((ip) => `ip route add ${ip} via ${ADDRESSES[1 - index]}`),
        ...outside.map((ip) => `ip route add ${ip} via ${ADDRESSES[2]}`),
      ])
    }),
    script(away, [
      ...outside.map((ip) => `ip address add ${ip}/32 dev lo`),
      ...pods.map((pod) => `ip route add ${pod.ip} via ${ADDRESSES[nodeOf(pod)]}`),
    ]),
  ])
  await Promise.all([...pods.map((pod) => listen(enter(pod), [pod.ip])), listen(enter(away.name), outside)])
  return {
    nodes,
    nodeOf,
    enter,
    async tryAll(connections, expected) {
      const wanted = new Set(expected)
      const base = 20_000 + 256 * round++
      const came = [...new Set(connections.map(({ from }) => from))].map((source) => {
        const list = connections.filter(({ from }) => from === source)
        return tryFrom(enter(source), base, list, wanted)
      })
      const all = new Set((await Promise.all(came)).flat())
      return connections.filter((connection) => all.has(connection))
    },
    close: () => sandbox.close(),
  }
}

function nameOf({ namespace, name }: OraclePod): string {
  return `${namespace}-${name}`
}

/** As Calico's plugin makes a pod's interface. */
function layPod(pod: OraclePod): string[] {
  const [name, device] = [nameOf(pod), caliName(pod.namespace, pod.name)]
  const inside = `ip -n ${name}`
  return [
    `ip netns add ${name}`,
    `ip link add ${device} type veth peer name eth0 netns ${name}`,
    `ip link set ${device} up`,
    `echo 1 >/proc/sys/net/ipv4/conf/${device}/proxy_arp`,
    `echo 0 >/proc/sys/net/ipv4/neigh/${device}/proxy_delay`,
    `${inside} link set lo up`,
    `${inside} address add ${pod.ip}/32 dev eth0`,
    `${inside} link set eth0 up`,
    `${inside} route add 169.254.1.1 dev eth0`,
    `${inside} route add default via 169.254.1.1`,
    `ip route add ${pod.ip} dev ${device}`,
  ]
}

async function script(machine: Machine, lines: readonly string[]): Promise<void> {
  await run(machine, 'sh', '-ec', lines.join('\n'))
}

/** Takes TCP connections, and answers UDP at the addresses given, on all ports that are asked for, until its machine ends. */
const LISTEN = String.raw`
use strict; use IO::Socket::INET; use IO::Select;
my %tcp; my $select = IO::Select->new;
for my $port (80, 90, 8080) {
  my $socket = IO::Socket::INET->new(Listen => 64, LocalPort => $port, ReuseAddr => 1) or die;
  $tcp{$socket} = 1; $select->add($socket);
}
$select->add(IO::Socket::INET->new(Proto => 'udp', LocalAddr => $_, LocalPort => 53) || die) for @ARGV;
$| = 1; print "listening\n";
while (my @ready = $select->can_read) {
  for my $socket (@ready) {
    if ($tcp{$socket}) { my $peer = $socket->accept; close $peer if $peer; next }
    my $from = recv($socket, my $data, 64, 0); send($socket, $data, 0, $from) if $from;
  }
}`

async function listen(
  { machine, argv }: ReturnType<PodRange['enter']>,
  addresses: readonly string[],
): Promise<void> {
  const program = machine.spawn([...argv, 'perl', '-e', LISTEN, ...addresses])
  program.stdin.end()
  await new Promise<void>((resolve, reject) => {
    program.stdout.once('data', () => resolve())
    void program.exited.then((code) => reject(new Error(`the listener on ${machine.name} ended: ${code}`)))
  })
}

/**
 * Reads lines of: number, whether it is expected, protocol, source, target, port. Prints the numbers of connections that come about, and ends
 * a moment after all that are expected have, or after five seconds. Only TCP sends again by itself: the others are helped to, every second.
 * Their ports, and the numbers of pings, begin with the argument: they are never those of earlier connections, which the kernel still knows.
 */
const TRY = String.raw`
use strict; use Socket; use Fcntl; use IO::Select; use Time::HiRes 'time';
my $base = shift; my (%open, %left, %icmp, %send); my ($read, $write) = (IO::Select->new, IO::Select->new);
for (<STDIN>) {
  my ($n, $expected, $protocol, $from, $to, $port) = split;
  $left{$n} = 1 if $expected;
  my $socket;
  if ($protocol eq 'ICMP') { socket($socket, PF_INET, SOCK_RAW, 1) or die $! }
  else { socket($socket, PF_INET, $protocol eq 'TCP' ? SOCK_STREAM : SOCK_DGRAM, 0) or die $! }
  fcntl($socket, F_SETFL, O_NONBLOCK);
  setsockopt($socket, SOL_SOCKET, SO_REUSEADDR, 1);
  bind($socket, sockaddr_in($protocol eq 'ICMP' ? 0 : $base + $n, inet_aton($from))) or die "$from $!";
  my $target = sockaddr_in($protocol eq 'ICMP' ? 0 : $port, inet_aton($to));
  $open{fileno $socket} = [$n, $socket];
  if ($protocol eq 'TCP') { connect($socket, $target); $write->add($socket); next }
  connect($socket, $target);
  $read->add($socket);
  my $packet = 'x';
  if ($protocol eq 'ICMP') {
    my $id = $base + $n; $icmp{fileno $socket} = $id;
    my $sum = 0x0800 + $id + 1; $sum = ($sum & 0xffff) + ($sum >> 16) while $sum >> 16;
    $packet = pack('CCnnn', 8, 0, ~$sum & 0xffff, $id, 1);
  }
  $send{$n} = sub { send($socket, $packet, 0) };
  $send{$n}();
}
my $end = time + 5; my $again = time + 1; my $moment = 0;
while (time < $end) {
  if (!%left && !$moment) { $moment = 1; $end = time + 0.1 }
  if (time > $again) { $again++; $_->() for grep { $_ } @send{keys %left} }
  my ($can_read, $can_write) = IO::Select->select($read, $write, undef, 0.02);
  for my $socket (@{$can_write || []}) {
    $write->remove($socket);
    seen($socket) if defined getpeername $socket;
  }
  for my $socket (@{$can_read || []}) {
    next unless defined recv($socket, my $data, 2048, 0);
    my $id = $icmp{fileno $socket};
    next if defined $id && unpack('x20 CCnn', $data) && join(' ', unpack('x20 C x3 n', $data)) ne "0 $id";
    $read->remove($socket); seen($socket);
  }
}
sub seen { my ($n) = @{$open{fileno $_[0]}}; print "$n\n"; delete $left{$n} }`

async function tryFrom(
  { machine, argv }: ReturnType<PodRange['enter']>,
  base: number,
  connections: readonly Connection[],
  expected: ReadonlySet<Connection>,
): Promise<Connection[]> {
  const lines = connections.map((connection, n) => {
    const { from, to, protocol, port } = connection
    return [n, Number(expected.has(connection)), protocol, addressOf(from), addressOf(to), port].join(' ')
  })
  const { exitCode, stdout, stderr } = await machine.exec([...argv, 'perl', '-e', TRY, String(base)], {
    stdin: `${lines.join('\n')}\n`,
  })
  if (exitCode !== 0) throw new Error(stderr)
  const numbers = new Set(stdout.trim().split('\n').map(Number))
  return connections.filter((_, n) => stdout.trim() !== '' && numbers.has(n))
}
