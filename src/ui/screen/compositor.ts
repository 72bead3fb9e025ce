import type { CellRow, Size } from '../../terminals/cells.ts'
import { type Clock, systemClock } from '../clock.ts'
import type { Rect } from '../layout.ts'
import { Painter } from './painter.ts'
import { RowCanvas } from './row-canvas.ts'
import { dimmed, withoutColours } from './sgr.ts'
import { cellsOf } from './styled-line.ts'

/** Where cells come from: a terminal's view, a list of packets. */
export interface CellSource {
  /** Row of the source, 0 at its top; undefined where it has none. */
  row(y: number): CellRow | undefined
  /** Calls back with the rows that changed; returns what ends that. A source without never changes by itself. */
  onChange?(listener: (rows: ReadonlySet<number>) => void): () => void
}

/** A source on the screen. What does not fit into the rectangle is cut. */
export interface Pane {
  readonly rect: Rect
  readonly source: CellSource
  readonly dim?: boolean
}

/** As much of process.stdout as is needed. */
export interface FrameOutput {
  /** False when the output is behind; no frame comes before its 'drain'. */
  write(frame: string): boolean
  once(event: 'drain', listener: () => void): unknown
}

export interface CompositorOptions {
  readonly output: FrameOutput
  readonly size: Size
  /** False for NO_COLOR: keeps bold, dim, underlined and inverse. */
  readonly colours: boolean
  readonly clock?: Clock
}

const FRAME_MS = 1000 / 30

/** Synchronized output, DEC private mode 2026: the terminal shows a frame when it is whole. */
const BEGIN = '\x1b[?2026h'
const END = '\x1b[?2026l'
const HIDE = '\x1b[?25l'
const SHOW = '\x1b[?25h'

/**
 * The one writer of the terminal. Lays panes over Ink's frame and writes the cells that changed: at once after a pause,
 * and no more than 30 times a second. Starts paused.
 */
export class Compositor {
  readonly #output: FrameOutput
  readonly #clock: Clock
  readonly #colours: boolean
  readonly #styles = new Map<string, string>()
  #size: Size
  #painter: Painter
  #frame = ''
  #base: { line: string; cells: CellRow }[] = []
  #panes: readonly Pane[] = []
  /** Parts of the screen where the frame lies over the panes: dialogs. */
  #holes: readonly Rect[] = []
  readonly #unsubscribe = new Map<CellSource, () => void>()
  readonly #dirty = new Set<number>()
  #cursor: { readonly x: number; readonly y: number } | undefined
  /** What the terminal has: undefined after a takeover. */
  #cursorShown: boolean | undefined
  #paused = true
  #behind = false
  #lastFrame = -Infinity
  #cancel: (() => void) | undefined

  constructor({ output, size, colours, clock = systemClock }: CompositorOptions) {
    this.#output = output
    this.#size = size
    this.#colours = colours
    this.#clock = clock
    this.#painter = new Painter(size)
    this.setBase('')
  }

