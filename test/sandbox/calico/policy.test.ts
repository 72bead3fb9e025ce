import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startEnforcer, type Enforcer } from '../../../src/dataplane/calico/felix/enforcer.ts'
import { podMember } from '../../../src/dataplane/calico/policy/member.ts'
import { MANIFEST_SETTINGS } from '../../../src/dataplane/calico/rules/settings.ts'
import type { Surroundings } from '../../../src/dataplane/calico/rules/surroundings.ts'
import type { NetworkPolicy } from '../../../src/kube/objects.ts'
import { podRange, type PodRange } from '../../helpers/pod-range.ts'
import { policyOracle } from '../../helpers/policy-oracle.ts'
import type { Connection, OraclePod, OraclePolicy } from '../../helpers/policy-oracle/world.ts'
import { CONNECTIONS, randomPolicies, seeded, WORLD } from '../../helpers/random-policies.ts'
import { calculationOf, podOf } from '../../unit/dataplane/calico/policy/calculation-of.ts'

const TRIALS = 12
const OUTSIDE = [...new Set(CONNECTIONS.flatMap(({ from }) => (typeof from === 'string' ? [from] : [])))]
const AROUND: Surroundings = {
  pools: [{ cidr: '10.0.0.0/8', natOutgoing: false }],
  ipip: false,
  vxlan: false,
  hosts: [],
  vxlanHosts: [],
  tunnels: [],
  ownAddresses: [],
  serviceCidrs: [],
  settings: MANIFEST_SETTINGS,
}

let range: PodRange
let enforcers: Enforcer[]
let calculation = calculationOf({ ...WORLD, policies: [] })
const problems: unknown[] = []

beforeAll(async () => {
  range = await podRange(WORLD.pods, OUTSIDE)
  enforcers = range.nodes.map((machine, index) =>
    startEnforcer({
      machine,
      known: Promise.resolve(),
      active: () => calculation.activeSet(`node${index}`),
      surroundings: () => AROUND,
      onProblem: (problem) => problems.push(problem),
    }),
  )
})
afterAll(() => {
  for (const enforcer of enforcers) enforcer.stop()
  range.close()
  expect(problems).toEqual([])
})

async function enforce(policies: readonly OraclePolicy[], pods = WORLD.pods): Promise<void> {
  calculation = calculationOf({ ...WORLD, pods: [], policies })
  for (const pod of pods) {
    calculation.setMember(`${pod.namespace}/${pod.name}`, podMember(podOf(pod, `node${range.nodeOf(pod)}`)))
  }
  for (const enforcer of enforcers) enforcer.touch()
  await Promise.all(enforcers.map((enforcer) => enforcer.settled()))
}

const words = ({ from, to, protocol, port }: Connection) =>
  [from, to].map((end) => (typeof end === 'string' ? end : `${end.namespace}/${end.name}`)).join(' to ') +
  ` ${protocol} ${port}`

async function disagreements(policies: readonly OraclePolicy[]): Promise<string[]> {
  const allows = policyOracle({ ...WORLD, policies })
  const expected = new Set(CONNECTIONS.filter(allows))
  const came = new Set(await range.tryAll(CONNECTIONS, [...expected]))
  return CONNECTIONS.filter((one) => came.has(one) !== expected.has(one)).map(words)
}

test('without policies everybody reaches everybody', async () => {
  await enforce([])
  expect(await range.tryAll(CONNECTIONS, CONNECTIONS)).toHaveLength(CONNECTIONS.length)
})

test(`for ${TRIALS} random sets of policies, connections come about that the documentation allows, and no others`, async () => {
  for (let seed = 1; seed <= TRIALS; seed++) {
    const policies = randomPolicies(seeded(seed))
    await enforce(policies)
    expect(await disagreements(policies), `seed ${seed}: ${JSON.stringify(policies)}`).toEqual([])
  }
})

const podCalled = (name: string): OraclePod => {
  const pod = WORLD.pods.find((one) => `${one.namespace}/${one.name}` === name)
  if (!pod) throw new Error(`no pod ${name}`)
  return pod
}
/** On different nodes. */
const [CLIENT, SERVER, STRANGER] = ['shop/web-0', 'shop/web-1', 'shop/db-2'].map(podCalled) as [
  OraclePod,
  OraclePod,
  OraclePod,
]

const policy = (name: string, spec: NetworkPolicy['spec']): NetworkPolicy => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name, namespace: 'shop' },
  spec,
})
const DENY = policy('deny', { podSelector: {}, policyTypes: ['Ingress'] })
const FROM_WEB = policy('from-web', {
  podSelector: {},
  policyTypes: ['Ingress'],
  ingress: [{ from: [{ podSelector: { matchLabels: { app: 'web' } } }] }],
})

const COUNT = String.raw`use IO::Socket::INET; use IO::Select; $| = 1;
my $socket = IO::Socket::INET->new(Proto => 'udp', LocalPort => 7000) or die; print "listening\n";
my ($select, $count) = (IO::Select->new($socket, \*STDIN), 0);
while (my @ready = $select->can_read) {
  if (grep { $_ == $socket } @ready) { recv($socket, my $data, 64, 0); $count++ } else { last }
}
print "$count\n"`
const SEND = String.raw`use IO::Socket::INET;
my ($to, $count) = @ARGV;
my $socket = IO::Socket::INET->new(Proto => 'udp', PeerAddr => $to, PeerPort => 7000) or die;
for (1 .. $count) { send($socket, 'x', 0); select(undef, undef, undef, 0.002) }`

