import { expect, test } from 'vitest'
import { sessionsOf, type Wishes } from '../../../../src/dataplane/calico/bgp/sessions.ts'
import { addressAnnotation, speakerOf } from '../../../../src/dataplane/calico/bgp/speaker.ts'
import type { BGPConfiguration, BGPPeer } from '../../../../src/dataplane/calico/resources.ts'

const PREFIX = 'projectcalico.org'

function speaker(name: string, labels: Record<string, string> = {}, notes: Record<string, string> = {}) {
  const annotations = { ...addressAnnotation(`172.30.0.1${name.at(-1)}`, 24), ...notes }
  const one = speakerOf({ apiVersion: 'v1', kind: 'Node', metadata: { name, labels, annotations } })
  if (!one) throw new Error('expected a speaker')
  return one
}

const peer = (name: string, spec: BGPPeer['spec']): BGPPeer => ({
  apiVersion: 'crd.projectcalico.org/v1',
  kind: 'BGPPeer',
  metadata: { name },
  spec,
})
const configuration = (spec: BGPConfiguration['spec']): BGPConfiguration => ({
  apiVersion: 'crd.projectcalico.org/v1',
  kind: 'BGPConfiguration',
  metadata: { name: 'default' },
  spec,
})
const NODES = ['node0', 'node1', 'node2'].map((name) => speaker(name))

/** Each node's sessions, as `name localAS-AS`, with what is special about them. */
function seen(wishes: Partial<Wishes>) {
  const all: Wishes = {
    speakers: NODES,
    configurations: [],
    peers: [],
    passwordOf: () => undefined,
    ...wishes,
  }
  return Object.fromEntries(
    all.speakers.map((own) => [
      own.name,
      sessionsOf(own, all).map(({ name, localAs, as, passive, clientOf }) =>
        [name, `${localAs}-${as}`, passive && 'passive', clientOf && `client of ${clientOf}`]
          .filter(Boolean)
          .join(' '),
      ),
    ]),
  )
}

test('without anything said each node has a session with each other one, and one of two connects', () => {
  expect(seen({})).toEqual({
    node0: ['Mesh_172_30_0_11 64512-64512 passive', 'Mesh_172_30_0_12 64512-64512 passive'],
    node1: ['Mesh_172_30_0_10 64512-64512', 'Mesh_172_30_0_12 64512-64512 passive'],
    node2: ['Mesh_172_30_0_10 64512-64512', 'Mesh_172_30_0_11 64512-64512'],
  })
})

test('AS numbers are the cluster’s, or the node’s own', () => {
  const speakers = [speaker('node0', {}, { [`${PREFIX}/ASNumber`]: '65010' }), speaker('node1')]
  expect(seen({ speakers, configurations: [configuration({ asNumber: 63400 })] })).toEqual({
    node0: ['Mesh_172_30_0_11 65010-63400 passive'],
    node1: ['Mesh_172_30_0_10 63400-65010'],
  })
})

test('peers are everybody’s, one node’s or those nodes’ that are selected; with the mesh or without it', () => {
  const speakers = [speaker('node0', { rack: 'a' }), speaker('node1', { rack: 'b' })]
  const peers = [
    peer('all', { peerIP: '2.2.2.2', asNumber: 65001 }),
    peer('one', { node: 'node1', peerIP: '3.3.3.3:1790', asNumber: 65002 }),
    peer('rack', { nodeSelector: "rack == 'a'", peerIP: '4.4.4.4', asNumber: 65003 }),
    peer('broken', { nodeSelector: 'rack ==', peerIP: '5.5.5.5', asNumber: 65003 }),
    peer('nonsense', { peerIP: '6.6.6.6; shutdown', asNumber: 65003 }),
  ]
  expect(
    seen({ speakers, peers, configurations: [configuration({ nodeToNodeMeshEnabled: false })] }),
  ).toEqual({
    node0: ['Global_2_2_2_2 64512-65001', 'Node_4_4_4_4 64512-65003'],
    node1: ['Global_2_2_2_2 64512-65001', 'Node_3_3_3_3_port_1790 64512-65002'],
  })
  expect(seen({ speakers, peers: peers.slice(0, 1) })['node0']).toEqual([
    'Global_2_2_2_2 64512-65001',
    'Mesh_172_30_0_11 64512-64512 passive',
  ])
})

test('route reflectors by selector: both ends have the session, nodes are clients, reflectors of one cluster are not', () => {
  const reflector = { [`${PREFIX}/RouteReflectorClusterID`]: '244.0.0.1' }
  const speakers = [
    speaker('node0', { 'route-reflector': 'true' }, reflector),
    speaker('node1', { 'route-reflector': 'true' }, reflector),
    speaker('node2'),
  ]
  const peers = [
    peer('peer-with-reflectors', { nodeSelector: 'all()', peerSelector: "route-reflector == 'true'" }),
  ]
  expect(
    seen({ speakers, peers, configurations: [configuration({ nodeToNodeMeshEnabled: false })] }),
  ).toEqual({
    node0: ['Node_172_30_0_11 64512-64512', 'Node_172_30_0_12 64512-64512 client of 244.0.0.1'],
    node1: ['Node_172_30_0_10 64512-64512', 'Node_172_30_0_12 64512-64512 client of 244.0.0.1'],
    node2: ['Node_172_30_0_10 64512-64512', 'Node_172_30_0_11 64512-64512'],
  })
  // With the mesh still on, reflectors are not in it.
  expect(seen({ speakers })).toEqual({ node0: [], node1: [], node2: [] })
})

test('what is no address or no cluster id goes into nobody’s configuration', () => {
  const metadata = { name: 'node0', annotations: { [`${PREFIX}/IPv4Address`]: '1.2.3.4; x/24' } }
  expect(speakerOf({ apiVersion: 'v1', kind: 'Node', metadata })).toBeUndefined()
  expect(speakerOf({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'node0' } })).toBeUndefined()
  expect(speaker('node0', {}, { [`${PREFIX}/RouteReflectorClusterID`]: '1; x' }).clusterID).toBeUndefined()
})
