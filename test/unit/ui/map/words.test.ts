import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { NetworkMap } from '../../../../src/session/network/network-watch.ts'
import { highlightsOf, lightsOf } from '../../../../src/ui/screens/map/highlights.ts'
import { destinations, shortCount, shortened, shortRoute } from '../../../../src/ui/screens/map/words.ts'

test('the end of a pod name survives shortening, since it tells siblings apart', () => {
  expect(shortened('hello-kubernetes-68f5d68cfb-lvpr8', 20)).toBe('hello-kuberne…-lvpr8')
  expect(shortened('hello-kubernetes-68f5d68cfb-lvpr8', 33)).toBe('hello-kubernetes-68f5d68cfb-lvpr8')
  expect(shortened('vethfdf06f95', 6)).toBe('vethf…')
  expect([1, 0, -3].map((columns) => shortened('web', columns))).toEqual(['…', '', ''])
})

test('counts take five signs at most', () => {
  expect([0, 9999, 10_000, 99_999, 100_000, 999_999, 1_500_000, 2_000_000_000].map(shortCount)).toEqual([
    '0',
    '9999',
    '10.0k',
    '99.9k',
    '100k',
    '999k',
    '1.5M',
    '2.0G',
  ])
})

test('a route loses its flags before its words, and is cut last', () => {
  const route = { destination: '10.42.1.0/24', via: '10.42.1.0', device: 'flannel.1', flags: ['onlink'] }
  expect(shortRoute(route, 60)).toBe('10.42.1.0/24 via 10.42.1.0 dev flannel.1 onlink')
  expect(shortRoute(route, 45)).toBe('10.42.1.0/24 via 10.42.1.0 dev flannel.1')
  expect(shortRoute(route, 38)).toBe('10.42.1.0/24 via 10.42.1.0 flannel.1')
  expect(shortRoute(route, 34)).toBe('10.42.1.0/24 10.42.1.0 flannel.1')
  expect(shortRoute(route, 28)).toBe('10.42.1.0/24 dev flannel.1')
  expect(shortRoute(route, 20)).toBe('10.42.1.0/24 dev fl…')
  expect(shortRoute({ destination: '10.9.0.0/16', type: 'blackhole', flags: [] }, 60)).toBe(
    'blackhole 10.9.0.0/16',
  )
})

test('routes of a daemon say whose they are, and several ways are one route', () => {
  const bird = { destination: '192.168.104.0/26', protocol: 'bird', flags: [] }
  expect(shortRoute({ ...bird, type: 'blackhole' }, 60)).toBe('blackhole 192.168.104.0/26 proto bird')
  const ways = [
    { via: '25.25.25.2', device: 'eth0' },
    { via: '25.25.25.3', device: 'eth0' },
  ]
  expect(shortRoute({ ...bird, ways }, 100)).toBe(
    '192.168.104.0/26 proto bird nexthop via 25.25.25.2 dev eth0 nexthop via 25.25.25.3 dev eth0',
  )
  expect(shortRoute({ ...bird, type: 'blackhole' }, 34)).toBe('blackhole 192.168.104.0/26 bird')
  expect(shortRoute({ ...bird, type: 'blackhole', protocol: '80' }, 34)).toBe('blackhole 192.168.104.0/26')
  expect(shortRoute({ ...bird, ways }, 45)).toBe('192.168.104.0/26 via 25.25.25.2, 25.25.25.3')
})

test('of many destinations as many are named as fit', () => {
  const routes = ['10.42.1.0/24', '10.42.2.0/24', '10.42.3.0/24'].map((destination) => ({
    destination,
    flags: [],
  }))
  expect(destinations(routes, 43)).toBe('to 10.42.1.0/24, 10.42.2.0/24, 10.42.3.0/24')
  expect(destinations(routes, 42)).toBe('to 10.42.1.0/24, 10.42.2.0/24, +1')
  expect(destinations(routes, 30)).toBe('to 10.42.1.0/24, +2')
  expect(destinations(routes, 12)).toBe('to 10.42.1.…')
})

test('a text about all of Calico’s interfaces is about each of them', () => {
  const { machines, networks } = JSON.parse(
    readFileSync(join(import.meta.dirname, '../../../golden/network-map/calico.json'), 'utf8'),
  ) as NetworkMap
  const lights = lightsOf(
    { machines, networks },
    highlightsOf(['an interface cali… for each pod']),
  )(machines[0]!)
  const lit = machines[0]!.interfaces.filter((link) => lights.interface(link)).map(({ name }) => name)
  expect(lit).toEqual([expect.stringMatching(/^cali[0-9a-f]{11}$/)])
})

test('names, addresses and prefixes are found in prose and in commands, without what stands around them', () => {
  const found = highlightsOf([
    "Look at `flannel.1` on **node0**, not at cni0. node1's slice is 10.42.1.0/24.",
    'kubectl exec hello-kubernetes-68f5d68cfb-lvpr8 -- ping 10.42.1.2',
    'ip -d link show dev eth0@if3',
  ])
  const names = ['flannel.1', 'node0', 'node1', 'cni0', '10.42.1.0/24', '10.42.1.2', 'eth0']
  for (const name of [...names, 'hello-kubernetes-68f5d68cfb-lvpr8']) expect(found).toContain(name)
  for (const name of ['flannel.1`', 'cni0.', '10.42.1.0', 'node0**', 'eth0@if3'])
    expect(found).not.toContain(name)
})
