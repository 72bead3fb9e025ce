import type { MapInterface, MapMachine } from '../../../session/network/network-watch.ts'
import type { Role } from '../../theme.ts'
import { Canvas } from './canvas.ts'
import type { Lights } from './highlights.ts'
import { kindWords, shortCount, shortened } from './words.ts'

/** Where an interface is drawn: its name's row, and the last row that belongs to it. */
export interface Place {
  readonly device: string
  readonly x: number
  readonly y: number
  readonly bottom: number
}

/** What decides how one machine is drawn. */
export interface NodeLook {
  readonly lights: Lights
  readonly selected: string | undefined
}

/** A machine being drawn, from top to bottom. */
export class NodeDrawing {
  readonly canvas: Canvas
  readonly look: NodeLook
  readonly places: Place[] = []
  /** Column at which the machine's first cable leaves it. */
  readonly drop = 4
  y = 1

  constructor(columns: number, look: NodeLook) {
    this.canvas = new Canvas(columns)
    this.look = look
  }

  get columns(): number {
    return this.canvas.columns
  }

  /** Columns that each of several boxes side by side has. */
  share(count: number): number {
    return Math.floor((this.columns - 4 - (count - 1)) / count)
  }

  /** Column at which the nth of so many cables leaves it. */
  dropOf(nth: number, count: number): number {
    return this.drop + nth * (this.share(count) + 1)
  }

  /** The box around all that was drawn, with the machine's name in it. */
  close({ name, address: own, router }: MapMachine): void {
    const { canvas, columns } = this
    const address = router ? `router ${own}` : own
    const lit = this.look.lights.machine
    const role: Role = lit ? 'accent' : 'heading'
    canvas.frame(0, 0, columns, this.y + 1, 'muted')
    canvas.put(1, 0, `${lit ? '▸' : '─'} ${name} `, role)
    if (columns >= name.length + address.length + 9) canvas.putBefore(columns - 2, 0, ` ${address} `, 'muted')
    this.y++
  }

  /** An interface between two columns: on one line if all of it fits, else with the rest on a second, or a line a word. */
  interface(link: MapInterface, x: number, end: number): void {
    const { canvas, y } = this
    const words = wordsOf(link)
    const rest = words.map(({ text }) => text).join('  ')
    this.#putName(link, x, end)
    putCounters(canvas, link, end, y)
    if (link.name.length + 2 + rest.length + COUNTERS <= end - x) {
      this.#putWords(words, x + link.name.length + 2, y, end)
    } else {
      const lines = rest.length <= end - x ? [words] : words.map((word) => [word])
      for (const line of lines) this.#putWords(line, x, ++this.y, end)
    }
    this.y++
    this.#place(link.name, x, y, end)
  }

  /** An interface in lines of few columns: its name, what else is asked for, its counters. */
  narrowInterface(link: MapInterface, x: number, end: number, between: readonly string[] = []): void {
    const { y } = this
    this.#putName(link, x, end)
    if (!link.up) this.#putWords([DOWN], x + link.name.length + 1, y, end)
    between.forEach((text, i) => this.canvas.put(x, y + 1 + i, shortened(text, end - x)))
    putCounters(this.canvas, link, x + countersWidth(link), y + 1 + between.length)
    this.y += 2 + between.length
    this.#place(link.name, x, y, end)
  }

  #putName(link: MapInterface, x: number, end: number): void {
    const lit = this.look.lights.interface(link)
    if (lit) this.canvas.put(x - 1, this.y, '▸', 'accent')
    this.canvas.put(x, this.y, shortened(link.name, end - x), lit ? 'accent' : 'strong')
  }

  #putWords(words: readonly Word[], x: number, y: number, end: number): void {
    let at = x
    for (const { text, role } of words) {
      this.canvas.put(at, y, shortened(text, Math.max(0, end - at)), ...(role ? [role] : []))
      at += text.length + 2
    }
  }

  #place(device: string, x: number, y: number, end: number): void {
    this.places.push({ device, x, y, bottom: this.y - 1 })
    if (device !== this.look.selected) return
    for (let row = y; row < this.y; row++) this.canvas.mark(x, row, end - x, 'selected')
  }
}

interface Word {
  readonly text: string
  readonly role?: Role
}

const DOWN: Word = { text: 'DOWN', role: 'bad' }

/** Columns kept for counters and the gap before them, so that lines don't jump as the numbers grow. */
const COUNTERS = 14

/** What there is to say besides name and counters. */
const wordsOf = (link: MapInterface): Word[] => [
  ...(link.up ? [] : [DOWN]),
  ...link.addresses.map((text) => ({ text })),
  ...(kindWords(link) ? [{ text: kindWords(link), role: 'muted' } as const] : []),
]

/** What is at the other end of a veth. */
export function endWords({ pod, peer }: MapInterface): { kind: string; name: string; address: string } {
  if (pod) return { kind: 'pod', name: pod.name, address: pod.ip }
  const address = peer?.addresses[0] ?? 'no address'
  if (peer?.netns !== undefined) return { kind: 'netns', name: peer.netns, address }
  if (peer) return { kind: 'veth', name: peer.device, address }
  return { kind: 'veth', name: 'somewhere else', address: '' }
}

const counterText = (link: MapInterface) => ({
  received: `${link.receivedLately ? '▼' : '↓'}${shortCount(link.received)}`,
  sent: `${link.sentLately ? '▲' : '↑'}${shortCount(link.sent)}`,
})

function countersWidth(link: MapInterface): number {
  const { received, sent } = counterText(link)
  return received.length + 1 + sent.length
}

/** Packets received and sent; what moved within the last second has another sign, and stands out. */
function putCounters(canvas: Canvas, link: MapInterface, end: number, y: number): void {
  const { received, sent } = counterText(link)
  const role = (lately: number): Role[] => (lately ? ['warn', 'strong'] : ['muted'])
  canvas.putBefore(end - sent.length - 1, y, received, ...role(link.receivedLately))
  canvas.putBefore(end, y, sent, ...role(link.sentLately))
}
