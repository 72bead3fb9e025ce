/** `npm run screenshots [-- <folder>]`: takes the README's pictures in a real lab, driven by keys through the built app. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { importTypeScript } from '../bench/typescript.mjs'
import { svgOf } from './svg.mjs'

const ROOT = resolve(import.meta.dirname, '../..')
const CLI = join(ROOT, 'dist/cli.js')
const FOLDER = resolve(process.argv[2] ?? join(ROOT, '.github/screenshots'))
const SMALL = { columns: 80, rows: 24 }
const LARGE = { columns: 140, rows: 40 }
const home = mkdtempSync(join(tmpdir(), 'knet-screenshots-'))
const { CI: _, NO_COLOR: __, ...inherited } = process.env
const env = {
  ...inherited,
  HOME: home,
  XDG_STATE_HOME: join(home, 'state'),
  TERM: 'xterm-256color',
  LANG: 'C.UTF-8',
}

const { UiScreen } = await importTypeScript('test/helpers/ui-screen.ts')

function knet(...words) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...words], { env, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${words.join(' ')}: ${status}: ${stdout}${stderr}`)
}

function take(app, name) {
  const picture = svgOf(app)
  writeFileSync(join(FOLDER, `${name}.svg`), picture)
  console.log(
    `${name.padEnd(10)} ${String(app.size.columns).padStart(3)}x${app.size.rows} ${Math.round(picture.length / 1000)} kB`,
  )
}

/** Opens the app and ends it when the scenes have been played. */
async function on(words, size, play) {
  const app = new UiScreen({ argv: [process.execPath, CLI, ...words], size, env })
  try {
    await play(app)
  } finally {
    await app.close()
  }
}

/** Goes to the suggested command that has these words. */
async function choose(app, words) {
  const chosen = () => / ▸ .*/.exec(app.text().split('Try (Enter types it)')[1] ?? '')?.[0] ?? ''
  while (!chosen().includes(words)) {
    const before = chosen()
    await app.go('<down>', () => chosen() !== before)
  }
}

async function labs(app) {
  await app.go('', 'Flannel: an overlay')
  await app.go('<down>', '▸ Flannel')
  take(app, 'labs')
}

/** A capture in one terminal, its traffic in the other; then what there is to see of it elsewhere. */
async function lesson(app) {
  await app.go('', 'On the wire it is only UDP', 20_000)
  await app.until(() => app.panes().length > 1 && app.text().includes('Checks: not yet'))
  await app.go('T', () => /tshark/.test(app.panes().at(-1)?.lines[0] ?? ''))
  await app.go('<enter>', 'Capturing on')
  await app.go('<f12>', 'Tab goes in')
  await choose(app, 'kubectl exec')
  await app.go('T', () =>
    app.panes().some(({ focused, lines }) => focused && lines.join('').includes('wget')),
  )
  await app.go('<home>for i in 1 2 3; do <end>; done<enter>', () => /Hello world[^]*8472/.test(app.text()))
  await app.prompt()
  take(app, 'lesson')
}

/** The map, and a capture on the cable of the pod that the step is about. */
async function network(app) {
  const [, pod] = /kubectl exec ([a-z0-9-]+)/.exec(app.text()) ?? []
  await app.go('<f12>m', 'how to read this')
  await app.go('<down>', (screen) => !screen.text().includes('how to read this'))
  await app.go('<right>', /selected|veth/)
  take(app, 'map')
  await app.go('c', 'capturing')
  knet('kubectl', 'exec', pod, '--', 'wget', '-qO-', 'http://hello-kubernetes')
  await app.until('GET / HTTP')
  await app.go('<up>', 'bytes of packet')
  const marked = () => / *▸ +\d+ .*/.exec(app.text())?.[0] ?? ''
  while (!marked().includes('GET /')) {
    const before = marked()
    await app.go('<up>', () => marked() !== before)
  }
  await app.until('Host: hello-ku')
  take(app, 'packets')
  await app.go('<escape>', 'Tab goes in')
  await app.go('?', 'Keys')
  take(app, 'help')
}

mkdirSync(FOLDER, { recursive: true })
try {
  await on([], SMALL, labs)
  knet('start', 'flannel', '--detach', '--yes')
  knet('solve', '--to', 'vtep')
  knet('goto', 'udp')
  await on(['resume'], LARGE, async (app) => {
    await lesson(app)
    await network(app)
  })
} finally {
  knet('stop', '--all')
  rmSync(home, { recursive: true, force: true })
}
