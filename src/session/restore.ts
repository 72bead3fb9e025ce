import type { Lab, Step } from '../lab/lab.ts'
import type { Action } from '../lab/schema.ts'
import { perform, type PerformOptions } from './actions.ts'
import { checkStep } from './check-step.ts'
import type { SessionPorts } from './ports.ts'

/**
 * Puts the world back to where a step begins, whatever was done to it: mends machines and network, undoes the step and
 * those after it, and does again what earlier steps left behind and is gone.
 */
export async function restoreTo(
  lab: Lab,
  step: Step,
  ports: SessionPorts,
  options: PerformOptions = {},
): Promise<void> {
  await ports.heal()
  const later = lab.steps.slice(lab.steps.indexOf(step))
  await undoAll(
    lab,
    later.toReversed().flatMap(({ undo }) => undo),
    ports,
    { ...options, tolerant: true },
  )
  await replayUpTo(lab, step, ports, options)
}

/** In order, but for commands on different machines with none of kubectl's between them: those go side by side. */
async function undoAll(
  lab: Lab,
  actions: readonly Action[],
  ports: SessionPorts,
  options: PerformOptions,
): Promise<void> {
  for (const stretch of stretchesOf(actions)) {
    const places = [...new Set(stretch.map(({ on }) => on))]
    await Promise.all(
      places.map((place) =>
        perform(
          lab,
          stretch.filter(({ on }) => on === place),
          ports,
          options,
        ),
      ),
    )
  }
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

/** Does again what the steps before this one leave behind, where it is not there: in a lab started anew, everything. */
export async function replayUpTo(
  lab: Lab,
  step: Step,
  ports: SessionPorts,
  options: PerformOptions = {},
): Promise<void> {
  const earlier = lab.steps.slice(0, lab.steps.indexOf(step))
  const looks = earlier.map((before) => checkStep(before, ports, { quick: true, signal: options.signal }))
  const reports = await Promise.all(looks)
  for (const [index, before] of earlier.entries()) {
    if (!reports[index]?.holds) await perform(lab, before.solve, ports, options)
  }
}
