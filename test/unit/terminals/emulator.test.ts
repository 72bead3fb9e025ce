import { expect, test } from 'vitest'
import type { CellRow } from '../../../src/terminals/cells.ts'
import { Emulator } from '../../../src/terminals/emulator.ts'
import { cellsOf } from '../../../src/terminals/runs.ts'

const SIZE = { columns: 20, rows: 3 }

async function screenAfter(output: string, replies: string[] = []): Promise<Emulator> {
  const screen = new Emulator(SIZE, (reply) => replies.push(reply))
  await says(screen, output)
  return screen
}

function says(screen: Emulator, output: string): Promise<void> {
  return new Promise((resolve) => screen.parse(Buffer.from(output), resolve))
}

function row(screen: Emulator, y: number): CellRow {
  return cellsOf(screen.rowsFrom(screen.newest)[y] ?? [], screen.size.columns)
}

async function stylesOf(...sgr: string[]): Promise<readonly string[]> {
  const screen = await screenAfter(sgr.map((parameters) => `\u001b[0;${parameters}mx`).join(''))
  return row(screen, 0).styles.slice(0, sgr.length)
}

test('attributes and colours become SGR parameters in one order, however the program said them', async () => {
  expect(await stylesOf('31;1', '1', '2', '3', '4', '5', '7', '8', '9', '53')).toEqual([
    '1;31',
    '1',
    '2',
    '3',
    '4',
    '5',
    '7',
    '8',
    '9',
    '53',
  ])
  expect(await stylesOf('97', '107', '38;5;1', '38;5;12', '38;5;200', '48;5;16')).toEqual([
    '97',
    '107',
    '31',
    '94',
    '38;5;200',
    '48;5;16',
  ])
  expect(await stylesOf('48;2;1;2;3;38;2;255;0;9;4;7')).toEqual(['4;7;38;2;255;0;9;48;2;1;2;3'])
})

test('a background colour reaches as far as the program coloured', async () => {
  const screen = await screenAfter('\u001b[44mab\u001b[K')
  expect(row(screen, 0).styles).toEqual(Array<string>(20).fill('44'))
})

test('wide characters take two cells, and composed ones one', async () => {
  const { chars } = row(await screenAfter('漢e\u0301👩\u200d💻|'), 0)
  expect(chars.slice(0, 8)).toEqual(['漢', '', 'e\u0301', '👩', '', '💻', '', '|'])
})

test('the cursor is where the program has it, and nowhere when it hides it', async () => {
  const screen = await screenAfter('ab\r\nc')
  expect(screen.cursor).toEqual({ line: 1, x: 1 })
  await says(screen, '\u001b[?25l')
  expect(screen.cursor).toBeUndefined()
  await says(screen, '\u001b[?1;25h')
  expect(screen.cursor).toEqual({ line: 1, x: 1 })
  await says(screen, '\u001b[?25l\u001bc')
  expect(screen.cursor).toEqual({ line: 0, x: 0 })
})

test('behind a full row the cursor stays on the screen', async () => {
  expect((await screenAfter('x'.repeat(20))).cursor).toEqual({ line: 0, x: 19 })
})

test('modes that whoever sends keys must know are told', async () => {
  const screen = await screenAfter('')
  expect([screen.bracketedPaste, screen.applicationCursor, screen.alternate]).toEqual([false, false, false])
  await says(screen, '\u001b[?2004h\u001b[?1h\u001b[?1049h')
  expect([screen.bracketedPaste, screen.applicationCursor, screen.alternate]).toEqual([true, true, true])
})

test('what a program asks its terminal is answered', async () => {
  const replies: string[] = []
  await screenAfter('\r\n  \u001b[6n', replies)
  expect(replies).toEqual(['\u001b[2;3R'])
})

test('a marked line is found again after more output, until it is forgotten', async () => {
  const screen = await screenAfter(Array.from({ length: 10 }, (_, i) => `line ${i}\r\n`).join(''))
  const mark = screen.mark(4)
  await says(screen, 'more\r\n'.repeat(1995))
  expect(cellsOf(screen.rowsFrom(mark?.line ?? 0)[0] ?? [], 6).chars.join('')).toBe('line 4')
  await says(screen, 'more\r\n'.repeat(10))
  expect(mark?.isDisposed).toBe(true)
})
