import type { PacketNode } from './packet-capture.ts'
import { printable } from './printable.ts'

/**
 * Reads the part of PDML that tshark writes (wireshark's doc/README.xml-output): `proto` and `field` elements with their
 * attributes, no text between them.
 */

interface Draft {
  readonly name: string
  readonly text: string
  readonly start: number
  readonly length: number
  /** The bytes it stands for, in hexadecimal, where PDML says them. */
  readonly hex: string | undefined
  readonly hidden: boolean
  readonly children: Draft[]
}

/** A packet of a PDML document: its number and its layers. */
export interface PdmlPacket {
  readonly number: number
  /** @param bytes the frame's. */
  readonly tree: (bytes: Uint8Array) => PacketNode[]
}

export function readPdml(text: string): PdmlPacket[] {
  return [...text.matchAll(/<packet>(.*?)<\/packet>/gs)].map(([, packet = '']) => {
    const layers = drafts(packet)
    const number = /<field name="num" [^>]*show="(\d+)"/.exec(packet)?.[1] ?? '0'
    return { number: Number(number), tree: (bytes) => nodes(layers, bytes) }
  })
}

function drafts(packet: string): Draft[] {
  const root: Draft[] = []
  const open: Draft[] = []
  for (const [, closing, attributes = '', empty] of packet.matchAll(
    /<(\/?)(?:proto|field)((?:\s+[\w.:-]+="[^"]*")*)\s*(\/?)>/g,
  )) {
    if (closing) {
      open.pop()
      continue
    }
    const draft = draftOf(attributes)
    const siblings = open.at(-1)?.children ?? root
    siblings.push(draft)
    if (!empty) open.push(draft)
  }
  return root
}

function draftOf(source: string): Draft {
  const attributes: Record<string, string> = {}
  for (const [, name = '', value = ''] of source.matchAll(/([\w.:-]+)="([^"]*)"/g)) attributes[name] = value
  const { name = '', showname, show, pos, size, value, unmaskedvalue, hide } = attributes
  return {
    name,
    text: printable(unescaped(showname || show || name)),
    start: Number(pos ?? 0),
    length: Number(size ?? 0),
    hex: unmaskedvalue ?? value,
    hidden: hide === 'yes' || name === 'geninfo',
    children: [],
  }
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function unescaped(text: string): string {
  return text.replaceAll(/&(?:#x([\da-f]{1,6})|#(\d{1,7})|(\w+));/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return NAMED[String(name)] ?? whole
    const code = hex === undefined ? Number(decimal) : Number.parseInt(String(hex), 16)
    return code <= 0x10_ff_ff ? String.fromCodePoint(code) : whole
  })
}

function nodes(drafts: readonly Draft[], bytes: Uint8Array): PacketNode[] {
  return drafts.flatMap((draft) => {
    if (draft.hidden) return []
    const children = nodes(draft.children, bytes)
    // What no dissector claimed: tshark wraps it so that PDML is made of protocols only.
    if (draft.name === 'fake-field-wrapper') return children
    const where = inFrame(draft, bytes) === false ? { start: 0, length: 0 } : placeOf(draft, bytes)
    return [{ text: draft.text, ...where, children }]
  })
}

const placeOf = ({ start, length }: Draft, bytes: Uint8Array) =>
  start + length <= bytes.length ? { start, length } : { start: 0, length: 0 }

/**
 * Whether positions count from the frame's first byte. They do not in what was put together from several packets or
 * decompressed, and PDML does not say so: but then the bytes differ. Undefined when nothing tells.
 */
function inFrame(draft: Draft, bytes: Uint8Array): boolean | undefined {
  if (draft.hex !== undefined && draft.length > 0 && draft.hex.length === draft.length * 2) {
    return Buffer.from(draft.hex, 'hex').equals(bytes.subarray(draft.start, draft.start + draft.length))
  }
  const told = new Set(draft.children.map((child) => inFrame(child, bytes)))
  if (told.has(true)) return true
  return told.has(false) ? false : undefined
}
