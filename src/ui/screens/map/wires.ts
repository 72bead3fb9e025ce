import type { MapMachine, MapNetwork, NetworkMap } from '../../../session/network/network-watch.ts'
import type { Canvas } from './canvas.ts'
import { type MapLayout, pageOf } from './map-layout.ts'
import type { NodeDrawing } from './node-drawing.ts'

/** The networks that machines are plugged into: wires below them. */

export interface PlacedNode {
  readonly machine: MapMachine
  readonly x: number
  readonly drawing: NodeDrawing
}

/** A cable's way down from a machine. */
interface Drop {
  readonly network: string
  readonly x: number
  readonly up: boolean
}

/** A network on this page. */
interface Wire {
  readonly network: MapNetwork
  readonly row: number
  readonly from: number
  readonly to: number
  readonly drops: readonly Drop[]
}

export interface WiresOptions {
  readonly map: NetworkMap
  readonly highlights: ReadonlySet<string>
  readonly layout: MapLayout
  readonly page: number
  readonly nodes: readonly PlacedNode[]
}

/** The first and the last place at which a network is plugged in: a machine's, and there the cable's. */
interface Span {
  readonly first: readonly [machine: number, cable: number]
  readonly last: readonly [machine: number, cable: number]
}

/** The row of each network: the uppermost where no other one is in its way. One row, where a router is between two. */
export function rowsOf(map: NetworkMap): ReadonlyMap<string, number> {
  const rows = new Map<string, number>()
  const taken: Span[][] = []
  for (const { name } of map.networks) {
    const span = spanOf(map, name)
    if (!span) continue
    const free = taken.findIndex((spans) => spans.every((other) => !meet(span, other)))
    const row = free < 0 ? taken.length : free
    taken[row] = [...(taken[row] ?? []), span]
    rows.set(name, row)
  }
  return rows
}

export const wireRows = (map: NetworkMap): number => Math.max(0, ...rowsOf(map).values()) + 1

function spanOf({ machines }: NetworkMap, network: string): Span | undefined {
  const ends = machines.flatMap(({ cables }, machine) =>
    cables.flatMap((cable, nth) => (cable.network === network ? [[machine, nth] as const] : [])),
  )
  const [first, last] = [ends[0], ends.at(-1)]
  return first && last && { first, last }
}

const meet = (one: Span, other: Span) => !isBefore(one.last, other.first) && !isBefore(other.last, one.first)

const isBefore = (one: Span['first'], other: Span['first']) =>
  one[0] === other[0] ? one[1] < other[1] : one[0] < other[0]

/** Draws the wires of a page from row `y` on, and the cables' ways to them through those above. */
export function drawWires(canvas: Canvas, y: number, options: WiresOptions): void {
  const wires = wiresOf(canvas.columns, options)
  for (const { row, from, to } of wires) canvas.put(from, y + 1 + row, '━'.repeat(to - from))
  for (const wire of wires) {
    for (const { x, up } of wire.drops) {
      canvas.put(x, y, up ? '│' : '╳', up ? 'muted' : 'bad')
      for (let row = 0; row < wire.row; row++) {
        const isCrossed = wires.some((other) => other.row === row && x >= other.from && x < other.to)
        canvas.put(x, y + 1 + row, isCrossed ? '┿' : '│', 'muted')
      }
      canvas.put(x, y + 1 + wire.row, '┷')
    }
  }
  for (const wire of wires) drawLabel(canvas, y + 1 + wire.row, wire, options)
}

function wiresOf(columns: number, { map, layout, page, nodes }: WiresOptions): Wire[] {
  const rows = rowsOf(map)
  const drops = nodes.flatMap(dropsOf)
  const wires = map.networks.flatMap((network) => {
    const own = drops.filter((drop) => drop.network === network.name)
    const span = spanOf(map, network.name)
    if (!span) return []
    const comes = pageOf(layout, span.first[0]) < page
    const goes = pageOf(layout, span.last[0]) > page
    if (own.length === 0 && !(comes && goes)) return []
    const first = own[0]?.x ?? 0
    const last = (own.at(-1)?.x ?? 0) + 1
    const from = comes ? 0 : first
    const to = goes ? columns : Math.max(last, first + 3 + longLabel(network).length + 2)
    return [{ network, row: rows.get(network.name) ?? 0, from, to, last, drops: own }]
  })
  // A short wire is as long as its name wants, but not into the next one.
  return wires.map((wire) => {
    const next = wires.find(({ row, from }) => row === wire.row && from > wire.from)
    return next ? { ...wire, to: Math.max(wire.last, Math.min(wire.to, next.from - 2)) } : wire
  })
}

function dropsOf({ machine, x, drawing }: PlacedNode): Drop[] {
  return machine.cables.map(({ device, network }, nth) => ({
    network,
    x: x + drawing.dropOf(nth, machine.cables.length),
    up: machine.interfaces.find(({ name }) => name === device)?.up ?? false,
  }))
}

const longLabel = ({ name, subnet }: MapNetwork) => ` ${name} ${subnet} `

/** On the wire, between two cables: what of it fits. */
function drawLabel(canvas: Canvas, y: number, wire: Wire, { map, highlights }: WiresOptions): void {
  const { network, drops } = wire
  const x = (drops[0]?.x ?? wire.from) + 3
  const end = Math.min(drops[1]?.x ?? wire.to, wire.to)
  const label = [longLabel(network), ` ${network.name} `].find((text) => x + text.length < end)
  const isNamed = map.networks.length > 1 && highlights.has(network.name)
  const lit = isNamed || highlights.has(network.subnet)
  if (label) canvas.put(x, y, label, lit ? 'accent' : 'strong')
}
