import { expect, test, vi } from 'vitest'
import type { CellRow, Size } from '../../../../src/terminals/cells.ts'
import { type CellSource, Compositor, type Pane } from '../../../../src/ui/screen/compositor.ts'
import { cellsOf } from '../../../../src/ui/screen/styled-line.ts'
import { ManualClock } from '../../../helpers/manual-clock.ts'
import { ShownTerminal } from './shown-terminal.ts'

const WIDE: Size = { columns: 160, rows: 50 }
const SMALL: Size = { columns: 12, rows: 4 }
const BEGIN = '\x1b[?2026h'
const END = '\x1b[?2026l'

/** A compositor that has begun, on a terminal full of somebody else's text. */
async function begun(size: Size = SMALL, colours = true) {
  const clock = new ManualClock()
  const terminal = new ShownTerminal(size)
  terminal.write('#'.repeat(size.columns * size.rows))
  const compositor = new Compositor({ output: terminal, size, colours, clock })
  compositor.resume()
  await turn()
  terminal.frames.length = 0
  /** Bytes of the frames that came since the last look. */
  const written = async () => {
    await turn()
    clock.pass(100)
    return terminal.frames.splice(0).join('')
  }
  return { clock, terminal, compositor, written }
}

const turn = () => new Promise((done) => setImmediate(done))

function source(lines: string[], columns = 12) {
  let listener: ((rows: ReadonlySet<number>) => void) | undefined
  const end = vi.fn(() => (listener = undefined))
  return {
    lines,
    end,
    row: (y: number): CellRow | undefined =>
      y < lines.length ? cellsOf(lines[y] ?? '', columns) : undefined,
    onChange: (onRows: (rows: ReadonlySet<number>) => void) => {
      listener = onRows
      return end
    },
    change(y: number, line: string) {
      lines[y] = line
      listener?.(new Set([y]))
    },
  } satisfies CellSource & Record<string, unknown>
}

test('The first frame covers all that was there, without clearing the screen.', async () => {
  const { terminal, compositor, written } = await begun()
  compositor.setBase('one\n\n  three')
  expect(await written()).not.toContain('\x1b[2J')
  expect((await terminal.shown()).lines).toEqual([
    'one         ',
    ' '.repeat(12),
    '  three     ',
    ' '.repeat(12),
  ])
})

test('A frame that is the same costs nothing.', async () => {
  const { compositor, written } = await begun(WIDE)
  const pane = { rect: { x: 10, y: 5, columns: 80, rows: 40 }, source: source(['a', 'b'], 80) }
  compositor.setBase('x\n'.repeat(49))
  compositor.setPanes([pane])
  compositor.setCursor({ x: 11, y: 5 })
  expect(await written()).not.toBe('')
  compositor.setBase('x\n'.repeat(49))
  compositor.setPanes([{ ...pane }])
  compositor.invalidate(pane.source)
  compositor.setCursor({ x: 11, y: 5 })
  expect(await written()).toBe('')
})

test('One changed cell costs less than 60 bytes.', async () => {
  const { compositor, written } = await begun(WIDE)
  const frame = Array.from({ length: 50 }, (_, y) => `\x1b[1;36mline ${y}\x1b[0m`.padEnd(150, '.'))
  const pane = source(['$ '], 80)
  compositor.setPanes([{ rect: { x: 80, y: 1, columns: 80, rows: 40 }, source: pane }])
  compositor.setBase(frame.join('\n'))
  compositor.setCursor({ x: 82, y: 1 })
  await written()
  compositor.setBase(frame.with(48, frame[48]?.replace('48', '49') ?? '').join('\n'))
  expect((await written()).length).toBeLessThan(60)
  pane.change(0, '$ l')
  compositor.setCursor({ x: 83, y: 1 })
  expect((await written()).length).toBeLessThan(50)
})

test('The first change is written at once, the next ones together when a 30th of a second is over.', async () => {
  const { compositor, terminal, clock, written } = await begun()
  await written()
  compositor.setBase('a')
  await turn()
  expect(terminal.frames).toHaveLength(1)
  compositor.setBase('b')
  compositor.setBase('c')
  await turn()
  clock.pass(32)
  expect(terminal.frames).toHaveLength(1)
  clock.pass(2)
  expect(terminal.frames).toHaveLength(2)
  expect(terminal.frames[1]).toBe(`${BEGIN}\rc${END}`)
})

test('Nothing is written while the output is behind, and then only how things are by then.', async () => {
  const { compositor, terminal, clock, written } = await begun()
  await written()
  terminal.keepsUp = false
  compositor.setBase('a')
  await turn()
  for (const text of ['b', 'c', 'd']) {
    compositor.setBase(text)
    clock.pass(100)
    await turn()
  }
  expect(terminal.frames).toHaveLength(1)
  terminal.keepsUp = true
  terminal.drain()
  const frame = await written()
  expect(frame).toContain('d')
  expect(frame).not.toContain('b')
})

test('Panes lie over the frame, later ones over earlier ones, and are cut where they end.', async () => {
  const { compositor, terminal, written } = await begun()
  compositor.setBase(Array(4).fill('............').join('\n'))
  compositor.setPanes([
    { rect: { x: 1, y: 1, columns: 6, rows: 2 }, source: source(['abcdefghij', 'klm', 'never']) },
    { rect: { x: 5, y: 2, columns: 9, rows: 4 }, source: source(['1234567890', '5']) },
  ])
  await written()
  expect((await terminal.shown()).lines).toEqual([
    '............',
    '.abcdef.....',
    '.klm 1234567',
    '.....5      ',
  ])
})

