import { afterEach, expect, test } from 'vitest'
import { ScreenReader } from '../../helpers/screen-reader.ts'

let reader: ScreenReader | undefined
const run = (script: string) => (reader = new ScreenReader({ argv: ['sh', '-c', script] }))

afterEach(() => reader?.close())

test('What a program prints is read as lines, cells and modes.', async () => {
  const screen = run(`printf '\\033[?25l\\033[?2004h\\033[1;31mred\\033[0m 漢x\\n'; cat`)
  await screen.until('漢x')
  expect(screen.lines()[0]).toBe('red 漢x')
  expect(screen.cell(0, 0)).toMatchObject({ chars: 'r', bold: true, fg: 1, bg: 'default' })
  expect(screen.cell(5, 0)).toMatchObject({ chars: '', width: 0 })
  expect(screen.cursor).toEqual({ x: 0, y: 1, visible: false })
  expect(screen.modes).toMatchObject({ alternateScreen: false, bracketedPaste: true })
})

test('Keys reach the program, and its exit code comes back.', async () => {
  const screen = run('read word; echo "got $word"; exit 7')
  screen.press('hello<enter>')
  await screen.until(/^got hello$/m)
  expect(await screen.exited).toBe(7)
})

test('A wait that fails shows the screen.', async () => {
  const screen = run('echo something else; cat')
  await screen.until('something else')
  await expect(screen.until('never', { deadlineMs: 20 })).rejects.toThrow(/never[^]*something else/)
})

test('A wait ends when the program does.', async () => {
  const screen = run('echo bye')
  await expect(screen.until('never')).rejects.toThrow(/ended \(0\)[^]*bye/)
})

test('A new size reaches the program.', async () => {
  const screen = run(`trap 'stty size' WINCH; echo ready; while :; do read x; done`)
  await screen.until('ready')
  screen.resize({ columns: 100, rows: 30 })
  await screen.until('30 100')
})
