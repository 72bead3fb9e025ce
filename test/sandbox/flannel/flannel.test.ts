import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Flannel, startFlannel } from '../../../src/dataplane/flannel/flannel.ts'
import type { KubeClient } from '../../../src/kube/client.ts'
import type { Node } from '../../../src/kube/objects.ts'
import { NODES } from '../../../src/kube/resources.ts'
import type { Machine } from '../../../src/machine/machine.ts'
import { apiClient } from '../../helpers/api-client.ts'
import { type SandboxNodes, run, sandboxNodes } from '../../helpers/sandbox-nodes.ts'
import { until } from '../../../src/base/until.ts'

const GOLDEN = resolve(import.meta.dirname, '../../golden/flannel')
const golden = (file: string) => readFileSync(join(GOLDEN, file), 'utf8')
const ADDRESSES = ['172.19.0.2', '172.19.0.3', '172.19.0.4']

let nodes: SandboxNodes
let client: KubeClient
let flannels: Flannel[]
/** How many commands each machine was given. */
let commands: number[]

beforeEach(async () => {
  nodes = await sandboxNodes(ADDRESSES)
  client = apiClient()
  flannels = []
  commands = [0, 0, 0]
})
afterEach(() => {
  for (const flannel of flannels) flannel.stop()
  nodes.close()
})

const machine = (i: number): Machine => nodes.machines[i]!
const node = (i: number): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: `node${i}` },
  spec: { podCIDR: `10.42.${i}.0/24` },
})

function start(i: number, backend: 'vxlan' | 'host-gw'): Flannel {
  const counted: Machine = {
    ...machine(i),
    exec: (argv, options) => {
      commands[i] = (commands[i] ?? 0) + 1
      return machine(i).exec(argv, options)
    },
  }
  const flannel = startFlannel({
    client,
    node: { name: `node${i}`, address: ADDRESSES[i]! },
    machine: counted,
    backend,
    podNetwork: '10.42.0.0/16',
  })
  flannels.push(flannel)
  return flannel
}

/** All three nodes and their flannels, and on each a device in place of its pods. */
async function startAll(backend: 'vxlan' | 'host-gw'): Promise<void> {
  for (const i of [0, 1, 2]) await client.create(NODES, node(i))
  await Promise.all([0, 1, 2].map((i) => start(i, backend).ready))
  await Promise.all(flannels.map((flannel) => flannel.ensure()))
  for (const i of [0, 1, 2]) {
    const lines = [
      'link add cni0 type bridge',
      `address add 10.42.${i}.1/24 dev cni0`,
      'link set cni0 up',
      `netns add pod`,
      'link add veth0 master cni0 type veth peer name eth0 netns pod',
      'link set veth0 up',
    ]
    const pod = [
      `address add 10.42.${i}.2/24 dev eth0`,
      'link set eth0 up',
      `route add default via 10.42.${i}.1`,
    ]
    await run(
      machine(i),
      'sh',
      '-c',
      `ip -batch - <<END\n${lines.join('\n')}\nEND\nip -n pod -batch - <<END\n${pod.join('\n')}\nEND\necho 1 > /proc/sys/net/ipv4/ip_forward`,
    )
  }
}

const ping = (from: number, to: number) =>
  machine(from).exec(['ip', 'netns', 'exec', 'pod', 'ping', '-c1', '-W2', `10.42.${to}.2`])

/** Makes texts of two clusters comparable: node addresses, MACs and interface numbers in order of appearance. */
function shape(text: string): string {
  const known = new Map<string, string>()
  const name = (kind: string) => (value: string) => {
    const found =
      known.get(value) ?? `<${kind}${[...known.values()].filter((one) => one.startsWith(`<${kind}`)).length}>`
    known.set(value, found)
    return found
  }
  return text
    .replaceAll(/\b[0-9a-f]{2}(?::[0-9a-f]{2}){5}\b/g, (mac) =>
      mac === 'ff:ff:ff:ff:ff:ff' ? mac : name('mac')(mac),
    )
    .replaceAll(/\b172\.\d+\.\d+\.\d+\b/g, name('node'))
    .replaceAll(/^\d+: /gm, '')
    .trim()
}

const part = (text: string, from: RegExp) =>
  text
    .split('\n')
    .filter((line) => from.test(line))
    .toSorted()
    .join('\n')

