import { expect, test } from 'vitest'
import { birdConfig } from '../../../../src/dataplane/calico/bgp/bird-config.ts'
import { planNode, type CalicoView } from '../../../../src/dataplane/calico/plan.ts'
import type { BGPConfiguration, BGPPeer } from '../../../../src/dataplane/calico/resources.ts'
import { affinity, API, BLOCKS, plan, pool, view } from '../../../helpers/calico-view.ts'

const config = (more: Partial<CalicoView> = {}) => birdConfig(plan(more).bird)
/** The lines of a block of the configuration. */
const part = (text: string, heading: string) =>
  (text.split(`\n${heading} {\n`)[1]?.split('\n}')[0] ?? '').split('\n').map((line) => line.trim())
const configuration = (spec: BGPConfiguration['spec'], name = 'default'): BGPConfiguration => ({
  ...API,
  kind: 'BGPConfiguration',
  metadata: { name },
  spec,
})
const peer = (spec: BGPPeer['spec']): BGPPeer => ({
  ...API,
  kind: 'BGPPeer',
  metadata: { name: 'peer' },
  spec,
})

test('pools go to the kernel as their mode says, and those in VXLAN are not BIRD’s', () => {
  const pools = [
    pool({ ipipMode: 'Always' }, 'a'),
    pool({ cidr: '10.1.0.0/16', ipipMode: 'CrossSubnet' }, 'b'),
    pool({ cidr: '10.2.0.0/16' }, 'c'),
    pool({ cidr: '10.3.7.7/16', vxlanMode: 'CrossSubnet' }, 'd'),
  ]
  const through = '{ ifname = "tunl0"; onlink = true; gw = bgp_next_hop; }'
  expect(part(config({ pools }), 'filter calico_kernel_programming').slice(2)).toEqual([
    `if net ~ 192.168.0.0/16 then { if source = RTS_BGP then ${through} accept; }`,
    `if net ~ 10.1.0.0/16 then { if source = RTS_BGP && bgp_next_hop !~ 172.30.0.0/24 then ${through} accept; }`,
    'if net ~ 10.2.0.0/16 then { accept; }',
    'if net ~ 10.3.0.0/16 then { reject; }',
    'accept;',
  ])
})

test('a node tells of its confirmed blocks as a whole, and not of pools that are to stay inside', () => {
  const pools = [pool(), pool({ cidr: '10.1.0.0/16', disableBGPExport: true }, 'b')]
  const affinities = [
    affinity('node0', BLOCKS.node0),
    affinity('node0', '192.168.1.0/26', 'pending'),
    affinity('node1', BLOCKS.node1),
  ]
  const text = config({ pools, affinities })
  expect(part(text, 'protocol static')).toEqual(['ipv4;', 'route 192.168.135.128/26 blackhole;'])
  expect(part(text, 'function calico_export_to_bgp_peers(bool internal_peer)')).toEqual([
    'if net ~ 10.1.0.0/16 then return false;',
    expect.stringContaining('#'),
    expect.stringMatching(/^if internal_peer && .*\*\.calico.* then return false;$/),
    'apply_communities();',
    'if net = 192.168.135.128/26 then return true;',
    'if net ~ 192.168.135.128/26 then return false;',
    'if net ~ 192.168.0.0/16 then return true;',
    'if net ~ 10.1.0.0/16 then return true;',
    'return false;',
  ])
})

