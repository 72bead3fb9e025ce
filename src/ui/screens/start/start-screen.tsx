import { Box } from 'ink'
import type { Size } from '../../../terminals/cells.ts'
import { Frame } from '../../components/frame.tsx'
import { Lines } from '../../components/lines.tsx'
import type { Marks } from '../../marks.ts'
import { wrapText } from '../../spans.ts'
import { style } from '../../theme.ts'
import { failureLines, phaseTable, seconds } from './start-lines.ts'
import type { StartState } from './start-state.ts'

/** A lab on its way up, or what kept it from it. */
export function StartScreen(props: {
  readonly state: StartState
  readonly size: Size
  readonly marks: Marks
}) {
  const { state, size, marks } = props
  const columns = size.columns - 4
  const table = ['', heading(state, marks), '', ...phaseTable(state, columns, marks), ''].slice(0, size.rows)
  const left = { columns: size.columns, rows: size.rows - table.length }
  const inner = { columns, rows: left.rows - 2 }
  const said = state.said.flatMap((line) => wrapText(line, columns))
  const failure = failureLines(state, columns, marks)
  return (
    <Box flexDirection="column" width={size.columns} height={size.rows} flexShrink={0} overflow="hidden">
      <Box paddingX={2}>
        <Lines lines={table} size={{ columns, rows: table.length }} />
      </Box>
      {state.failure && !state.showSaid && (
        <Frame
          size={{ ...left, rows: Math.min(left.rows, failure.length + 2) }}
          title={`${state.lab} did not start`}
          focused
          marks={marks}
        >
          <Padded lines={failure} size={{ columns, rows: Math.min(inner.rows, failure.length) }} />
        </Frame>
      )}
      {state.showSaid && (
        <Frame size={left} title="What is run, from the last line" focused={false} marks={marks}>
          <Padded lines={said.slice(-inner.rows)} size={inner} />
        </Frame>
      )}
      {!state.failure && !state.showSaid && (
        <Padded
          lines={said.slice(-1).map((line) => style('muted', line))}
          size={{ columns, rows: left.rows }}
        />
      )}
    </Box>
  )
}

function Padded({ lines, size }: { readonly lines: readonly string[]; readonly size: Size }) {
  return (
    <Box paddingX={1}>
      <Lines lines={lines} size={size} />
    </Box>
  )
}

function heading({ lab, failure, elapsed }: StartState, marks: Marks): string {
  const total = elapsed > 0 ? `  ${style('muted', seconds(elapsed))}` : ''
  return failure
    ? `${style('bad', `${marks.bad} Starting ${lab} failed`)}${total}`
    : `${style('strong', `Starting ${lab} ${marks.more}`)}${total}`
}
