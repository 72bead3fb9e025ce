import type { Controller } from './controller.ts'
import type { AppState } from './app-state.ts'
import { bodyOf, inside } from './layout.ts'
import { overlayRect } from './overlay-box.ts'
import type { Compositor, Pane } from './screen/compositor.ts'
import { lineSource } from './screen/line-source.ts'
import { packetsPanes } from './screens/packets/packets-panes.ts'

export interface StageOptions {
  readonly compositor: Compositor
  readonly controller: Controller
  /** How long Ink may take over a frame, in milliseconds. */
  readonly frameMs: number
}

type TerminalPane = Pane & { readonly id: string }

/** Puts what is drawn from cells (terminals, packets) where the layout has it, and the cursor where the learner types. */
export class Stage {
  readonly #o: StageOptions
  #timer: NodeJS.Timeout | undefined
  #frames: readonly unknown[] = []
  #drawn: (Pick<AppState, 'packets' | 'size'> & { readonly panes: readonly Pane[] }) | undefined

  constructor(options: StageOptions) {
    this.#o = options
  }

  /** Once Ink has drawn the frame that terminals lie on: both come to the screen together. Not every change makes it draw. */
  soon = (): void => {
    if (this.#framesStay()) this.set()
    else this.#timer ??= setTimeout(this.set, this.#o.frameMs)
  }

  /** Most keys on the packets' screen change only what is inside its frames: Ink would have nothing to say. */
  #framesStay(): boolean {
    const { screen, size, overlay, packets } = this.#o.controller.state
    const frames = [screen, size, overlay, packets?.state.pane, packets?.state.conversation === undefined]
    const before = this.#frames
    this.#frames = frames
    return screen === 'packets' && frames.every((part, i) => part === before[i])
  }

  set = (): void => {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const { compositor, controller } = this.#o
    const { state } = controller
    const { overlay, size, look } = state
    const seen = state.screen === 'packets' ? this.#packets(state) : this.#terminals(state)
    compositor.setPanes(seen, overlay ? [overlayRect(overlay, { ...look, size })] : [])
    compositor.setCursor(this.#cursor(state, seen))
  }

  #terminals({ screen }: AppState): TerminalPane[] {
    const desk = this.#o.controller.door.lesson?.desk
    if (screen !== 'lesson' || !desk) return []
    return desk.panes().panes.flatMap(({ id, rect }) => {
      const source = desk.view(id)
      return source ? [{ id, source, rect: inside(rect) }] : []
    })
  }

  /** Made anew only for something new: lines are costly. */
  #packets({ packets, size, look }: AppState): readonly Pane[] {
    if (!packets) return []
    if (this.#drawn?.packets !== packets || this.#drawn.size !== size) {
      const { y } = bodyOf(size)
      const panes = packetsPanes(packets, bodyOf(size), look.marks).map(({ rect, lines }) => ({
        rect: { ...rect, y: rect.y + y },
        source: lineSource(lines, rect),
      }))
      this.#drawn = { packets, size, panes }
    }
    return this.#drawn.panes
  }

  /** Where the learner types, if that is in a terminal and in sight. */
  #cursor({ overlay, lesson }: AppState, seen: readonly (Pane | TerminalPane)[]) {
    if (overlay || lesson?.focus !== 'terminal') return undefined
    const pane = seen.find((pane) => 'id' in pane && pane.id === lesson.active)
    const cursor = this.#o.controller.door.lesson?.desk.view(lesson.active)?.cursor
    if (!pane || !cursor || cursor.x >= pane.rect.columns || cursor.y >= pane.rect.rows) return undefined
    return { x: pane.rect.x + cursor.x, y: pane.rect.y + cursor.y }
  }

  close(): void {
    clearTimeout(this.#timer)
  }
}