test('A hole shows the frame, and closes again.', async () => {
  const { compositor, terminal, written } = await begun()
  compositor.setBase('\n  dialog')
  const panes = [
    { rect: { x: 0, y: 0, columns: 12, rows: 4 }, source: source(Array(4).fill('xxxxxxxxxxxx')) },
  ]
  compositor.setPanes(panes, [{ x: 2, y: 1, columns: 6, rows: 1 }])
  await written()
  expect((await terminal.shown()).lines[1]).toBe('xxdialogxxxx')
  compositor.setPanes(panes)
  await written()
  expect((await terminal.shown()).lines[1]).toBe('xxxxxxxxxxxx')
})

test('A pane that goes uncovers the frame and lets go of its source.', async () => {
  const { compositor, terminal, written } = await begun()
  const gone = source(['pane'])
  compositor.setBase('frame')
  compositor.setPanes([{ rect: { x: 0, y: 0, columns: 8, rows: 1 }, source: gone }])
  await written()
  compositor.setPanes([])
  await written()
  expect((await terminal.shown()).lines[0]).toBe('frame       ')
  expect(gone.end).toHaveBeenCalledOnce()
})

test('A wide character that is cut becomes a space, in the pane and below it.', async () => {
  const { compositor, terminal, written } = await begun()
  compositor.setBase('漢漢漢漢漢漢')
  const pane = { rect: { x: 3, y: 0, columns: 4, rows: 1 }, source: source(['a漢漢']) }
  compositor.setPanes([pane])
  await written()
  expect((await terminal.shown()).lines[0]).toBe('漢 a漢  漢漢')
  compositor.setPanes([])
  await written()
  expect((await terminal.shown()).lines[0]).toBe('漢漢漢漢漢漢')
})

test('A dim pane is dim, and without colours only they are gone.', async () => {
  const { compositor, terminal, written } = await begun(SMALL, false)
  compositor.setBase('\x1b[1;31mred')
  const pane = { rect: { x: 4, y: 0, columns: 4, rows: 1 }, source: source(['\x1b[1;42mgreen']), dim: true }
  compositor.setPanes([pane])
  await written()
  await terminal.shown()
  expect(terminal.style(0, 0)).toEqual({ bold: true, dim: false, fg: -1 })
  expect(terminal.style(4, 0)).toEqual({ bold: true, dim: true, fg: -1 })
})

test('The cursor is where it was put after every frame, and hidden without a place.', async () => {
  const { compositor, terminal, written } = await begun()
  compositor.setCursor({ x: 3, y: 2 })
  compositor.setBase('one\ntwo')
  expect((await written()).endsWith(`\x1b[?25h${END}`)).toBe(true)
  expect((await terminal.shown()).cursor).toEqual({ x: 3, y: 2 })
  compositor.setBase('one\nTWO')
  await written()
  expect((await terminal.shown()).cursor).toEqual({ x: 3, y: 2 })
  compositor.setCursor(undefined)
  expect(await written()).toBe(`${BEGIN}\x1b[?25l${END}`)
})

test('Paused it writes nothing; resumed it draws over whatever is there.', async () => {
  const { compositor, terminal, written } = await begun()
  compositor.setBase('before')
  await written()
  compositor.pause()
  compositor.setBase('after')
  expect(await written()).toBe('')
  terminal.write('\x1b[H\x1b[31msomething else')
  terminal.frames.length = 0
  compositor.resume()
  await written()
  expect((await terminal.shown()).lines).toEqual(['after       ', ...Array<string>(3).fill(' '.repeat(12))])
  expect(terminal.style(0, 0).fg).toBe(-1)
})

test('A terminal of another size shows the same frame, cut or filled up.', async () => {
  const { compositor, terminal, written } = await begun()
  compositor.setBase('0123456789ab\nx\ny\nlast')
  await written()
  const size = { columns: 6, rows: 5 }
  terminal.resize(size)
  terminal.write('\x1b[2J\x1b[H######')
  compositor.resize(size)
  await written()
  expect((await terminal.shown()).lines).toEqual(['012345', 'x     ', 'y     ', 'last  ', '      '])
})

test('Whatever changes, the terminal shows what the layers are.', async () => {
  let seed = 7
  const random = (below: number) => (seed = (seed * 48_271) % 0x7fff_ffff) % below
  const pieces = [
    'a',
    ' ',
    '    ',
    '漢',
    '─',
    'é',
    'e\u0301',
    '\x1b[31m',
    '\x1b[1m',
    '\x1b[0m',
    '\x1b[7m',
    'xyz',
  ]
  const line = () => Array.from({ length: random(9) }, () => pieces[random(pieces.length)]).join('')
  const { compositor, terminal, written } = await begun()
  const frame = Array.from({ length: 4 }, line)
  const pane = source([line(), line()], 6)
  let panes: Pane[] = []
  for (let round = 0; round < 200; round++) {
    frame[random(4)] = line()
    compositor.setBase(frame.join('\n'))
    if (random(4) === 0) {
      const rect = { x: random(10), y: random(4), columns: 6, rows: 2 }
      panes = random(3) ? [{ rect, source: pane }] : []
      compositor.setPanes(panes)
    } else pane.change(random(2), line())
    await written()
    const afresh = await begun()
    afresh.compositor.setBase(frame.join('\n'))
    afresh.compositor.setPanes(panes.map((shown) => ({ ...shown, source: { row: pane.row } })))
    await afresh.written()
    expect(await terminal.shown()).toMatchObject({ lines: (await afresh.terminal.shown()).lines })
  }
})
