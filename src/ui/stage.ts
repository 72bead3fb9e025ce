import type { AppState } from './app-state.ts'
import { inside } from './layout.ts'
import type { TerminalDesk } from './lesson/terminal-desk.ts'
import { overlayRect, type Backdrop } from './overlay-box.ts'
import type { Compositor, Pane } from './screen/compositor.ts'

/** Puts the terminals of a lesson where the layout has them, and the cursor where the learner types. */
export function setStage(
  compositor: Compositor,
  state: AppState,
  desk: TerminalDesk | undefined,
  look: Pick<Backdrop, 'marks' | 'leader'>,
): void {
  const { overlay, lesson, screen, size } = state
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
