import type { Controller } from './controller.ts'
import type { AppState } from './app-state.ts'
import { bodyLines } from './body-lines.ts'
import { inside } from './layout.ts'
import { overlayRect } from './overlay-box.ts'
import type { Compositor, Pane } from './screen/compositor.ts'
import { lineSource } from './screen/line-source.ts'

export interface StageOptions {
  readonly compositor: Compositor
  readonly controller: Controller
}

/** Ink draws what has changed at the end of the turn, unless it drew a moment ago; then its frame sets the stage again. */
const AFTER_INK_MS = 2

type TerminalPane = Pane & { readonly id: string }

/** Puts what is drawn from cells (terminals, texts, packets) where the layout has it, and the cursor where the learner types. */
export class Stage {
  readonly #o: StageOptions
  #timer: NodeJS.Timeout | undefined
  #drawn: { readonly from: readonly unknown[]; readonly panes: readonly Pane[] } = { from: [], panes: [] }

  constructor(options: StageOptions) {
    this.#o = options
  }

  /** Once Ink has drawn the frame that terminals lie on: both come to the screen together. Not every change makes it draw. */
  soon = (): void => {
    this.#timer ??= setTimeout(this.set, AFTER_INK_MS)
  }

  set = (): void => {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const { compositor, controller } = this.#o
    const { state } = controller
    const { overlay, size, look } = state
    const seen = [...this.#lines(state), ...this.#terminals(state)]
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
  #lines(state: AppState): readonly Pane[] {
    const { screen, size, lesson, network, map, highlights, packets } = state
    const from = [screen, size, lesson, network, map, highlights, packets]
    if (from.some((part, i) => part !== this.#drawn.from[i])) {
      const panes = bodyLines(state).map(({ rect, lines }) => ({ rect, source: lineSource(lines, rect) }))
      this.#drawn = { from, panes }
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
