import type { AppState } from './app-state.ts'
import { bodyOf, inside } from './layout.ts'
import type { TerminalDesk } from './lesson/terminal-desk.ts'
import { overlayRect } from './overlay-box.ts'
import type { Compositor, Pane } from './screen/compositor.ts'
import { linesSource } from './screen/lines-source.ts'
import { packetsPanes } from './screens/packets/packets-panes.ts'

/** Puts the terminals of a lesson, or the packets of a capture, where the layout has them, and the cursor where the learner types. */
export function setStage(compositor: Compositor, state: AppState, desk: TerminalDesk | undefined): void {
  const { overlay, lesson, screen, size, look } = state
  const panes = screen === 'lesson' && desk ? desk.panes().panes : []
  const seen = panes.flatMap(({ id, rect }): (Pane & { id: string })[] => {
    const source = desk?.view(id)
    return source ? [{ id, source, rect: inside(rect) }] : []
  })
  compositor.setPanes(
    [...seen, ...packetCells(state)],
    overlay ? [overlayRect(overlay, { ...look, size })] : [],
  )
  const typing = !overlay && lesson?.focus === 'terminal'
  const here = typing ? seen.find(({ id }) => id === lesson.active) : undefined
  const cursor = desk?.view(here?.id)?.cursor
  const fits = here && cursor && cursor.x < here.rect.columns && cursor.y < here.rect.rows
  compositor.setCursor(fits ? { x: here.rect.x + cursor.x, y: here.rect.y + cursor.y } : undefined)
}

/** The lists of a capture: they change as often as packets come, too often for Ink. */
function packetCells({ screen, packets, size, look }: AppState): Pane[] {
  if (screen !== 'packets' || !packets) return []
  const body = bodyOf(size)
  return packetsPanes(packets, body, look.marks).map(({ rect, lines }) => ({
    rect: { ...rect, x: body.x + rect.x, y: body.y + rect.y },
    source: linesSource(lines, rect.columns),
  }))
}
