import { expect, test } from 'vitest'
import { speakerOf } from '../../../../../src/dataplane/calico/bgp/speaker.ts'
import { MANIFEST_SETTINGS } from '../../../../../src/dataplane/calico/rules/settings.ts'
import { felixSettings } from '../../../../../src/dataplane/calico/felix-settings.ts'
import { surroundingsOf } from '../../../../../src/dataplane/calico/felix/surroundings-of.ts'
import type { BGPConfiguration, IPPool } from '../../../../../src/dataplane/calico/resources.ts'

const API = { apiVersion: 'crd.projectcalico.org/v1' } as const
const pool = (name: string, spec: IPPool['spec']): IPPool => ({
  ...API,
  kind: 'IPPool',
  metadata: { name },
  spec,
})
const configuration = (name: string, spec: BGPConfiguration['spec']): BGPConfiguration => ({
  ...API,
  kind: 'BGPConfiguration',
  metadata: { name },
  spec,
})
const speakers = [0, 1, 2].flatMap((n) => {
  const annotations = {
    'projectcalico.org/IPv4Address': `172.19.0.1${n}/24`,
    ...(n < 2 && { 'projectcalico.org/IPv4IPIPTunnelAddr': `192.168.${n}.1` }),
  }
  return speakerOf({ apiVersion: 'v1', kind: 'Node', metadata: { name: `node${n}`, annotations } }) ?? []
})
const seenBy = (node: string, pools: readonly IPPool[], configurations: readonly BGPConfiguration[] = []) =>
  surroundingsOf(node, { speakers, pools, configurations, settings: felixSettings([], node) })

test('pools decide about encapsulation, those that give out no more addresses too: pods still have theirs', () => {
  expect(
    seenBy('node0', [
      pool('a', { cidr: '10.1.0.0/16', disabled: true, natOutgoing: true, ipipMode: 'Always' }),
    ]),
  ).toEqual({
    settings: MANIFEST_SETTINGS,
    pools: [{ cidr: '10.1.0.0/16', natOutgoing: true }],
    ipip: true,
    vxlan: false,
    hosts: ['172.19.0.10', '172.19.0.11', '172.19.0.12'],
    vxlanHosts: [],
    tunnels: ['tunl0'],
    ownAddresses: ['172.19.0.10', '192.168.0.1'],
    serviceCidrs: [],
  })
})

test('a node without an address for its tunnel translates nothing into it', () => {
  const pools = [pool('a', { cidr: '10.1.0.0/16', ipipMode: 'CrossSubnet' })]
  expect(seenBy('node2', pools)).toMatchObject({ ipip: true, tunnels: [], ownAddresses: ['172.19.0.12'] })
  expect(seenBy('node0', [pool('a', { cidr: '10.1.0.0/16' })])).toMatchObject({ ipip: false, tunnels: [] })
})

test('what nobody could use as a network is no pool', () => {
  const pools = [
    pool('six', { cidr: 'fd00::/48' }),
    pool('none', { cidr: 'x' }),
    pool('bits', { cidr: '10.1.2.3/16' }),
  ]
  expect(seenBy('node0', pools).pools).toEqual([{ cidr: '10.1.0.0/16', natOutgoing: false }])
})

test('networks of services that BGP tells of are blocked when nothing takes them: everybody’s configuration says which', () => {
  const spec = {
    serviceClusterIPs: [{ cidr: '10.43.0.0/16' }],
    serviceExternalIPs: [{ cidr: '203.0.113.0/24' }, {}],
    serviceLoadBalancerIPs: [{ cidr: '203.0.113.0/24' }],
  }
  const seen = seenBy(
    'node0',
    [],
    [
      configuration('node.node0', { serviceClusterIPs: [{ cidr: '10.99.0.0/16' }] }),
      configuration('default', spec),
    ],
  )
  // As often as they are said, as upstream has it.
  expect(seen.serviceCidrs).toEqual(['10.43.0.0/16', '203.0.113.0/24', '203.0.113.0/24'])
})
