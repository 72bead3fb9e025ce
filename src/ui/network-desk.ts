import type { NetworkWatch } from '../session/network/network-watch.ts'
import type { AppState } from './app-state.ts'
import type { LessonState } from './lesson/lesson-state.ts'
import type { OpenLab } from './ports.ts'
import { highlightsOf } from './screens/map/highlights.ts'
import type { Store } from './store.ts'

export interface NetworkDeskOptions {
  readonly store: Store<AppState>
  readonly lab: () => OpenLab | undefined
}

/** The map of the network: looked at only while it is on the screen. */
export class NetworkDesk {
  readonly #o: NetworkDeskOptions
  #looking: AbortController | undefined

  constructor(options: NetworkDeskOptions) {
    this.#o = options
  }

  show = (): void => {
    const lab = this.#o.lab()
    if (!lab) return
    this.close()
    const looking = new AbortController()
    this.#looking = looking
    const { store } = this.#o
    const watch: NetworkWatch = lab.watchNetwork(looking.signal)
    const take = () => store.set({ network: watch.map })
    watch.onChange(take)
    store.set({ screen: 'map', network: watch.map, highlights: aboutStep(store.state.lesson) })
  }

  leave = (): void => {
    this.close()
    this.#o.store.set({ screen: 'lesson' })
  }

  close(): void {
    this.#looking?.abort()
    this.#looking = undefined
  }
}

/** What the step shows, suggests and checks names what it is about. */
function aboutStep(lesson: LessonState | undefined): ReadonlySet<string> {
  const { step, report } = lesson ?? {}
  const commands = step?.run.flatMap(({ on = '', command }) => [on, command]) ?? []
  const checks = report?.checks.map(({ message }) => message) ?? []
  return highlightsOf([step?.title ?? '', step?.text ?? '', ...commands, ...checks])
}
