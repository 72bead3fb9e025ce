import { resolve } from 'node:path'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { bundle } from '../../../helpers/bundle.ts'
import { ScreenReader } from '../../../helpers/screen-reader.ts'

let program: string
let screen: ScreenReader

beforeAll(async () => {
  program = await bundle(resolve(import.meta.dirname, 'tty-program.ts'))
})

afterEach(() => screen.close())

/** Starts the program in a shell that had something on its screen, and says afterwards whether `stty` is as before. */
async function started(then = 'true'): Promise<number> {
  const script = `
    set -m; echo before; modes=$(stty -g)
    "$NODE" "$PROGRAM"; echo "code $?"
    ${then}
    [ "$modes" = "$(stty -g)" ] && echo 'same modes'; read line`
  const env = { ...process.env, NODE: process.execPath, PROGRAM: program }
  screen = new ScreenReader({ argv: ['bash', '-c', script], size: { columns: 100, rows: 40 }, env })
  await screen.until(/typed \.$/m)
  expect(screen.modes).toMatchObject({ alternateScreen: true, bracketedPaste: true })
  expect(screen.cursor.visible).toBe(false)
  return Number(/pid (\d+)/.exec(screen.text())?.[1])
}

/** The program has ended, and nothing of it is left but what it said. */
async function leftWith(...said: string[]): Promise<void> {
  await screen.until('same modes')
  expect(screen.lines().filter(Boolean)).toEqual(['before', ...said, 'same modes'])
  expect(screen.cursor.visible).toBe(true)
  expect(screen.modes).toEqual({
    alternateScreen: false,
    bracketedPaste: false,
    mouse: false,
    applicationCursorKeys: false,
  })
}

test('After leaving, the terminal is as it was.', async () => {
  await started()
  screen.press('ab<up>q')
  await leftWith('quit', 'code 0')
})

test.each([
  ['SIGTERM', 143],
  ['SIGHUP', 129],
  ['SIGINT', 130],
] as const)('After %s the terminal is as it was, and the exit code is %i.', async (signal, code) => {
  process.kill(await started(), signal)
  await leftWith(`ended by ${signal}`, `code ${code}`)
})

test.each([
  ['thrown', 't'],
  ['rejected', 'j'],
])('What is %s is printed after the terminal was given back.', async (how, key) => {
  await started()
  screen.press(key)
  await screen.until('same modes')
  expect(screen.lines().slice(0, 2)).toEqual(['before', `Error: ${how} on purpose`])
  expect(screen.text()).toContain('code 1')
  expect(screen.modes).toMatchObject({ alternateScreen: false, bracketedPaste: false })
})

test('Another program has the terminal to itself, and then all is drawn again.', async () => {
  const pid = await started()
  screen.press('ar')
  await screen.until(`child of ${pid}`)
  expect(screen.lines()[0]).toBe('before')
  expect(screen.modes).toMatchObject({ alternateScreen: false, bracketedPaste: false })
  expect(screen.cursor.visible).toBe(true)
  screen.press('qqq<enter>')
  await screen.until('read qqq')
  screen.resize({ columns: 90, rows: 30 })
  screen.press('<enter>')
  await screen.until(/^typed a r\.$/m)
  expect(screen.lines().filter(Boolean)).toEqual([`pid ${pid}.`, 'size 90x30.', 'typed a r.'])
  expect(screen.modes).toMatchObject({ alternateScreen: true, bracketedPaste: true })
  screen.press('bq')
  await screen.until('same modes')
})

test('Ctrl-C in the other program is not ours.', async () => {
  const pid = await started()
  screen.press('r')
  await screen.until(`child of ${pid}`)
  screen.press('<ctrl-c>')
  await screen.until(/^typed r\.$/m)
})

test('A program that was killed and left the terminal in disorder does no harm.', async () => {
  await started()
  screen.press('v')
  await screen.until(/^typed v\.$/m)
  expect(screen.modes).toMatchObject({ mouse: false })
  screen.press('xq')
  await screen.until('same modes')
  expect(screen.modes).toMatchObject({ alternateScreen: false, mouse: false })
  expect(screen.lines()[0]).toBe('before')
})

test('Killed while another program has the terminal, it ends that and puts the terminal in order.', async () => {
  const pid = await started()
  screen.press('w')
  await screen.until('full screen')
  process.kill(pid, 'SIGTERM')
  await screen.until('same modes')
  expect(screen.lines()[0]).toBe('before')
  expect(screen.text()).toContain('code 143')
  expect(screen.cursor.visible).toBe(true)
  expect(screen.modes).toMatchObject({ alternateScreen: false, mouse: false, bracketedPaste: false })
})

test('A new size is drawn for.', async () => {
  await started()
  screen.resize({ columns: 40, rows: 10 })
  await screen.until('size 40x10.')
  screen.press('q')
  await leftWith('quit', 'code 0')
})

test('Stopped, it gives the terminal to the shell; let on, it draws all again.', async () => {
  await started('read line; fg')
  screen.press('z')
  await screen.until('code 148')
  expect(screen.lines().filter((line) => line && !line.includes('Stopped'))).toEqual(['before', 'code 148'])
  expect(screen.modes).toMatchObject({ alternateScreen: false, bracketedPaste: false })
  screen.press('<enter>')
  await screen.until(/^typed z\.$/m)
  screen.press('q')
  await screen.until('same modes')
  expect(screen.lines()).toContain('quit')
})

test('Where no shell could let it go on, it is not stopped.', async () => {
  screen = new ScreenReader({ argv: [process.execPath, program] })
  await screen.until(/typed \.$/m)
  screen.press('z')
  await screen.until(/^typed z\.$/m)
  screen.press('a')
  await screen.until(/^typed z a\.$/m)
})