  /** The frame below all panes: lines with SGR sequences. Lines beyond the screen are dropped. */
  setBase(frame: string): void {
    this.#frame = frame
    const lines = frame.split('\n')
    for (let y = 0; y < this.#size.rows; y++) {
      const line = lines[y] ?? ''
      if (this.#base[y]?.line === line) continue
      this.#base[y] = { line, cells: cellsOf(line, this.#size.columns) }
      this.#touch(y, 1)
    }
  }

  /** The panes, later ones over earlier ones, and the parts of the screen that the frame keeps for itself. */
  setPanes(panes: readonly Pane[], holes: readonly Rect[] = []): void {
    const sameHoles = sameRects(holes, this.#holes)
    const before = this.#panes
    if (sameHoles && panes.length === before.length && panes.every((pane, i) => samePane(pane, before[i])))
      return
    const moved = sameHoles ? [] : [...holes, ...this.#holes]
    for (const { y, rows } of [...before, ...panes].map(({ rect }) => rect).concat(moved))
      this.#touch(y, rows)
    this.#panes = panes
    this.#holes = holes
    this.#subscribe()
  }

  /** For sources that do not say themselves what changed: all rows of their panes, or some. */
  invalidate(source: CellSource, rows?: Iterable<number>): void {
    for (const pane of this.#panes) {
      if (pane.source !== source) continue
      if (!rows) this.#touch(pane.rect.y, pane.rect.rows)
      else for (const row of rows) if (row < pane.rect.rows) this.#touch(pane.rect.y + row, 1)
    }
  }

  /** Where the cursor is to be seen; undefined hides it. */
  setCursor(cursor: { readonly x: number; readonly y: number } | undefined): void {
    if (cursor?.x === this.#cursor?.x && cursor?.y === this.#cursor?.y) return
    this.#cursor = cursor
    this.#request()
  }

  /** A terminal of another size: all of it is drawn again. Ink is told by its sink. */
  resize(size: Size): void {
    this.#size = size
    this.#base = []
    this.setBase(this.#frame)
    this.redraw()
  }

  /** Draws everything, as after another program has had the terminal. */
  redraw(): void {
    this.#painter = new Painter(this.#size)
    this.#cursorShown = undefined
    this.#touch(0, this.#size.rows)
  }

  /** Writes nothing until `resume`. */
  pause(): void {
    this.#paused = true
    this.#cancel?.()
    this.#cancel = undefined
  }

  /** The terminal is ours, and shows nobody knows what. */
  resume(): void {
    this.#paused = false
    this.redraw()
  }

  /** Lets go of the sources; writes no more. */
  close(): void {
    this.pause()
    this.setPanes([])
  }

  #subscribe(): void {
    const sources = new Set(this.#panes.map((pane) => pane.source))
    for (const [source, end] of this.#unsubscribe) {
      if (sources.has(source)) continue
      end()
      this.#unsubscribe.delete(source)
    }
    for (const source of sources) {
      if (!source.onChange || this.#unsubscribe.has(source)) continue
      this.#unsubscribe.set(
        source,
        source.onChange((rows) => this.invalidate(source, rows)),
      )
    }
  }

  #touch(y: number, rows: number): void {
    for (let row = Math.max(0, y); row < Math.min(this.#size.rows, y + rows); row++) this.#dirty.add(row)
    this.#request()
  }

  /** At the end of this turn, or when the last frame is long enough ago. */
  #request(): void {
    if (this.#paused || this.#behind || this.#cancel) return
    const wait = this.#lastFrame + FRAME_MS - this.#clock.now()
    let wanted = true
    const flush = () => wanted && this.#flush()
    const cancelTimer = wait > 0 ? this.#clock.after(wait, flush) : queueMicrotask(flush)
    this.#cancel = () => {
      wanted = false
      cancelTimer?.()
    }
  }

  #flush(): void {
    this.#cancel = undefined
    const canvas = new RowCanvas(this.#size.columns)
    for (const y of [...this.#dirty].sort((a, b) => a - b)) {
      this.#compose(y, canvas)
      this.#painter.row(y, canvas)
    }
    this.#dirty.clear()
    const frame = this.#withCursor(this.#painter.take())
    if (!frame) return
    this.#lastFrame = this.#clock.now()
    if (this.#output.write(BEGIN + frame + END)) return
    this.#behind = true
    this.#output.once('drain', () => {
      this.#behind = false
      this.#request()
    })
  }

  /** Row `y` of all layers. */
  #compose(y: number, canvas: RowCanvas): void {
    const { columns } = this.#size
    const base = this.#base[y]?.cells
    canvas.lay(base, 0, 0, columns, this.#style(false))
    for (const { rect, source, dim = false } of this.#panes) {
      if (covers(rect, y)) canvas.lay(source.row(y - rect.y), 0, rect.x, rect.columns, this.#style(dim))
    }
    for (const hole of this.#holes) {
      if (covers(hole, y)) canvas.lay(base, hole.x, hole.x, hole.columns, this.#style(false))
    }
  }

  #style(dim: boolean): ((style: string) => string) | undefined {
    if (this.#colours && !dim) return undefined
    return (style) => {
      const key = dim ? `dim ${style}` : style
      const known = this.#styles.get(key)
      if (known !== undefined) return known
      // Programs that use all of 16 million colours must not fill the memory.
      if (this.#styles.size > 4096) this.#styles.clear()
      const plain = this.#colours ? style : withoutColours(style)
      const made = dim ? dimmed(plain) : plain
      this.#styles.set(key, made)
      return made
    }
  }

  /** The frame with the cursor out of its way, and then where it belongs; '' when there is nothing to do. */
  #withCursor(drawn: string): string {
    if (!this.#cursor) {
      const hide = this.#cursorShown === false ? '' : HIDE
      this.#cursorShown = false
      return hide + drawn
    }
    this.#painter.moveTo(this.#cursor.x, this.#cursor.y)
    const moved = this.#painter.take()
    if (this.#cursorShown && !drawn) return moved
    const hide = this.#cursorShown === false ? '' : HIDE
    this.#cursorShown = true
    return hide + drawn + moved + SHOW
  }
}

const covers = (rect: Rect, y: number) => y >= rect.y && y < rect.y + rect.rows

const sameRects = (a: readonly Rect[], b: readonly Rect[]) =>
  a.length === b.length && a.every((rect, i) => sameRect(rect, b[i]))

const sameRect = (a: Rect, b: Rect | undefined) =>
  a.x === b?.x && a.y === b.y && a.columns === b.columns && a.rows === b.rows

const samePane = (a: Pane, b: Pane | undefined) =>
  b !== undefined &&
  a.source === b.source &&
  sameRect(a.rect, b.rect) &&
  (a.dim ?? false) === (b.dim ?? false)