describe('with VXLAN', () => {
  test("a node has the device, routes, neighbours, FDB entries and files of k3s's flannel", async () => {
    await startAll('vxlan')
    const link = await run(machine(0), 'ip', '-d', 'link', 'show', 'flannel.1')
    const [, goldenLink = ''] = /^2: (flannel\.1[^]*?)^3: /m.exec(golden('ip-d-link.node0.txt')) ?? []
    expect(shape(link)).toBe(shape(goldenLink))
    const address = part(await run(machine(0), 'ip', 'address', 'show', 'flannel.1'), /inet /)
    expect(address).toBe(part(golden('ip-d-addr.node0.txt'), /inet 10\.42\.0\.0\/32/))
    expect(part(await run(machine(0), 'ip', 'route'), /flannel/)).toBe(
      part(golden('ip-route.node0.txt'), /flannel/),
    )
    const neighbours = part(await run(machine(0), 'ip', 'neigh'), /flannel/)
    expect(shape(neighbours)).toBe(shape(part(golden('ip-neigh.node0.txt'), /flannel/)))
    const fdb = await run(machine(0), 'bridge', 'fdb', 'show', 'dev', 'flannel.1')
    expect(shape(fdb)).toBe(shape(golden('bridge-fdb-flannel.1.node0.txt')))
    expect(await run(machine(0), 'cat', '/run/flannel/subnet.env')).toBe(golden('subnet.env.node0'))
    expect(await run(machine(0), 'cat', '/etc/cni/net.d/10-flannel.conflist')).toBe(
      golden('10-flannel.conflist'),
    )
    expect(await run(machine(0), 'cat', '/etc/kube-flannel/net-conf.json')).toBe(golden('net-conf.json'))
  })

  test("rules are those of flannel's traffic manager, after what is there already", async () => {
    await run(machine(0), 'iptables', '-A', 'FORWARD', '-s', '10.99.0.0/16', '-j', 'DROP')
    await startAll('vxlan')
    const rules = (await run(machine(0), 'iptables-save')).split('\n').filter((line) => line.startsWith('-A'))
    expect(rules).toEqual([
      '-A FORWARD -s 10.99.0.0/16 -j DROP',
      '-A FORWARD -m comment --comment "flanneld forward" -j FLANNEL-FWD',
      '-A FLANNEL-FWD -s 10.42.0.0/16 -m comment --comment "flanneld forward" -j ACCEPT',
      '-A FLANNEL-FWD -d 10.42.0.0/16 -m comment --comment "flanneld forward" -j ACCEPT',
      '-A POSTROUTING -m comment --comment "flanneld masq" -j FLANNEL-POSTRTG',
      '-A FLANNEL-POSTRTG -m mark --mark 0x4000/0x4000 -m comment --comment "flanneld masq" -j RETURN',
      '-A FLANNEL-POSTRTG -s 10.42.0.0/24 -d 10.42.0.0/16 -m comment --comment "flanneld masq" -j RETURN',
      '-A FLANNEL-POSTRTG -s 10.42.0.0/16 -d 10.42.0.0/24 -m comment --comment "flanneld masq" -j RETURN',
      '-A FLANNEL-POSTRTG ! -s 10.42.0.0/16 -d 10.42.0.0/24 -m comment --comment "flanneld masq" -j RETURN',
      '-A FLANNEL-POSTRTG -s 10.42.0.0/16 ! -d 224.0.0.0/4 -m comment --comment "flanneld masq" -j MASQUERADE --random-fully',
      '-A FLANNEL-POSTRTG ! -s 10.42.0.0/16 -d 10.42.0.0/16 -m comment --comment "flanneld masq" -j MASQUERADE --random-fully',
    ])
  })

  test('pods on any two nodes reach each other through the tunnel', async () => {
    await startAll('vxlan')
    const sent = () =>
      run(machine(0), 'cat', '/sys/class/net/flannel.1/statistics/tx_packets').catch(() => '')
    for (const [from, to] of [
      [0, 1],
      [1, 2],
      [2, 0],
    ] as const) {
      expect((await ping(from, to)).stdout).toContain('1 received')
    }
    expect(await sent()).not.toBe('0\n')
  })

  test('nodes that come one after the other in the end know each other, at no more than a command a change', async () => {
    for (const i of [0, 1, 2]) {
      await client.create(NODES, node(i))
      await start(i, 'vxlan').ready
    }
    const routes = async (i: number) =>
      part(await run(machine(i), 'ip', 'route'), /flannel/).split('\n').length
    for (const i of [0, 1, 2]) {
      await until(async () => (await routes(i)) === 2, { what: 'both routes', deadlineMs: 5000 })
    }
    commands.forEach((count, i) => expect(count).toBeLessThanOrEqual(3 - i))
  })

  test('a node that leaves takes its route, neighbour and FDB entry with it', async () => {
    await startAll('vxlan')
    await client.delete(NODES, { name: 'node2' })
    await until(async () => !(await run(machine(0), 'ip', 'route')).includes('10.42.2.0'), {
      what: 'the route to go',
      deadlineMs: 5000,
    })
    expect(await run(machine(0), 'ip', 'neigh')).not.toContain('10.42.2.0')
    expect(await run(machine(0), 'bridge', 'fdb', 'show', 'dev', 'flannel.1')).not.toContain('172.19.0.4')
    expect((await ping(0, 1)).exitCode).toBe(0)
  })

  test('what a learner broke stays broken until ensure, which says what it mended', async () => {
    await startAll('vxlan')
    const fdb = await run(machine(0), 'bridge', '-json', 'fdb', 'show', 'dev', 'flannel.1')
    const entry = (JSON.parse(fdb) as { mac: string; dst: string }[]).find(({ dst }) => dst === '172.19.0.3')!
    await run(machine(0), 'bridge', 'fdb', 'del', entry.mac, 'dev', 'flannel.1', 'dst', entry.dst)
    await client.patch(
      NODES,
      { name: 'node1' },
      { metadata: { labels: { touched: 'yes' } } },
      { type: 'merge' },
    )
    expect((await ping(0, 1)).exitCode).not.toBe(0)
    expect(await flannels[0]!.ensure()).toEqual([`FDB entry of ${entry.mac}`])
    expect((await ping(0, 1)).exitCode).toBe(0)
    expect(await flannels[0]!.ensure()).toEqual([])

    await run(
      machine(0),
      'sh',
      '-c',
      'iptables -F FLANNEL-FWD; rm /run/flannel/subnet.env; ip route del 10.42.2.0/24',
    )
    expect(await flannels[0]!.ensure()).toEqual([
      'route to 10.42.2.0/24',
      'flannel’s iptables rules',
      '/run/flannel/subnet.env',
    ])
    expect(await flannels[0]!.ensure()).toEqual([])
  })

  test.each(['ip link del flannel.1', 'ip link set flannel.1 down', 'ip link set flannel.1 mtu 1400'])(
    'after `%s` ensure brings the tunnel back with the MAC that others know',
    async (wreck) => {
      await startAll('vxlan')
      const before = await run(machine(0), 'ip', '-json', 'link', 'show', 'flannel.1')
      await run(machine(0), 'sh', '-c', wreck)
      expect(await flannels[0]!.ensure()).toContain('flannel.1')
      const after = await run(machine(0), 'ip', '-json', 'link', 'show', 'flannel.1')
      const mac = (json: string) => (JSON.parse(json) as { address: string }[])[0]?.address
      expect(mac(after)).toBe(mac(before))
      expect((await ping(0, 1)).exitCode).toBe(0)
      expect(await flannels[0]!.ensure()).toEqual([])
    },
  )

  test('a flannel on a node whose device alone is gone writes no rule twice', async () => {
    await startAll('vxlan')
    const rules = () => run(machine(0), 'sh', '-c', 'iptables-save | grep ^-A')
    const before = await rules()
    flannels[0]!.stop()
    await run(machine(0), 'ip', 'link', 'del', 'flannel.1')
    await start(0, 'vxlan').ready
    expect(await rules()).toBe(before)
    expect((await ping(0, 1)).exitCode).toBe(0)
  })

  test('a second flannel over the first keeps its MAC and changes nothing', async () => {
    await startAll('vxlan')
    const look = () =>
      run(
        machine(0),
        'sh',
        '-c',
        'ip -d link show flannel.1; ip route; ip neigh show nud permanent; iptables-save | grep -v ^#',
      )
    const before = await look()
    flannels[0]!.stop()
    await start(0, 'vxlan').ready
    expect(await look()).toBe(before)
  })
})

describe('with host-gw', () => {
  test('pods reach each other by plain routes, without a tunnel', async () => {
    await startAll('host-gw')
    const routes = part(await run(machine(0), 'ip', 'route'), /^10\.42\.[12]/)
    expect(routes).toBe('10.42.1.0/24 via 172.19.0.3 dev eth0 \n10.42.2.0/24 via 172.19.0.4 dev eth0 ')
    expect((await machine(0).exec(['ip', 'link', 'show', 'flannel.1'])).exitCode).not.toBe(0)
    expect(await run(machine(0), 'cat', '/run/flannel/subnet.env')).toContain('FLANNEL_MTU=1500\n')
    expect((await ping(0, 1)).stdout).toContain('1 received')
    expect(await flannels[0]!.ensure()).toEqual([])
  })
})
