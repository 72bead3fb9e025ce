import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  BGP_CONFIGURATIONS,
  BGP_PEERS,
  BLOCK_AFFINITIES,
  IP_POOLS,
  type BGPConfiguration,
  type BGPPeer,
} from '../../../src/dataplane/calico/resources.ts'
import { NODES, SECRETS } from '../../../src/kube/resources.ts'
import { calicoNodes, pingOnce, type CalicoNodes, type TestPod } from '../../helpers/calico-nodes.ts'
import { eventually } from '../../helpers/control-plane.ts'
import { run } from '../../helpers/sandbox-nodes.ts'

const API = { apiVersion: 'crd.projectcalico.org/v1' } as const
const SOCKET = '/var/run/calico/bird.ctl'

let nodes: CalicoNodes
let web: TestPod
let other: TestPod
beforeAll(async () => {
  nodes = await calicoNodes(['172.19.0.10', '172.19.0.11', '172.19.0.12'])
  ;[web, other] = await Promise.all([nodes.pod(0, 'web'), nodes.pod(2, 'other')])
  await eventually(
    () => pingOnce(nodes, web, other),
    (said) => said.includes('ttl=62'),
    15_000,
  )
})
afterAll(() => nodes.close())

const sh = (index: number, script: string) => run(nodes.machine(index), 'sh', '-c', script)
const birdc = (index: number, ...words: string[]) =>
  run(nodes.machine(index), 'birdc', '-s', SOCKET, ...words)
const routes = (index: number) => sh(index, 'ip route show proto bird')
/** Session → BIRD's state and info: `up Established`, `start Active Received: Bad peer AS`. */
const sessions = async (index: number) =>
  Object.fromEntries(
    [...(await birdc(index, 'show', 'protocols')).matchAll(/^(\S+) +BGP +\S+ +(\S+) +\S+ +(.*\S)/gm)].map(
      ([, name = '', state = '', info = '']) => [name, `${state} ${info.replaceAll(/ +/g, ' ')}`],
    ),
  )
const expectSessions = (index: number, wanted: Record<string, RegExp>) =>
  eventually(
    () => sessions(index).catch((): Record<string, string> => ({})),
    (seen) =>
      Object.keys(seen).sort().join() === Object.keys(wanted).sort().join() &&
      Object.entries(wanted).every(([name, info]) => info.test(seen[name] ?? '')),
    15_000,
  )
const MESH = { Mesh_172_19_0_11: /Established/, Mesh_172_19_0_12: /Established/ }
const peer = (name: string, spec: BGPPeer['spec']) =>
  nodes.store.create(BGP_PEERS, { ...API, kind: 'BGPPeer', metadata: { name }, spec })

/** Everything that is sent while something happens arrives. */
async function withoutLoss(happens: () => Promise<unknown>): Promise<void> {
  const argv = ['nsenter', `--net=${web.netns}`, 'ping', '-i', '0.01', '-q', other.address]
  const ping = nodes
    .machine(web.node)
    .spawn(['sh', '-c', 'echo $$ > /run/ping.pid; exec "$@"', 'sh', ...argv])
  let said = ''
  ping.stdout.on('data', (chunk) => (said += String(chunk)))
  await happens()
  await sh(web.node, 'kill -INT $(cat /run/ping.pid)')
  await ping.exited
  const [, sent = 0, received = 0] = (/(\d+) packets transmitted, (\d+) received/.exec(said) ?? []).map(
    Number,
  )
  expect(sent).toBeGreaterThan(5)
  expect(received).toBe(sent)
}

test('a node’s Calico ends and comes back, and pods on it don’t notice', async () => {
  await withoutLoss(async () => {
    await nodes.calico(2).stop()
    await expectSessions(0, { ...MESH, Mesh_172_19_0_12: /start (Passive|Connect)/ })
    expect(await routes(0)).toContain('192.168.104.0/26 via 172.19.0.12 dev tunl0')
    expect(await routes(2)).toContain('192.168.135.128/26 via 172.19.0.10 dev tunl0')
    expect(await sh(2, 'ls /var/lib/calico; iptables-save')).toMatch(/nodename[^]*cali-nat-outgoing/)
    await nodes.start(2).ready
    await expectSessions(0, MESH)
    await nodes.calico(2).settled()
  })
  // A second crash before it has heard of everything again would be one too many.
  await eventually(
    () => birdc(2, 'show', 'status'),
    (seen) => !seen.includes('recovery'),
    10_000,
  )
})

test('BIRD that is killed is started at once, and pods don’t notice', async () => {
  await withoutLoss(async () => {
    await sh(2, 'kill -KILL $(cat /var/run/calico/bird.pid)')
    await expectSessions(0, { ...MESH, Mesh_172_19_0_12: /start/ })
    await expectSessions(0, MESH)
  })
  expect(nodes.problems.map(String)).toEqual([expect.stringContaining('BIRD on node2 ended with 137')])
})

