import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Bird } from '../../../src/dataplane/calico/bgp/bird.ts'
import { birdConfig, type BirdPlan } from '../../../src/dataplane/calico/bgp/bird-config.ts'
import { sessionsOf, type Wishes } from '../../../src/dataplane/calico/bgp/sessions.ts'
import { addressAnnotation, speakerOf, type Speaker } from '../../../src/dataplane/calico/bgp/speaker.ts'
import type { PoolRoutes } from '../../../src/dataplane/calico/encapsulation.ts'
import type { BGPConfiguration, BGPPeer } from '../../../src/dataplane/calico/resources.ts'
import type { Machine } from '../../../src/machine/machine.ts'
import { eventually } from '../../helpers/control-plane.ts'
import { run, sandboxNodes, type SandboxNodes } from '../../helpers/sandbox-nodes.ts'

/** node0 to node2, and a router of the fabric. */
const ADDRESSES = ['172.19.0.10', '172.19.0.11', '172.19.0.12', '172.19.0.100']
const BLOCKS = ['192.168.135.128/26', '192.168.166.128/26', '192.168.104.0/26']
const POOL: PoolRoutes = {
  cidr: '192.168.0.0/16',
  encapsulation: { tunnel: undefined, crossSubnet: false },
  late: new Map(),
  hidden: false,
}
const SOCKET = '/var/run/calico/bird.ctl'
const BGP_PEER = { apiVersion: 'crd.projectcalico.org/v1', kind: 'BGPPeer' } as const

let nodes: SandboxNodes
let birds: Bird[]
const problems: unknown[] = []
beforeAll(async () => {
  nodes = await sandboxNodes(ADDRESSES)
  birds = nodes.machines.map((machine) => new Bird(machine, (problem) => problems.push(problem)))
  for (const machine of nodes.machines) await run(machine, 'sysctl', '-wq', 'net.ipv4.ip_forward=1')
})
afterAll(async () => {
  await Promise.all(birds.map((bird) => bird.stop()))
  nodes.close()
})

const machine = (index: number): Machine => {
  const one = nodes.machines[index]
  if (!one) throw new Error(`no node${index}`)
  return one
}

const speakers: Speaker[] = [0, 1, 2].flatMap((i) => {
  const metadata = { name: `node${i}`, annotations: addressAnnotation(ADDRESSES[i] ?? '', 24) }
  return speakerOf({ apiVersion: 'v1', kind: 'Node', metadata }) ?? []
})

async function configure(
  wishes: Partial<Wishes> = {},
  more: Partial<BirdPlan> = {},
  blocks: readonly string[][] = [],
) {
  const all: Wishes = { speakers, configurations: [], peers: [], passwordOf: () => undefined, ...wishes }
  await Promise.all(
    all.speakers.map(async (own, i) => {
      const plan: BirdPlan = {
        routerID: own.address,
        subnet: '172.19.0.0/24',
        blocks: blocks[i] ?? [BLOCKS[i] ?? ''],
        pools: [POOL],
        listenPort: undefined,
        debug: 'states',
        services: [],
        serviceNetworks: [],
        advertisements: [],
        sessions: sessionsOf(own, all),
        ...more,
      }
      await birds[i]?.configure(birdConfig(plan))
    }),
  )
}

const routes = async (index: number, ...which: string[]) =>
  (await run(machine(index), 'ip', 'route', 'show', ...which))
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
const protocols = (index: number) => run(machine(index), 'birdc', '-s', SOCKET, 'show', 'protocols')
/** When each session became what it is, by name. */
const sessions = async (index: number): Promise<Record<string, string>> =>
  Object.fromEntries(
    [...(await protocols(index)).matchAll(/^(\S+) +BGP +\S+ +\S+ +(\S+) +(.*\S)/gm)].map((line) => [
      line[1],
      `${line[2]} ${line[3]}`,
    ]),
  )
