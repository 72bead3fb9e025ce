import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { calicoIpam } from '../../../src/dataplane/calico/calico-ipam.ts'
import { startCalico, type Calico } from '../../../src/dataplane/calico/calico.ts'
import { IP_POOLS, IPAM_HANDLES, type IPPool } from '../../../src/dataplane/calico/resources.ts'
import { createCni, type Attached, type Cni } from '../../../src/dataplane/cni/cni.ts'
import { applyEffects } from '../../../src/dataplane/cni/effects.ts'
import { machineShell } from '../../../src/dataplane/cni/node-shell.ts'
import type { KubeClient } from '../../../src/kube/client.ts'
import { NAMESPACES, NODES, PODS } from '../../../src/kube/resources.ts'
import type { Machine } from '../../../src/machine/machine.ts'
import { addNodes, controlPlane, eventually, type ControlPlane } from '../../helpers/control-plane.ts'
import { MemoryStore, withCalico } from '../../helpers/memory-store.ts'
import { run, sandboxNodes, type SandboxNodes } from '../../helpers/sandbox-nodes.ts'

const ADDRESSES = ['172.19.0.10', '172.19.0.11', '172.19.0.12']
const NAMES = ['node0', 'node1', 'node2']

let nodes: SandboxNodes
let plane: ControlPlane
let client: KubeClient
const store = new MemoryStore()
const calicos: Calico[] = []
const problems: unknown[] = []

const pool = (spec: Partial<IPPool['spec']> = {}): IPPool => ({
  apiVersion: 'crd.projectcalico.org/v1',
  kind: 'IPPool',
  metadata: { name: 'default-ipv4-ippool' },
  spec: { cidr: '192.168.0.0/16', blockSize: 26, ipipMode: 'Always', natOutgoing: true, ...spec },
})

beforeAll(async () => {
  plane = controlPlane({ scheduler: false })
  client = withCalico(plane.client, store)
  nodes = await sandboxNodes(ADDRESSES)
  await addNodes(client, ...NAMES)
  await client.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'demo' } })
  await store.create(IP_POOLS, pool())
  for (const [i, name] of NAMES.entries()) {
    const node = { name, address: ADDRESSES[i] ?? '', prefix: 24 }
    calicos.push(
      startCalico({ client, node, machine: machine(i), onProblem: (problem) => problems.push(problem) }),
    )
  }
  await Promise.all(calicos.map(({ ready }) => ready))
})
afterAll(async () => {
  await Promise.all(calicos.map((calico) => calico.stop()))
  plane.stop()
  nodes.close()
})

const machine = (index: number): Machine => {
  const one = nodes.machines[index]
  if (!one) throw new Error(`no node${index}`)
  return one
}

interface Pod {
  readonly node: number
  readonly netns: string
  readonly address: string
  remove(): Promise<void>
}

/** What a runtime does of a pod's network. */
async function pod(node: number, name: string): Promise<Pod> {
  await client.create(PODS, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: 'demo', name },
    spec: { nodeName: NAMES[node] ?? '', containers: [{ name, image: 'web' }] },
  })
  const shell = machineShell(machine(node))
  const ipams = new Map([['calico-ipam', calicoIpam(client, NAMES[node] ?? '')]])
  const cni: Cni = createCni({ shell, machine: machine(node), ipams })
  const netns = `/var/run/netns/${name}`
  const attachment = {
    containerId: `id-${name}`,
    netns,
    netnsName: name,
    ifName: 'eth0',
    podNamespace: 'demo',
    podName: name,
    portMappings: [],
    dns: { servers: [], searches: [], options: [] },
  }
  await run(machine(node), 'sh', '-c', `mkdir -p /var/lib/cni/results; ip netns add ${name}`)
  const plan = await cni.plan(attachment, await cni.look())
  if (plan.kind !== 'effects') throw new Error('expected built-in plugins only')
  await applyEffects(shell, plan.effects, netns)
  const attached: Attached = { attachment, network: plan.network, result: plan.effects.result }
  return {
    node,
    netns,
    address: plan.effects.result.ips?.[0]?.address.replace('/32', '') ?? '',
    async remove() {
      const { interfaces } = await cni.remove(attached, new Set())
      for (const one of interfaces) await run(machine(node), 'ip', 'link', 'delete', one)
    },
  }
}

const ping = async (from: Pod, to: Pod) => {
  const argv = ['nsenter', `--net=${from.netns}`, 'ping', '-c', '1', '-W', '1', to.address]
  return (await machine(from.node).exec(argv)).stdout
}
const routes = async (index: number) => run(machine(index), 'ip', 'route', 'show', 'proto', 'bird')

/** The protocols of the packets that leave a node while pods of two nodes talk. */
async function onTheWire(from: Pod, to: Pod): Promise<string[]> {
  const options = [
    '-q',
    '-i',
    'eth0',
    '-f',
    'icmp or ip proto 4',
    '-a',
    'duration:1',
    '-P',
    '-w',
    '/run/seen.pcap',
  ]
  const dump = machine(from.node).spawn(['dumpcap', ...options])
  await new Promise<void>((resolve) =>
    dump.stderr.on('data', (text) => String(text).includes('File') && resolve()),
  )
  expect(await ping(from, to)).toMatch(/ttl=62/)
  await dump.exited
  const fields = await run(
    machine(from.node),
    'tshark',
    '-r',
    '/run/seen.pcap',
    '-T',
    'fields',
    '-e',
    'frame.protocols',
  )
  return [...new Set(fields.trim().split('\n'))]
}

