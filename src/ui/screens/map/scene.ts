import type { MapMachine, NetworkMap } from '../../../session/network/network-watch.ts'
import type { Size } from '../../../terminals/cells.ts'
import { wrapText } from '../../spans.ts'
import { Canvas } from './canvas.ts'
import { drawList } from './draw-list.ts'
import { drawPicture } from './draw-picture.ts'
import { fewOf } from './few-of.ts'
import { type Lights, lightsOf } from './highlights.ts'
import { columnOf, machinesOn, mapLayout, type MapLayout } from './map-layout.ts'
import { NodeDrawing, type NodeLook, type Place } from './node-drawing.ts'
import { drawWires, wireRows } from './wires.ts'
import { shortRoute } from './words.ts'

/** An interface of a machine, by names. */
export interface Selection {
  readonly machine: string
  readonly device: string
}

/** One page of the map, as high as it needs to be, and where its interfaces are on it. */
export interface Scene {
  readonly layout: MapLayout
  readonly page: number
  readonly canvas: Canvas
  readonly places: readonly (Place & Selection)[]
}

export interface SceneOptions {
  readonly map: NetworkMap
  readonly page: number
  readonly size: Size
  readonly selected?: Selection | undefined
  readonly highlights: ReadonlySet<string>
}

/** Rows of routes that a picture must leave room for; where it can't, machines are lists. */
const ROUTE_ROWS = 4

export function sceneOf(options: SceneOptions): Scene {
  const { map, size } = options
  const layout = mapLayout(map, size)
  const page = Math.max(0, Math.min(options.page, layout.pages - 1))
  const lights = lightsOf(map, options.highlights)
  const look = (machine: MapMachine): NodeLook => ({
    lights: lights(machine),
    selected: options.selected?.machine === machine.name ? options.selected.device : undefined,
  })
  const drawings = drawNodes(map, layout, look)
  const nodes = machinesOn(map, layout, page).map((machine, i) => ({
    machine,
    lights: lights(machine),
    x: columnOf(layout, i),
    drawing: drawings[page * layout.perPage + i]!,
  }))
  const canvas = new Canvas(size.columns)
  // On one ground line, so that what is alike stands side by side.
  const ground = Math.max(0, ...nodes.map(({ drawing }) => drawing.y))
  const places = nodes.flatMap(({ machine, x, drawing }) => {
    const top = ground - drawing.y
    canvas.stamp(x, top, drawing.canvas)
    return drawing.places.map((place) => ({
      ...place,
      machine: machine.name,
      x: x + place.x,
      y: top + place.y,
      bottom: top + place.bottom,
    }))
  })
  drawWires(canvas, ground, { map, highlights: options.highlights, layout, page, nodes })
  const table = ground + 1 + wireRows(map)
  for (const { machine, lights, x } of nodes) drawRoutes(canvas, machine, lights, x, table, layout.node)
  return { layout, page, canvas, places }
}

/** All as pictures, or all as lists: what is alike looks alike. */
function drawNodes(
  map: NetworkMap,
  layout: MapLayout,
  look: (machine: MapMachine) => NodeLook,
): readonly NodeDrawing[] {
  const all = <Drawing>(draw: (machine: MapMachine, columns: number, look: NodeLook) => Drawing) =>
    map.machines.map((machine) =>
      (machine.problem === undefined ? draw : drawProblem)(machine, layout.node, look(machine)),
    )
  const pictures = all(drawPicture).filter((picture) => picture !== undefined)
  const room = layout.viewRows - 1 - wireRows(map) - ROUTE_ROWS
  const fit = pictures.length === map.machines.length && pictures.every(({ y }) => y <= room)
  return fit ? pictures : all(drawList)
}

function drawProblem(machine: MapMachine, columns: number, look: NodeLook): NodeDrawing {
  const drawing = new NodeDrawing(columns, look)
  const lines = wrapText(`✗ ${machine.problem}`, columns - 4)
  lines.forEach((line, i) => drawing.canvas.put(2, 1 + i, line, 'bad'))
  drawing.y += lines.length
  drawing.close(machine)
  return drawing
}

function drawRoutes(
  canvas: Canvas,
  machine: MapMachine,
  lights: Lights,
  x: number,
  y: number,
  columns: number,
): void {
  if (machine.problem !== undefined) return
  canvas.put(x + 2, y, `routes of ${machine.name}`, 'muted')
  const { lines, more } = tableOf(machine, lights)
  lines.forEach((route, i) => {
    const lit = lights.route(route)
    if (lit) canvas.put(x + 1, y + 1 + i, '▸', 'accent')
    canvas.put(x + 2, y + 1 + i, shortRoute(route, columns - 3), ...(lit ? (['accent'] as const) : []))
  })
  if (more) canvas.put(x + 2, y + 1 + lines.length, `and ${more} more to pods`, 'muted')
}

/** A routing table as the kernel has it, with a few of very many pods' routes. */
function tableOf({ routes, interfaces }: MapMachine, lights: Lights) {
  const devices = new Set(interfaces.flatMap(({ name, pod }) => (pod ? [name] : [])))
  const toPods = routes.filter(
    ({ device = '', destination }) => devices.has(device) && !destination.includes('/'),
  )
  const { shown, more } = fewOf(toPods, (route) => lights.route(route))
  const left = new Set(toPods.filter((route) => !shown.includes(route)))
  return { lines: routes.filter((route) => !left.has(route)), more }
}
