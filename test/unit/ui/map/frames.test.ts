import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import type { NetworkMap } from '../../../../src/session/network/network-watch.ts'
import { marksFor } from '../../../../src/ui/marks.ts'
import { drawMap } from '../../../../src/ui/screens/map/draw-map.ts'
import { highlightsOf } from '../../../../src/ui/screens/map/highlights.ts'
import { INITIAL_MAP_STATE, type MapState } from '../../../../src/ui/screens/map/map-state.ts'

const GOLDEN = join(import.meta.dirname, '../../../golden/network-map')
/**
 * What `watchNetwork` saw: of the flannel lab while node0 pinged a pod of node1, of the containers lab, and of Calico on nodes in
 * two networks with a router, once with IP-in-IP and once with routes that the router learned by BGP.
 */
const recorded = (lab: string) => JSON.parse(readFileSync(join(GOLDEN, `${lab}.json`), 'utf8')) as NetworkMap
const FLANNEL = recorded('flannel')
const CONTAINERS = recorded('containers')
const CALICO = recorded('calico')
const BGP = recorded('calico-bgp')

const SMALL = { columns: 80, rows: 21 }
const LARGE = { columns: 160, rows: 47 }
const WIDE = { columns: 200, rows: 40 }
const STEP = highlightsOf([
  'On node0, look at `flannel.1` and at the route to 10.42.1.0/24.',
  'pod/hello-kubernetes',
])

function frame(
  map: NetworkMap,
  size: { columns: number; rows: number },
  state: Partial<MapState> = {},
  step = STEP,
): string {
  const lines = drawMap(map, { ...INITIAL_MAP_STATE, ...state }, step, size)
  return `${lines.map((line) => stripVTControlCharacters(line).trimEnd()).join('\n')}\n`
}

test('three nodes stand side by side as pictures in a large terminal', async () => {
  await expect(frame(FLANNEL, LARGE)).toMatchFileSnapshot(join(GOLDEN, 'flannel-160x47.txt'))
})

test('in 80 columns two nodes are lists on the first page, the third is on the second', async () => {
  const selected = { machine: 'node0', device: 'flannel.1' }
  await expect(frame(FLANNEL, SMALL, { selected })).toMatchFileSnapshot(join(GOLDEN, 'flannel-80x21.txt'))
  await expect(frame(FLANNEL, SMALL, { page: 1 })).toMatchFileSnapshot(
    join(GOLDEN, 'flannel-80x21-second-page.txt'),
  )
})

test('without a cluster the ends of cables are named network namespaces', async () => {
  await expect(frame(CONTAINERS, SMALL)).toMatchFileSnapshot(join(GOLDEN, 'containers-80x21.txt'))
})

test('a router stands between its networks, with a cable and a wire each', async () => {
  await expect(frame(CALICO, LARGE)).toMatchFileSnapshot(join(GOLDEN, 'calico-160x47.txt'))
  await expect(frame(CALICO, SMALL)).toMatchFileSnapshot(join(GOLDEN, 'calico-80x21.txt'))
  const selected = { machine: 'fabric', device: 'eth1' }
  await expect(frame(CALICO, SMALL, { page: 1, selected })).toMatchFileSnapshot(
    join(GOLDEN, 'calico-80x21-second-page.txt'),
  )
})

test('pods of Calico hang on routes, and their packets go through the tunnel or by BIRD’s routes as they are', async () => {
  const tunnel = highlightsOf(['On node0, `tunl0` and 192.168.104.0/26, and each of the cali… interfaces.'])
  await expect(frame(CALICO, WIDE, {}, tunnel)).toMatchFileSnapshot(join(GOLDEN, 'calico-200x40.txt'))
  const routed = highlightsOf(['The table of fabric has 192.168.104.0/26; see rack2.'])
  await expect(frame(BGP, WIDE, {}, routed)).toMatchFileSnapshot(join(GOLDEN, 'calico-bgp-200x40.txt'))
})

