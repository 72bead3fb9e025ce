import { afterAll, expect, test } from 'vitest'
import { Stranger } from '../helpers/cli.ts'
import { openApp, type UiScreen } from '../helpers/ui-screen.ts'

const home = new Stranger()
const app = openApp(home, [])
afterAll(async () => {
  await app.close()
  await home.leave()
})

const TEXT = '/12 '

/** From a step that holds, on to the next. */
async function next(screen: UiScreen, number: number): Promise<void> {
  await screen.until('Done. What it meant:', { deadlineMs: 20_000 })
  await screen.go('n', ` ${number}/12 `)
}

/** Out of the terminal, when all checks of the step have passed. */
async function passed(screen: UiScreen): Promise<void> {
  await screen.until(/checks (\d+)\/\1/, { deadlineMs: 20_000 })
  await screen.go('<f12>', 'Done. What it meant:')
}

/** Moves down, or up, to the suggested command that has these words, and types it. */
async function suggestion(
  screen: UiScreen,
  words: string,
  { key = '<enter>', way = '<down>' } = {},
): Promise<void> {
  await screen.until('Try (Enter types it)')
  const chosen = () => / ▸ .*/.exec(screen.text().split('Try (Enter types it)')[1] ?? '')?.[0] ?? ''
  while (!chosen().includes(words)) {
    const before = chosen()
    await screen.go(way, () => chosen() !== before)
  }
  await screen.go(key, 'F12 back to the lesson')
}

async function solved(screen: UiScreen): Promise<void> {
  await screen.go('S', 'Solve this step?')
  await screen.go('<enter>', 'Done. What it meant:', 30_000)
}

test('whoever types knet-labs sees the labs, filters them and goes into one with Enter', async () => {
  await app.until('Flannel: an overlay you can read')
  await app.go('/flan', (screen) => !screen.text().includes('Services are iptables rules'))
  await app.go('<enter>', '/ flan')
  await app.go('<enter>', 'Starting flannel')
  await app.until('1/12 Three nodes, three slices', { deadlineMs: 20_000 })
  expect(app.modes.alternateScreen).toBe(true)
})

test('a step is done by what is typed into a terminal: a table is read, an answer is written', async () => {
  await suggestion(app, 'custom-columns=NAME')
  app.press('<enter>')
  const [, cidr] = await app.read('node0', /^node1 +(10\.42\.\d+\.0\/24)$/m)
  await app.type(`echo ${cidr} > /root/node1-pods`)
  await passed(app)
  await next(app, 2)
})

test('what is applied in a terminal shows in the checks as it comes up', async () => {
  await suggestion(app, 'apply -f hello-kubernetes.yaml')
  app.press('<enter>')
  await passed(app)
  await next(app, 3)
})

test('commands for another node open a terminal there', async () => {
  await suggestion(app, 'kubectl exec')
  app.press('<enter>')
  const [, index] = await app.read('node0', /eth0@if(\d+):/)
  await app.go('<f12>', TEXT)
  const [, node = ''] = await app.read(TEXT, /(node\d)\$ bridge link/)
  await suggestion(app, `${node}$ bridge link`, { way: '<up>' })
  await app.until(() => app.pane(node) !== undefined)
  await app.go('<enter>', 'master cni0')
  await app.type(`clear; ip -o link | grep '^${index}:'`)
  const [, veth] = await app.read(node, new RegExp(`^${index}: (veth\\w+)@`, 'm'))
  await app.type(`echo ${veth} > /root/veth`)
  await passed(app)
  await next(app, 4)
})

test('an answer that is nearly right is told why, and then found by trying', async () => {
  await suggestion(app, 'ping -c 1 -W 1 -M do')
  await app.go('<enter>', '1 received')
  await app.type('clear; echo 1450 > /root/largest-ping')
  await app.go('<f12>', 'That is the whole IP packet.')
  await app.go('<tab>', 'F12 back to the lesson')
  await app.type(
    'clear; for n in 1421 1422 1423; do ping -c 1 -W 1 -M do -s $n 10.42.1.1 | grep bytes.from; done',
  )
  const [, bytes] = await app.read('node0', /^(\d+) bytes from[^]*\n(?!\d+ bytes from)/m)
  expect(bytes).toBe('1429')
  await app.type('echo 1422 > /root/largest-ping')
  await passed(app)
  await next(app, 5)
})

test('hints come one at a time, and Solve shows what was done', async () => {
  await app.go('h', 'Hint 1 of 3')
  await solved(app)
  await next(app, 6)
  await solved(app)
  await next(app, 7)
})

test('a capture runs in one terminal while its traffic is made in another', async () => {
  await suggestion(app, '-w /root/vxlan.pcap', { key: 'T' })
  await app.go('<enter>', 'Capturing on')
  await app.go('<f12>', TEXT)
  await app.go('[', TEXT)
  await suggestion(app, 'kubectl exec', { way: '<up>' })
  await app.until((screen) => !screen.text().includes('Capturing on'))
  // A pod of the same node may answer; then nothing passes eth0.
  app.press('<home>for i in 1 2 3 4 5 6; do <end>; done; echo asked $((6 * 7))<enter>')
  await app.until('asked 42')
  await app.go('<f12>', TEXT)
  await app.go(']', TEXT)
  await app.go('<tab>', () => app.panes()[0]?.lines.includes("Capturing on 'eth0'") === true)
  app.press('<ctrl-c>')
  await app.prompt()
  await passed(app)
  await next(app, 8)
})

test('the last steps, solved, lead to the end of the lab and what comes next', async () => {
  for (let number = 9; number <= 12; number++) {
    await solved(app)
    await next(app, number)
  }
  await solved(app)
  await app.go('n', 'You finished')
  expect(app.text()).toContain('12/12 steps')
  expect(app.text()).toContain('Services are iptables rules')
})

test('quitting gives the terminal back and says how to come back to the lab that goes on', async () => {
  app.press('q')
  const code = await app.exited
  expect(code, app.text()).toBe(0)
  expect(app.modes).toMatchObject({ alternateScreen: false, bracketedPaste: false })
  expect(app.cursor.visible).toBe(true)
  expect(app.text()).toContain('knet-labs resume flannel')
  expect(await home.json(['list'])).toMatchObject({
    labs: expect.arrayContaining([
      expect.objectContaining({ id: 'flannel', running: true, done: 12 }),
    ]) as unknown,
  })
})
