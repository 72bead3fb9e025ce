import { messageOf } from '../base/errors.ts'
import { until } from '../base/until.ts'
import type { Lab, Step } from '../lab/lab.ts'
import type { Action } from '../lab/schema.ts'
import { perform } from './actions.ts'
import { checkStep, type StepReport } from './check-step.ts'
import { leftoversFor } from './leftovers.ts'
import type { SessionPorts } from './ports.ts'
import { World } from './world.ts'

/** One claim about a step: "fails untouched", "passes after solve", … */
export interface Claim {
  readonly step: string
  readonly claim: string
  readonly holds: boolean
  /** What was seen instead. */
  readonly why?: string | undefined
  readonly ms: number
}

export interface Proof {
  readonly lab: string
  readonly holds: boolean
  readonly claims: readonly Claim[]
}

export interface ProofOptions {
  readonly signal?: AbortSignal | undefined
  readonly onClaim?: ((claim: Claim) => void) | undefined
}

/** What takes effect by way of the cluster may take this long. */
const PATIENCE_SECONDS = 20

/**
 * Proves a lab in a world that is as the lab finds it, step by step: what earlier steps left is there, every must-check
 * fails untouched, passes after solve, fails after undo, passes after each alternative. Leaves the world with every step
 * solved.
 */
export async function proveLab(lab: Lab, ports: SessionPorts, options: ProofOptions = {}): Promise<Proof> {
  const claims: Claim[] = []
  for (const step of lab.steps) {
    options.signal?.throwIfAborted()
    for await (const claim of proveStep(lab, step, ports, options.signal)) {
      claims.push(claim)
      options.onClaim?.(claim)
    }
  }
  return { lab: lab.id, holds: claims.every((claim) => claim.holds), claims }
}

async function* proveStep(
  lab: Lab,
  step: Step,
  ports: SessionPorts,
  signal: AbortSignal | undefined,
): AsyncGenerator<Claim> {
  const after = async (name: string, actions: readonly Action[], passes: boolean): Promise<Claim> => {
    const started = performance.now()
    const wrong = await outcome(actions, passes)
    // What was interrupted proves nothing.
    signal?.throwIfAborted()
    const claim = `${passes ? 'passes' : 'fails'} ${name}`
    return { step: step.id, claim, holds: !wrong, why: wrong, ms: Math.round(performance.now() - started) }
  }
  const outcome = async (actions: readonly Action[], passes: boolean): Promise<string | undefined> => {
    try {
      await perform(lab, actions, ports, { signal })
    } catch (error) {
      return messageOf(error)
    }
    return passes ? refusals(step, ports, signal) : survivors(step, ports, signal)
  }
  const missing = await missingBefore(lab, step, ports, signal)
  if (missing)
    yield { step: step.id, claim: 'finds what earlier steps left', holds: false, why: missing, ms: 0 }
  yield await after('untouched', [], false)
  yield await after('after solve', step.solve, true)
  yield await after('after undo', step.undo, false)
  for (const way of step.alternatives) {
    yield await after(`after "${way.name}"`, way.do, true)
    yield await after(`after undoing "${way.name}"`, way.undo ?? step.undo, false)
  }
  if (step.alternatives.length || step.undo.length) yield await after('after solve again', step.solve, true)
}

/** What would be done again before this step, if anybody asked for its solution: nothing, within the patience. */
async function missingBefore(
  lab: Lab,
  step: Step,
  ports: SessionPorts,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const earlier = lab.steps.slice(0, lab.steps.indexOf(step)).map((one) => leftoversFor(lab, step, one))
  let missing: string | undefined
  const look = async () => {
    const world = new World(ports, signal)
    const looks = earlier.map((one) => checkStep(one, ports, { quick: true, world, signal }))
    const lines = (await Promise.all(looks)).flatMap((report) => {
      const wrong = words(report, (outcome) => outcome !== 'passed')
      return wrong === undefined ? [] : `${report.step}: ${wrong}`
    })
    missing = lines.length ? lines.join('\n') : undefined
    return missing === undefined
  }
  const limits = { what: 'what earlier steps left', deadlineMs: PATIENCE_SECONDS * 1000, everyMs: 100 }
  await until(look, { ...limits, ...(signal && { signal }) }).catch(() => {})
  return missing
}

/** Must-checks that do not pass within the patience. */
async function refusals(step: Step, ports: SessionPorts, signal?: AbortSignal): Promise<string | undefined> {
  const report = await checkStep(step, ports, { patience: PATIENCE_SECONDS, signal })
  return words(report, (outcome) => outcome !== 'passed')
}

/** Must-checks that still do not fail within the patience. One that can't look has not failed. */
async function survivors(step: Step, ports: SessionPorts, signal?: AbortSignal): Promise<string | undefined> {
  let wrong: string | undefined
  const look = async () => {
    const report = await checkStep(withoutPatience(step), ports, { signal })
    wrong = words(report, (outcome) => outcome !== 'failed')
    return wrong === undefined
  }
  const limits = { what: 'the checks to fail', deadlineMs: PATIENCE_SECONDS * 1000, everyMs: 100 }
  await until(look, { ...limits, ...(signal && { signal }) }).catch(() => {})
  return wrong
}

const withoutPatience = (step: Step): Step => ({
  ...step,
  checks: step.checks.map((check) => ({ ...check, within: 0 })),
})

function words(report: StepReport, wrong: (outcome: string) => boolean): string | undefined {
  const checks = report.checks.filter((check) => check.level === 'must' && wrong(check.outcome))
  const lines = checks.map((check) => `${check.id} ${check.outcome}: ${check.message}`)
  return lines.length ? lines.join('\n') : undefined
}
