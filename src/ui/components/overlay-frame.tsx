import { Box } from 'ink'
import type { Rect } from '../layout.ts'
import { fitLine } from '../line.ts'
import type { Marks } from '../marks.ts'
import { style } from '../theme.ts'
import type { DialogText } from './dialog-rect.ts'
import { borderOf, bottomBorder, topBorder } from './frame-lines.ts'
import { fitHints, keyName, type KeyHint } from './key-hint.ts'
import { Lines } from './lines.tsx'
import { scrolledLines } from './scroll-text.tsx'

interface OverlayFrameProps {
  readonly rect: Rect
  readonly text: DialogText
  readonly scroll?: number
  readonly marks: Marks
}

/** A bordered box that lies over whatever is drawn before it: it has a blank where it has nothing to show. */
export function OverlayFrame({ rect, text, scroll = 0, marks }: OverlayFrameProps) {
  const { title, lines, keys = [] } = text
  const columns = Math.max(1, rect.columns - 4)
  const rows = Math.max(1, rect.rows - 2 - (keys.length > 0 ? 2 : 0))
  const side = { left: borderOf(true, marks).left, right: borderOf(true, marks).right }
  const inner = [
    ...padded(scrolledLines(lines, { columns, rows }, scroll, marks), rows),
    ...(keys.length > 0 ? ['', answers(keys, columns, marks)] : []),
  ]
  const framed = [
    topBorder({ title, focused: true }, rect.columns, marks),
    ...inner.map(
      (line) =>
        `${style('accent', side.left)} ${fitLine(line, columns, marks.more)} ${style('accent', side.right)}`,
    ),
    bottomBorder(true, rect.columns, marks),
  ]
  return (
    <Box position="absolute" marginLeft={rect.x} marginTop={rect.y}>
      <Lines lines={framed} size={rect} />
    </Box>
  )
}

const padded = (lines: readonly string[], rows: number) =>
  Array.from({ length: rows }, (_, y) => lines[y] ?? '')

const answers = (keys: readonly KeyHint[], columns: number, marks: Marks) =>
  fitHints(keys, columns, marks)
    .map((hint) => `${style('accent', keyName(hint.keys[0] ?? '', marks))} ${hint.label}`)
    .join('  ')
