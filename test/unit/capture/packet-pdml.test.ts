import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { PacketNode } from '../../../src/capture/packet-capture.ts'
import { readPdml } from '../../../src/capture/packet-pdml.ts'

const GOLDEN = join(import.meta.dirname, '../../golden/packets')

/** Where packet 14 is in the capture file. */
const REPLY_AT = 2121
const REPLY_LENGTH = 116

const field = (attributes: string, inside?: string) =>
  inside === undefined ? `<field ${attributes}/>` : `<field ${attributes}>${inside}</field>`
const packet = (...layers: string[]) =>
  `<?xml version="1.0"?>\n<pdml>\n<packet>\n${layers.join('\n')}\n</packet>\n</pdml>`
const treeOf = (text: string, bytes: readonly number[]) => readPdml(text)[0]!.tree(Uint8Array.from(bytes))

function outline(nodes: readonly PacketNode[], indent = ''): string[] {
  return nodes.flatMap(({ text, start, length, children }) => [
    `${indent}${text.slice(0, 60)} [${start}+${length}]`,
    ...outline(children, `${indent}  `),
  ])
}

test('tshark’s PDML of an HTTP reply in VXLAN, put together from three segments, reads as this tree', async () => {
  const pcap = readFileSync(join(GOLDEN, 'vxlan-ping-http-dns.pcap'))
  const [reply] = readPdml(readFileSync(join(GOLDEN, 'http-reply.pdml'), 'utf8'))
  expect(reply!.number).toBe(14)
  const bytes = pcap.subarray(REPLY_AT, REPLY_AT + REPLY_LENGTH)
  await expect(`${outline(reply!.tree(bytes)).join('\n')}\n`).toMatchFileSnapshot(
    join(GOLDEN, 'http-reply-tree.txt'),
  )
})

test('text, place and nesting come from the attributes, entities from XML', () => {
  const text = packet(
    '<proto name="a" showname="A &lt;&amp;&gt; &quot;&apos;&#x263a;&#9786;" size="2" pos="0">',
    field(
      'name="a.b" showname="" show="only shown" size="1" pos="0" value="01"',
      field('name="bare" size="0" pos="1"'),
    ),
    '</proto>',
  )
  expect(outline(treeOf(text, [1, 2]))).toEqual(['A <&> "\'☺☺ [0+2]', '  only shown [0+1]', '    bare [1+0]'])
})

test('hidden fields and general information are left out, what no dissector claimed stands by itself', () => {
  const text = packet(
    '<proto name="geninfo" pos="0" showname="General information" size="1">',
    field('name="num" pos="0" show="7" size="1"'),
    '</proto>',
    '<proto name="a" showname="A" size="1" pos="0">',
    field(
      'name="h" showname="hidden" hide="yes" size="1" pos="0"',
      field('name="i" showname="in it" size="1" pos="0"'),
    ),
    '</proto>',
    `<proto name="fake-field-wrapper">${field('name="data" showname="Data" size="1" pos="1" value="02"')}</proto>`,
  )
  expect(readPdml(text)[0]!.number).toBe(7)
  expect(outline(treeOf(text, [1, 2]))).toEqual(['A [0+1]', 'Data [1+1]'])
})

test('places that are not in the frame are none', () => {
  const text = packet(
    '<proto name="a" showname="elsewhere" size="2" pos="0">',
    field('name="a.b" showname="other bytes" size="2" pos="0" value="0909"'),
    '</proto>',
    '<proto name="c" showname="partly" size="2" pos="0">',
    field('name="c.d" showname="same bytes" size="1" pos="0" value="01"'),
    field('name="c.e" showname="other bytes" size="1" pos="1" value="09"'),
    field('name="c.f" showname="masked" size="1" pos="1" value="0" unmaskedvalue="02"'),
    '</proto>',
    '<proto name="g" showname="too long" size="3" pos="0"></proto>',
  )
  expect(outline(treeOf(text, [1, 2]))).toEqual([
    'elsewhere [0+0]',
    '  other bytes [0+0]',
    'partly [0+2]',
    '  same bytes [0+1]',
    '  other bytes [0+0]',
    '  masked [1+1]',
    'too long [0+0]',
  ])
})

test('what a terminal would obey is not in the text', () => {
  const text = packet(field('name="x" showname="a&#x1b;[31mb\u009b1m\u202Ec&#10;d" size="0" pos="0"'))
  expect(treeOf(text, [])[0]!.text).toBe('a·[31mb·1m·c·d')
})
