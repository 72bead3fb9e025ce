import type { MapInterface, MapMachine } from '../../../session/network/network-watch.ts'
import { anatomyOf, type Stack } from './anatomy.ts'
import { endWords, NodeDrawing, type NodeLook } from './node-drawing.ts'
import { destinations, isIpip, shortened } from './words.ts'

/** Columns that a pod's card has at least: an address or a veth's name, and its frame; and from where on it has margins. */
const CARD = { min: 17, roomy: 18, max: 30 }
/** The same for each box of several cables. */
const CABLE_MIN = 16

/** A machine as a picture, a box for each part; undefined when what stands side by side has no room. */
export function drawPicture(machine: MapMachine, columns: number, look: NodeLook): NodeDrawing | undefined {
  const drawing = new NodeDrawing(columns, look)
  const { stacks, others, cables } = anatomyOf(machine)
  if (stacks.some(({ ports }) => drawing.share(ports.length) < CARD.min)) return undefined
  const count = machine.cables.length
  if (count > 1 && drawing.share(count) < CABLE_MIN) return undefined
  for (const stack of stacks) drawStack(drawing, machine, stack)
  for (const link of others) {
    drawRoutesTo(drawing, machine, link)
    drawBox(drawing, link)
  }
  if (count > 1) drawCables(drawing, machine, cables)
  else for (const cable of cables) drawCable(drawing, machine, others, cable)
  drawing.close(machine)
  for (const { name } of cables) {
    const x = drawing.dropOf(nthCable(machine, name), count)
    drawing.canvas.put(x, drawing.y - 2, '┬', 'muted')
    drawing.canvas.put(x, drawing.y - 1, '┼', 'muted')
  }
  return drawing
}

const nthCable = ({ cables }: MapMachine, name: string) => cables.findIndex(({ device }) => device === name)

function drawStack(drawing: NodeDrawing, machine: MapMachine, { bridge, ports }: Stack): void {
  const { canvas, look } = drawing
  const top = drawing.y
  const width = Math.min(CARD.max, drawing.share(ports.length))
  const inset = insetOf(width)
  ports.forEach((port, i) => {
    const x = 2 + i * (width + 1)
    const stem = x + inset
    const { kind, name, address } = endWords(port)
    const lit = look.lights.pod(name)
    canvas.frame(x, top, width, 4, lit ? 'accent' : 'muted')
    canvas.put(x + 1, top, ` ${kind} `, 'muted')
    canvas.put(stem, top + 1, shortened(name, width - 1 - inset), lit ? 'accent' : 'good')
    if (lit) canvas.put(stem - 1, top + 1, '▸', 'accent')
    canvas.put(stem, top + 2, shortened(address, width - 1 - inset))
    canvas.put(stem, top + 3, '┬', 'muted')
    for (const y of [top + 4, top + 5]) canvas.put(stem, y, '│', 'muted')
    drawing.y = top + 4
    drawing.narrowInterface(port, stem + inset, x + width)
    if (!bridge) drawRouteToPort(drawing, machine, port, stem, x + width)
  })
  if (!bridge) {
    drawing.y += 2
    return
  }
  const bridgeTop = drawing.y
  drawBox(drawing, bridge)
  ports.forEach((_, i) => canvas.put(2 + inset + i * (width + 1), bridgeTop, '┴', 'muted'))
}

const insetOf = (width: number) => (width < CARD.roomy ? 1 : 2)

/** A pod's interface that is no bridge's port hangs on a route: to its address alone, or there is none. */
function drawRouteToPort(
  { canvas, look, y }: NodeDrawing,
  { routes }: MapMachine,
  { name, pod }: MapInterface,
  x: number,
  end: number,
): void {
  const route = routes.find(({ device, type }) => device === name && !type)
  if (!route) {
    if (pod) canvas.put(x + 2, y, 'no route', 'muted')
    return
  }
  const lit = look.lights.route(route)
  const to = route.destination === pod?.ip ? 'a /32 route' : `to ${route.destination}`
  canvas.put(x, y, '┊', 'muted')
  canvas.put(x + 2, y, shortened(to, end - x - 2), lit ? 'accent' : 'muted')
}

/** The line by which packets for other places come to an interface: as the routing table has it, or not. */
function drawRoutesTo(drawing: NodeDrawing, { routes }: MapMachine, { name }: MapInterface): void {
  const { canvas, drop, look, columns } = drawing
  const leading = routes.filter(({ device, type }) => device === name && !type)
  const y = drawing.y++
  if (!leading.length) {
    canvas.put(drop, y, '  no route leads here', 'muted')
    return
  }
  const lit = leading.some((route) => look.lights.route(route))
  canvas.put(drop, y, '┊', 'muted')
  canvas.put(drop + 2, y, destinations(leading, columns - drop - 4), lit ? 'accent' : 'muted')
}

/** The only cable, below what leaves by it. */
function drawCable(
  drawing: NodeDrawing,
  machine: MapMachine,
  others: readonly MapInterface[],
  cable: MapInterface,
): void {
  const { canvas, drop, columns } = drawing
  for (const words of waysOut(machine, others, cable, columns - drop - 4)) {
    canvas.put(drop, drawing.y++, `┊ ${words}`, 'muted')
  }
  drawBox(drawing, cable)
}

/** How packets for pods of other nodes leave: wrapped by a tunnel, or as they are. */
function waysOut(
  { routes }: MapMachine,
  others: readonly MapInterface[],
  cable: MapInterface,
  columns: number,
): string[] {
  const vxlan = others.find((link) => link.vxlan?.device === cable.name)?.vxlan
  const hasIpip = others.some((link) => isIpip(link) && routes.some(({ device }) => device === link.name))
  const bare = routes.filter(
    ({ device, via, destination }) => device === cable.name && via && destination !== 'default',
  )
  return [
    ...(vxlan ? [vxlanWords(vxlan, columns)] : []),
    ...(hasIpip ? ['IP-in-IP: wrapped, protocol 4'] : []),
    ...(bare.length ? [destinations(bare, columns)] : []),
  ]
}

function vxlanWords({ local }: NonNullable<MapInterface['vxlan']>, columns: number): string {
  const all = `VXLAN: wrapped in UDP from ${local}`
  return all.length <= columns ? all : 'VXLAN: wrapped in UDP'
}

/** Several cables, side by side as they leave. */
function drawCables(drawing: NodeDrawing, machine: MapMachine, cables: readonly MapInterface[]): void {
  const top = drawing.y
  const width = drawing.share(machine.cables.length)
  for (const cable of cables) {
    const x = 2 + nthCable(machine, cable.name) * (width + 1)
    drawing.y = top + 1
    drawing.narrowInterface(cable, x + insetOf(width), x + width - 1, [
      cable.addresses.join(' ') || 'no address',
    ])
    drawing.canvas.frame(x, top, width, drawing.y - top + 1, 'muted')
    drawing.y++
  }
}

function drawBox(drawing: NodeDrawing, link: MapInterface): void {
  const { canvas, columns } = drawing
  const top = drawing.y++
  drawing.interface(link, 4, columns - 4)
  canvas.frame(2, top, columns - 4, drawing.y - top + 1, 'muted')
  drawing.y++
}