/** How many of so many datagrams arrive. Nobody answers: each is a new connection to policy. */
async function datagrams(from: OraclePod, to: OraclePod, count: number): Promise<number> {
  const [source, target] = [range.enter(from), range.enter(to)]
  const counter = target.machine.spawn([...target.argv, 'perl', '-e', COUNT])
  counter.stdout.setEncoding('utf8')
  await once(counter.stdout, 'data')
  const sent = await source.machine.exec([...source.argv, 'perl', '-e', SEND, to.ip, String(count)])
  expect(sent).toMatchObject({ exitCode: 0 })
  counter.stdin.end()
  const [number] = (await once(counter.stdout, 'data')) as [string]
  await counter.exited
  return Number(number)
}

/** Now these policies, now those, as long as something goes on. */
async function whileChanging<T>(what: Promise<T>, scenes: readonly (readonly OraclePolicy[])[]): Promise<T> {
  const over = new AbortController()
  const ended = what.finally(() => over.abort())
  for (let i = 0; !over.signal.aborted; i++) await enforce(scenes[i % scenes.length] ?? [])
  return ended
}

/** About nobody who is here. */
const policies = (name: string, count: number) =>
  Array.from({ length: count }, (_, i) =>
    policy(`${name}-${i}`, {
      podSelector: {},
      policyTypes: ['Ingress'],
      ingress: [{ from: [{ ipBlock: { cidr: `172.16.${i}.0/24` } }] }],
    }),
  )
const MANY = policies('many', 30)
/** With one of them a pod's chain is too long for one transaction; with the other in its place it is replaced as a whole. */
const HUNDREDS = [policies('a', 200), policies('z', 180)] as const

test('no packet is lost that all policies of the time let through, while they come and go', async () => {
  await enforce([])
  const scenes = [[FROM_WEB], [], [DENY, FROM_WEB], [...MANY, FROM_WEB], [FROM_WEB, ...MANY.slice(20)]]
  expect(await whileChanging(datagrams(CLIENT, SERVER, 800), scenes)).toBe(800)
})

test('no packet passes that none of them lets through', async () => {
  await enforce([DENY])
  const scenes = [[FROM_WEB], [DENY], [DENY, FROM_WEB], [...MANY, FROM_WEB], MANY.slice(20)]
  expect(await whileChanging(datagrams(STRANGER, SERVER, 800), scenes)).toBe(0)
})

test('no packet is lost, and none passes, that should not be while chains of hundreds of policies are replaced', async () => {
  const [some, others] = HUNDREDS
  await enforce([...some, FROM_WEB])
  const scenes = [
    [...others, FROM_WEB],
    [...some, ...others, FROM_WEB],
    [...some, FROM_WEB],
  ]
  const both = Promise.all([datagrams(CLIENT, SERVER, 1500), datagrams(STRANGER, CLIENT, 1500)])
  expect(await whileChanging(both, scenes)).toEqual([1500, 0])
})

const ECHO = String.raw`use IO::Socket::INET; $| = 1;
my $socket = IO::Socket::INET->new(Listen => 1, LocalPort => 7000, ReuseAddr => 1) or die; print "listening\n";
my $peer = $socket->accept; while (<$peer>) { print $peer $_; $peer->flush }`
const TALK = String.raw`use IO::Socket::INET; $| = 1;
my $socket = IO::Socket::INET->new(PeerAddr => shift, PeerPort => 7000) or die;
while (<STDIN>) { print $socket $_; $socket->flush; print scalar <$socket> }`

test('connections that are there go on when a policy would refuse them, as upstream’s do; new ones are not made', async () => {
  await enforce([FROM_WEB])
  const [server, client] = [range.enter(SERVER), range.enter(CLIENT)]
  const echo = server.machine.spawn([...server.argv, 'perl', '-e', ECHO])
  await once(echo.stdout, 'data')
  const talk = client.machine.spawn([...client.argv, 'perl', '-e', TALK, SERVER.ip])
  talk.stdout.setEncoding('utf8')
  const say = async (words: string) => {
    talk.stdin.write(`${words}\n`)
    return ((await once(talk.stdout, 'data')) as [string])[0]
  }
  expect(await say('before')).toBe('before\n')
  await enforce([DENY])
  expect(await say('after')).toBe('after\n')
  expect(await range.tryAll([{ from: CLIENT, to: SERVER, protocol: 'TCP', port: 80 }], [])).toEqual([])
  talk.stdin.end()
  await Promise.all([talk.exited, echo.exited])
})

test('a node always reaches its own pods, and other nodes are as anybody else', async () => {
  await enforce([DENY])
  const from = (index: number) => range.nodes[index]!.exec(['ping', '-c', '1', '-W', '1', SERVER.ip])
  expect((await from(range.nodeOf(SERVER))).exitCode).toBe(0)
  expect((await from(1 - range.nodeOf(SERVER))).exitCode).toBe(1)
})

test('what a pod may not send, it may not send to its node either', async () => {
  const { machine, argv } = range.enter(CLIENT)
  const ping = [...argv, 'ping', '-c', '1', '-W', '1', '172.19.0.10']
  await enforce([])
  expect((await machine.exec(ping)).exitCode).toBe(0)
  await enforce([policy('silence', { podSelector: {}, policyTypes: ['Egress'] })])
  expect((await machine.exec(ping)).exitCode).toBe(1)
})

test('a pod that Felix does not know yet reaches nobody and is reached by nobody', async () => {
  const both: Connection[] = [
    { from: CLIENT, to: SERVER, protocol: 'TCP', port: 80 },
    { from: STRANGER, to: CLIENT, protocol: 'TCP', port: 80 },
  ]
  await enforce(
    [],
    WORLD.pods.filter((pod) => pod !== CLIENT),
  )
  expect(await range.tryAll(both, [])).toEqual([])
  await enforce([])
  expect(await range.tryAll(both, both)).toEqual(both)
})
