import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { Stranger } from '../helpers/cli.ts'
import { ScreenReader } from '../helpers/screen-reader.ts'
import { LARGE, openApp, SMALL, type AppOptions, type SeenPane, type UiScreen } from '../helpers/ui-screen.ts'

const home = new Stranger()
const open: UiScreen[] = []

beforeAll(async () => {
  expect(await home.run(['start', 'flannel', '--detach', '--yes'])).toMatchObject({ code: 0 })
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((app) => app.close()))
})
afterAll(() => home.leave())

/** The running lab's screen. */
async function resume(options?: AppOptions): Promise<UiScreen> {
  const app = openApp(home, ['resume'], options)
  open.push(app)
  await app.until(/[◉@]/, { deadlineMs: 20_000 })
  await app.until((screen) => /Lesson +node0/.test(screen.text()) || app.panes().length > 1)
  return app
}

/** The same, with keys going to a new terminal. */
async function inTerminal(options?: AppOptions): Promise<UiScreen> {
  const app = await resume(options)
  await app.go('t', 'New terminal on')
  await app.go('<enter>', 'F12 back to the lesson')
  await app.prompt()
  return app
}

const NOTHING: SeenPane = { title: '', focused: false, x: 0, y: 0, lines: [] }

/** The pane that keys go to. */
const focused = (app: UiScreen) => app.panes().find((pane) => pane.focused) ?? NOTHING

/** Every cell is as a fresh drawing of the whole screen has it. */
async function expectNothingGarbled(app: UiScreen): Promise<void> {
  const before = app.cells()
  await app.go('<f12>', '? help')
  await app.redraw()
  await app.go('<f12>', 'F12 back to the lesson')
  await app.until(() => JSON.stringify(app.cells()) === JSON.stringify(before))
}

test('on a large screen two terminals stand beside the text, and one can have all of it', async () => {
  const app = await resume({ size: LARGE })
  await app.go('T', () => app.panes().length === 3)
  expect(app.panes().map(({ title }) => title.replaceAll(/\d+ more.*/g, ''))).toEqual([
    expect.stringContaining('1/12'),
    expect.stringContaining('node0'),
    expect.stringContaining('node0'),
  ])
  await app.until(() => focused(app).lines.join(' ').includes('kubectl get nodes'))
  await app.go('<ctrl-c><f12>z', () => app.panes().length === 1)
  expect(app.panes()[0]?.lines[0]?.length).toBeLessThanOrEqual(158)
  await app.go('<f12>', () => app.panes().length === 3)
  await app.go('x', () => app.panes().length === 2)
})

test('vim and less follow the size of the screen, and nothing of what was there before stays', async () => {
  const app = await inTerminal()
  app.press('seq 1000 > /tmp/lines; vim -u NONE -c "set laststatus=2" /tmp/lines<enter>')
  const isWhole = () => {
    const { lines } = focused(app)
    const status = lines.findIndex((line) => line.includes('/tmp/lines'))
    return (
      status === lines.length - 2 && lines.slice(0, status).every((line, i) => line.trim() === `${i + 1}`)
    )
  }
  await app.until(isWhole)
  for (const size of [LARGE, { columns: 60, rows: 20 }, SMALL]) {
    app.resize(size)
    await app.until(() => app.lines().at(-1)?.includes('F12') === true && isWhole())
    await expectNothingGarbled(app)
  }
  app.press(':q<enter>')
  await app.type('clear; seq 1000 | less')
  const isFull = () => {
    const { lines } = focused(app)
    return lines.at(-1) === ':' && lines.slice(0, -1).every((line, i) => line === `${i + 1}`)
  }
  await app.until(isFull)
  for (const size of [{ columns: 60, rows: 20 }, LARGE, SMALL]) {
    app.resize(size)
    await app.until(() => app.lines().at(-1)?.includes('F12') === true && isFull())
    await expectNothingGarbled(app)
  }
  app.press('q')
  await app.prompt()
})

test('5,000 pasted lines arrive byte for byte', async () => {
  const app = await inTerminal()
  const text = Array.from({ length: 5000 }, (_, i) => `line ${i} ${'äöü漢'.repeat(i % 7)}\n`).join('')
  // The shell has said that it wants no marks around a paste any more when the command says something.
  await app.go('echo go; cat > /tmp/pasted<enter>', /┃go\s+┃/)
  app.paste(text)
  // The kernel may keep the last echoes back until there is something else to be typed or said.
  app.press('<ctrl-d>')
  await app.prompt()
  expect(await home.on('node0', 'cat /tmp/pasted')).toBe(text.trim())
})

test('wide and combined characters and all colours are in the cells where a plain terminal has them', async () => {
  const words =
    '漢字|e\u0301|👩\u200d💻|\x1b[31mred\x1b[m \x1b[92mbright\x1b[m \x1b[38;5;208morange\x1b[m ' +
    '\x1b[38;2;10;20;30mtrue\x1b[m \x1b[44mblue\x1b[m \x1b[1mbold\x1b[m \x1b[2mdim\x1b[m \x1b[3;4;7mall\x1b[m|end'
  const plain = new ScreenReader({ argv: ['printf', '%b', words] })
  await plain.exited
  const app = await inTerminal()
  const escaped = words.replaceAll('\x1b', '\\033')
  app.press(`clear; printf '${escaped}\\n'<enter>`)
  await app.until(() => focused(app).lines[0]?.startsWith('漢字') === true)
  const { x, y } = focused(app)
  for (let column = 0; column < 70; column++) {
    // What joins two characters of two cells is left out: some terminals would make one of them, and all that follows move.
    const cell = plain.cell(column, 0)
    const wanted = { ...cell, chars: cell.chars.replace('\u200d', '') }
    expect([column, app.cell(x + 1 + column, y + 1)]).toEqual([column, wanted])
  }
  await plain.close()
})

