import { setTimeout as delay } from 'node:timers/promises'
import { LabError, messageOf } from '../base/errors.ts'
import type { Check, CheckKind, Diagnosis } from '../lab/check-schema.ts'
import type { Step } from '../lab/lab.ts'
import type { Values } from '../lab/template.ts'
import type { Answer } from './checks/answer.ts'
import { ask } from './checks/table.ts'
import type { SessionPorts } from './ports.ts'
import { fillDeep, fillText } from './values.ts'
import { World } from './world.ts'

/** What a check came to. `unknown`: it could not look. */
export interface CheckReport {
  readonly id: string
  readonly kind: CheckKind
  readonly level: 'must' | 'nice'
  readonly outcome: 'passed' | 'failed' | 'unknown'
  /** For the learner: what is so, what is missing, or why it could not look. */
  readonly message: string
  /** A mistake that was recognised. */
  readonly diagnosis?: string | undefined
  readonly ms: number
}

export interface StepReport {
  readonly step: string
  /** Every check of level must passed, now. */
  readonly holds: boolean
  /** Some check of level must could not look. */
  readonly unknown: boolean
  readonly checks: readonly CheckReport[]
  /** Checks left out of a quick look; they say nothing against `holds`. */
  readonly skipped: number
  readonly ms: number
}

export interface CheckOptions {
  readonly signal?: AbortSignal | undefined
  /** Seconds during which a no is asked again, at least; a check may have its own. */
  readonly patience?: number | undefined
  /** A look that other steps share: asked at one moment, all their questions go out as one command a machine. */
  readonly world?: World | undefined
  /** Leaves out checks that send traffic or take long, and waits for none to come true. */
  readonly quick?: boolean | undefined
}

const SLOW: ReadonlySet<CheckKind> = new Set(['capture', 'pcap'])
const RETRY_MS = 150

/** Runs all checks of a step at once. Never throws for a check; aborting shows as unknown. */
export async function checkStep(
  step: Step,
  ports: SessionPorts,
  options: CheckOptions = {},
): Promise<StepReport> {
  const started = performance.now()
  const world = options.world ?? new World(ports, options.signal)
  const chosen = step.checks.filter((check) => !options.quick || !SLOW.has(check.kind))
  const checks = await Promise.all(chosen.map((check) => runCheck(check, idOf(step, check), world, options)))
  const musts = checks.filter((check) => check.level === 'must')
  return {
    step: step.id,
    holds: musts.every((check) => check.outcome === 'passed'),
    unknown: musts.some((check) => check.outcome === 'unknown'),
    checks,
    skipped: step.checks.length - chosen.length,
    ms: Math.round(performance.now() - started),
  }
}

/** A check's own id, or its kind and position. */
const idOf = (step: Step, check: Check) => check.id ?? `${check.kind}-${step.checks.indexOf(check) + 1}`

/** Asks until yes or the deadline; the first look is shared with the step's other checks, later ones are fresh. */
async function runCheck(check: Check, id: string, first: World, options: CheckOptions): Promise<CheckReport> {
  const started = performance.now()
  const patience = Math.max(options.quick ? 0 : (check.within ?? 0), options.patience ?? 0)
  const deadline = started + patience * 1000
  const about = { id, kind: check.kind, level: check.level ?? 'must' }
  for (let world = first; ; world = new World(first.ports, first.signal)) {
    const result = await look(check, world)
    const over = performance.now() + RETRY_MS > deadline || options.signal?.aborted
    if (result.outcome === 'passed' || over) {
      return { ...about, ...result, ms: Math.round(performance.now() - started) }
    }
    await delay(RETRY_MS, undefined, { signal: options.signal }).catch(() => {})
  }
}

type Result = Pick<CheckReport, 'outcome' | 'message' | 'diagnosis'>

async function look(check: Check, world: World): Promise<Result> {
  try {
    const { pass, fail, diagnose, ...question } = check
    const { value, missing } = await fillDeep(world, question as Check)
    if (missing.length) {
      const message = `Can't be true yet: there is no ${missing.join(', no ')}.`
      return { outcome: 'failed', message, diagnosis: await diagnosisOf(diagnose, undefined, world) }
    }
    const answer = await ask(value, world)
    const known: Values = new Map([['seen', [answer.seen]]])
    const words = answer.ok ? pass : fail
    const message = words === undefined ? answer.why : (await fillText(world, words, known)).text
    if (answer.ok) return { outcome: 'passed', message }
    return { outcome: 'failed', message, diagnosis: await diagnosisOf(diagnose, answer, world) }
  } catch (error) {
    // A pod that is not there is a no. What keeps from looking is neither yes nor no.
    const absent = error instanceof LabError && error.code === 'KNET_NO_POD'
    return { outcome: absent ? 'failed' : 'unknown', message: messageOf(error) }
  }
}

/** The first mistake that is recognised. One that can't be looked for is not one. */
async function diagnosisOf(
  diagnoses: readonly Diagnosis[] | undefined,
  answer: Answer | undefined,
  world: World,
): Promise<string | undefined> {
  for (const { when, seen, say } of diagnoses ?? []) {
    const recognised = when
      ? await recognises(when, world)
      : seen !== undefined && answer !== undefined && new RegExp(seen, 'm').test(answer.seen)
    if (recognised) return (await fillText(world, say, new Map([['seen', [answer?.seen ?? '']]]))).text
  }
  return undefined
}

async function recognises(when: NonNullable<Diagnosis['when']>, world: World): Promise<boolean> {
  try {
    const { value, missing } = await fillDeep(world, when)
    return missing.length === 0 && (await ask(value, world)).ok
  } catch {
    return false
  }
}
