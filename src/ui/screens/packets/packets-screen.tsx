import { Box } from 'ink'
import type { Size } from '../../../terminals/cells.ts'
import { Frame } from '../../components/frame.tsx'
import { Lines } from '../../components/lines.tsx'
import { ScrollText } from '../../components/scroll-text.tsx'
import { inside, type Rect } from '../../layout.ts'
import type { Marks } from '../../marks.ts'
import { conversationLines } from './conversation-lines.ts'
import { bytesLines } from './packet-bytes.ts'
import { listLines } from './packet-list.ts'
import { treeLines } from './packet-tree.ts'
import { packetsLayout } from './packets-layout.ts'
import { type PacketsView, selectedNumber } from './packets-state.ts'
import { captureTitle, type CaptureStatus, statusLine } from './packets-status.ts'

export interface PacketsScreenProps extends PacketsView {
  readonly status: CaptureStatus
  readonly size: Size
  readonly marks: Marks
}

/** A capture: its packets, what is in one of them, and its bytes; or what both sides of a conversation said. */
export function PacketsScreen(props: PacketsScreenProps) {
  return (
    <Box flexDirection="column" width={props.size.columns} height={props.size.rows} overflow="hidden">
      {props.state.conversation ? <ConversationPane {...props} /> : <Panes {...props} />}
      <Lines
        lines={[statusLine(props, props.status, props.size.columns, props.marks)]}
        size={{ columns: props.size.columns, rows: 1 }}
      />
    </Box>
  )
}

function Panes({ packets, detail, state, status, size, marks }: PacketsScreenProps) {
  const { list, tree, bytes } = packetsLayout(size, state.pane)
  const isBelow = tree !== undefined && bytes?.y === tree.y
  const number = selectedNumber(state, packets)
  const note = number !== undefined && detail?.number !== number ? `decoding ${number}` : undefined
  return (
    <>
      <Pane
        title={captureTitle(status)}
        note={state.selected === undefined && !status.ended ? 'newest' : undefined}
        rect={list}
        focused={state.pane === 'list'}
        lines={listLines(packets, state, inside(list), marks)}
        marks={marks}
      />
      <Box flexDirection={isBelow ? 'row' : 'column'}>
        {tree && (
          <Pane
            title={detail ? `packet ${detail.number}` : 'packet'}
            note={note ?? (state.pane === 'tree' && !bytes ? 'Tab: bytes' : undefined)}
            rect={tree}
            focused={state.pane === 'tree'}
            lines={treeLines(detail, state, inside(tree), marks)}
            marks={marks}
          />
        )}
        {bytes && (
          <Pane
            title={detail ? `bytes of packet ${detail.number}` : 'bytes'}
            note={detail && `${detail.bytes.length} bytes`}
            rect={bytes}
            focused={state.pane === 'bytes'}
            lines={bytesLines(detail, state, inside(bytes))}
            marks={marks}
          />
        )}
      </Box>
    </>
  )
}

interface PaneProps {
  readonly title: string
  readonly note?: string | undefined
  readonly rect: Rect
  readonly focused: boolean
  readonly lines: readonly string[]
  readonly marks: Marks
}

function Pane({ title, note, rect, focused, lines, marks }: PaneProps) {
  return (
    <Frame title={title} note={note} size={rect} focused={focused} marks={marks}>
      <Lines lines={lines} size={inside(rect)} />
    </Frame>
  )
}

function ConversationPane({ state, size, marks }: PacketsScreenProps) {
  const { conversation } = state
  if (!conversation) return undefined
  const rect = { x: 0, y: 0, columns: size.columns, rows: size.rows - 1 }
  const room = inside(rect)
  return (
    <Frame title={`conversation of packet ${conversation.number}`} size={rect} focused marks={marks}>
      <ScrollText
        lines={conversationLines(conversation, room.columns)}
        size={room}
        offset={conversation.offset}
        marks={marks}
      />
    </Frame>
  )
}
