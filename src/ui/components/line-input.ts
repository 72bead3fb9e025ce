import { graphemesOf, headOf, widthOf } from '../line.ts'
import { style } from '../theme.ts'
import type { LineState } from './edit-line.ts'

/** A line being typed in exactly `columns` cells, the cursor inverse and always in sight. */
export function lineInput({ text, cursor }: LineState, columns: number): string {
  const graphemes = graphemesOf(text)
  const at = graphemes.findIndex(({ index }) => index >= cursor)
  const [under = ' ', ...behind] = at === -1 ? [' '] : graphemes.slice(at).map(({ segment }) => segment)
  const room = Math.max(0, columns - widthOf(under))
  const before = tailOf(text.slice(0, cursor), room)
  const after = headOf(behind.join(''), room - widthOf(before))
  const blanks = ' '.repeat(Math.max(0, room - widthOf(before) - widthOf(after)))
  return before + style('selected', under) + after + blanks
}

/** The last graphemes that fit. */
function tailOf(text: string, columns: number): string {
  const segments = graphemesOf(text).map(({ segment }) => segment)
  let first = segments.length
  let width = 0
  while (first > 0 && (width += widthOf(segments[first - 1] ?? '')) <= columns) first--
  return segments.slice(first).join('')
}
