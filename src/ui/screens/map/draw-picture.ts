import type { MapInterface, MapMachine } from '../../../session/network/network-watch.ts'
import { anatomyOf, type Stack } from './anatomy.ts'
import { endWords, NodeDrawing, type NodeLook } from './node-drawing.ts'
import { shortened } from './words.ts'

/** Columns that a pod's card has at least: an address or a veth's name, and its frame. */
const CARD = { min: 18, max: 30 }

/** A machine as a picture, a box for each part; undefined when its pods don't fit side by side. */
export function drawPicture(machine: MapMachine, columns: number, look: NodeLook): NodeDrawing | undefined {
  const drawing = new NodeDrawing(columns, look)
  const { stacks, others, cable } = anatomyOf(machine)
  if (stacks.some(({ ports }) => cardColumns(columns, ports.length) < CARD.min)) return undefined
  for (const stack of stacks) drawStack(drawing, stack)
  for (const link of others) {
    drawRoutesTo(drawing, machine, link)
    drawBox(drawing, link)
  }
  if (cable) {
    const tunnel = others.find(({ vxlan }) => vxlan?.device === cable.name)
    if (tunnel)
      drawing.canvas.put(
        drawing.drop,
        drawing.y++,
        `┊ VXLAN: wrapped in UDP from ${tunnel.vxlan?.local}`,
        'muted',
      )
    drawBox(drawing, cable)
  }
  drawing.close(machine)
  if (cable) {
    drawing.canvas.put(drawing.drop, drawing.y - 2, '┬', 'muted')
    drawing.canvas.put(drawing.drop, drawing.y - 1, '┼', 'muted')
  }
  return drawing
}

const cardColumns = (columns: number, cards: number) =>
  Math.min(CARD.max, Math.floor((columns - 4 - (cards - 1)) / cards))

function drawStack(drawing: NodeDrawing, { bridge, ports }: Stack): void {
  const { canvas, look } = drawing
  const top = drawing.y
  const width = cardColumns(drawing.columns, ports.length)
  ports.forEach((port, i) => {
    const x = 2 + i * (width + 1)
    const { kind, name, address } = endWords(port)
    const lit = look.lights.pod(name)
    canvas.frame(x, top, width, 4, lit ? 'accent' : 'muted')
    canvas.put(x + 1, top, ` ${kind} `, 'muted')
    canvas.put(x + 2, top + 1, shortened(name, width - 3), lit ? 'accent' : 'good')
    if (lit) canvas.put(x + 1, top + 1, '▸', 'accent')
    canvas.put(x + 2, top + 2, shortened(address, width - 3))
    canvas.put(x + 2, top + 3, '┬', 'muted')
    for (const y of [top + 4, top + 5]) canvas.put(x + 2, y, '│', 'muted')
    drawing.y = top + 4
    drawing.narrowInterface(port, x + 4, x + width)
  })
  if (!bridge) {
    drawing.y++
    return
  }
  const bridgeTop = drawing.y
  drawBox(drawing, bridge)
  ports.forEach((_, i) => canvas.put(4 + i * (width + 1), bridgeTop, '┴', 'muted'))
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
  const prefixes = leading.map(({ destination }) => destination).join(', ')
  const lit = leading.some((route) => look.lights.route(route))
  canvas.put(drop, y, '┊', 'muted')
  canvas.put(drop + 2, y, shortened(`to ${prefixes}`, columns - drop - 4), lit ? 'accent' : 'muted')
}

function drawBox(drawing: NodeDrawing, link: MapInterface): void {
  const { canvas, columns } = drawing
  const top = drawing.y++
  drawing.interface(link, 4, columns - 4)
  canvas.frame(2, top, columns - 4, drawing.y - top + 1, 'muted')
  drawing.y++
}