test('top runs, and what has scrolled away can be read', async () => {
  const app = await inTerminal()
  await app.go('top<enter>', 'load average')
  await app.go('q', /^┃root@node0:~# *┃$/m)
  app.press('clear; seq 300<enter>')
  await app.until(() => focused(app).lines.includes('300'))
  await app.go('<shift-pageup>', () => focused(app).lines.includes('270') && !app.text().includes('300'))
  await app.go('<pageup>', () => focused(app).lines.includes('250'))
  await app.go('<end>', () => focused(app).lines.includes('300'))
  await app.go('<f12>', '? help')
})

test('who quits and comes back finds the terminals as they were, also on two screens at once', async () => {
  const first = await inTerminal()
  first.press('echo left-$((6 * 7))<enter>')
  await first.until(() => focused(first).lines.includes('left-42'))
  await first.prompt()
  const { lines } = focused(first)
  await first.go('<f12>', '? help')
  first.press('q')
  expect(await first.exited).toBe(0)

  const [one, two] = await Promise.all([resume(), resume()])
  await one.go('<f12>', 'left-42')
  await two.go('<f12>', 'left-42')
  expect(focused(one).lines).toEqual(lines)
  one.press('echo shared-$((6 * 7))<enter>')
  await two.until(() => focused(two).lines.includes('shared-42'))
})

test('a shell gets the whole screen, and gives it back with nothing left on it', async () => {
  const app = await resume()
  await app.go('!', 'A shell with the whole screen on')
  await app.go('<enter>', () => !app.modes.alternateScreen && /root@node0:\S*# *$/.test(app.text().trim()))
  await app.go('echo $((6 * 7))<enter>', /^42$/m)
  await app.go('exit<enter>', () => app.modes.alternateScreen && app.text().includes('Checks: not yet'))
  const back = app.cells()
  await app.redraw()
  expect(app.cells()).toEqual(back)
})

test('the map shows a new pod when it is there, and captures on an interface', async () => {
  // The first interface that there is shall lead to the DNS pod.
  const onNode0 = JSON.stringify({ spec: { template: { spec: { nodeName: 'node0' } } } })
  const dns = ['--namespace=kube-system', 'deployment/coredns']
  expect(await home.kubectl(['patch', ...dns, `--patch=${onNode0}`])).toMatchObject({ code: 0 })
  expect(await home.kubectl(['rollout', 'status', ...dns, '--timeout=30s'])).toMatchObject({ code: 0 })
  const app = await resume({ size: LARGE })
  await app.go('m', /node0[^]*cni0[^]*flannel\.1/)
  const run = ['run', 'newcomer', '--image=netshoot', '--', 'sleep', 'infinity']
  expect(await home.kubectl(run)).toMatchObject({ code: 0 })
  await app.until('newcomer', { deadlineMs: 5000 })
  await home.kubectl(['delete', 'pod', 'newcomer', '--now'])
  await app.until((screen) => !screen.text().includes('newcomer'))
  await app.go('<down>', /▸/)
  await app.go('c', /captur/i)
  const ofPods = [
    'get',
    'pods',
    '--namespace=kube-system',
    '--field-selector=status.phase=Running',
    '--output=jsonpath={.items[0].status.podIP}',
  ]
  const { stdout: pod } = await home.kubectl(ofPods)
  const pinging = home.on('node0', `ping -c 20 -i 0.1 ${pod}`)
  await app.until('Echo (ping) request', { deadlineMs: 20_000 })
  await pinging
  await app.go('<escape>', '? help')
})

test('NO_COLOR draws without a colour, and a locale without UTF-8 in ASCII but for what the lab itself says', async () => {
  const app = await resume({ env: { NO_COLOR: '1', LC_ALL: 'C' } })
  await app.until('Checks: not yet')
  const { columns, rows } = app.size
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const { chars, fg, bg } = app.cell(x, y)
      expect([x, y, chars, fg, bg]).toEqual([x, y, expect.stringMatching(/^[ -~…]$/), 'default', 'default'])
    }
  }
})

test('--plain and TERM=dumb ask a line at a time; CI and pipes get the step and no more', async () => {
  const plain = openApp(home, ['resume', '--plain'])
  const dumb = openApp(home, ['resume'], { env: { TERM: 'dumb' } })
  const ci = openApp(home, ['resume'], { env: { CI: '1' } })
  open.push(plain, dumb, ci)
  await plain.until('[c]heck')
  await dumb.until('[c]heck')
  expect(await ci.exited).toBe(0)
  expect(ci.text()).toContain('/root/node1-pods (on node0)')
  for (const app of [plain, dumb, ci]) expect(app.modes.alternateScreen).toBe(false)
  const { code, stdout } = await home.run(['resume'])
  expect([code, stdout]).toEqual([0, expect.stringContaining('1/12')])
})

test('the whole lab put back has new machines, and terminals on them begin again where they were', async () => {
  const app = await inTerminal({ size: LARGE })
  app.press('echo mine > /tmp/mine; ls /tmp/mi*<enter>')
  await app.until(() => focused(app).lines.some((line) => line.startsWith('/tmp/mine')))
  const places = app.panes().map(({ x, y }) => [x, y])
  await app.go('<f12>R', 'Put the whole lab back?')
  await app.go('<enter>', 'putting the lab back')
  await app.until((screen) => !screen.text().includes('putting the lab back'), { deadlineMs: 20_000 })
  expect(app.panes().map(({ x, y }) => [x, y])).toEqual(places)
  await app.go('<f12>', 'F12 back to the lesson')
  await app.prompt()
  app.press('ls /tmp/mine<enter>')
  await app.until(() => focused(app).lines.join(' ').includes('No such file'))
})
