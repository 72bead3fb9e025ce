import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Pod } from '../../../../src/kube/objects.ts'
import { PODS } from '../../../../src/kube/resources.ts'
import type { Machine } from '../../../../src/machine/machine.ts'
import type { MapInterface, NetworkMap, NetworkWatch } from '../../../../src/session/network/network-watch.ts'
import { watchNetwork } from '../../../../src/session/network/watch-network.ts'
import type { SessionPorts } from '../../../../src/session/ports.ts'
import { controlPlane, eventually } from '../../../helpers/control-plane.ts'
import { labPorts } from '../../../helpers/lab-ports.ts'
import { run, type SandboxNodes, sandboxNodes } from '../../../helpers/sandbox-nodes.ts'

const TOPOLOGY = {
  networks: [{ name: 'underlay', subnet: '172.19.0.0/24', gateway: '172.19.0.1' }],
  machines: [
    { name: 'node0', address: '172.19.0.2' },
    { name: 'node1', address: '172.19.0.3' },
  ],
}

let nodes: SandboxNodes
let over: AbortController

beforeAll(async () => {
  nodes = await sandboxNodes(['172.19.0.2', '172.19.0.3'])
  const [node0] = nodes.machines
  await sh(node0!, 'ip link add br0 type bridge; ip addr add 10.1.0.1/24 dev br0; ip link set br0 up')
  await sh(node0!, 'ip link add vx1 type vxlan id 7 dev eth0 local 172.19.0.2 dstport 4789')
})
afterEach(() => over.abort())
afterAll(() => nodes.close())

const sh = (machine: Machine, script: string) => run(machine, 'sh', '-ec', script)

function watching(ports: SessionPorts = labPorts(nodes.machines)): NetworkWatch {
  over = new AbortController()
  return watchNetwork({ lab: { topology: TOPOLOGY }, ports, signal: over.signal })
}

/** The map as soon as it is as wanted: looked at after each change, and only then. */
async function seen(watch: NetworkWatch, wanted: (map: NetworkMap) => boolean): Promise<NetworkMap> {
  const deadline = AbortSignal.timeout(10_000)
  return new Promise((resolve, reject) => {
    const look = () => {
      if (!watch.map || !wanted(watch.map)) return
      leave()
      resolve(watch.map)
    }
    const leave = watch.onChange(look)
    deadline.addEventListener('abort', () => reject(new Error(`last seen: ${JSON.stringify(watch.map)}`)))
    look()
  })
}

const found = (map: NetworkMap, name: string): MapInterface | undefined =>
  map.machines[0]?.interfaces.find((link) => link.name === name)

/** Commands that run in the machine's network namespace, this question aside. */
const processes = async (machine: Machine) =>
  sh(
    machine,
    `own=$(readlink /proc/self/ns/net)
     for pid in $(ls -l /proc/[0-9]*/ns/net | grep -F "$own" | sed 's,.*/proc/\\([0-9]*\\)/.*,\\1,'); do
       [ $pid = $$ ] || tr '\\0\\n' '  ' < /proc/$pid/cmdline || true
     done 2>/dev/null`,
  )

test('bridge, tunnel, addresses and routes are what the kernel has', async () => {
  const map = await seen(watching(), () => true)
  expect(map.networks).toEqual(TOPOLOGY.networks)
  expect(found(map, 'br0')).toMatchObject({ kind: 'bridge', addresses: ['10.1.0.1/24'], up: true })
  expect(found(map, 'vx1')).toMatchObject({
    kind: 'vxlan',
    up: false,
    vxlan: { id: 7, port: 4789, local: '172.19.0.2', device: 'eth0' },
  })
  expect(found(map, 'eth0')).toMatchObject({ kind: 'physical', mtu: 1500, addresses: ['172.19.0.2/24'] })
  expect(map.machines[0]?.routes).toContainEqual({
    destination: 'default',
    via: '172.19.0.1',
    device: 'eth0',
    flags: [],
  })
  expect(map.machines[1]?.interfaces.map(({ name }) => name)).toEqual(['lo', 'eth0'])
})

