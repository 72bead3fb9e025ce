import { expect, test } from 'vitest'
import type { Pod } from '../../../../src/kube/objects.ts'
import type { KernelLink } from '../../../../src/session/kernel.ts'
import { machineMap } from '../../../../src/session/network/machine-map.ts'

const NODE0 = { name: 'node0', address: '172.19.0.2' }
const TOPOLOGY = { networks: [{ name: 'underlay', subnet: '172.19.0.0/24', gateway: '172.19.0.1' }] }

const veth = (ifname: string, ifindex: number, link_index: number, address?: string): KernelLink => ({
  ifname,
  ifindex,
  link_index,
  mtu: 1450,
  address: '02:00:00:00:00:01',
  flags: ['UP'],
  operstate: 'UP',
  linkinfo: { info_kind: 'veth' },
  addr_info: address === undefined ? [] : [{ family: 'inet', local: address, prefixlen: 24 }],
})

const pod = (name: string, podIP: string, phase: string): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default' },
  spec: { containers: [{ name: 'c', image: 'i' }] },
  status: { podIP, phase },
})

function interfacesOf(links: KernelLink[], namespaces: [string, KernelLink[]][], pods: Pod[]) {
  const look = { links, routes: [], namespaces: new Map(namespaces), counters: new Map() }
  const known = { look, problem: undefined, counters: new Map(), lately: new Map() }
  return machineMap(NODE0, TOPOLOGY, known, pods).interfaces
}

test('an address that a finished pod had belongs to the pod that has it now', () => {
  const pods = [pod('old', '10.42.0.5', 'Succeeded'), pod('new', '10.42.0.5', 'Running')]
  const [link] = interfacesOf([veth('veth1', 5, 2)], [['cni-1', [veth('eth0', 2, 5, '10.42.0.5')]]], pods)
  expect(link?.pod).toEqual({ namespace: 'default', name: 'new', ip: '10.42.0.5' })
})

test('of several namespaces with the same indexes the one whose index is ours is at the other end', () => {
  const ends: [string, KernelLink[]][] = [
    ['blue', [veth('eth0', 2, 6)]],
    ['red', [veth('eth0', 2, 5, '10.1.1.2')]],
  ]
  const [link] = interfacesOf([veth('veth1', 5, 2)], ends, [])
  expect(link?.peer).toEqual({ device: 'eth0', netns: 'red', addresses: ['10.1.1.2/24'] })
})

test('both ends of a cable on one machine name each other', () => {
  const links = interfacesOf([veth('a', 5, 6), veth('b', 6, 5)], [], [])
  expect(links.map(({ peer }) => peer)).toEqual([
    { device: 'b', addresses: [] },
    { device: 'a', addresses: [] },
  ])
})
