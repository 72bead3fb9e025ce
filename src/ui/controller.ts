import type { AppState } from './app-state.ts'
import { actionTable, type Actions } from './actions/table.ts'
import { actionFor, contextOf, fullName } from './dispatch.ts'
import type { InputEvent } from './input/key-parser.ts'
import { LabDoor } from './lab-door.ts'
import { NetworkDesk } from './network-desk.ts'
import { answer, type Overlay } from './overlay.ts'
import { PacketsDesk } from './packets-desk.ts'
import type { UiPorts } from './ports.ts'
import { filterKey } from './screens/labs/labs-state.ts'
import type { Store } from './store.ts'

export interface ControllerOptions {
  readonly store: Store<AppState>
  readonly ports: UiPorts
  /** A terminal shows something else, or has its cursor elsewhere. */
  readonly onView: () => void
  /** Hands the terminal to what `run` does. */
  readonly handOver: (run: () => Promise<unknown>) => Promise<void>
  /** Stops this process as Ctrl-Z does. */
  readonly suspend: () => void
  /** Draws every cell again. */
  readonly redraw: () => void
  /** The app is to end; words for the screen that comes back. */
  readonly leave: (words: readonly string[]) => void
}

/** Turns keys into actions, and has the hands that act. Screens only show the store's state. */
export class Controller {
  readonly options: ControllerOptions
  readonly door: LabDoor
  readonly network: NetworkDesk
  readonly packets: PacketsDesk
  readonly #actions: Actions

  constructor(options: ControllerOptions) {
    this.options = options
    this.door = new LabDoor({ ...options, show: (overlay) => this.show(overlay) })
    this.network = new NetworkDesk({ ...options, lab: () => this.door.lesson?.lab })
    this.packets = new PacketsDesk({
      ...options,
      lab: () => this.door.lesson?.lab,
      show: (overlay) => this.show(overlay),
    })
    this.#actions = actionTable(this)
  }

  get state(): AppState {
    return this.options.store.state
  }

  /** What no terminal gets: a key or a paste, or by its name a key that works in terminals too. */
  press(input: InputEvent | string): void {
    const { overlay, size, look } = this.state
    if (overlay && typeof input !== 'string') {
      const { overlay: next, effect } = answer(overlay, 'paste' in input ? pasted(input.paste) : input, {
        size,
        ...look,
      })
      this.options.store.set({ overlay: next })
      effect?.()
      return
    }
    const { screen, labs, cards } = this.state
    if (screen === 'labs' && labs.filtering && typeof input !== 'string') {
      const key = 'paste' in input ? pasted(input.paste) : input
      this.options.store.set({ labs: filterKey(cards, labs, key) })
      return
    }
    const name = typeof input === 'string' ? input : 'paste' in input ? '' : fullName(input)
    const action = overlay ? undefined : actionFor(contextOf(this.state), name)
    if (action) this.act(action)
  }

  act(action: keyof Actions): void {
    this.attempt(this.#actions[action])
  }

  /** A failure that an action did not expect is said where the learner is. */
  attempt(work: () => unknown): void {
    // Begun at once: what it changes decides where the next key goes, which may have come with this one.
    new Promise((resolve) => resolve(work())).catch((thrown: unknown) => {
      this.show({
        kind: 'failure',
        title: 'That did not work',
        failure: this.options.ports.failureOf(thrown),
      })
    })
  }

  show(overlay: Overlay): void {
    this.options.store.set({ overlay })
  }

  /** A shell with the whole screen to itself. */
  async handOverTo(place: string): Promise<void> {
    const lab = this.door.lesson?.lab
    if (lab) await this.options.handOver(() => lab.shell(place))
  }

  /** Lets go of everything; lab and terminals live on. */
  async close(): Promise<void> {
    this.network.close()
    await this.packets.close()
    this.door.close()
  }
}

const pasted = (text: string) => ({ name: '', ctrl: false, alt: false, shift: false, text })
