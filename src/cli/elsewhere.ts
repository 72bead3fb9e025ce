import { EXIT, LabError } from '../base/errors.ts'
import type { Elsewhere, Place } from '../elsewhere/elsewhere.ts'
import { labsElsewhere, readRecord, removeRecord, writeRecord } from '../elsewhere/record.ts'
import type { App } from './compose.ts'
import type { Parsed } from './parse.ts'
import { refuseWithoutTools } from './require-tools.ts'

/** Commands that are about this host, or ask a driver themselves. All others are about a lab, and are run where it is. */
const HERE = new Set(['list', 'stop', 'doctor', 'author', 'completion', 'bundle'])

/** After these, labs may run there that did not before, or the other way round. */
const BEGINNING = new Set(['start', 'resume', 'test', 'welcome'])

/** What a learner has done may change by these. */
const LEARNING = new Set(['step', 'check', 'hint', 'solve', 'next', 'prev', 'goto', 'reset'])

/** These mean no lab that runs, when they name none. */
const MEANING_ANY = new Set(['start', 'test', 'welcome'])

const PLACES: readonly string[] = ['vagrant', 'container'] satisfies Place[]

/** Where a command is to be run, and what for. */
interface Destination {
  readonly place: Place
  /** Absent where several are meant, or none. */
  readonly lab?: string | undefined
  /** Asked for; else the place's own, or what the lab was started with. */
  readonly nodes?: string | undefined
}

/**
 * Runs a command in the virtual machine or container where its lab is, or shall be, on this process's terminal.
 * @returns its exit code; undefined when the command is for here.
 * @throws LabError KNET_VAGRANT, KNET_DOCKER, KNET_LAB_RUNNING, KNET_NOTHING_RUNNING.
 */
export async function runElsewhere(
  app: App,
  parsed: Parsed,
  argv: readonly string[],
): Promise<number | undefined> {
  const destination = await destinationOf(app, parsed)
  if (!destination) return undefined
  const there = await app.elsewhere(destination.place)
  const { name } = parsed.command
  if (name === 'reset' && parsed.invocation.options['vm']) return await resetThere(app, there, destination)
  if (name === 'status') app.output.line(`${destination.lab} runs in ${there.noun}.`)
  if (BEGINNING.has(name)) return await begin(app, there, destination, argv)
  const { attachInside, bringProgressBack } = await import('../elsewhere/inside.ts')
  const exitCode = await attachInside(there, argv, app.env)
  // What ssh(1) and docker(1) say when they get nowhere; a command may say it as well.
  if ((exitCode === 255 || exitCode === 1) && !(await there.isUp())) throw notUp(there, destination.lab)
  if (destination.lab && LEARNING.has(name)) await bringProgressBack(there, app.paths, destination.lab)
  return exitCode
}

async function destinationOf(
  app: App,
  { command: { name }, invocation: { args, options }, globals }: Parsed,
): Promise<Destination | undefined> {
  if (HERE.has(name)) return undefined
  const asked = text(options['driver'])
  const named =
    (BEGINNING.has(name) && name !== 'test' ? args[0] : undefined) ?? globals.lab ?? text(options['lab'])
  const lab = named ?? (MEANING_ANY.has(name) ? undefined : await onlyLabElsewhere(app))
  const record = lab === undefined ? undefined : readRecord(app.paths, lab)
  const nodes = text(options['inside'])
  if (record && asked !== undefined && asked !== record.place) throw elsewhereAlready(lab!, record.place)
  if (record) return { place: record.place, lab, nodes: nodes ?? record.nodes }
  if (asked !== undefined && PLACES.includes(asked)) return { place: asked as Place, lab, nodes }
  // The sandbox is made of Linux; where there is none, Docker has one.
  const isNative = process.platform === 'linux' || (asked !== undefined && asked !== 'sandbox')
  return isNative || !BEGINNING.has(name) ? undefined : { place: 'container', lab, nodes }
}

const text = (value: string | boolean | undefined) => (typeof value === 'string' ? value : undefined)

/** The lab that is meant by saying none, if it is elsewhere. */
async function onlyLabElsewhere(app: App): Promise<string | undefined> {
  const [lab, ...others] = labsElsewhere(app.paths)
  if (lab === undefined) return undefined
  const isOnly = others.length === 0 && (await app.runningHere()).length === 0
  return isOnly ? lab : await app.runningLab()
}

