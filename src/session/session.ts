import { EXIT, LabError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'
import type { Lab, Step } from '../lab/lab.ts'
import { perform, type PerformOptions } from './actions.ts'
import { checkStep, type CheckOptions, type StepReport } from './check-step.ts'
import type { SessionPorts } from './ports.ts'
import { NO_PROGRESS, ProgressFile, type StepProgress } from './progress.ts'
import { replayUpTo, restoreTo, undoTo } from './restore.ts'
import { fillText } from './values.ts'
import { type StepSummary, type StepView, summarise, viewStep } from './view.ts'
import { watchStep } from './watch.ts'
import { World } from './world.ts'

export interface SessionOptions {
  readonly lab: Lab
  readonly ports: SessionPorts
  /** Where progress is kept. */
  readonly progressFile: string
  readonly now?: () => Date
}

export interface HintView {
  /** 1: where to look, 2: what to look for, 3: what to type. */
  readonly number: number
  readonly total: number
  readonly text: string
}

export interface LabTimes {
  /** When the learner first tried, and when the last step done so far first held; RFC 3339. */
  readonly began: string | undefined
  readonly ended: string | undefined
}

/** How far a solution that takes effect by way of the cluster may be behind. */
const SETTLE_SECONDS = 15

export function openSession(options: SessionOptions): Session {
  return new Session(options)
}

/** One learner in one lab. */
export class Session {
  readonly lab: Lab
  readonly #ports: SessionPorts
  readonly #progress: ProgressFile
  readonly #now: () => Date

  constructor({ lab, ports, progressFile, now }: SessionOptions) {
    this.lab = lab
    this.#ports = ports
    this.#progress = new ProgressFile(progressFile, lab.id, lab.steps[0]?.id ?? '')
    this.#now = now ?? (() => new Date())
  }

  /** What the learner must be told about the session itself, such as progress that can't be saved; each once. */
  takeNotices(): string[] {
    return this.#progress.takeNotices()
  }

  steps(): StepSummary[] {
    return summarise(this.lab, this.#progress.read())
  }

  times(): LabTimes {
    const { began, steps } = this.#progress.read()
    const done = Object.values(steps).flatMap(({ done }) => done ?? [])
    return { began, ended: done.sort().at(-1) }
  }

  /** The current step, with live values. */
  step(): Promise<StepView> {
    return viewStep(this.lab, this.#current(), this.#progress.read(), this.#ports)
  }

  /** Moves on, done or not; at the last step stays. */
  next(): Promise<StepView> {
    return this.#move(1)
  }

  prev(): Promise<StepView> {
    return this.#move(-1)
  }

  /** @param step id or number. @throws LabError KNET_UNKNOWN_STEP */
  goto(step: string): Promise<StepView> {
    this.#goto(this.#find(step))
    return this.step()
  }

  /** Whether the current step holds now. Passing is remembered. */
  async check(options: CheckOptions = {}): Promise<StepReport> {
    const step = this.#current()
    this.#markBegun()
    const report = await checkStep(step, this.#ports, options)
    if (report.holds) this.#markDone(step)
    return report
  }

  /** Whether each step holds now, without captures and without moving. */
  survey(options: CheckOptions = {}): Promise<StepReport[]> {
    const world = new World(this.#ports, options.signal)
    return Promise.all(
      this.lab.steps.map((step) => checkStep(step, this.#ports, { ...options, quick: true, world })),
    )
  }

  /** Checks now and after each change in cluster or kernel, until aborted; `onReport` gets each new result. */
  async watch(onReport: (report: StepReport) => void, signal: AbortSignal): Promise<void> {
    const step = this.#current()
    this.#markBegun()
    await watchStep(this.lab, step, this.#ports, signal, (report) => {
      if (report.holds) this.#markDone(step)
      onReport(report)
    })
  }

  /** The next hint; the last one again when all have been given. */
  async hint(): Promise<HintView> {
    const step = this.#current()
    const total = step.hints.length
    const known = this.#of(step)
    const number = Math.min(known.hints + 1, total)
    if (known.hints < total) this.#update(step, { ...known, hints: number })
    const source = step.hints[number - 1] ?? ''
    const filled = await fillText(new World(this.#ports), source).catch(() => ({ text: source }))
    return { number, total, text: filled.text }
  }

  /**
   * Does the current step for the learner, or with `to` every step from here to that one that does not hold already.
   * What earlier steps should have left behind is done first where it is missing.
   * Returns what the checks then say; the session stands at the last of these steps.
   * @throws LabError KNET_ACTION_FAILED, KNET_UNKNOWN_STEP
   */
  async solve(options: PerformOptions & { to?: string } = {}): Promise<StepReport[]> {
    const target = options.to === undefined ? this.#current() : this.#find(options.to)
    const from = this.lab.steps.indexOf(this.#current())
    const last = this.lab.steps.indexOf(target)
    const begin = this.lab.steps[Math.min(from, last)] ?? target
    await replayUpTo(this.lab, begin, this.#ports, options)
    const reports: StepReport[] = []
    for (const step of this.lab.steps.slice(Math.min(from, last), last + 1)) {
      this.#goto(step)
      const report = await this.#solveStep(step, options)
      reports.push(report)
      if (!report.holds) break
    }
    return reports
  }

  /** In a lab that was started anew: does again what the steps before the current one left behind. */
  async catchUp(options: PerformOptions = {}): Promise<void> {
    await replayUpTo(this.lab, this.#current(), this.#ports, options)
  }

  /**
   * Puts the world back to where the current step begins; the learner's own changes to this step are gone.
   * @returns what was mended of machines and network, a line each.
   */
  async resetStep(options: PerformOptions = {}): Promise<readonly string[]> {
    const step = this.#current()
    const mended = await restoreTo(this.lab, step, this.#ports, options)
    const { done: _, ...rest } = this.#of(step)
    this.#update(step, rest)
    return mended
  }

  /** Puts everything back to where the lab begins, progress too. @returns what was mended, a line each. */
  async resetLab(options: PerformOptions = {}): Promise<readonly string[]> {
    const [first] = this.lab.steps
    const ports = this.#ports
    const mended = await (ports.restore?.(options.signal) ?? ports.heal(options.signal))
    if (first) await undoTo(this.lab, first, ports, options)
    this.#progress.clear()
    return mended
  }

  async #solveStep(step: Step, options: PerformOptions): Promise<StepReport> {
    const before = await checkStep(step, this.#ports, { signal: options.signal })
    if (!before.holds) {
      await perform(this.lab, step.solve, this.#ports, options)
      this.#update(step, { ...this.#of(step), solved: true })
    }
    return this.check({ patience: SETTLE_SECONDS, signal: options.signal })
  }

  #move(by: number): Promise<StepView> {
    const index = this.lab.steps.indexOf(this.#current()) + by
    const step = this.lab.steps[index]
    if (step) this.#goto(step)
    return this.step()
  }

  #current(): Step {
    const id = this.#progress.read().current
    // A lab's steps may have changed since the file was written.
    const step = this.lab.steps.find((step) => step.id === id) ?? this.lab.steps[0]
    if (step) return step
    throw new LabError('KNET_LAB_INVALID', { message: `The lab ${this.lab.id} has no steps.` })
  }

  #find(wanted: string): Step {
    const ids = this.lab.steps.map((step) => step.id)
    const step = this.lab.steps.find((step, index) => step.id === wanted || String(index + 1) === wanted)
    if (step) return step
    const guess = nearest(wanted, ids)
    throw new LabError('KNET_UNKNOWN_STEP', {
      message: `${this.lab.id} has no step "${wanted}". Steps: ${ids.join(', ')}.`,
      ...(guess === undefined ? {} : { hint: `Did you mean ${guess}?` }),
      exitCode: EXIT.usage,
    })
  }

  #goto(step: Step): void {
    this.#progress.change((progress) => ({ ...progress, current: step.id }))
  }

  #of(step: Step): StepProgress {
    return this.#progress.read().steps[step.id] ?? NO_PROGRESS
  }

  #update(step: Step, state: StepProgress): void {
    this.#progress.change((progress) => ({ ...progress, steps: { ...progress.steps, [step.id]: state } }))
  }

  #markBegun(): void {
    if (this.#progress.read().began !== undefined) return
    this.#progress.change((progress) => ({ ...progress, began: this.#now().toISOString() }))
  }

  #markDone(step: Step): void {
    const known = this.#of(step)
    if (known.done === undefined) this.#update(step, { ...known, done: this.#now().toISOString() })
  }
}
