import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { changesBetween } from '../../../../src/dataplane/flannel/changes.ts'
import { flannelFiles } from '../../../../src/dataplane/flannel/files.ts'
import { type Lease, annotationsOf, leaseOf, vtepMacOf } from '../../../../src/dataplane/flannel/lease.ts'
import { NOTHING } from '../../../../src/dataplane/flannel/network-state.ts'
import { planNetwork } from '../../../../src/dataplane/flannel/plan.ts'
import type { Node } from '../../../../src/kube/objects.ts'

const GOLDEN = resolve(import.meta.dirname, '../../../golden/flannel')
const golden = (file: string) => readFileSync(join(GOLDEN, file), 'utf8')

interface RecordedNode {
  name: string
  podCIDR: string
  address: string
  annotations: Record<string, string>
}

/** Of a real three-node k3s. */
const recorded = JSON.parse(golden('nodes.json')) as RecordedNode[]
const node = ({ name, podCIDR, annotations }: Partial<RecordedNode>): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: name ?? 'node0', ...(annotations && { annotations }) },
  spec: { ...(podCIDR && { podCIDR }) },
})

describe('a lease', () => {
  test.each(recorded)('is read from $name as k3s annotates it, and written the same', (one) => {
    const lease = leaseOf(node(one), 'vxlan')!
    expect(lease).toEqual({ podCIDR: one.podCIDR, publicIP: one.address, vtepMac: vtepMacOf(node(one)) })
    expect(annotationsOf(lease, 'vxlan')).toEqual(one.annotations)
  })

  const [one] = recorded
  test.each([
    ['without a podCIDR', node({ annotations: one!.annotations })],
    ['without annotations', node({ podCIDR: '10.42.0.0/24' })],
    [
      'with an address that is none',
      node({
        podCIDR: '10.42.0.0/24',
        annotations: { ...one!.annotations, 'flannel.alpha.coreos.com/public-ip': '1.2.3.4\nlink del eth0' },
      }),
    ],
    [
      'whose MAC is none',
      node({
        ...one!,
        annotations: { ...one!.annotations, 'flannel.alpha.coreos.com/backend-data': '{"VNI":1}' },
      }),
    ],
    [
      'whose data is no JSON',
      node({ ...one!, annotations: { ...one!.annotations, 'flannel.alpha.coreos.com/backend-data': '{' } }),
    ],
  ])('is not read from a node %s', (_what, one) => {
    expect(leaseOf(one, 'vxlan')).toBeUndefined()
  })

  test('of another backend is not for us', () => {
    expect(leaseOf(node(one!), 'host-gw')).toBeUndefined()
    const annotations = annotationsOf({ podCIDR: '10.42.0.0/24', publicIP: '172.19.0.2' }, 'host-gw')
    expect(annotations['flannel.alpha.coreos.com/backend-data']).toBe('null')
    expect(leaseOf(node({ podCIDR: '10.42.0.0/24', annotations }), 'host-gw')).toEqual({
      podCIDR: '10.42.0.0/24',
      publicIP: '172.19.0.2',
    })
  })
})

const network = { backend: 'vxlan', podNetwork: '10.42.0.0/16', underlay: 'eth0', underlayMTU: 1500 } as const
const leases = recorded.map((one) => leaseOf(node(one), 'vxlan')!)
const own = leases.find(({ podCIDR }) => podCIDR === '10.42.0.0/24')!
const others = leases.filter((lease) => lease !== own)

const sorted = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => line.trim())
    .toSorted()

describe('the plan of a node', () => {
  const plan = planNetwork(network, own, others)

  test("has the routes, neighbours and FDB entries of k3s's node0", () => {
    const routes = [...plan.routes].map(([to, how]) => `${to} ${how}`)
    expect(routes.toSorted()).toEqual(
      sorted(golden('ip-route.node0.txt')).filter((line) => line.includes('flannel')),
    )
    const neighbours = [...plan.neighbours].map(([ip, mac]) => `${ip} dev flannel.1 lladdr ${mac} PERMANENT`)
    expect(neighbours.toSorted()).toEqual(
      sorted(golden('ip-neigh.node0.txt')).filter((line) => line.includes('flannel')),
    )
    const fdb = [...plan.fdb].map(([mac, to]) => `${mac} dst ${to} self permanent`)
    expect(fdb.toSorted()).toEqual(sorted(golden('bridge-fdb-flannel.1.node0.txt')))
  })
  test('has its files', () => {
    const files = flannelFiles({
      podNetwork: '10.42.0.0/16',
      podCIDR: '10.42.0.0/24',
      mtu: 1450,
      backend: 'vxlan',
    })
    expect(plan.files).toEqual(files)
    expect([...files.values()]).toEqual(
      ['subnet.env.node0', '10-flannel.conflist', 'net-conf.json'].map(golden),
    )
  })
})

describe('changes', () => {
  const plan = (...leases: Lease[]) => planNetwork(network, own, leases)
  const [a, b] = others as [Lease, Lease]

  test('from a state to itself are none', () => {
    expect(changesBetween(plan(a, b), plan(a, b))).toEqual({ script: '', what: [] })
  })
  test('for a node that comes are one batch of ip and one of bridge', () => {
    const { script } = changesBetween(plan(a), plan(a, b))
    expect(script.split('\n')).toEqual([
      'set -e',
      "ip -batch - <<'END'",
      `route replace ${b.podCIDR} via 10.42.2.0 dev flannel.1 onlink`,
      `neighbour replace 10.42.2.0 lladdr ${b.vtepMac} dev flannel.1 nud permanent`,
      'END',
      "bridge -batch - <<'END'",
      `fdb replace ${b.vtepMac} dev flannel.1 dst ${b.publicIP} self permanent`,
      'END',
      '',
    ])
  })
  test('for a node that comes back with another MAC replace its entries', () => {
    const { script, what } = changesBetween(plan(a), plan({ ...a, vtepMac: '02:00:00:00:00:01' }))
    expect(what).toEqual([
      'neighbour 10.42.1.0',
      'FDB entry of 02:00:00:00:00:01',
      `FDB entry of ${a.vtepMac}`,
    ])
    expect(script).toContain(`fdb delete ${a.vtepMac} dev flannel.1`)
  })
  test('for a device that must be made anew bring back all that hangs on it', () => {
    const have = { ...plan(a, b), device: { ...plan().device!, mtu: 1400 } }
    const { what } = changesBetween(have, plan(a, b))
    expect(what).toHaveLength(1 + 3 * 2)
    expect(what).toContain('flannel.1')
  })
  test('from nothing make everything', () => {
    const { what } = changesBetween(NOTHING, plan(a))
    expect(what).toEqual([
      'flannel.1',
      'route to 10.42.1.0/24',
      'neighbour 10.42.1.0',
      `FDB entry of ${a.vtepMac}`,
      'flannel’s iptables rules',
      '/run/flannel/subnet.env',
      '/etc/cni/net.d/10-flannel.conflist',
      '/etc/kube-flannel/net-conf.json',
    ])
  })
})
