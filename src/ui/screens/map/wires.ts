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
  readonly label: Label
}

interface Label {
  readonly x: number
  readonly text: string
}

interface WiresOptions {
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
function rowsOf(map: NetworkMap): ReadonlyMap<string, number> {
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
  for (const { network, row, label } of wires) {
    const isNamed = options.map.networks.length > 1 && options.highlights.has(network.name)
    const lit = isNamed || options.highlights.has(network.subnet)
    canvas.put(label.x, y + 1 + row, label.text, lit ? 'accent' : 'strong')
  }
}

function wiresOf(columns: number, { map, layout, page, nodes }: WiresOptions): Wire[] {
  const rows = rowsOf(map)
  const all = nodes.flatMap(dropsOf)
  return map.networks.flatMap((network) => {
    const drops = all.filter((drop) => drop.network === network.name)
    const span = spanOf(map, network.name)
    if (!span) return []
    const comes = pageOf(layout, span.first[0]) < page
    const goes = pageOf(layout, span.last[0]) > page
    if (drops.length === 0 && !(comes && goes)) return []
    const row = rows.get(network.name) ?? 0
    const from = comes ? 0 : (drops[0]?.x ?? 0)
    const next = all.find(({ network: other, x }) => rows.get(other) === row && x > (drops.at(-1)?.x ?? from))
    const end = next && !goes ? next.x - 2 : columns
    const label = labelOf(network, [...(drops.length ? drops.map(({ x }) => x) : [from]), end])
    const to = goes ? columns : Math.max((drops.at(-1)?.x ?? 0) + 1, label.x + label.text.length + 2)
    return [{ network, row, from, to: Math.min(to, end), drops, label }]
  })
}

/** A network's name and subnet at the first place between two cables that has room for both; else the name alone. */
function labelOf({ name, subnet }: MapNetwork, stops: readonly number[]): Label {
  for (const text of [` ${name} ${subnet} `, ` ${name} `]) {
    const nth = stops.findIndex((x, i) => x + 3 + text.length < (stops[i + 1] ?? 0))
    if (nth >= 0) return { x: (stops[nth] ?? 0) + 3, text }
  }
  return { x: 0, text: '' }
}

function dropsOf({ machine, x, drawing }: PlacedNode): Drop[] {
  return machine.cables.map(({ device, network }, nth) => ({
    network,
    x: x + drawing.dropOf(nth, machine.cables.length),
    up: machine.interfaces.find(({ name }) => name === device)?.up ?? false,
  }))
}
