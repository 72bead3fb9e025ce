import type { MapInterface, MapMachine } from '../../../session/network/network-watch.ts'
import { anatomyOf, type Stack } from './anatomy.ts'
import { fewOf } from './few-of.ts'
import { endWords, NodeDrawing, type NodeLook } from './node-drawing.ts'
import { shortened } from './words.ts'

/** A machine in few rows: a line for each pod and each interface, with the bridge's wire at the left. */
export function drawList(machine: MapMachine, columns: number, look: NodeLook): NodeDrawing {
  const drawing = new NodeDrawing(columns, look)
  const { stacks, others, cables } = anatomyOf(machine)
  for (const stack of stacks) listStack(drawing, stack)
  for (const link of others) drawing.interface(link, 4, columns - 2)
  for (const link of cables) drawing.interface(link, 4, columns - 2)
  drawing.close(machine)
  cables.forEach(({ name }) => {
    const nth = machine.cables.findIndex(({ device }) => device === name)
    const x = drawing.dropOf(nth, machine.cables.length)
    drawing.canvas.put(x, drawing.y - 1, machine.cables.length > 1 ? `┬ ${name} ` : '┬', 'muted')
  })
  return drawing
}

function listStack(drawing: NodeDrawing, { bridge, ports }: Stack): void {
  const { canvas, look, columns } = drawing
  const isAbout = (port: MapInterface) =>
    look.selected === port.name || look.lights.interface(port) || look.lights.pod(endWords(port).name)
  const { shown, more } = fewOf(ports, isAbout)
  shown.forEach((port, i) => {
    const { kind, name, address } = endWords(port)
    if (bridge && i > 0) canvas.put(2, drawing.y, '│', 'muted')
    const lit = look.lights.pod(name)
    if (lit) canvas.put(3, drawing.y, '▸', 'accent')
    canvas.put(
      4,
      drawing.y,
      shortened(kind === 'pod' ? name : `${kind} ${name}`, columns - 8 - address.length),
      lit ? 'accent' : 'good',
    )
    canvas.putBefore(columns - 2, drawing.y, address)
    drawing.y++
    canvas.put(2, drawing.y, bridge ? (i ? '├' : '┌') : '╶', 'muted')
    canvas.put(3, drawing.y, '─', 'muted')
    drawing.interface(port, 4, columns - 2)
  })
  if (more) canvas.put(4, drawing.y++, `and ${more} more`, 'muted')
  if (!bridge) return
  if (ports.length) canvas.put(2, drawing.y, '┷', 'muted')
  drawing.interface(bridge, 4, columns - 2)
}
