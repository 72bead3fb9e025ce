import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { birdConfig } from '../../../../src/dataplane/calico/bgp/bird-config.ts'
import { settledRoutes, type Encapsulation } from '../../../../src/dataplane/calico/encapsulation.ts'
import { felixSettings } from '../../../../src/dataplane/calico/felix-settings.ts'
import { mtusOf } from '../../../../src/dataplane/calico/mtu.ts'
import { nodeFiles } from '../../../../src/dataplane/calico/node-files.ts'
import type { NodePlan } from '../../../../src/dataplane/calico/plan.ts'
import type { FelixConfiguration, IPAMBlock } from '../../../../src/dataplane/calico/resources.ts'
import { planVxlan, routesOfBird, vtepMac } from '../../../../src/dataplane/calico/vxlan/vxlan-plan.ts'
import { ALL, API, block, plan, pool, TUNNELS, view } from '../../../helpers/calico-view.ts'

const golden = (name: string) =>
  readFileSync(join(import.meta.dirname, '../../../golden/calico', name), 'utf8')

const NEVER: Encapsulation = { tunnel: undefined, crossSubnet: false }
const vxlanOf = (seen: NodePlan, blocks: readonly IPAMBlock[] = view().blocks) => ({
  own: seen.own,
  speakers: seen.speakers,
  pools: seen.routes,
  blocks,
  device: { vni: 4096, port: 4789, mtu: 1450, underlay: 'eth0', address: TUNNELS.node0 },
})

test('when a pool goes into a tunnel, each other node is sent packets as before until it tells of its end', () => {
  const before = new Map([['192.168.0.0/16', NEVER]])
  const pools = [pool({ ipipMode: 'Always' })]
  const some = plan({ pools }, { ipip: ['node0', 'node1'] }, before)
  expect(birdConfig(some.bird)).toContain(
    'if net ~ 192.168.0.0/16 then { if source = RTS_BGP && bgp_next_hop = 172.31.0.12 then { accept; } if source = RTS_BGP then { ifname = "tunl0"; onlink = true; gw = bgp_next_hop; } accept; }',
  )
  expect(settledRoutes(some.routes, before)).toEqual(before)
  const every = plan({ pools }, { ipip: ALL }, before)
  expect(every.routes[0]?.late.size).toBe(0)
  expect(settledRoutes(every.routes, before).get('192.168.0.0/16')?.tunnel).toBe('ipip')
})

test('from one tunnel to the other both are needed until all have gone over', () => {
  const before = new Map([['192.168.0.0/16', { tunnel: 'vxlan', crossSubnet: false } as const]])
  const pools = [pool({ ipipMode: 'Always' })]
  const some = plan({ pools }, { vxlan: ALL, ipip: ['node0', 'node1'] }, before)
  expect([...some.tunnels].sort()).toEqual(['ipip', 'vxlan'])
  expect([...planVxlan(vxlanOf(some)).routes]).toEqual([
    ['192.168.104.0/26', 'via 192.168.104.3 dev vxlan.calico onlink'],
  ])
  expect([...routesOfBird(vxlanOf(some))]).toEqual([
    ['192.168.135.128/26', 'blackhole'],
    ['192.168.166.128/26', 'via 172.30.0.11 dev tunl0 onlink'],
  ])
})

test('VXLAN’s routes lead to blocks and to what was borrowed of them, straight to nodes of the own network if the pool says so', () => {
  const announced = { vxlan: ALL }
  const blocks = [block('node0', ['node0', 'node2']), block('node1', ['node0', 'node1']), block('node2')]
  const always = plan({ pools: [pool({ vxlanMode: 'Always' })] }, announced)
  expect(Object.fromEntries(planVxlan(vxlanOf(always, blocks)).routes)).toEqual({
    '192.168.135.128/26': 'blackhole',
    '192.168.135.129': 'via 192.168.104.3 dev vxlan.calico onlink',
    '192.168.166.128/26': 'via 192.168.166.131 dev vxlan.calico onlink',
    '192.168.104.0/26': 'via 192.168.104.3 dev vxlan.calico onlink',
  })
  const crossing = plan({ pools: [pool({ vxlanMode: 'CrossSubnet' })] }, announced)
  const { routes, neighbours } = planVxlan(vxlanOf(crossing))
  expect(Object.fromEntries(routes)).toEqual({
    '192.168.135.128/26': 'blackhole',
    '192.168.166.128/26': 'via 172.30.0.11 dev eth0 proto 80 onlink',
    '192.168.104.0/26': 'via 192.168.104.3 dev vxlan.calico onlink',
  })
  expect([...neighbours.keys()]).toEqual(['192.168.166.131', '192.168.104.3'])
})

test('VXLAN has no route to a tunnel’s address that is borrowed, as Felix has none', () => {
  const plain = block('node0', ['node0', 'node2'])
  const attributes = [{}, { secondary: { node: 'node2', type: 'vxlanTunnelAddress' } }]
  const borrowed = { ...plain, spec: { ...plain.spec, attributes } }
  const always = plan({ pools: [pool({ vxlanMode: 'Always' })] }, { vxlan: ALL })
  expect([...planVxlan(vxlanOf(always, [plain])).routes.keys()]).toHaveLength(2)
  expect([...planVxlan(vxlanOf(always, [borrowed])).routes.keys()]).toEqual(['192.168.135.128/26'])
})

test('a node’s name gives its VXLAN device the MAC that it has on a real one', () => {
  const fdb = golden('vxlan/bridge-fdb-vxlan.calico.node0.txt')
  for (const name of ['node1', 'node2']) expect(fdb).toContain(vtepMac({ name, vxlanMac: undefined }))
  expect(vtepMac({ name: 'node1', vxlanMac: '66:00:00:00:00:01' })).toBe('66:00:00:00:00:01')
})

test('pods’ packets fit into every tunnel that is in use, and into what somebody has asked for', () => {
  expect(mtusOf(1500, {}, new Set())).toEqual({ ipip: 1480, vxlan: 1450, pods: 1500 })
  expect(mtusOf(1500, {}, new Set(['ipip'] as const)).pods).toBe(1480)
  expect(mtusOf(9000, {}, new Set(['ipip', 'vxlan'] as const)).pods).toBe(8950)
  expect(mtusOf(1500, { ipip: 1400, vxlan: 0 }, new Set(['ipip'] as const))).toMatchObject({
    ipip: 1400,
    vxlan: 1450,
    pods: 1400,
  })
  const felix = (name: string, ipipMTU: number): FelixConfiguration => ({
    ...API,
    kind: 'FelixConfiguration',
    metadata: { name },
    spec: { ipipMTU },
  })
  const both = [felix('default', 1440), felix('node.node1', 1400)]
  expect([felixSettings(both, 'node0').mtus.ipip, felixSettings(both, 'node1').mtus.ipip]).toEqual([
    1440, 1400,
  ])
})

test('the plugin finds on its node which one that is, and what fits into the tunnels', () => {
  expect([...nodeFiles('node0', 1480)]).toEqual([
    ['/var/lib/calico/nodename', 'node0'],
    ['/var/lib/calico/mtu', '1480'],
  ])
})
