import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { IPPool } from '../../../src/dataplane/calico/resources.ts'
import { NODES } from '../../../src/kube/resources.ts'
import { calicoNodes, pingOnce, type CalicoNodes, type TestPod } from '../../helpers/calico-nodes.ts'
import { eventually, readyNode } from '../../helpers/control-plane.ts'
import { run } from '../../helpers/sandbox-nodes.ts'

let nodes: CalicoNodes
let pods: TestPod[]
beforeAll(async () => {
  nodes = await calicoNodes(['172.19.0.10', '172.19.0.11', '172.19.0.12'], { ipipMode: 'Never' })
  // As on the real cluster: two pods on node0, three on the others, and then the tunnels' addresses.
  pods = []
  for (const [name, node] of [
    ['a0', 0],
    ['b0', 0],
    ['a1', 1],
    ['b1', 1],
    ['c1', 1],
    ['a2', 2],
    ['b2', 2],
    ['c2', 2],
  ] as const)
    pods.push(await nodes.pod(node, name))
  await eventually(() => pingOnce(nodes, pod(0), pod(5)), answered, 15_000)
})
afterAll(() => nodes.close())

const answered = (said: string) => /ttl=62/.test(said)
const pod = (index: number): TestPod => {
  const one = pods[index]
  if (!one) throw new Error(`no pod ${index}`)
  return one
}

const golden = (name: string) =>
  readFileSync(join(import.meta.dirname, '../../golden/calico/vxlan', name), 'utf8').replaceAll(
    '172.30.0',
    '172.19.0',
  )
const lines = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
/** Not those to pods and of the other pool. */
const betweenNodes = (text: string) =>
  lines(text).filter((line) => !/ cali|^(blackhole )?10\.77|^2\.2|^default|^203/.test(line))
const routes = async (index: number) => betweenNodes(await run(nodes.machine(index), 'ip', 'route'))
const all = async (look: (index: number) => Promise<unknown>) => Promise.all([0, 1, 2].map(look))

test('a pool in VXLAN gives a node the routes, the device, and the neighbours of a real one', async () => {
  await nodes.changePool({ vxlanMode: 'Always' })
  await eventually(
    () => all(routes),
    (seen) =>
      JSON.stringify(seen) ===
      JSON.stringify([0, 1, 2].map((i) => betweenNodes(golden(`ip-route.node${i}.txt`)))),
    5000,
  )
  for (const i of [0, 1, 2]) {
    const on = nodes.machine(i)
    const fdb = await run(on, 'bridge', 'fdb', 'show', 'dev', 'vxlan.calico')
    expect(lines(fdb).sort()).toEqual(lines(golden(`bridge-fdb-vxlan.calico.node${i}.txt`)).sort())
    const neighbours = lines(await run(on, 'ip', 'neigh', 'show', 'nud', 'permanent'))
    const known = lines(golden(`ip-neigh.node${i}.txt`)).filter((line) => line.includes('PERMANENT'))
    expect(neighbours.sort()).toEqual(known.sort())
    const known0 = /vxlan\.calico: (.*)\n +(.*) promiscuity.*\n +(vxlan .*) numtxqueues.*\n +(inet .*)\n/
    const device = (text: string) => known0.exec(text)?.slice(1)
    expect(device(await run(on, 'ip', '-d', 'addr'))).toEqual(device(golden(`ip-d-addr.node${i}.txt`)))
    const node = await nodes.client.get(NODES, { name: on.name })
    expect(node?.metadata.annotations?.['projectcalico.org/IPv4VXLANTunnelAddr']).toMatch(/^192\.168\./)
    expect(await run(on, 'cat', '/var/lib/calico/mtu')).toBe('1450')
  }
  expect(await pingOnce(nodes, pod(0), pod(5))).toMatch(/ttl=62/)
})

test('VXLAN for other subnets only leaves nodes of one subnet their direct routes, which are Felix’s', async () => {
  await nodes.changePool({ vxlanMode: 'CrossSubnet' })
  await eventually(
    () => all(routes),
    (seen) =>
      JSON.stringify(seen) ===
      JSON.stringify([0, 1, 2].map((i) => betweenNodes(golden(`crosssubnet.ip-route.node${i}.txt`)))),
    5000,
  )
  expect(await pingOnce(nodes, pod(0), pod(5))).toMatch(/ttl=62/)
})

