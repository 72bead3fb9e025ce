import type { Rect } from './layout.ts'

/** Lines with SGR for a part of the screen. */
export interface LinesAt {
  readonly rect: Rect
  readonly lines: readonly string[]
}
