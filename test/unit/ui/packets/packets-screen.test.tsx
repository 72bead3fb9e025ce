import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Size } from '../../../../src/terminals/cells.ts'
import { UNICODE_MARKS } from '../../../../src/ui/marks.ts'
import { cellsOf } from '../../../../src/ui/screen/styled-line.ts'
import { movePackets, type PacketMove } from '../../../../src/ui/screens/packets/packets-moves.ts'
import { packetsPanes } from '../../../../src/ui/screens/packets/packets-panes.ts'
import { PacketsScreen } from '../../../../src/ui/screens/packets/packets-screen.tsx'
import {
  filterPackets,
  PACKETS_AT_FIRST,
  type PacketsState,
  type PacketsView,
  showConversation,
} from '../../../../src/ui/screens/packets/packets-state.ts'
import type { CaptureStatus } from '../../../../src/ui/screens/packets/packets-status.ts'
import { renderInk } from '../../../helpers/render-ink.tsx'
import { ANSWER, GET, GOLDEN, PING, RECORDED, STATUS, viewOf } from './recorded.ts'

const SIZES = [
  { columns: 80, rows: 21 },
  { columns: 100, rows: 40 },
  { columns: 160, rows: 47 },
]

const after = (view: PacketsView, size: Size, ...moves: PacketMove[]): PacketsView =>
  moves.reduce((view, move) => ({ ...view, state: movePackets(view, move, size) }), view)

/** The frames with what is inside them, as the compositor puts them together. */
function frame(view: PacketsView, size: Size, status: CaptureStatus = STATUS): string[] {
  const shown = { ...view, status }
  const frames = renderInk(<PacketsScreen {...shown} size={size} marks={UNICODE_MARKS} />, size).lines
  const screen = Array.from({ length: size.rows }, (_, y) => [
    ...cellsOf(frames[y] ?? '', size.columns).chars,
  ])
  for (const { rect, lines } of packetsPanes(shown, size, UNICODE_MARKS)) {
    for (let y = 0; y < rect.rows; y++) {
      const { chars } = cellsOf(lines[y] ?? '', rect.columns)
      screen[rect.y + y]?.splice(rect.x, rect.columns, ...chars)
    }
  }
  return screen.map((row) => row.join('').trimEnd())
}

const said = 'A → B\nGET / HTTP/1.1\n' + '0123456789'.repeat(20) + '\n'.repeat(60) + 'end'

const SCENES: [string, (size: Size) => PacketsView][] = [
  ['list', () => viewOf(PING)],
  ['tree', (size) => after(viewOf(GET), size, 'enter', 'end', 'enter')],
  ['bytes', (size) => after(viewOf(ANSWER), size, 'tab', 'end', 'enter', 'tab')],
  [
    'filter',
    () => ({ ...viewOf(GET), state: filterPackets({ ...PACKETS_AT_FIRST, selected: 8 }, 'http', RECORDED) }),
  ],
  ['conversation', () => ({ ...viewOf(GET), state: showConversation(PACKETS_AT_FIRST, 8, said) })],
]

for (const [scene, viewAt] of SCENES) {
  test.each(SIZES)(`${scene} at $columns x $rows looks as it did`, async (size) => {
    const lines = frame(viewAt(size), size)
    const name = `${scene}-${size.columns}x${size.rows}.txt`
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(join(GOLDEN, name))
    expect(lines).toHaveLength(size.rows)
  })
}

test('every pane is inside its frame and inside the screen, down to a very small one', () => {
  for (const size of [...SIZES, { columns: 40, rows: 10 }, { columns: 20, rows: 6 }]) {
    for (const [, viewAt] of SCENES) {
      for (const { rect, lines } of packetsPanes({ ...viewAt(size), status: STATUS }, size, UNICODE_MARKS)) {
        expect(lines.length).toBeLessThanOrEqual(rect.rows)
        expect(rect.x + rect.columns).toBeLessThanOrEqual(size.columns)
        expect(rect.y + rect.rows).toBeLessThanOrEqual(size.rows)
      }
    }
  }
})

test('packets that come change nothing that Ink draws', () => {
  const size = SIZES[0]!
  const chrome = (view: PacketsView) =>
    renderInk(<PacketsScreen {...view} status={STATUS} size={size} marks={UNICODE_MARKS} />, size).styled
  const view = { ...viewOf(PING), state: PACKETS_AT_FIRST }
  expect(chrome({ ...view, packets: RECORDED.slice(0, 9) })).toBe(chrome(view))
})

test('before the first packet, and where a filter leaves none, the list says so', () => {
  const empty = { packets: [], detail: undefined, state: PACKETS_AT_FIRST }
  expect(frame(empty, SIZES[0]!).join('\n')).toContain('Nothing has passed here yet.')
  const none = (state: PacketsState) => ({ ...viewOf(PING), state })
  const lines = frame(none(filterPackets(PACKETS_AT_FIRST, 'quic', RECORDED)), SIZES[0]!).join('\n')
  expect(lines).toContain('No packet\'s line has "quic" in it.')
  expect(lines).toContain('20 packets · only lines with "quic" (plain text): 0')
})

test('a full list and the end of a capture are said below', () => {
  const status = { ...STATUS, beyond: 1234, ended: { reason: 'the file is full' } }
  expect(frame(viewOf(PING), { columns: 120, rows: 30 }, status).at(-1)!.trim()).toBe(
    'ended: the file is full · 1254 packets, the first 20 listed, all in the file',
  )
})