/** BIRD reckons back from now, which gives a millisecond more or less. */
function expectSame(now: Record<string, string>, before: Record<string, string>): void {
  const milliseconds = (state = '') => Date.parse(`1970-01-01T${state.split(' ')[0]}Z`)
  expect(Object.keys(now)).toEqual(Object.keys(before))
  for (const [name, state] of Object.entries(now)) {
    expect(Math.abs(milliseconds(state) - milliseconds(before[name])), `${name}: ${state}`).toBeLessThan(50)
  }
}
const established = async (index: number) =>
  Object.entries(await sessions(index)).flatMap(([name, state]) =>
    state.endsWith('Established') ? [name] : [],
  )

test('each node tells the others of its block, and their kernels have routes like real Calico’s', async () => {
  await run(
    machine(1),
    'sh',
    '-c',
    'ip link add cali50aeaf5a85d type veth peer name pod && ip link set cali50aeaf5a85d up && ip link set pod up && ip route add 192.168.166.129 dev cali50aeaf5a85d scope link',
  )
  await configure()
  const seen = await eventually(
    () => routes(1),
    (lines) => lines.filter((line) => line.includes('proto bird')).length === 3,
    15_000,
  )
  const real = readFileSync(join(import.meta.dirname, '../../golden/calico/bgp/ip-route.node1.txt'), 'utf8')
  const known = real
    .replaceAll('172.30.0', '172.19.0')
    .split('\n')
    .map((line) => line.trim())
    // One pod is enough.
    .filter((line) => line !== '' && !/calie4fc141f114|cali923f6ebc99a/.test(line))
  expect(seen).toEqual(known)
  for (const index of [0, 1, 2]) {
    await eventually(
      () => established(index),
      (names) => names.length === 2,
      15_000,
    )
  }
})

test('real calicoctl would find Calico, and BIRD 1, on a node', async () => {
  const [, heading] = (await protocols(0)).split('\n')
  expect(heading?.trim().split(/\s+/)).toEqual(['name', 'proto', 'table', 'state', 'since', 'info'])
  expect(await protocols(0)).toMatch(/^Mesh_172_19_0_11 +BGP +--- +up +\d\d:\d\d:\d\d +Established/m)
  const programs = await run(machine(0), 'ps', '-eo', 'args')
  expect(programs.split('\n')).toEqual(
    expect.arrayContaining(['calico-node', expect.stringMatching(/^bird -f /)]),
  )
})

test('a new block is told of without a session ending, and an address that a node has borrowed by itself', async () => {
  const before = await sessions(0)
  await run(machine(1), 'ip', 'route', 'add', '192.168.104.5', 'dev', 'cali50aeaf5a85d', 'scope', 'link')
  await configure(
    {},
    {},
    [[], [BLOCKS[1] ?? '', '192.168.200.0/26'], []].map((list, i) =>
      list.length > 0 ? list : [BLOCKS[i] ?? ''],
    ),
  )
  const seen = await eventually(
    () => routes(0, 'proto', 'bird'),
    (lines) =>
      lines.some((line) => line.startsWith('192.168.200.0/26')) &&
      lines.some((line) => line.startsWith('192.168.104.5')),
    15_000,
  )
  expect(seen).toContain('192.168.200.0/26 via 172.19.0.11 dev eth0')
  expect(seen).toContain('192.168.104.5 via 172.19.0.11 dev eth0')
  expect(seen.filter((line) => line.startsWith('192.168.166.129'))).toEqual([])
  expectSame(await sessions(0), before)
})

test('BIRD that is killed leaves routes on its node and its neighbours’, is started again, and they stay all the while', async () => {
  const watch = machine(0).spawn(['ip', 'monitor', 'route'])
  let changes = ''
  watch.stdout.on('data', (chunk) => (changes += String(chunk)))
  await run(machine(1), 'sh', '-c', 'kill -KILL $(cat /var/run/calico/bird.pid)')
  expect(await routes(1, 'proto', 'bird')).toHaveLength(4)
  await eventually(
    () => established(1).catch(() => []),
    (names) => names.length === 2,
    20_000,
  )
  watch.kill()
  expect(changes).not.toContain('Deleted')
  expect(problems).toHaveLength(1)
})

