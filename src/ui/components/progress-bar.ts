import type { Marks } from '../marks.ts'
import { style } from '../theme.ts'

/** How much is done, in exactly `columns` cells. Something done is always seen, and full is only what is done. */
export function progressBar(done: number, total: number, columns: number, marks: Marks): string {
  const share = total > 0 ? done / total : 0
  const full = share >= 1 ? columns : Math.min(columns - 1, Math.ceil(share * columns))
  return style('good', marks.full.repeat(full)) + style('muted', marks.empty.repeat(columns - full))
}
