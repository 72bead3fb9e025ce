import { expect, test } from 'vitest'
import type { PacketSummary } from '../../../../src/capture/packet-capture.ts'
import { UNICODE_MARKS } from '../../../../src/ui/marks.ts'
import { bytesLines } from '../../../../src/ui/screens/packets/packet-bytes.ts'
import { listLines } from '../../../../src/ui/screens/packets/packet-list.ts'
import { treeRows } from '../../../../src/ui/screens/packets/packet-tree.ts'
import { movePackets, type PacketMove } from '../../../../src/ui/screens/packets/packets-moves.ts'
import {
  backInPackets,
  captureFileName,
  filterPackets,
  isLookedAt,
  PACKETS_AT_FIRST,
  type PacketsView,
  seePackets,
  selectedNumber,
  showConversation,
} from '../../../../src/ui/screens/packets/packets-state.ts'
import { GET, PING, RECORDED, viewOf } from './recorded.ts'

const SIZE = { columns: 80, rows: 21 }

const after = (view: PacketsView, ...moves: PacketMove[]): PacketsView =>
  moves.reduce((view, move) => ({ ...view, state: movePackets(view, move, SIZE) }), view)

const numbered = (count: number): PacketSummary[] =>
  Array.from({ length: count }, (_, i) => ({ ...RECORDED[i % RECORDED.length]!, number: i + 1 }))

const selectedIn = ({ state, packets }: PacketsView) => selectedNumber(state, packets)

test('the newest packet is selected until somebody moves up, and again from the end on', () => {
  const view = { packets: RECORDED, detail: PING, state: PACKETS_AT_FIRST }
  const more = (view: PacketsView) => ({ ...view, packets: numbered(30) })
  expect(selectedIn(view)).toBe(20)
  expect(selectedIn(more(view))).toBe(30)
  expect(selectedIn(more(after(view, 'up')))).toBe(19)
  expect(selectedIn(more(after(view, 'up', 'end')))).toBe(30)
  expect(selectedIn(after(view, 'home'))).toBe(1)
  expect(selectedIn(after(view, 'home', 'up'))).toBe(1)
  expect(selectedIn({ ...view, packets: [] })).toBeUndefined()
})

test('a packet that was decoded while later ones came is shown when the newest is followed, and only then', () => {
  const view = { packets: RECORDED, detail: PING, state: PACKETS_AT_FIRST }
  expect(isLookedAt(view.state, RECORDED, 18)).toBe(true)
  expect(isLookedAt(after(view, 'up').state, RECORDED, 18)).toBe(false)
  expect(isLookedAt(after(view, 'up').state, RECORDED, 19)).toBe(true)
})

test('moving in an empty list does nothing', () => {
  const view = { packets: [], detail: undefined, state: PACKETS_AT_FIRST }
  for (const move of ['up', 'pagedown', 'home', 'enter', 'down', 'enter', 'tab', 'up'] as const) {
    expect(selectedIn(after(view, move))).toBeUndefined()
  }
})

test('the list moves only when the selected packet would be out of sight', () => {
  const size = { columns: 78, rows: 8 }
  const first = (view: PacketsView) =>
    Number(
      listLines(view.packets, view.state, size, UNICODE_MARKS)[1]!
        .replaceAll(/\D+/g, ' ')
        .trim()
        .split(' ')[0],
    )
  let view: PacketsView = after({ packets: numbered(100), detail: PING, state: PACKETS_AT_FIRST }, 'home')
  view = after(view, 'down', 'down')
  expect([selectedIn(view), first(view)]).toEqual([3, 1])
  view = after(view, 'pagedown', 'pagedown')
  expect(selectedIn(view)).toBe(15)
  view = after(view, 'up')
  expect([selectedIn(view), first(view)]).toEqual([14, 9])
})

test('drawing a list costs the same for ten thousand packets as for twenty', () => {
  const packets = numbered(10_000)
  let looked = 0
  const counted = new Proxy(packets, {
    get(target, key, receiver) {
      if (/^\d+$/.test(String(key))) looked += 1
      return Reflect.get(target, key, receiver) as unknown
    },
  })
  for (const selected of [1, 5000, undefined]) {
    listLines(counted, { ...PACKETS_AT_FIRST, selected }, { columns: 78, rows: 8 }, UNICODE_MARKS)
  }
  expect(looked).toBeLessThan(100)
})

test('a filter keeps packets with its text, whatever the capitals, and looks at new ones only once', () => {
  const state = filterPackets(PACKETS_AT_FIRST, ' icmp ', RECORDED)
  expect(state.filter).toBe('icmp')
  expect(state.matches).toEqual({ numbers: [1, 2, 3, 4], seen: 20 })
  const more = [...RECORDED, { ...RECORDED[0]!, number: 21 }]
  expect(seePackets(state, more).matches).toEqual({ numbers: [1, 2, 3, 4, 21], seen: 21 })
  expect(seePackets(state, RECORDED)).toBe(state)
  expect(filterPackets(state, '', RECORDED).matches).toBeUndefined()
})

