import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { Stranger } from '../helpers/cli.ts'
import { processesWith } from '../helpers/host-state.ts'
import { openApp, type AppOptions, type UiScreen } from '../helpers/ui-screen.ts'

const home = new Stranger()
const open: UiScreen[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map((app) => app.close()))
  await home.run(['stop', '--all'])
})

function screen(words: readonly string[], options?: AppOptions): UiScreen {
  const app = openApp(home, words, options)
  open.push(app)
  return app
}

/** The lesson of a lab that comes up in half the time, with a terminal. */
async function lesson(words: readonly string[] = ['start', 'containers']): Promise<UiScreen> {
  const app = screen(words)
  await app.until(/Lesson +node0/, { deadlineMs: 20_000 })
  return app
}

test('a screen that is killed leaves lab and terminals; a signal gives the terminal back first', async () => {
  const killed = await lesson()
  await killed.go('<f12>', 'F12 back')
  await killed.type('echo here-$((6 * 7))')
  await killed.until('here-42')
  process.kill(killed.pid, 'SIGKILL')
  expect(await killed.exited).toBe(137)

  for (const [signal, code] of [
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    const app = await lesson(['resume'])
    await app.go('<f12>', 'here-42')
    process.kill(app.pid, signal)
    expect(await app.exited).toBe(code)
    expect(app.modes).toEqual({
      alternateScreen: false,
      bracketedPaste: false,
      mouse: false,
      applicationCursorKeys: false,
    })
    expect(app.cursor.visible).toBe(true)
  }
})

test('a lab that ends is said at once, and Enter starts it again where the learner was', async () => {
  const app = await lesson()
  await app.go('n', '2/10')
  await app.until('Checks: not yet')
  process.kill(home.holder('containers'), 'SIGKILL')
  await app.until('The lab stopped; start it again? (progress is kept)')
  app.press('<enter>')
  await app.until('Starting containers')
  await app.until(/2\/10 [^]*Lesson +node0/, { deadlineMs: 20_000 })
  await app.go('<tab>', 'F12 back')
  await app.type('echo again-$((6 * 7))')
  await app.until('again-42')
})

test('terminals whose keeper was killed say so, and new ones can be opened', async () => {
  const app = await lesson()
  await app.go('<f12>', 'F12 back')
  await app.prompt()
  const [keeper = ''] = processesWith(join(home.lab('containers'), 'run/terminals.sock'))
  process.kill(Number.parseInt(keeper, 10), 'SIGKILL')
  await app.until('Tab into the terminal')
  await app.until(/Lesson +node0 ended/)
  await app.go('t', 'New terminal on')
  await app.go('<enter>', 'F12 back')
  await app.type('echo again-$((6 * 7))')
  await app.until('again-42')
})

test('Q asks, stops the lab and says so on the screen that comes back', async () => {
  const app = await lesson()
  await app.go('Q', 'Stop containers?')
  app.press('<enter>')
  expect(await app.exited).toBe(0)
  expect(app.text()).toContain('Stopped containers')
  expect(await home.json(['list'])).toMatchObject({
    labs: expect.arrayContaining([expect.objectContaining({ id: 'containers', running: false })]) as unknown,
  })
})

// Something is put over a tool in a mount namespace, and taken away there: that is root's.
test.runIf(process.getuid?.() === 0)(
  'a start that fails says why and what mends it, and r tries again',
  async () => {
    const tool = '/usr/bin/tshark'
    const hide = ['unshare', '--mount', '--', 'sh', '-c', `mount --bind /dev/null ${tool} && exec "$@"`, 'sh']
    const app = screen([], { through: hide })
    await app.until('A container network, by hand')
    await app.go('<enter>', 'Starting containers failed')
    expect(app.text()).toMatch(/Missing on this machine: tshark/)
    expect(app.text()).toMatch(/install.* (tshark|wireshark)/)
    expect(readFileSync(`/proc/${app.pid}/comm`, 'utf8').trim()).toMatch(/node|MainThread/)
    execFileSync('nsenter', ['-t', String(app.pid), '-m', 'umount', tool])
    await app.go('r', /\d+\/10 [^]*Lesson +node0/, 20_000)
  },
)

test('Escape while a lab comes up gives it up and shows the labs', async () => {
  const app = screen(['start', 'flannel'])
  await app.go('', 'Starting flannel')
  await app.go('<escape>', 'Services are iptables rules')
  expect(await home.json(['list'])).toMatchObject({
    labs: expect.arrayContaining([expect.objectContaining({ id: 'flannel', running: false })]) as unknown,
  })
})
