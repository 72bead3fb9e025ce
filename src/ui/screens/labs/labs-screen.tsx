import { Box } from 'ink'
import type { Size } from '../../../terminals/cells.ts'
import { Frame } from '../../components/frame.tsx'
import { lineInput } from '../../components/line-input.ts'
import { Lines } from '../../components/lines.tsx'
import { windowStart } from '../../components/scroll.ts'
import type { Marks } from '../../marks.ts'
import type { LabCard } from '../../ports.ts'
import { wrapText } from '../../spans.ts'
import { style } from '../../theme.ts'
import { detailLines, titleLine } from './lab-lines.ts'
import { selectedCard, shownCards, type LabsState } from './labs-state.ts'

interface LabsScreenProps {
  readonly cards: readonly LabCard[]
  readonly state: LabsState
  readonly size: Size
  readonly marks: Marks
}

/** What fits in one column below this, with the selected card open, stands beside it from here on. */
const WIDE = 110
const LIST_SHARE = 0.5

/** The labs to choose from. */
export function LabsScreen(props: LabsScreenProps) {
  const { cards, state, size, marks } = props
  const filter = filterLine(state, size.columns)
  const inner = { columns: size.columns, rows: size.rows - filter.length }
  const selected = selectedCard(cards, state)
  return (
    <Box flexDirection="column" width={size.columns} height={size.rows} flexShrink={0}>
      {filter.length > 0 && <Lines lines={filter} size={{ ...size, rows: filter.length }} />}
      {!selected && <Lines lines={nothing(cards, state, inner.columns)} size={inner} />}
      {selected && size.columns >= WIDE && <TwoPanes {...props} size={inner} selected={selected} />}
      {selected && size.columns < WIDE && (
        <Lines lines={openList(shownCards(cards, state), selected, inner, marks)} size={inner} />
      )}
    </Box>
  )
}

function TwoPanes({ cards, state, size, marks, selected }: LabsScreenProps & { selected: LabCard }) {
  const columns = Math.floor(size.columns * LIST_SHARE)
  const list = { columns, rows: size.rows }
  const details = { columns: size.columns - columns, rows: size.rows }
  const lines = closedList(shownCards(cards, state), selected, within(list), marks)
  return (
    <Box>
      <Frame size={list} title="Labs" focused marks={marks}>
        <Lines lines={lines} size={within(list)} />
      </Frame>
      <Frame size={details} title={selected.title} focused={false} marks={marks}>
        <Box paddingX={1} paddingTop={1}>
          <Lines
            lines={detailLines(selected, details.columns - 4, marks)}
            size={{ columns: details.columns - 4, rows: details.rows - 3 }}
          />
        </Box>
      </Frame>
    </Box>
  )
}

const within = ({ columns, rows }: Size): Size => ({ columns: columns - 2, rows: rows - 2 })

/** As many labs as fit around the selected one. */
function inSight(cards: readonly LabCard[], selected: LabCard, rows: number): readonly LabCard[] {
  const first = windowStart(cards.indexOf(selected), cards.length, rows)
  return cards.slice(first, first + rows)
}

/** A line a lab. */
const closedList = (cards: readonly LabCard[], selected: LabCard, size: Size, marks: Marks) =>
  inSight(cards, selected, size.rows).map((card) => titleLine(card, size.columns, card === selected, marks))

const INDENT = '    '

/** The same, with the selected one's details below its line. */
function openList(cards: readonly LabCard[], selected: LabCard, size: Size, marks: Marks): string[] {
  const details = detailLines(selected, size.columns - 2 * INDENT.length, marks)
  const open = ['', ...details.map((line) => line && INDENT + line), '']
  const shown = inSight(cards, selected, Math.max(1, size.rows - open.length))
  return shown.flatMap((card) => {
    const line = titleLine(card, size.columns, card === selected, marks)
    return card === selected ? [line, ...open] : [line]
  })
}

function filterLine({ filter, filtering }: LabsState, columns: number): string[] {
  if (filtering) return [`${style('accent', '/')} ${lineInput(filter, columns - 2)}`, '']
  return filter.text ? [style('muted', `/ ${filter.text}  (Esc shows all)`), ''] : []
}

function nothing(cards: readonly LabCard[], { filter }: LabsState, columns: number): string[] {
  if (cards.length === 0) return [style('muted', 'Looking for labs …')]
  return wrapText(`No lab has "${filter.text}" in its title, summary or what it teaches. Esc shows all.`, columns)
}
