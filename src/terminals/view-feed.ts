import type { IMarker } from '@xterm/headless'
import type { Size } from './cells.ts'
import type { KeptTerminal } from './kept-terminal.ts'
import type { Event, Frame } from './protocol.ts'
import { sameRow, type RunRow } from './runs.ts'

const FRAMES_A_SECOND = 30

/** The rows that look different from the known ones, or that are not known. */
export function changedRows(known: readonly RunRow[], rows: readonly RunRow[]): [y: number, row: RunRow][] {
  return rows.flatMap((row, y): [number, RunRow][] => {
    const before = known[y]
    return before && sameRow(before, row) ? [] : [[y, row]]
  })
}

/** One client's view of a terminal: where it is scrolled to, and what the client knows of it already. */
export class ViewFeed {
  readonly terminal: KeptTerminal
  readonly #send: (event: Event) => void
  readonly #isBehind: () => boolean
  readonly #unwatch: () => void
  /** The line at the top of a view that is scrolled back. */
  #top: IMarker | undefined
  #known: RunRow[] = []
  #knownSize: Size = { columns: 0, rows: 0 }
  #knownState = ''
  #lastFrame = -Infinity
  #timer: NodeJS.Timeout | undefined
  #waiting = false

  /** @param isBehind whether the client has yet to take what it was sent; call `drained` when it has. */
  constructor(terminal: KeptTerminal, send: (event: Event) => void, isBehind: () => boolean) {
    this.terminal = terminal
    this.#send = send
    this.#isBehind = isBehind
    this.#unwatch = terminal.watch({
      changed: () => this.#changed(),
      ended: (exitCode) => {
        this.#sendFrame()
        send({ type: 'ended', id: terminal.id, exitCode })
      },
    })
  }

  /** The whole view. */
  wholeFrame(): Frame {
    this.#known = []
    return this.#takeFrame()
  }

  scroll(lines: number): void {
    const { screen } = this.terminal
    if (screen.alternate) return
    const top = Math.max(0, Math.min(screen.newest, this.#topLine() + lines))
    this.#top?.dispose()
    this.#top = top < screen.newest ? screen.mark(top) : undefined
    this.#changed()
  }

  /** Keys are for the newest output, and their echo is shown without waiting for the next frame's time. */
  write(bytes: Uint8Array): void {
    if (this.#top) this.#follow()
    this.#lastFrame = -Infinity
    this.terminal.write(bytes)
  }

  drained(): void {
    if (this.#waiting) this.#changed()
  }

  end(): void {
    clearTimeout(this.#timer)
    this.#top?.dispose()
    this.#unwatch()
  }

  #follow(): void {
    this.#top?.dispose()
    this.#top = undefined
    this.#changed()
  }

  /** The first change is shown at once, as that may be a key's echo; those soon after it together. */
  #changed(): void {
    this.#waiting = this.#isBehind()
    if (this.#waiting) return
    const wait = this.#lastFrame + 1000 / FRAMES_A_SECOND - performance.now()
    if (wait <= 0) this.#sendFrame()
    else this.#timer ??= setTimeout(() => this.#elapsed(), wait)
  }

  #elapsed(): void {
    this.#timer = undefined
    this.#changed()
  }

  #sendFrame(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const knownState = this.#knownState
    const frame = this.#takeFrame()
    if (frame.rows.length === 0 && this.#knownState === knownState) return
    this.#lastFrame = performance.now()
    this.#send({ type: 'frame', id: this.terminal.id, frame })
  }

  #topLine(): number {
    const { screen } = this.terminal
    if (!this.#top || screen.alternate) return screen.newest
    // What is forgotten was the oldest.
    return this.#top.isDisposed ? 0 : Math.min(this.#top.line, screen.newest)
  }

  #takeFrame(): Frame {
    const { screen } = this.terminal
    const { size, cursor, bracketedPaste, applicationCursor } = screen
    const top = this.#topLine()
    const y = cursor && cursor.line - top
    const rows = screen.rowsFrom(top)
    const state = {
      size,
      cursor: cursor && y !== undefined && y < size.rows ? { x: cursor.x, y } : null,
      scrolledBack: screen.newest - top,
      bracketedPaste,
      applicationCursor,
    }
    const { columns } = this.#knownSize
    const known = columns === size.columns && this.#known.length === rows.length ? this.#known : []
    this.#known = rows
    this.#knownSize = size
    this.#knownState = JSON.stringify(state)
    return { ...state, rows: changedRows(known, rows) }
  }
}