test('moving under a filter goes from match to match, from wherever the selection was', () => {
  const state = filterPackets({ ...PACKETS_AT_FIRST, selected: 10 }, '10.42.0.2', RECORDED)
  const view = { packets: RECORDED, detail: undefined, state }
  expect(state.matches!.numbers).toEqual([17, 18, 19, 20])
  expect(selectedIn(view)).toBe(17)
  expect(selectedIn(after(view, 'down'))).toBe(18)
})

test('the two innermost layers are open at first; Enter opens and closes', () => {
  const open = (view: PacketsView) =>
    treeRows(view.detail, view.state.toggled)
      .filter((row) => row.open && row.depth === 0)
      .map(({ node }) => node.text.replace(/,.*/, ''))
  const view = viewOf(GET)
  expect(open(view)).toEqual(['Transmission Control Protocol', 'Hypertext Transfer Protocol'])
  const opened = after(view, 'enter', 'enter')
  expect(open(opened)[0]).toMatch(/^Frame 8/)
  expect(open(after(opened, 'enter'))).toEqual(open(view))
})

test('a node stays selected on the next packet that has one like it', () => {
  const inTree = after(viewOf(GET), 'tab', 'down', 'down', 'enter', 'down')
  const other = { ...inTree, detail: PING, state: { ...inTree.state, selected: 1 } }
  const lines = (view: PacketsView) => bytesLines(view.detail, view.state, { columns: 76, rows: 8 })
  expect(inTree.state.node).toBe('/Internet Protocol Version/.... = Version')
  expect(lines(other).join('\n')).toContain('\u001B[7m45\u001B[27m')
})

test('the bytes of the selected node are inverse, in hexadecimal and as text', () => {
  const view = viewOf(GET)
  const method = treeRows(GET, new Set()).find(({ node }) => node.text.startsWith('Host: '))!
  const lines = bytesLines(GET, { ...view.state, node: method.key }, { columns: 72, rows: 13 })
  // oxlint-disable-next-line no-control-regex
  const text = [...lines.join('\n').matchAll(/\u001B\[7m([^\u001B]*)\u001B\[27m/g)].map(
    ([, inverse = '']) => inverse,
  )
  const hex = text
    .filter((_, i) => i % 2 === 0)
    .join(' ')
    .replaceAll(/ +/g, '')
  expect(Buffer.from(hex, 'hex').toString()).toBe('Host: 10.42.1.2:8080\r\n')
  expect(text.filter((_, i) => i % 2 === 1).join('')).toBe('Host: 10.42.1.2:8080..')
})

test('bytes follow the selected node until they are scrolled', () => {
  const size = { columns: 72, rows: 4 }
  const first = (view: PacketsView) => bytesLines(view.detail, view.state, size)[0]!
  const view = viewOf(GET)
  const last = after(view, 'tab', 'end')
  expect(first(last)).toContain('00')
  expect(first(view)).toContain('0000')
  expect(first(last)).not.toContain('0000')
  const scrolled = after(last, 'tab', 'home')
  expect(first(scrolled)).toContain('0000')
})

test('back goes out of the conversation, to the list, to all packets, and then nowhere', () => {
  const filtered = filterPackets(PACKETS_AT_FIRST, 'http', RECORDED)
  const deep = showConversation({ ...filtered, pane: 'bytes' }, 8, undefined)
  expect(deep.conversation!.lines).toEqual(['This packet is part of no TCP or UDP conversation.'])
  const [first, second, third] = [1, 2, 3].map((times) =>
    Array.from({ length: times }).reduce((state: typeof deep) => backInPackets(state), deep),
  )
  expect(first).toMatchObject({ conversation: undefined, pane: 'bytes' })
  expect(second).toMatchObject({ pane: 'list', filter: 'http' })
  expect(third).toMatchObject({ pane: 'list', filter: '', matches: undefined })
  expect(backInPackets(third!)).toBe(third)
})

test('a conversation is scrolled within its lines', () => {
  const state = showConversation(
    PACKETS_AT_FIRST,
    8,
    Array.from({ length: 50 }, (_, i) => `line ${i}`).join('\n'),
  )
  const view = { packets: RECORDED, detail: undefined, state }
  const offset = (...moves: PacketMove[]) => after(view, ...moves).state.conversation!.offset
  expect(offset('up')).toBe(0)
  expect(offset('down', 'down')).toBe(2)
  // 20 rows but for the status, 18 in the border, one of which says how many lines are left.
  expect(offset('end')).toBe(50 - 17)
  expect(offset('end', 'home')).toBe(0)
})

test('a file name for saving has no character of the device that a path would trip over', () => {
  expect(captureFileName('flannel', 'flannel.1')).toBe('~/flannel-flannel.1.pcap')
  expect(captureFileName('flannel', 'veth/0@if2')).toBe('~/flannel-veth_0_if2.pcap')
})
