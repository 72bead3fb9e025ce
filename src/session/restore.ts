import type { Lab, Step } from '../lab/lab.ts'
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
  const tolerant = { ...options, tolerant: true }
  for (const { undo } of later.toReversed()) await perform(lab, undo, ports, tolerant)
  await replayUpTo(lab, step, ports, options)
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
