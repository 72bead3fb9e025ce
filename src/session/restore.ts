import type { Lab } from '../lab/lab.ts'
import { perform, type PerformOptions } from './actions.ts'
import { checkStep } from './check-step.ts'
import type { SessionPorts } from './ports.ts'

/**
 * Puts the world back to where a step begins, whatever was done to it: undoes the step and those after it, mends
 * machines and network, and does again what earlier steps left behind and is gone.
 */
export async function restoreTo(
  lab: Lab,
  stepId: string,
  ports: SessionPorts,
  options: PerformOptions = {},
): Promise<void> {
  const index = lab.steps.findIndex((step) => step.id === stepId)
  const tolerant = { ...options, tolerant: true }
  await ports.heal()
  for (const step of lab.steps.slice(index).toReversed()) await perform(lab, step.undo, ports, tolerant)
  for (const step of lab.steps.slice(0, index)) {
    const report = await checkStep(step, ports, { quick: true, signal: options.signal })
    if (!report.holds) await perform(lab, step.solve, ports, options)
  }
}
