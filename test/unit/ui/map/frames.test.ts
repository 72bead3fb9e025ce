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
/** What `watchNetwork` saw: of the flannel lab while node0 pinged a pod of node1, and of the containers lab. */
const recorded = (lab: string) => JSON.parse(readFileSync(join(GOLDEN, `${lab}.json`), 'utf8')) as NetworkMap
const FLANNEL = recorded('flannel')
const CONTAINERS = recorded('containers')

const SMALL = { columns: 80, rows: 21 }
const LARGE = { columns: 160, rows: 47 }
const STEP = highlightsOf([
  'On node0, look at `flannel.1` and at the route to 10.42.1.0/24.',
  'pod/hello-kubernetes',
])

function frame(
  map: NetworkMap,
  size: { columns: number; rows: number },
  state: Partial<MapState> = {},
): string {
  const lines = drawMap(map, { ...INITIAL_MAP_STATE, ...state }, STEP, size)
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
    for (const map of [FLANNEL, CONTAINERS]) {
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
