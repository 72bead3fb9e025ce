/** One row of a screen, cell by cell. Both arrays are as long as the screen is wide. */
export interface CellRow {
  /** What each cell shows: a grapheme, ' ' where there is nothing, '' in the right half of a wide one. */
  readonly chars: readonly string[]
  /** SGR parameters of each cell, in one canonical order, such as `1;31`; '' is the default. */
  readonly styles: readonly string[]
}

/** Columns and rows of cells. */
export interface Size {
  readonly columns: number
  readonly rows: number
}