test('a configuration that BIRD does not read is refused in its words, and the one before stays', async () => {
  const before = await sessions(2)
  await expect(birds[2]?.configure('router id nonsense;')).rejects.toThrow(
    /BIRD on node2 refuses its configuration: .*syntax error/s,
  )
  expectSame(await sessions(2), before)
})

/** In another AS; what it has learnt it tells everybody. */
const FABRIC = `router id 2.2.2.2;
protocol device {}
protocol direct { ipv4; }
protocol kernel { metric 0; merge paths on; ipv4 { export where source = RTS_BGP; }; }
template bgp calico { local ${ADDRESSES[3]} as 65001; passive; ipv4 { import all; export where source = RTS_BGP; }; }
${[0, 1, 2].map((i) => `protocol bgp node${i} from calico { neighbor ${ADDRESSES[i]} as 64512; }`).join('\n')}
`
const fabricPeer = (spec: BGPPeer['spec'] = {}): BGPPeer => ({
  ...BGP_PEER,
  metadata: { name: 'fabric' },
  spec: { peerIP: ADDRESSES[3] ?? '', asNumber: 65001, ...spec },
})
const withoutMesh: BGPConfiguration = {
  ...BGP_PEER,
  kind: 'BGPConfiguration',
  metadata: { name: 'default' },
  spec: { nodeToNodeMeshEnabled: false },
}

test('with the mesh, a fabric’s router hears of all blocks from each node, which says that it is the way, and of no more than blocks', async () => {
  await configure({ peers: [fabricPeer()] })
  await birds[3]?.configure(FABRIC)
  const fabric = async () =>
    (await run(machine(3), 'ip', 'route', 'show', 'root', '192.168.0.0/16'))
      .split(/\n(?=\S)/)
      .map((route) =>
        [route.split(' ')[0], ...[...route.matchAll(/via (\S+)/g)].map((hop) => hop[1])].join(' '),
      )
  const nodes = ADDRESSES.slice(0, 3).join(' ')
  // Node1 has borrowed an address of node2's, which doesn't tell of addresses of its own block.
  const wanted = [...BLOCKS.map((block) => `${block} ${nodes}`), '192.168.104.5 172.19.0.10 172.19.0.11']
  await eventually(fabric, (seen) => seen.sort().join() === wanted.sort().join(), 20_000)
})

test('without the mesh nodes of one AS refuse what comes back by the fabric, unless they are told that it may be in the path', async () => {
  await configure({ peers: [fabricPeer()], configurations: [withoutMesh] })
  const others = async () => (await routes(0, 'proto', 'bird')).filter((line) => line.includes(' via '))
  await eventually(others, (lines) => lines.length === 0, 15_000)
  expect(await established(0)).toEqual(['Global_172_19_0_100'])
  await configure({ peers: [fabricPeer({ numAllowedLocalASNumbers: 1 })], configurations: [withoutMesh] })
  await eventually(
    others,
    (lines) =>
      [BLOCKS[1], BLOCKS[2]].every((block) => lines.some((line) => line.startsWith(`${block} via `))),
    20_000,
  )
})

test('with route reflectors instead of the mesh, nodes that have no session know of each other', async () => {
  const reflecting = speakers.map((one, i) =>
    i === 0 ? { ...one, clusterID: '244.0.0.1', labels: { reflector: 'yes' } } : one,
  )
  const peer: BGPPeer = {
    ...BGP_PEER,
    metadata: { name: 'rr' },
    spec: { nodeSelector: 'all()', peerSelector: 'has(reflector)' },
  }
  await configure({ speakers: reflecting, peers: [peer], configurations: [withoutMesh] })
  await eventually(
    () => established(1),
    (names) => names.join() === 'Node_172_19_0_10',
    20_000,
  )
  await eventually(
    () => routes(1, 'proto', 'bird'),
    (lines) => lines.includes('192.168.104.0/26 via 172.19.0.12 dev eth0'),
    15_000,
  )
})
