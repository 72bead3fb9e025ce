import type { AppState } from './app-state.ts'
import { openLesson, type OpenLesson } from './lesson/open-lesson.ts'
import type { Overlay } from './overlay.ts'
import type { OpenLab, UiPorts } from './ports.ts'
import { beginStart, failStart, takeStartEvent } from './screens/start/start-state.ts'
import type { Store } from './store.ts'

export interface LabDoorOptions {
  readonly store: Store<AppState>
  readonly ports: UiPorts
  readonly onView: () => void
  readonly show: (overlay: Overlay) => void
}

/** Ways into a lab and out of it: the list, the start, the end. */
export class LabDoor {
  readonly #o: LabDoorOptions
  #lesson: OpenLesson | undefined
  #starting: AbortController | undefined

  constructor(options: LabDoorOptions) {
    this.#o = options
  }

  /** The lab that is open. */
  get lesson(): OpenLesson | undefined {
    return this.#lesson
  }

  /** The list of labs, as they are now. */
  showLabs = async (): Promise<void> => {
    this.#o.store.set({ screen: 'labs' })
    await this.#look()
  }

  /** Brings a lab up, or takes it up where it runs, and goes into its lesson. */
  async enter(id: string): Promise<void> {
    if (this.#lesson?.lab.id === id) {
      this.#o.store.set({ screen: 'lesson' })
      return
    }
    this.#leaveLesson()
    const { store, ports } = this.#o
    const starting = new AbortController()
    this.#starting = starting
    store.set({ screen: 'start', start: beginStart(id, Date.now()) })
    try {
      const lab = await ports.open(
        id,
        (event) => {
          const { start } = store.state
          if (start) store.set({ start: takeStartEvent(start, event, Date.now()) })
        },
        starting.signal,
      )
      if (!starting.signal.aborted) await this.#begin(lab)
    } catch (thrown) {
      const { start } = store.state
      if (!starting.signal.aborted && start) store.set({ start: failStart(start, ports.failureOf(thrown)) })
    }
  }

  /** Gives a start up; what it made is gone with it. */
  cancelStart = async (): Promise<void> => {
    this.#starting?.abort(new Error('given up'))
    await this.showLabs()
  }

  retry = async (): Promise<void> => {
    const { start } = this.#o.store.state
    if (start?.failure) await this.enter(start.lab)
  }

  /** Ends the open lab. */
  async stop(): Promise<void> {
    const lab = this.#lesson?.lab
    this.#leaveLesson()
    if (lab) await this.#o.ports.stop(lab.id)
  }

  close(): void {
    this.#starting?.abort(new Error('left'))
    this.#leaveLesson()
  }

  async #begin(lab: OpenLab): Promise<void> {
    const { store, ports, onView } = this.#o
    const lesson = openLesson({
      lab,
      store,
      ports,
      onView,
      tell: (lines) => this.#o.show({ kind: 'text', title: 'Worth knowing', lines, scroll: 0 }),
      onDone: () => void this.#look().then(() => store.set({ screen: 'done' })),
    })
    this.#lesson = lesson
    store.set({ screen: 'lesson', start: undefined })
    void this.#outlive(lesson)
    await Promise.all([lesson.actions.show(), lesson.desk.resume()])
    if (lab.fresh && store.state.lesson?.step?.number !== 1) await lesson.actions.catchUp()
  }

  /** Says so when the lab ends while it is open. */
  async #outlive(lesson: OpenLesson): Promise<void> {
    const { lab } = lesson
    await lab.ended
    if (this.#lesson !== lesson) return
    this.#leaveLesson()
    this.#o.show({
      kind: 'confirm',
      title: 'The lab stopped',
      lines: ['The lab stopped; start it again? (progress is kept)'],
      yes: 'start it again',
      run: () => void this.#again(lab.id),
    })
  }

  /** Of a lab that was killed there may be something left, which is not to be taken for it. */
  async #again(id: string): Promise<void> {
    await this.#o.ports.stop(id).catch(() => {})
    await this.enter(id)
  }

  async #look(): Promise<void> {
    this.#o.store.set({ cards: await this.#o.ports.labs() })
  }

  #leaveLesson(): void {
    const lesson = this.#lesson
    this.#lesson = undefined
    lesson?.close()
  }
}
