import { Unicode11Addon } from '@xterm/addon-unicode11'
import xterm, { type IMarker, type Terminal } from '@xterm/headless'
import type { Size } from './cells.ts'
import { readRow } from './read-row.ts'
import type { RunRow } from './runs.ts'

/** Lines kept of what has scrolled out of view. */
const SCROLLBACK = 2000

/** DECTCEM of DEC's and xterm's private modes: whether the cursor is shown. */
const CURSOR_MODE = 25

/** What a program's output means on a screen: xterm without a window. */
export class Emulator {
  readonly #xterm: Terminal
  #cursorShown = true

  /** @param onReply called with what xterm answers the program's questions. */
  constructor({ columns, rows }: Size, onReply: (reply: string) => void) {
    this.#xterm = new xterm.Terminal({ cols: columns, rows, scrollback: SCROLLBACK, allowProposedApi: true })
    this.#xterm.loadAddon(new Unicode11Addon())
    this.#xterm.unicode.activeVersion = '11'
    this.#xterm.onData(onReply)
    const cursorMode = (shown: boolean) => (params: readonly (number | number[])[]) => {
      if (params.includes(CURSOR_MODE)) this.#cursorShown = shown
      return false
    }
    const shown = () => {
      this.#cursorShown = true
      return false
    }
    const { parser } = this.#xterm
    parser.registerCsiHandler({ prefix: '?', final: 'h' }, cursorMode(true))
    parser.registerCsiHandler({ prefix: '?', final: 'l' }, cursorMode(false))
    parser.registerCsiHandler({ intermediates: '!', final: 'p' }, shown)
    parser.registerEscHandler({ final: 'c' }, shown)
  }

  get size(): Size {
    return { columns: this.#xterm.cols, rows: this.#xterm.rows }
  }

  /** The program has the screen for itself: nothing scrolls back. */
  get alternate(): boolean {
    return this.#xterm.buffer.active.type === 'alternate'
  }

  get bracketedPaste(): boolean {
    return this.#xterm.modes.bracketedPasteMode
  }

  get applicationCursor(): boolean {
    return this.#xterm.modes.applicationCursorKeysMode
  }

  /** The line at the top of the newest view. */
  get newest(): number {
    return this.#xterm.buffer.active.baseY
  }

  /** Where the cursor is, as a line and column; undefined when hidden. */
  get cursor(): { line: number; x: number } | undefined {
    const { baseY, cursorX, cursorY } = this.#xterm.buffer.active
    // Behind the last column while a full row waits to be wrapped.
    return this.#cursorShown
      ? { line: baseY + cursorY, x: Math.min(cursorX, this.#xterm.cols - 1) }
      : undefined
  }

  /** Rows from a line on, as many as the screen has. */
  rowsFrom(line: number): RunRow[] {
    const buffer = this.#xterm.buffer.active
    const cell = buffer.getNullCell()
    return Array.from({ length: this.#xterm.rows }, (_, y) =>
      readRow(buffer.getLine(line + y), this.#xterm.cols, cell),
    )
  }

  /** Remembers a line, wherever output moves it; disposed when it is forgotten. None on the alternate screen. */
  mark(line: number): IMarker | undefined {
    const { baseY, cursorY } = this.#xterm.buffer.active
    return this.#xterm.registerMarker(line - baseY - cursorY)
  }

  parse(bytes: Uint8Array, done: () => void): void {
    this.#xterm.write(bytes, done)
  }

  resize({ columns, rows }: Size): void {
    this.#xterm.resize(columns, rows)
  }

  dispose(): void {
    this.#xterm.dispose()
  }
}
