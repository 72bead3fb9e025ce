import type { Size } from '../../../terminals/cells.ts'
import { scrolledLines } from '../../components/scroll-text.tsx'
import { inside, type Rect } from '../../layout.ts'
import type { LinesAt } from '../../lines-at.ts'
import type { Marks } from '../../marks.ts'
import { conversationLines } from './conversation-lines.ts'
import { bytesLines } from './packet-bytes.ts'
import { listLines } from './packet-list.ts'
import { treeLines } from './packet-tree.ts'
import { packetsLayout } from './packets-layout.ts'
import type { PacketsView } from './packets-state.ts'
import { type CaptureStatus, statusLine } from './packets-status.ts'

export interface PacketsOnScreen extends PacketsView {
  readonly status: CaptureStatus
}

/** What is inside the frames of {@link PacketsScreen}, and the line below them. */
export function packetsPanes(shown: PacketsOnScreen, size: Size, marks: Marks): LinesAt[] {
  const { packets, detail, state, status } = shown
  const layout = packetsLayout(size, state.pane)
  const below = { rect: layout.status, lines: [statusLine(shown, status, size.columns, marks)] }
  if (state.conversation) {
    const rect = inside(layout.all)
    const lines = conversationLines(state.conversation, rect.columns)
    return [{ rect, lines: scrolledLines(lines, rect, state.conversation.offset, marks) }, below]
  }
  const pane = (frame: Rect | undefined, linesFor: (room: Size) => string[]) => {
    const rect = frame && inside(frame)
    return rect ? [{ rect, lines: linesFor(rect) }] : []
  }
  return [
    ...pane(layout.list, (room) => listLines(packets, state, room, marks)),
    ...pane(layout.tree, (room) => treeLines(detail, state, room, marks)),
    ...pane(layout.bytes, (room) => bytesLines(detail, state, room)),
    below,
  ]
}
