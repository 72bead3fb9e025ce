import type { AppState } from './app-state.ts'
import { bodyOf, inside } from './layout.ts'
import { lessonText, linesInPane } from './lesson/lesson-text.ts'
import { layoutOf } from './lesson/terminal-desk.ts'
import type { LinesAt } from './lines-at.ts'
import { drawMap } from './screens/map/draw-map.ts'
import { packetsPanes } from './screens/packets/packets-panes.ts'

/**
 * What a screen shows besides its frames, as lines for the compositor: much text, or what changes often. A frame of Ink's
 * costs thirty times as much as the cells that changed.
 */
export function bodyLines(state: AppState): LinesAt[] {
  const { screen, size, look, lesson, packets } = state
  const body = bodyOf(size)
  if (screen === 'map') {
    return [{ rect: body, lines: drawMap(state.network, state.map, state.highlights, body, look.marks) }]
  }
  if (screen === 'packets' && packets) {
    return packetsPanes(packets, body, look.marks).map(({ rect, lines }) => ({
      rect: { ...rect, y: rect.y + body.y },
      lines,
    }))
  }
  const pane = screen === 'lesson' && lesson ? layoutOf(lesson, size).text : undefined
  if (!lesson || !pane) return []
  const rect = inside(pane)
  return [{ rect, lines: linesInPane(lessonText(lesson, rect, look)) }]
}
