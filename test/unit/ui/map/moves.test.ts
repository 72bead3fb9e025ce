import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { NetworkMap } from '../../../../src/session/network/network-watch.ts'
import { drawMap } from '../../../../src/ui/screens/map/draw-map.ts'
import {
  INITIAL_MAP_STATE,
  type MapMove,
  moveSelection,
  selectedInterface,
} from '../../../../src/ui/screens/map/map-state.ts'

const FLANNEL = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../golden/network-map/flannel.json'), 'utf8'),
) as NetworkMap
const SMALL = { columns: 80, rows: 21 }
const LARGE = { columns: 160, rows: 47 }

/** Interfaces that are selected after each of the moves. */
function walk(size: typeof SMALL, moves: string, from = INITIAL_MAP_STATE): string[] {
  let state = from
  return moves.split(' ').map((move) => {
    state = moveSelection(state, move as MapMove, FLANNEL, size)
    return `${state.selected?.machine} ${state.selected?.device}`
  })
}

const [first, second] = FLANNEL.machines[0]!.interfaces.filter(({ pod }) => pod).map(({ name }) => name)

test('the first key selects the first interface, the next ones go where they point', () => {
  expect(walk(LARGE, 'down right down down down up up')).toEqual([
    `node0 ${first}`,
    `node0 ${second}`,
    'node0 cni0',
    'node0 flannel.1',
    'node0 eth0',
    'node0 flannel.1',
    'node0 cni0',
  ])
})

test('sideways goes to the same interface of the next machine, and stops at the last', () => {
  const selected = { machine: 'node0', device: 'flannel.1' }
  expect(walk(LARGE, 'right right right left left left', { ...INITIAL_MAP_STATE, selected })).toEqual([
    'node1 flannel.1',
    'node2 flannel.1',
    'node2 flannel.1',
    'node1 flannel.1',
    'node0 flannel.1',
    'node0 flannel.1',
  ])
})

test('a machine on another page is turned to', () => {
  const on = { page: 0, scroll: 0, selected: { machine: 'node1', device: 'eth0' } }
  const right = moveSelection(on, 'right', FLANNEL, SMALL)
  expect(right).toEqual({ page: 1, scroll: 0, selected: { machine: 'node2', device: 'eth0' } })
  expect(moveSelection(right, 'left', FLANNEL, SMALL).page).toBe(0)
})

test('below the last interface the routes scroll into sight, and no further', () => {
  let state = { ...INITIAL_MAP_STATE, selected: { machine: 'node0', device: 'eth0' } }
  const shown = () => drawMap(FLANNEL, state, new Set(), SMALL).join('\n')
  expect(shown()).not.toContain('172.19.0.0/24 dev eth0')
  for (let n = 0; n < 30; n++) state = { ...state, ...moveSelection(state, 'down', FLANNEL, SMALL) }
  expect(shown()).toContain('172.19.0.0/24 dev eth0')
  expect(shown()).not.toMatch(/↓ \d+ more/)
  expect(moveSelection(state, 'down', FLANNEL, SMALL)).toEqual(state)
  expect(moveSelection(state, 'pageup', FLANNEL, SMALL).scroll).toBe(0)
})

test('an interface that has gone is not selected; the next key begins anew', () => {
  const state = { ...INITIAL_MAP_STATE, selected: { machine: 'node0', device: 'vethgone' } }
  expect(selectedInterface(state, FLANNEL)).toBeUndefined()
  expect(moveSelection(state, 'down', FLANNEL, SMALL).selected).toEqual({ machine: 'node0', device: first })
})

test('a machine that can not be looked at is passed by', () => {
  const [node0, node1, node2] = FLANNEL.machines
  const map = { ...FLANNEL, machines: [node0!, { ...node1!, interfaces: [], problem: 'gone' }, node2!] }
  const selected = { machine: 'node0', device: 'cni0' }
  const right = moveSelection({ ...INITIAL_MAP_STATE, selected }, 'right', map, LARGE)
  expect(right.selected).toEqual({ machine: 'node2', device: 'cni0' })
  expect(moveSelection(right, 'left', map, LARGE).selected).toEqual(selected)
})
