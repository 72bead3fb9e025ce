import type { Size } from '../terminals/cells.ts'

/** A rectangle of cells, from 0 at the top left. */
export interface Rect {
  readonly x: number
  readonly y: number
  readonly columns: number
  readonly rows: number
}

/** From here on text and terminals stand side by side; below they are tabs. */
const WIDE = 110
/** From here on two terminals stand one above the other. */
const TALL = 34
/** Text is read best in lines of this length at most. */
const TEXT_COLUMNS = { min: 48, max: 74, share: 0.42 }

export interface LessonLayout {
  /** The text pane with its border; undefined when a terminal has all the room. */
  readonly text: Rect | undefined
  /** Panes for terminals with their borders, the active one first. */
  readonly terminals: readonly Rect[]
  /** Text and terminals share the screen by turns, with a line of tabs. */
  readonly tabbed: boolean
}

export interface LessonShape {
  readonly size: Size
  /** Terminals that there are. */
  readonly count: number
  /** A terminal has the focus, or is being scrolled. */
  readonly inTerminal: boolean
  readonly zoomed: boolean
}

/** Rows of every screen between the title bar and the key bar. */
export function bodyOf(size: Size): Rect {
  return { x: 0, y: 1, columns: size.columns, rows: Math.max(1, size.rows - 2) }
}

/** Where things are on the lesson's screen. The text and the compositor's panes both go by it. */
export function lessonLayout({ size, count, inTerminal, zoomed }: LessonShape): LessonLayout {
  const body = bodyOf(size)
  if (size.columns < WIDE) {
    const pane = { ...body, y: body.y + 1, rows: body.rows - 1 }
    return inTerminal && count > 0
      ? { text: undefined, terminals: [pane], tabbed: true }
      : { text: pane, terminals: [], tabbed: true }
  }
  if (zoomed && inTerminal && count > 0) return { text: undefined, terminals: [body], tabbed: false }
  const { min, max, share } = TEXT_COLUMNS
  const columns = Math.min(max, Math.max(min, Math.round(size.columns * share)))
  const text = { ...body, columns }
  const right = { ...body, x: columns, columns: body.columns - columns }
  if (count < 2 || size.rows < TALL) return { text, terminals: [right], tabbed: false }
  const upper = Math.ceil(right.rows / 2)
  return {
    text,
    terminals: [
      { ...right, rows: upper },
      { ...right, y: right.y + upper, rows: right.rows - upper },
    ],
    tabbed: false,
  }
}

/** What is inside a border. */
export function inside({ x, y, columns, rows }: Rect): Rect {
  return { x: x + 1, y: y + 1, columns: Math.max(1, columns - 2), rows: Math.max(1, rows - 2) }
}
