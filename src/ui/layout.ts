/** A rectangle of cells, from 0 at the top left. */
export interface Rect {
  readonly x: number
  readonly y: number
  readonly columns: number
  readonly rows: number
}