type Modes = Required<Pick<IPPool['spec'], 'ipipMode' | 'vxlanMode'>>
const CHANGES: readonly Modes[] = [
  { ipipMode: 'Always', vxlanMode: 'Never' },
  { ipipMode: 'Never', vxlanMode: 'Always' },
  { ipipMode: 'Never', vxlanMode: 'Never' },
  { ipipMode: 'Never', vxlanMode: 'Always' },
  { ipipMode: 'Always', vxlanMode: 'Never' },
  { ipipMode: 'Never', vxlanMode: 'Never' },
  { ipipMode: 'CrossSubnet', vxlanMode: 'Never' },
  { ipipMode: 'Always', vxlanMode: 'Never' },
  { ipipMode: 'Never', vxlanMode: 'Never' },
]

test('a pool’s mode changes again and again, and hardly a packet is lost', async () => {
  const flood = ['nsenter', `--net=${pod(0).netns}`, 'ping', '-i', '0.005', '-q', pod(5).address]
  const ping = nodes.machine(0).spawn(['sh', '-c', 'echo $$ > /run/ping.pid; exec "$@"', 'sh', ...flood])
  let said = ''
  ping.stdout.on('data', (chunk) => (said += String(chunk)))
  for (const modes of CHANGES) {
    await nodes.changePool(modes)
    const device =
      modes.vxlanMode === 'Always' ? 'vxlan.calico' : modes.ipipMode === 'Always' ? 'tunl0' : 'eth0'
    await eventually(
      () => all(async (i) => (await routes(i)).filter((line) => / via .* dev /.test(line))),
      (seen) =>
        (seen as string[][]).every(
          (one) => one.length === 2 && one.every((line) => line.includes(` dev ${device}`)),
        ),
      10_000,
    )
    const others = ['vxlan.calico', 'tunl0'].filter((name) => name !== device)
    if (modes.ipipMode !== 'CrossSubnet')
      await eventually(
        () => all((i) => run(nodes.machine(i), 'ip', '-br', '-4', 'address')),
        (seen) => others.every((name) => !(seen as string[]).some((text) => text.includes(`${name} `))),
        10_000,
      )
  }
  await run(nodes.machine(0), 'sh', '-c', 'kill -INT $(cat /run/ping.pid)')
  await ping.exited
  const [, sent = 0, received = 0] = (/(\d+) packets transmitted, (\d+) received/.exec(said) ?? []).map(
    Number,
  )
  expect(sent).toBeGreaterThan(100)
  expect(sent - received).toBeLessThanOrEqual(3)
  expect(nodes.problems).toEqual([])
})

test.each([
  ['vxlan.calico', { ipipMode: 'Never', vxlanMode: 'Always' }, 'IPv4VXLANTunnelAddr'],
  ['tunl0', { ipipMode: 'Always', vxlanMode: 'Never' }, 'IPv4IPIPTunnelAddr'],
] as const)(
  '%s is as new when it is wanted again while others still send into it',
  async (device, modes, annotation) => {
    // Its Calico never says that it has left the tunnel, so that the others keep theirs, without an address.
    const late = readyNode('late', {
      metadata: {
        name: 'late',
        annotations: {
          'projectcalico.org/IPv4Address': '172.19.0.99/16',
          [`projectcalico.org/${annotation}`]: '192.168.200.1',
        },
      },
    })
    await nodes.client.create(NODES, late)
    const devices = async () =>
      (await all((i) => run(nodes.machine(i), 'ip', '-br', '-4', 'address'))) as string[]
    const isEverywhere = (seen: string[]) => seen.every((text) => text.includes(`${device} `))
    const isNowhere = (seen: string[]) => !seen.some((text) => text.includes(`${device} `))
    for (let turn = 0; turn < 3; turn++) {
      await nodes.changePool(modes)
      await eventually(devices, isEverywhere, 10_000)
      await eventually(() => pingOnce(nodes, pod(0), pod(5)), answered, 10_000)
      await nodes.changePool({ ipipMode: 'Never', vxlanMode: 'Never' })
      await eventually(devices, isNowhere, 10_000)
      expect(await run(nodes.machine(0), 'ip', '-br', 'link')).toContain(`${device} `)
    }
    await nodes.client.delete(NODES, { name: 'late' })
    await eventually(
      () => run(nodes.machine(0), 'ip', '-br', 'link'),
      (seen) => !seen.includes(`${device} `),
      10_000,
    )
    expect(nodes.problems).toEqual([])
  },
)
