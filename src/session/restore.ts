import { LabError } from '../base/errors.ts'
import type { Lab, Step } from '../lab/lab.ts'
import type { Action } from '../lab/schema.ts'
import { perform, type PerformOptions } from './actions.ts'
import { checkStep } from './check-step.ts'
import { leftoversFor } from './leftovers.ts'
import type { SessionPorts } from './ports.ts'
import { World } from './world.ts'

/** How long what was done again may take until it is seen. */
const SEEN_WITHIN_SECONDS = 15

/**
 * Puts the world back to where a step begins, whatever was done to it: mends machines and network, undoes the step and
 * those after it, and does again what earlier steps left behind and is gone. Where that does not bring it back, something is
 * broken that mending does not know, and all is done again in a cluster as it was when it became ready.
 * @returns what was mended of machines and network, a line each.
 * @throws LabError KNET_RESET_INCOMPLETE when what earlier steps left behind is not there even then.
 */
export async function restoreTo(
  lab: Lab,
  step: Step,
  ports: SessionPorts,
  options: PerformOptions = {},
): Promise<readonly string[]> {
  const mended = await ports.heal(options.signal)
  const missing = await missingAt(lab, step, ports, options)
  if (missing.length === 0) return mended
  await ports.restore?.(options.signal)
  const stillMissing = ports.restore ? await missingAt(lab, step, ports, options) : missing
  if (stillMissing.length === 0) return [...mended, ...missing, 'all machines: made anew']
  throw new LabError('KNET_RESET_INCOMPLETE', {
    message: `What earlier steps left behind could not be brought back: ${stillMissing.join(' ')}`,
    hint: 'knet-labs stop, then start the lab again: progress is kept.',
  })
}

/** Goes back to where a step begins. @returns what checks say of earlier steps that were done again and yet do not hold. */
async function missingAt(
  lab: Lab,
  step: Step,
  ports: SessionPorts,
  options: PerformOptions,
): Promise<string[]> {
  const { signal } = options
  const look = { quick: true, patience: SEEN_WITHIN_SECONDS, signal }
  let again: readonly Step[]
  try {
    again = await undoTo(lab, step, ports, options)
  } catch (thrown) {
    if (thrown instanceof LabError && thrown.code === 'KNET_ACTION_FAILED') return [thrown.message]
    throw thrown
  }
  const reports = await Promise.all(again.map((one) => checkStep(one, ports, look)))
  signal?.throwIfAborted()
  return reports.flatMap(({ checks }) =>
    checks.flatMap(({ level, outcome, message }) =>
      level === 'must' && outcome !== 'passed' ? [message] : [],
    ),
  )
}

/** The same where machines and network are whole. @returns as {@link replayUpTo} does. */
export async function undoTo(
  lab: Lab,
  step: Step,
  ports: SessionPorts,
  options: PerformOptions = {},
): Promise<readonly Step[]> {
  const later = lab.steps.slice(lab.steps.indexOf(step))
  await undoAll(
    lab,
    later.toReversed().flatMap(({ undo }) => undo),
    ports,
    { ...options, tolerant: true },
  )
  return replayUpTo(lab, step, ports, options)
}

/** In order, but for commands on different machines with none of kubectl's between them: those go side by side. */
async function undoAll(
  lab: Lab,
  actions: readonly Action[],
  ports: SessionPorts,
  options: PerformOptions,
): Promise<void> {
  for (const stretch of stretchesOf(actions)) {
    await Promise.all(byMachine(stretch).map((action) => perform(lab, [action], ports, options)))
  }
}

/** The commands of a stretch as one a machine, each in a shell of its own so that none of them ends the others. */
function byMachine(stretch: readonly Action[]): readonly Action[] {
  const [first] = stretch
  if (first?.run === undefined) return stretch
  const scripts = new Map<string | undefined, string[]>()
  for (const { on, run } of stretch) scripts.set(on, [...(scripts.get(on) ?? []), `(${run}\n)`])
  return [...scripts].map(([on, lines]) => ({ on, run: lines.join('\n') }))
}

/** Consecutive commands on machines together, each of kubectl's by itself. */
function stretchesOf(actions: readonly Action[]): Action[][] {
  const stretches: Action[][] = []
  for (const [index, action] of actions.entries()) {
    const joins = action.run !== undefined && actions[index - 1]?.run !== undefined
    if (joins) stretches.at(-1)?.push(action)
    else stretches.push([action])
  }
  return stretches
}

/**
 * Does again what the steps before this one leave behind, where it is not there: in a lab started anew, everything.
 * Doing a step again may undo a later one, so those are looked at once more.
 * @returns what earlier steps leave behind, of those that were done again.
 */
export async function replayUpTo(
  lab: Lab,
  step: Step,
  ports: SessionPorts,
  options: PerformOptions = {},
): Promise<readonly Step[]> {
  const earlier = lab.steps.slice(0, lab.steps.indexOf(step)).map((one) => leftoversFor(lab, step, one))
  const look = (one: Step, world: World) => checkStep(one, ports, { quick: true, world })
  const shared = new World(ports, options.signal)
  const reports = await Promise.all(earlier.map((one) => look(one, shared)))
  const again: Step[] = []
  for (const [index, before] of earlier.entries()) {
    const isThere = reports[index]?.holds === true
    if (isThere && (again.length === 0 || (await look(before, new World(ports, options.signal))).holds))
      continue
    await perform(lab, before.solve, ports, options)
    again.push(before)
  }
  return again
}