async function begin(
  app: App,
  there: Elsewhere,
  { lab, nodes = there.nodes }: Destination,
  argv: readonly string[],
): Promise<number> {
  if (lab !== undefined) await app.lab(lab)
  await refuseWithoutTools(await app.driver(there.name), [])
  if (lab !== undefined) writeRecord(app.paths, lab, { place: there.name, nodes })
  const { attachInside, lendProgress } = await import('../elsewhere/inside.ts')
  try {
    await there.up({ say: (line) => app.output.progress(line), signal: app.signal })
    const isNew = lab !== undefined && !(await runsThere(there, lab))
    if (isNew) await lendProgress(there, app.paths, lab)
    return await attachInside(
      there,
      lab === undefined && argv.length === 0 ? [] : wordsThere(argv, nodes),
      app.env,
    )
  } finally {
    await settle(app, there, { lab, nodes })
  }
}

async function runsThere(there: Elsewhere, lab: string): Promise<boolean> {
  const { runningInside } = await import('../elsewhere/inside.ts')
  return (await runningInside(there)).includes(lab)
}

/** Remembers what runs there by now, and that what was begun in vain does not. The last one out turns the place off. */
async function settle(
  app: App,
  there: Elsewhere,
  { lab, nodes }: { readonly lab: string | undefined; readonly nodes: string },
): Promise<void> {
  const { bringProgressBack, runningInside } = await import('../elsewhere/inside.ts')
  const isUp = await there.isUp()
  const running = isUp ? await runningInside(there) : []
  for (const id of new Set([...running, ...(lab ? [lab] : [])])) {
    if (isUp) await bringProgressBack(there, app.paths, id)
    if (!running.includes(id)) removeRecord(app.paths, id)
    else if (!readRecord(app.paths, id)) writeRecord(app.paths, id, { place: there.name, nodes })
  }
  const isLeft = isUp && running.length === 0 && labsElsewhere(app.paths, there.name).length === 0
  if (isLeft) await there.stop({ say: () => {}, signal: new AbortController().signal })
}

/** Where it runs is not said there; what its nodes are made of is. */
function wordsThere(argv: readonly string[], nodes: string): string[] {
  const words: string[] = []
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index]!
    if (word === '--driver' || word === '--inside') index++
    else if (!/^--(?:driver|inside)=/.test(word)) words.push(word)
  }
  return [...words, '--driver', nodes]
}

async function resetThere(app: App, there: Elsewhere, { lab, nodes }: Destination): Promise<number> {
  const { askInside, attachInside, bringProgressBack, lendProgress } = await import('../elsewhere/inside.ts')
  const id = lab ?? (await app.runningLab())
  if (await there.isUp()) {
    await bringProgressBack(there, app.paths, id)
    await askInside(there, ['stop', '--all'])
  }
  await there.reset({ say: (line) => app.output.progress(line), signal: app.signal })
  await lendProgress(there, app.paths, id)
  const json = app.globals.json ? ['--json'] : []
  const start = ['start', id, '--driver', nodes ?? there.nodes, '--detach', ...json]
  try {
    return await attachInside(there, start, app.env)
  } finally {
    await settle(app, there, { lab: id, nodes: nodes ?? there.nodes })
  }
}

function elsewhereAlready(lab: string, place: Place): LabError {
  return new LabError('KNET_LAB_RUNNING', {
    message: `The lab ${lab} is there already, with the ${place} driver.`,
    hint: `knet-labs stop ${lab}      (or start it without --driver)`,
  })
}

function notUp({ noun }: Elsewhere, lab: string | undefined): LabError {
  return new LabError('KNET_NOTHING_RUNNING', {
    message: `${noun[0]?.toUpperCase()}${noun.slice(1)} of the lab ${lab} does not answer: it was turned off, or this computer was.`,
    hint: `knet-labs resume ${lab}`,
    exitCode: EXIT.couldNotLook,
  })
}

/** Removes the virtual machine and the container with all that is in them, once no lab is. @returns which there were. */
export async function destroyElsewhere(app: App): Promise<Place[]> {
  const [lab] = labsElsewhere(app.paths)
  if (lab !== undefined) {
    throw new LabError('KNET_LAB_RUNNING', {
      message: `The lab ${lab} is in ${(await app.elsewhere(readRecord(app.paths, lab)!.place)).noun}.`,
      hint: 'knet-labs stop --all --destroy',
    })
  }
  const destroyed: Place[] = []
  for (const place of ['vagrant', 'container'] as const) {
    const there = await app.elsewhere(place)
    const waiting = { say: (line: string) => app.output.progress(line), signal: app.signal }
    if (await there.destroy(waiting)) destroyed.push(place)
  }
  return destroyed
}