let web: Pod
let other: Pod

test('pods on different nodes reach each other: routes come by BGP and lead through IP-in-IP', async () => {
  ;[web, other] = await Promise.all([pod(1, 'web'), pod(2, 'other')])
  expect(web.address).toMatch(/^192\.168\.166\.1[23]\d$/)
  expect(other.address).toMatch(/^192\.168\.104\.\d$/)
  await eventually(
    () => ping(web, other),
    (said) => /ttl=62/.test(said),
    15_000,
  )
  const known = [
    '192.168.104.0/26 via 172.19.0.12 dev tunl0 onlink',
    '192.168.135.128/26 via 172.19.0.10 dev tunl0 onlink',
    'blackhole 192.168.166.128/26',
  ]
  await eventually(
    async () => (await routes(1)).trim().split(/ *\n/),
    (lines) => lines.join() === known.join(),
  )
  expect(await onTheWire(web, other)).toEqual(['eth:ethertype:ip:ip:icmp:data'])
})

test('nodes have what Calico writes on them and of them', async () => {
  expect(await run(machine(1), 'cat', '/var/lib/calico/nodename', '/var/lib/calico/mtu')).toBe('node11480')
  const node = await client.get(NODES, { name: 'node1' })
  expect(node?.metadata.annotations).toMatchObject({
    'projectcalico.org/IPv4Address': '172.19.0.11/24',
    'projectcalico.org/IPv4IPIPTunnelAddr': '192.168.166.128',
  })
  expect(node?.status?.conditions?.find(({ type }) => type === 'NetworkUnavailable')).toMatchObject({
    status: 'False',
    reason: 'CalicoIsUp',
  })
})

test('chains and sets of address translation are those of a real node', async () => {
  const cali = (text: string) =>
    text
      .split('\n')
      .filter((line) => /cali-/.test(line) && !line.startsWith(':'))
      .sort()
  const real = readFileSync(join(import.meta.dirname, '../../golden/calico/iptables-nat-ipip.txt'), 'utf8')
  expect(cali(await run(machine(1), 'iptables-save', '-t', 'nat'))).toEqual(cali(real))
  const sets = await run(machine(1), 'ipset', 'save')
  const members = sets.split('\n').filter((line) => /^add .*-ipam-pools/.test(line))
  expect(members).toEqual([
    'add cali40all-ipam-pools 192.168.0.0/16',
    'add cali40masq-ipam-pools 192.168.0.0/16',
  ])
})

test('who has taken rules, tunnel and files away gets them back', async () => {
  const before = await run(machine(2), 'iptables-save', '-t', 'nat')
  await run(machine(2), 'sh', '-c', 'iptables -t nat -F; ip link delete tunl0; rm -r /var/lib/calico')
  await calicos[2]?.ensure()
  expect((await run(machine(2), 'iptables-save', '-t', 'nat')).match(/cali:\S+/g)).toEqual(
    before.match(/cali:\S+/g),
  )
  await eventually(
    () => ping(web, other),
    (said) => /ttl=62/.test(said),
    15_000,
  )
})

test('of two modes of a pool the one for crossing networks keeps to the wire inside of one', async () => {
  const [before] = (await store.list(IP_POOLS)).items
  await store.update(IP_POOLS, pool({ ...before?.spec, ipipMode: 'CrossSubnet' }))
  await eventually(
    () => routes(1),
    (said) => said.includes('192.168.104.0/26 via 172.19.0.12 dev eth0'),
    15_000,
  )
  expect(await onTheWire(web, other)).toEqual(['eth:ethertype:ip:icmp:data'])
})

test('a pool that is not to be in a tunnel takes tunl0 and its address away, while pods go on talking', async () => {
  await store.update(IP_POOLS, pool({ ipipMode: 'Never' }))
  await eventually(
    () => run(machine(1), 'ip', '-br', 'link'),
    (said) => !said.includes('tunl0'),
    15_000,
  )
  expect(await ping(web, other)).toMatch(/ttl=62/)
  await eventually(
    async () => (await store.list(IPAM_HANDLES)).items.map(({ metadata }) => metadata.name).sort(),
    (names) => names.join() === 'k8s-pod-network.id-other,k8s-pod-network.id-web',
  )
  expect(await run(machine(1), 'cat', '/var/lib/calico/mtu')).toBe('1500')
  await store.update(IP_POOLS, pool())
  await eventually(
    () => routes(1),
    (said) => said.includes('dev tunl0'),
    15_000,
  )
  await eventually(
    () => ping(web, other),
    (said) => /ttl=62/.test(said),
    5000,
  )
})

test('a pod that goes gives its address back', async () => {
  await web.remove()
  expect((await store.list(IPAM_HANDLES)).items.map(({ metadata }) => metadata.name)).not.toContain(
    'k8s-pod-network.id-web',
  )
  expect(problems.map(String).filter((problem) => !problem.includes('tunl0 is gone'))).toEqual([])
})