test('BIRD that is told to end takes leave: others forget its routes, and learn them again when it is back', async () => {
  const watch = nodes.machine(0).spawn(['ip', 'monitor', 'route'])
  let changes = ''
  watch.stdout.on('data', (chunk) => (changes += String(chunk)))
  await sh(2, 'kill -TERM $(cat /var/run/calico/bird.pid)')
  await eventually(
    async () => changes,
    (seen) => seen.includes('Deleted 192.168.104.0/26'),
    5000,
  )
  await eventually(
    () => routes(0),
    (seen) => seen.includes('192.168.104.0/26'),
    15_000,
  )
  watch.kill()
  await expectSessions(0, MESH)
})

test('objects that make no sense hurt nobody but themselves', async () => {
  for (const [i, cidr] of ['10.0.0.0/99', 'nonsense; }', ''].entries())
    await nodes.store.create(IP_POOLS, {
      ...API,
      kind: 'IPPool',
      metadata: { name: `bad-${i}` },
      spec: { cidr },
    })
  await nodes.store.create(IP_POOLS, { ...API, kind: 'IPPool', metadata: { name: 'none' } } as never)
  await peer('bad-ip', { peerIP: '6.6.6.6; shutdown', asNumber: 65001 })
  await peer('bad-as', { peerIP: '6.6.6.7', asNumber: -5 })
  await nodes.store.create(BGP_PEERS, { ...API, kind: 'BGPPeer', metadata: { name: 'none' } } as never)
  await nodes.store.create(BLOCK_AFFINITIES, {
    ...API,
    kind: 'BlockAffinity',
    metadata: { name: 'node1-second' },
    spec: { cidr: '192.168.200.0/26', node: 'node1', state: 'confirmed', deleted: 'false' },
  })
  await eventually(
    () => routes(0),
    (seen) => seen.includes('192.168.200.0/26 via 172.19.0.11'),
    5000,
  )
  for (const { metadata } of (await nodes.store.list(BGP_PEERS)).items)
    await nodes.store.delete(BGP_PEERS, metadata)
})

test('a block that is given up goes from every node', async () => {
  await nodes.store.delete(BLOCK_AFFINITIES, { name: 'node1-second' })
  await eventually(
    () => routes(0),
    (seen) => !seen.includes('192.168.200.0/26'),
    5000,
  )
  expect(await routes(1)).not.toContain('192.168.200.0/26')
})

async function configureBgp(spec: BGPConfiguration['spec']): Promise<void> {
  const configuration = { ...API, kind: 'BGPConfiguration', metadata: { name: 'default' }, spec } as const
  if (await nodes.store.get(BGP_CONFIGURATIONS, configuration.metadata))
    await nodes.store.update(BGP_CONFIGURATIONS, configuration)
  else await nodes.store.create(BGP_CONFIGURATIONS, configuration)
}

test('of a peer with another AS than was said both ends tell the reason', async () => {
  await peer('wrong', { node: 'node0', peerIP: '172.19.0.11', asNumber: 64999 })
  await peer('right', { node: 'node1', peerIP: '172.19.0.10', asNumber: 64512 })
  await configureBgp({ nodeToNodeMeshEnabled: false })
  await expectSessions(0, { Node_172_19_0_11: /^start .*Error: Bad peer AS/ })
  await expectSessions(1, { Node_172_19_0_10: /^start .*Received: Bad peer AS/ })
  await nodes.store.delete(BGP_PEERS, { name: 'wrong' })
  await nodes.store.delete(BGP_PEERS, { name: 'right' })
})

test('sessions of the mesh can have a port, a password and a time of their own', async () => {
  await nodes.client.create(SECRETS, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: 'kube-system', name: 'bgp' },
    data: { mesh: Buffer.from('sesame').toString('base64') },
  })
  await configureBgp({
    listenPort: 1790,
    nodeMeshPassword: { secretKeyRef: { name: 'bgp', key: 'mesh' } },
    nodeMeshMaxRestartTime: '30s',
  })
  await eventually(
    () => sh(0, 'ss -Htn state established'),
    (seen) => (seen.match(/:1790/g) ?? []).length === 2,
    15_000,
  )
  await expectSessions(0, MESH)
  const session = await birdc(0, 'show', 'protocols', 'all', 'Mesh_172_19_0_11')
  expect(session).toMatch(/Restart time: +30/)
})

test('a node that is gone takes its routes with it', async () => {
  await nodes.calico(2).stop()
  await nodes.client.delete(NODES, { name: 'node2' })
  await eventually(
    () => routes(0),
    (seen) => !seen.includes('192.168.104.0/26'),
    5000,
  )
  await expectSessions(0, { Mesh_172_19_0_11: /Established/ })
})
