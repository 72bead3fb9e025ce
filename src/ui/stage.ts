import type { Controller } from './controller.ts'
import { inside } from './layout.ts'
import { overlayRect } from './overlay-box.ts'
import type { Compositor, Pane } from './screen/compositor.ts'

export interface StageOptions {
  readonly compositor: Compositor
  readonly controller: Controller
  /** How long Ink may take over a frame, in milliseconds. */
  readonly frameMs: number
}

/** Puts the terminals of a lesson where the layout has them, and the cursor where the learner types. */
export class Stage {
  readonly #o: StageOptions
  #timer: NodeJS.Timeout | undefined

  constructor(options: StageOptions) {
    this.#o = options
  }

  /** Once Ink has drawn the frame that terminals lie on: both come to the screen together. Not every change makes it draw. */
  soon = (): void => {
    this.#timer ??= setTimeout(this.set, this.#o.frameMs)
  }

  set = (): void => {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const { compositor, controller } = this.#o
    const { overlay, lesson, screen, size, look } = controller.state
    const desk = controller.door.lesson?.desk
    const panes = screen === 'lesson' && desk ? desk.panes().panes : []
    const seen = panes.flatMap(({ id, rect }): (Pane & { id: string })[] => {
      const source = desk?.view(id)
      return source ? [{ id, source, rect: inside(rect) }] : []
    })
    compositor.setPanes(seen, overlay ? [overlayRect(overlay, { ...look, size })] : [])
    const typing = !overlay && lesson?.focus === 'terminal'
    const here = typing ? seen.find(({ id }) => id === lesson.active) : undefined
    const cursor = desk?.view(here?.id)?.cursor
    const fits = here && cursor && cursor.x < here.rect.columns && cursor.y < here.rect.rows
    compositor.setCursor(fits ? { x: here.rect.x + cursor.x, y: here.rect.y + cursor.y } : undefined)
  }

  close(): void {
    clearTimeout(this.#timer)
  }
}
