import type { Done } from '../../session/actions.ts'
import type { StepReport } from '../../session/check-step.ts'
import type { Session } from '../../session/session.ts'
import type { StepView } from '../../session/view.ts'
import type { Failure } from '../ports.ts'
import { atStep, type LessonPage, type LessonState } from './lesson-state.ts'

export interface LessonActionsOptions {
  readonly session: Session
  readonly get: () => LessonState
  readonly set: (change: Partial<LessonState>) => void
  readonly failureOf: (thrown: unknown) => Failure
  /** What the learner must be told about the session itself. */
  readonly tell: (lines: readonly string[]) => void
  /** Does work after which machines may be new ones. */
  readonly outlasting: <T>(work: () => Promise<T>) => Promise<T>
  /** The last step has been passed. */
  readonly onDone: () => void
}

const CHECKING = 'checking'

/** What a learner does with a step. Session decides everything; this shows what it said. */
export class LessonActions {
  readonly #o: LessonActionsOptions
  /** Aborts what is being done at the moment. */
  #task: AbortController | undefined
  #watching: AbortController | undefined

  constructor(options: LessonActionsOptions) {
    this.#o = options
  }

  /** Shows the step that the session stands at, and begins to watch it. */
  async show(): Promise<void> {
    await this.#guard(async () => this.#arrive(await this.#o.session.step()))
  }

  next = () => this.#move('next')
  previous = () => this.#move('prev')

  async goto(step: string): Promise<void> {
    await this.#guard(async () => this.#arrive(await this.#o.session.goto(step)))
  }

  check = () =>
    this.#do(CHECKING, async (signal) => {
      this.#take(await this.#o.session.check({ signal }), true)
    })

  hint = () =>
    this.#guard(async () => {
      const hint = await this.#o.session.hint()
      const known = this.#o.get().hints.filter(({ number }) => number !== hint.number)
      this.#o.set({ hints: [...known, hint], page: 'task', steps: this.#o.session.steps() })
      this.scrollTo(Number.POSITIVE_INFINITY)
    })

  solve = () =>
    this.#do('solving', async (signal) => {
      const reports = await this.#o.session.solve({ signal, onDone: this.#transcribe() })
      const last = reports.at(-1)
      if (last) this.#take(last, true)
    })

  /** In a lab that was started anew: what this step builds on. */
  catchUp = () =>
    this.#do('doing again what the steps before left behind', async (signal) => {
      await this.#o.session.catchUp({ signal, onDone: this.#transcribe() })
      this.#arrive(await this.#o.session.step())
    })

  resetStep = () =>
    this.#do('putting the step back', async (signal) => {
      const mended = await this.#o.outlasting(() => this.#o.session.resetStep({ signal }))
      this.#arrive(await this.#o.session.step())
      this.#o.set({ transcript: mended })
    })

  resetLab = () =>
    this.#do('putting the lab back', async (signal) => {
      const mended = await this.#o.outlasting(() => this.#o.session.resetLab({ signal }))
      this.#arrive(await this.#o.session.step())
      this.#o.set({ transcript: mended })
    })

  turnTo(page: LessonPage): void {
    this.#o.set({ page, scroll: 0 })
  }

  scrollTo(line: number): void {
    this.#o.set({ scroll: Math.max(0, line) })
  }

  select(by: 1 | -1): void {
    const { selected, step } = this.#o.get()
    const last = (step?.run.length ?? 0) - 1
    this.#o.set({ selected: Math.max(0, Math.min(last, selected + by)) })
  }

  /** Gives up what is being done. */
  cancel(): void {
    this.#task?.abort(new Error('cancelled'))
    this.#over()
  }

  close(): void {
    this.#task?.abort()
    this.#watching?.abort()
  }

  async #move(way: 'next' | 'prev'): Promise<void> {
    const { step, steps } = this.#o.get()
    const atEnd = way === 'next' && step?.number === step?.total
    if (atEnd && steps.every(({ done }) => done)) this.#o.onDone()
    else await this.#guard(async () => this.#arrive(await this.#o.session[way]()))
  }

  #arrive(step: StepView): void {
    // Views of two moves may come in another order than the moves.
    if (step.id !== this.#current()) return
    // What was being done belongs to the step that was left.
    this.cancel()
    this.#o.set(atStep(step, this.#o.session.steps()))
    this.#tell()
    this.#watching?.abort()
    const watching = new AbortController()
    this.#watching = watching
    this.#o.session
      .watch((report) => this.#take(report, false), watching.signal)
      .catch((thrown: unknown) => {
        if (!watching.signal.aborted) this.#o.set({ failure: this.#o.failureOf(thrown) })
      })
  }

  /** A step that comes to hold turns to what it meant; the learner may turn back. */
  #take(report: StepReport, asked: boolean): void {
    const { step, report: before } = this.#o.get()
    if (report.step !== step?.id || report.step !== this.#current()) return
    const passed = report.holds && before !== undefined && !before.holds
    const turn = passed || (asked && report.holds)
    const { began, ended } = this.#o.session.times()
    this.#o.set({
      report,
      began,
      ended,
      steps: this.#o.session.steps(),
      ...(turn ? { page: 'explain', scroll: 0, failure: undefined } : {}),
    })
    this.#tell()
    void this.#guard(() => this.#refresh(report.step))
  }

  /** What has come to be, such as a pod's name, has its place in the step's texts. */
  async #refresh(id: string): Promise<void> {
    const step = await this.#o.session.step()
    if (step.id === id && this.#o.get().step?.id === id) this.#o.set({ step })
  }

  /** Shows what is done for the learner, as they would have typed it. */
  #transcribe(): (done: Done) => void {
    this.#o.set({ transcript: [] })
    return ({ on = '', command }) => {
      this.#o.set({ transcript: [...this.#o.get().transcript, `${on}$ ${command}`] })
    }
  }

  /** Where the session stands, which may be ahead of what is shown. */
  #current(): string | undefined {
    return this.#o.session.steps().find(({ current }) => current)?.id
  }

  #tell(): void {
    const notices = this.#o.session.takeNotices()
    if (notices.length > 0) this.#o.tell(notices)
  }

  /** One thing at a time, shown in the title bar, cancelled by Escape. A check makes way for anything else. */
  async #do(busy: string, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const before = this.#o.get().busy
    if (before !== undefined && (before !== CHECKING || busy === CHECKING)) return
    this.cancel()
    const task = new AbortController()
    this.#task = task
    this.#o.set({ busy, failure: undefined })
    await this.#guard(() => work(task.signal), task.signal)
    if (this.#task === task) this.#over()
  }

  #over(): void {
    this.#task = undefined
    this.#o.set({ busy: undefined })
  }

  async #guard(work: () => Promise<void>, signal?: AbortSignal): Promise<void> {
    try {
      await work()
    } catch (thrown) {
      if (!signal?.aborted) this.#o.set({ failure: this.#o.failureOf(thrown) })
    }
  }
}
