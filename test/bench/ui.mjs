import { setTimeout as delay } from 'node:timers/promises'
import { cpuOf, cpuOfOne, memoryOf, pidOf, residentOf } from './processes.mjs'
import { importTypeScript } from './typescript.mjs'

/** Keys of one measurement. */
const KEYS = 200
const SECONDS = 10
/** Two terminals beside the text. */
const SIZE = { columns: 160, rows: 50 }
const TEXT = 'The quick brown fox jumps over the lazy dog. '.repeat(2)
const BIG = 'yes "$(seq -s " " 1 40)" | head -c 200000000 > /tmp/big'

/**
 * The full-screen app as a learner's terminal sees it: how soon a key is on the screen, what it costs to look at a lesson,
 * and how soon there is something to see.
 * @param env of the bench; `knet` runs the CLI in it, `holderPid` is that of the running lab.
 */
export async function benchUi({ cli, env, runs, report, knet, holderPid, socket }) {
  const { UiScreen } = await importTypeScript('test/helpers/ui-screen.ts')
  const { CI: _, NO_COLOR: __, ...inherited } = env
  const open = (...words) =>
    new UiScreen({
      argv: [process.execPath, cli, ...words],
      size: SIZE,
      env: { ...inherited, TERM: 'xterm-256color', LANG: 'C.UTF-8' },
    })
  const lesson = async () => {
    const app = open('resume')
    await app.until(() => app.panes().length > 1 && app.text().includes('Checks: not yet'))
    return app
  }

  await firstFrames({ open, runs, report, knet })
  const before = await perSecond([() => cpuOf(holderPid())])
  const app = await lesson()
  const keeper = pidOf('__terminals', socket)
  await costs({ app, keeper, report, holderPid, before })
  await latencies({ app, report })
  await noise({ app, keeper, report })
  report('UI process: resident after that', '<= 130 MB', [residentOf(app.pid)], 'MB')
  report('keeper of terminals: resident after that', '-', [residentOf(keeper)], 'MB')
  await app.close()
}

async function firstFrames({ open, runs, report, knet }) {
  const seen = async (words, wanted) => {
    const began = performance.now()
    const app = open(...words)
    await app.until(() => app.modes.alternateScreen && app.text().includes(wanted[0]))
    const first = (performance.now() - began) / 1000
    await app.until((screen) => screen.text().includes(wanted[1]))
    const whole = (performance.now() - began) / 1000
    await app.until(() => app.panes().length > 1)
    app.press('q')
    await app.exited
    await app.close()
    return { first, whole }
  }
  const starts = []
  const resumes = []
  for (let i = 0; i < runs; i++) {
    knet('stop', '--all')
    starts.push(await seen(['start', 'flannel'], ['Starting flannel', '1/12 Three nodes']))
    resumes.push(await seen(['resume'], ['lannel', '1/12 Three nodes']))
  }
  const of = (samples, what) => samples.map((sample) => sample[what])
  report('start: first frame', '<= 0.35 s', of(starts, 'first'))
  report('start: the lesson', '-', of(starts, 'whole'))
  report('resume: first frame', '<= 0.35 s', of(resumes, 'first'))
  report('resume: the lesson', '-', of(resumes, 'whole'))
}

/** What an idle lesson costs, in % of a core. */
async function costs({ app, keeper, report, holderPid, before }) {
  const [ui, kept, lab] = await perSecond([
    () => cpuOfOne(app.pid),
    () => cpuOfOne(keeper),
    () => cpuOf(holderPid()),
  ])
  report('idle lesson: UI process', '<= 2 %', [ui], '% core')
  report('idle lesson: keeper of terminals', '-', [kept], '% core')
  report('idle lesson: all in the lab', '-', [lab], '% core')
  report('the same lab, no lesson open', '-', before, '% core')
  report('idle lesson: UI process, proportional', '<= 130 MB', [memoryOf(app.pid)], 'MB')
}

/** What the two terminals are called. */
const HERE = 'node0'
const OTHER = 'node0 (2)'

const turnTo = (app, name) =>
  app.go('<f12>]<tab>', () => app.panes().some(({ focused, title }) => focused && title === name))

/** Runs a line in the other terminal instead of what ran there, and comes back to where the learner types. */
async function inOther(app, line) {
  await turnTo(app, OTHER)
  app.press('<ctrl-c>')
  await delay(300)
  app.press(`${line}<enter>`)
  await turnTo(app, HERE)
}

async function latencies({ app, report }) {
  await app.go('T', () => app.panes().some(({ title, lines }) => title === OTHER && /kubectl/.test(lines[0])))
  await turnTo(app, HERE)
  for (const [what, line] of [
    ['idle', ''],
    ['the other pane says yes', 'yes'],
    ['the other pane shows 200 MB', `[ -e /tmp/big ] || ${BIG}; clear; while :; do cat /tmp/big; done`],
  ]) {
    await inOther(app, line)
    // Until the file is written, and what was begun is under way.
    await delay(line.includes('big') ? 3000 : 500)
    const samples = (await keysToScreen(app)).toSorted((a, b) => a - b)
    report(`key to screen, ${what}: p50`, '-', [samples[Math.floor(samples.length * 0.5)]], 'ms')
    report(`key to screen, ${what}: p95`, '<= 40 ms', [samples[Math.floor(samples.length * 0.95)]], 'ms')
  }
  await inOther(app, '')
}

/** Milliseconds from a key to its character in the cell where the cursor was. */
async function keysToScreen(app) {
  const samples = []
  app.press('<ctrl-c>')
  await delay(300)
  for (let i = 0; i < KEYS; i++) {
    const key = TEXT[i % TEXT.length]
    // Between frames, as it is elsewhere while one is being drawn.
    let { x, y } = app.cursor
    await app.until((screen) => (({ x, y } = screen.cursor), true))
    const began = performance.now()
    await app.go(key, () => app.cell(x, y).chars === key && app.cursor.x === x + 1)
    samples.push(performance.now() - began)
    if (i % 60 === 59) app.press('<ctrl-c>')
    // Not in step with frames.
    await delay(i % 60 === 59 ? 300 : 30 + Math.random() * 60)
  }
  return samples
}

/** What it costs when both terminals have much to say. */
async function noise({ app, keeper, report }) {
  for (const [what, line, goal] of [
    ['30 lines a second', 'while :; do echo $RANDOM $RANDOM $RANDOM; sleep 0.033; done', '<= 10 %'],
    ['floods that change all lines', 'seq 1000000000', '-'],
  ]) {
    await inOther(app, line)
    app.press(`${line}<enter>`)
    const [ui, kept] = await perSecond([() => cpuOfOne(app.pid), () => cpuOfOne(keeper)])
    report(`two panes with ${what}: UI process`, goal, [ui], '% core')
    report(`two panes with ${what}: keeper`, '-', [kept], '% core')
    app.press('<ctrl-c>')
    await delay(300)
    await inOther(app, '')
  }
}

/** Each meter's seconds of CPU a second over some time, in %. */
async function perSecond(meters) {
  await delay(1000)
  const began = performance.now()
  const before = meters.map((meter) => meter())
  await delay(SECONDS * 1000)
  const seconds = (performance.now() - began) / 1000
  return meters.map((meter, i) => ((meter() - before[i]) / seconds) * 100)
}
