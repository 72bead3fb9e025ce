import { Box } from 'ink'
import type { Size } from '../../../terminals/cells.ts'
import { Frame } from '../../components/frame.tsx'
import type { Marks } from '../../marks.ts'
import { packetsLayout } from './packets-layout.ts'
import type { PacketsOnScreen } from './packets-panes.ts'
import { selectedNumber } from './packets-state.ts'
import { captureTitle } from './packets-status.ts'

export interface PacketsScreenProps extends PacketsOnScreen {
  readonly size: Size
  readonly marks: Marks
}

/**
 * The frames around a capture's packets, what is in one of them, and its bytes; or around what both sides of a
 * conversation said. What is inside comes from `packetsPanes` and is drawn by the compositor: it changes ten times a
 * second, and a frame of Ink's costs far more than the cells that changed.
 */
export function PacketsScreen(props: PacketsScreenProps) {
  const { state, size, marks } = props
  const { all } = packetsLayout(size, state.pane)
  const { conversation } = state
  return conversation ? (
    <Frame title={`conversation of packet ${conversation.number}`} size={all} focused marks={marks} />
  ) : (
    <Panes {...props} />
  )
}

function Panes({ packets, detail, state, status, size, marks }: PacketsScreenProps) {
  const { all, list, tree, bytes } = packetsLayout(size, state.pane)
  const number = selectedNumber(state, packets)
  const decoding = number === undefined || detail?.number === number ? undefined : 'decoding'
  const look = (pane: typeof state.pane) => ({ focused: state.pane === pane, marks })
  return (
    <Box flexDirection="column" width={all.columns} height={all.rows} overflow="hidden">
      <Frame
        title={captureTitle(status)}
        note={state.selected === undefined && !status.ended ? 'newest' : undefined}
        size={list}
        {...look('list')}
      />
      <Box flexDirection={tree && bytes?.y === tree.y ? 'row' : 'column'}>
        {tree && (
          <Frame
            title={detail ? `packet ${detail.number}` : 'packet'}
            note={decoding ?? (state.pane === 'tree' && !bytes ? 'Tab: bytes' : undefined)}
            size={tree}
            {...look('tree')}
          />
        )}
        {bytes && (
          <Frame
            title={detail ? `bytes of packet ${detail.number}` : 'bytes'}
            note={detail && `${detail.bytes.length} bytes`}
            size={bytes}
            {...look('bytes')}
          />
        )}
      </Box>
    </Box>
  )
}