test('of very many pods a few are drawn, those that the step is about among them', async () => {
  const [node0, ...rest] = CALICO.machines
  const veth = node0!.interfaces.find(({ pod }) => pod)!
  const many = Array.from({ length: 60 }, (_, i) => {
    const [name, ip] = [`cali${String(i).padStart(11, '0')}`, `192.168.135.${130 + i}`]
    return { ...veth, name, pod: { namespace: 'default', name: `web-${i}`, ip } }
  })
  const routes = many.map(({ name, pod }) => ({ destination: pod.ip, device: name, flags: [] }))
  const crowded = {
    ...node0!,
    interfaces: [...node0!.interfaces, ...many],
    routes: [...node0!.routes, ...routes],
  }
  const about = highlightsOf(['On node0, web-42 has 192.168.135.172.'])
  await expect(frame({ ...CALICO, machines: [crowded, ...rest] }, LARGE, {}, about)).toMatchFileSnapshot(
    join(GOLDEN, 'crowded-160x47.txt'),
  )
})

test('a network that another one is in the way of has a row of its own', async () => {
  const [node0, node1, fabric, node2] = CALICO.machines
  const rack3 = { name: 'rack3', subnet: '45.45.45.0/24', gateway: '45.45.45.254' }
  const map: NetworkMap = {
    networks: [...CALICO.networks, rack3],
    machines: [
      { ...node0!, cables: [{ device: 'eth0', network: 'rack3' }] },
      node1!,
      { ...fabric!, cables: [...fabric!.cables, { device: 'eth2', network: 'rack3' }] },
      node2!,
    ],
  }
  await expect(frame(map, LARGE)).toMatchFileSnapshot(join(GOLDEN, 'three-networks-160x47.txt'))
})

test('an interface that is down, a lost machine and a missing route are said in words', async () => {
  const [node0, node1, node2] = FLANNEL.machines
  const map: NetworkMap = {
    ...FLANNEL,
    machines: [
      { ...node0!, routes: node0!.routes.filter(({ device }) => device !== 'flannel.1') },
      {
        ...node1!,
        interfaces: node1!.interfaces.map((link) => ({
          ...link,
          up: link.name !== 'eth0' && link.kind !== 'veth',
        })),
      },
      { ...node2!, problem: 'node2 is gone.', interfaces: [], routes: [] },
    ],
  }
  await expect(frame(map, LARGE)).toMatchFileSnapshot(join(GOLDEN, 'trouble-160x47.txt'))
})

test('before the first look the screen says what it waits for', () => {
  expect(drawMap(undefined, INITIAL_MAP_STATE, STEP, SMALL)).toEqual([' Looking at the machines…'])
})

test.each([SMALL, LARGE, { columns: 20, rows: 4 }, { columns: 119, rows: 30 }, { columns: 300, rows: 90 }])(
  'no line is wider than the screen and no frame higher: $columns x $rows',
  (size) => {
    for (const map of [FLANNEL, CONTAINERS, CALICO, BGP]) {
      const lines = drawMap(map, INITIAL_MAP_STATE, STEP, size).map(stripVTControlCharacters)
      expect(lines.length).toBeLessThanOrEqual(size.rows)
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(size.columns)
    }
  },
)

test('nothing but ASCII is drawn where the terminal has nothing else', () => {
  const plain = drawMap(FLANNEL, INITIAL_MAP_STATE, STEP, SMALL, marksFor({ LANG: 'C' }))
  const lines = plain.map(stripVTControlCharacters)
  expect(lines.join('')).toMatch(/^[ -~]+$/)
  expect(lines[1]).toContain('+> node0 -')
})

test('the selected interface is shown inverse, so that it is seen without colours', () => {
  const state = { ...INITIAL_MAP_STATE, selected: { machine: 'node1', device: 'cni0' } }
  const inverse = (from: MapState) =>
    drawMap(FLANNEL, from, STEP, LARGE)
      .flatMap((line) => line.split('\u001B['))
      .filter((part) => /^[\d;]*\b7m/.test(part))
      .map((part) => part.replace(/^.*m/, '').trim())
  expect(inverse(INITIAL_MAP_STATE)).toEqual([])
  expect(inverse(state)).toContain('cni0')
})
