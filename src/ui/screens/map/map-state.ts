import type { MapInterface, MapMachine, NetworkMap } from '../../../session/network/network-watch.ts'
import type { Size } from '../../../terminals/cells.ts'
import { type MapLayout, pageOf } from './map-layout.ts'
import { type Scene, sceneOf, type Selection } from './scene.ts'

/** What of the map is being looked at. */
export interface MapState {
  readonly selected?: Selection | undefined
  /** Machines that don't fit side by side are on pages of their own, from 0. */
  readonly page: number
  /** Rows that are out of sight above. */
  readonly scroll: number
}

export const INITIAL_MAP_STATE: MapState = { page: 0, scroll: 0 }

/** What the learner can do on the map, for the app's one file of keys. `capture` is the app's to do. */
export const MAP_ACTIONS = [
  { name: 'left', does: 'the interface to the left, or the machine before' },
  { name: 'right', does: 'the interface to the right, or the next machine' },
  { name: 'up', does: 'the interface above' },
  { name: 'down', does: 'the interface below, then the routes' },
  { name: 'pageup', does: 'scroll up' },
  { name: 'pagedown', does: 'scroll down' },
  { name: 'capture', does: 'capture on the selected interface' },
] as const

export type MapMove = Exclude<(typeof MAP_ACTIONS)[number]['name'], 'capture'>

type Spot = Scene['places'][number]

/** The state after a move on this map in a body of this size. */
export function moveSelection(state: MapState, move: MapMove, map: NetworkMap, size: Size): MapState {
  const scene = sceneOf({ map, page: state.page, size, highlights: new Set() })
  const { layout, places, page } = scene
  if (move === 'pageup' || move === 'pagedown') {
    const rows = Math.max(1, layout.viewRows - 1)
    return scrolled({ ...state, page }, scene, state.scroll + (move === 'pageup' ? -rows : rows))
  }
  const at = places.find((place) => isAt(place, state.selected))
  if (!at) return selected(state, firstSpot(map, places), scene)
  const own = places.filter(({ machine }) => machine === at.machine)
  if (move === 'left' || move === 'right') {
    const beside = sideways(own, at, move)
    return beside ? selected(state, beside, scene) : toNeighbour(state, at, move, map, size, layout)
  }
  const target = vertical(own, at, move)
  if (target) return selected(state, target, scene)
  // There is no interface further on, but perhaps something to read.
  return scrolled(state, scene, state.scroll + (move === 'up' ? -1 : 1))
}

/** The selected interface, if it is still there. */
export function selectedInterface(
  state: MapState,
  map: NetworkMap | undefined,
): { readonly machine: MapMachine; readonly link: MapInterface } | undefined {
  const machine = map?.machines.find(({ name }) => name === state.selected?.machine)
  const link = machine?.interfaces.find(({ name }) => name === state.selected?.device)
  return machine && link && { machine, link }
}

const isAt = (place: Spot, selection: Selection | undefined) =>
  place.machine === selection?.machine && place.device === selection.device

/** On the machine that has none the next one's is as good. */
function firstSpot(map: NetworkMap, places: readonly Spot[]): Spot | undefined {
  const first = map.machines.find(({ name }) => places.some(({ machine }) => machine === name))
  return places.find(({ machine }) => machine === first?.name)
}

/** The nearest row above or below, and in it what is nearest. */
function vertical(own: readonly Spot[], at: Spot, move: 'up' | 'down'): Spot | undefined {
  const beyond = own.filter(({ y }) => (move === 'up' ? y < at.y : y > at.y))
  const row = move === 'up' ? Math.max(...beyond.map(({ y }) => y)) : Math.min(...beyond.map(({ y }) => y))
  return beyond
    .filter(({ y }) => y === row)
    .toSorted((a, b) => Math.abs(a.x - at.x) - Math.abs(b.x - at.x))[0]
}

function sideways(own: readonly Spot[], at: Spot, move: 'left' | 'right'): Spot | undefined {
  const beyond = own.filter(({ x, y }) => y === at.y && (move === 'left' ? x < at.x : x > at.x))
  return beyond.toSorted((a, b) => Math.abs(a.x - at.x) - Math.abs(b.x - at.x))[0]
}

/** On the next machine that way with anything to select: the interface of that name, or what stands at its height. */
function toNeighbour(
  state: MapState,
  at: Spot,
  move: 'left' | 'right',
  map: NetworkMap,
  size: Size,
  layout: MapLayout,
): MapState {
  const index = map.machines.findIndex(({ name }) => name === at.machine)
  const that = move === 'left' ? map.machines.slice(0, index).toReversed() : map.machines.slice(index + 1)
  const neighbour = that.find(({ interfaces }) => interfaces.length > 0)
  if (!neighbour) return state
  const page = pageOf(layout, map.machines.indexOf(neighbour))
  const scene = sceneOf({ map, page, size, highlights: new Set() })
  const own = scene.places.filter(({ machine }) => machine === neighbour.name)
  const nearest = own.toSorted((a, b) => Math.abs(a.y - at.y) - Math.abs(b.y - at.y))[0]
  return selected(state, own.find(({ device }) => device === at.device) ?? nearest, scene)
}

/** Selects, and scrolls no further than it must be for all of it to be seen. */
function selected(state: MapState, spot: Spot | undefined, scene: Scene): MapState {
  if (!spot) return { ...state, page: scene.page }
  const { machine, device, y, bottom } = spot
  const lowest = bottom - scene.layout.viewRows + 1
  // The box's border, and a pod's name above its veth, belong to it.
  const scroll = Math.min(Math.max(state.scroll, lowest + 1), Math.max(0, y - 2))
  return scrolled({ ...state, page: scene.page, selected: { machine, device } }, scene, scroll)
}

function scrolled(state: MapState, { canvas, layout }: Scene, scroll: number): MapState {
  return { ...state, scroll: Math.max(0, Math.min(scroll, canvas.rows - layout.viewRows)) }
}