test('a veth appears with the namespace at its other end, and goes with it', async () => {
  const [node0] = nodes.machines
  const watch = watching()
  await seen(watch, () => true)
  await sh(node0!, 'ip netns add red; ip link add v-red type veth peer name eth0 netns red')
  await sh(node0!, 'ip link set v-red master br0 up')
  const map = await seen(watch, (map) => found(map, 'v-red')?.master === 'br0')
  expect(found(map, 'v-red')?.peer).toEqual({ device: 'eth0', netns: 'red', addresses: [] })
  await sh(node0!, 'ip -n red addr add 10.1.0.2/24 dev eth0')
  await seen(watch, (map) => found(map, 'v-red')?.peer?.addresses[0] === '10.1.0.2/24')
  await sh(node0!, 'ip netns del red')
  await seen(watch, (map) => !found(map, 'v-red'))
})

test('a veth is known as its pod once the pod has its address, whichever is first', async () => {
  const [node0] = nodes.machines
  const plane = controlPlane({ scheduler: false })
  const { client } = plane
  try {
    const watch = watching({ ...labPorts(nodes.machines), kube: client })
    await seen(watch, () => true)
    await sh(node0!, 'ip netns add cni-1; ip link add v-pod type veth peer name eth0 netns cni-1')
    await seen(watch, (map) => found(map, 'v-pod') !== undefined)
    await sh(node0!, 'ip -n cni-1 addr add 10.1.0.9/24 dev eth0')
    const created = await client.create(PODS, podOn('node0'))
    await client.update(PODS, { ...created, status: { phase: 'Running', podIP: '10.1.0.9' } }, 'status')
    const map = await seen(watch, (map) => found(map, 'v-pod')?.pod !== undefined)
    expect(found(map, 'v-pod')?.pod).toEqual({ namespace: 'default', name: 'web', ip: '10.1.0.9' })
  } finally {
    plane.stop()
    await sh(node0!, 'ip netns del cni-1')
  }
})

test('a route that is deleted disappears', async () => {
  const [node0] = nodes.machines
  const watch = watching()
  const hasRoute = (map: NetworkMap) =>
    map.machines[0]?.routes.some(({ destination }) => destination === '10.9.0.0/16') ?? false
  await seen(watch, () => true)
  await sh(node0!, 'ip route add blackhole 10.9.0.0/16')
  const map = await seen(watch, hasRoute)
  expect(map.machines[0]?.routes).toContainEqual({ destination: '10.9.0.0/16', type: 'blackhole', flags: [] })
  await sh(node0!, 'ip route del blackhole 10.9.0.0/16')
  await seen(watch, (map) => !hasRoute(map))
})

test('counters tick while packets pass, and stand still after', async () => {
  const [node0] = nodes.machines
  const watch = watching()
  const before = found(await seen(watch, () => true), 'eth0')
  const lately = (map: NetworkMap) => found(map, 'eth0')?.sentLately ?? 0
  const moving = seen(watch, (map) => lately(map) >= 3)
  const ping = sh(node0!, 'ping -q -c 12 -i 0.2 172.19.0.3')
  const after = found(await moving, 'eth0')
  expect(after!.sent).toBeGreaterThan(before!.sent)
  expect(after!.receivedLately).toBeGreaterThan(0)
  await ping
  await seen(watch, (map) => lately(map) === 0)
})

test('a machine that can not be looked at is a problem in words, and the others are there', async () => {
  const [node0] = nodes.machines
  const map = await seen(watching(labPorts([node0!])), () => true)
  expect(map.machines[1]).toEqual({
    name: 'node1',
    address: '172.19.0.3',
    router: false,
    cables: [{ device: 'eth0', network: 'underlay' }],
    problem: 'There is no machine node1.',
    interfaces: [],
    routes: [],
  })
  expect(found(map, 'br0')).toBeDefined()
})

test('a machine that comes back is looked at again', async () => {
  const machines = [nodes.machines[0]!]
  const watch = watching(labPorts(machines))
  await seen(watch, (map) => map.machines[1]?.problem !== undefined)
  machines.push(nodes.machines[1]!)
  const map = await seen(watch, (map) => map.machines[1]?.problem === undefined)
  expect(map.machines[1]?.interfaces.map(({ name }) => name)).toEqual(['lo', 'eth0'])
})

test('nothing is left running after abort', async () => {
  const [node0] = nodes.machines
  const watch = watching()
  await seen(watch, () => true)
  watch.onChange(() => {})
  await eventually(
    () => processes(node0!),
    (list) => list.includes('ip monitor') && list.includes('/proc/net/dev'),
  )
  over.abort()
  await eventually(
    () => processes(node0!),
    (list) => list === 'sleep 3600 ',
  )
})

function podOn(nodeName: string): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'default' },
    spec: { nodeName, containers: [{ name: 'c', image: 'nginx:1' }] },
  }
}