test('BGPConfiguration says where to listen, what to log and which communities routes have; a node’s own comes first', () => {
  const configurations = [
    configuration({
      logSeverityScreen: 'Debug',
      listenPort: 1790,
      communities: [{ name: 'east', value: '63400:100' }],
      prefixAdvertisements: [
        { cidr: '192.168.0.0/16', communities: ['east', '63400:1:2', 'west', '63400:99999'] },
        { cidr: 'nonsense', communities: ['east'] },
      ],
    }),
    configuration({ logSeverityScreen: 'None', asNumber: 1 }, 'node.node0'),
    configuration({ listenPort: 1791 }, 'node.node1'),
  ]
  const text = config({ configurations })
  expect(part(text, 'function apply_communities()')).toEqual([
    'if net ~ 192.168.0.0/16 then { bgp_community.add((63400, 100)); bgp_large_community.add((63400, 1, 2)); }',
  ])
  expect(part(text, 'template bgp bgp_template')).toContain('debug off;')
  expect(part(text, 'protocol bgp Mesh_172_30_0_11 from bgp_template').slice(0, 2)).toEqual([
    'local port 1790 as 64512;',
    'neighbor 172.30.0.11 port 1791 as 64512;',
  ])
})

test('a peer’s session has all that BGPPeer says', () => {
  const spec = {
    peerIP: '2.2.2.2:1790',
    asNumber: 65001,
    keepOriginalNextHop: true,
    sourceAddress: 'None',
    maxRestartTime: '2m30s',
    numAllowedLocalASNumbers: 2,
    ttlSecurity: 1,
    reachableBy: '172.30.0.1',
    password: { secretKeyRef: { name: 'bgp', key: 'fabric' } },
  } as const
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'bgp', namespace: 'kube-system' },
    data: { fabric: Buffer.from('open sesame\n').toString('base64') },
  } as const
  const text = config({ peers: [peer(spec)], secrets: [secret] })
  expect(part(text, 'protocol bgp Global_2_2_2_2_port_1790 from bgp_template')).toEqual([
    'local as 64512;',
    'neighbor 2.2.2.2 port 1790 as 65001;',
    'ttl security on;',
    'multihop 1;',
    'password "open sesame";',
    'graceful restart time 150;',
    'allow local as 2;',
    'ipv4 {',
    'import all;',
    'export where calico_export_to_bgp_peers(false);',
    'add paths on;',
    'gateway recursive;',
    'next hop keep;',
    '};',
  ])
  expect(part(text, 'protocol static')).toContain('route 2.2.2.2/32 via 172.30.0.1;')
})

test('networks of services are told of but given to no kernel, and local services’ addresses where their pods are', () => {
  const service = (name: string, clusterIP: string, policy: 'Local' | 'Cluster') => ({
    apiVersion: 'v1' as const,
    kind: 'Service' as const,
    metadata: { name, namespace: 'demo' },
    spec: { clusterIP, externalTrafficPolicy: policy, externalIPs: ['10.99.0.7', '8.8.8.8'] },
  })
  const slice = (name: string, nodeName: string) => ({
    apiVersion: 'discovery.k8s.io/v1' as const,
    kind: 'EndpointSlice' as const,
    metadata: { name, namespace: 'demo', labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4' as const,
    endpoints: [{ addresses: ['192.168.0.1'], nodeName, conditions: { ready: true } }],
    ports: [],
  })
  const text = config({
    configurations: [
      configuration({
        serviceClusterIPs: [{ cidr: '10.43.0.0/16' }],
        serviceExternalIPs: [{ cidr: '10.99.0.0/16' }],
      }),
    ],
    services: [
      service('here', '10.43.0.1', 'Local'),
      service('there', '10.43.0.2', 'Local'),
      service('anywhere', '10.43.0.3', 'Cluster'),
    ] as never,
    slices: [slice('here', 'node0'), slice('there', 'node1'), slice('anywhere', 'node0')] as never,
  })
  expect(part(text, 'protocol static').slice(2)).toEqual([
    'route 10.43.0.0/16 blackhole;',
    'route 10.99.0.0/16 blackhole;',
    'route 10.43.0.1/32 blackhole;',
    'route 10.99.0.7/32 blackhole;',
  ])
  expect(part(text, 'filter calico_kernel_programming')).toContain('if net ~ 10.43.0.0/16 then reject;')
})

test('while a node’s own address is not in the API it has no routes', () => {
  expect(planNode('node7', view(), new Map())).toBeUndefined()
})
