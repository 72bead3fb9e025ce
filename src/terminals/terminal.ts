import type { TerminalCommand } from '../machine/machine.ts'
import type { CellRow, Size } from './cells.ts'

export interface TerminalInfo {
  readonly id: string
  /** Machine or pod that it is on, in the words of `knet-labs shell`. */
  readonly place: string
  /** Exit code, once its program has ended. */
  readonly exitCode?: number | undefined
}

/** A terminal as one screen sees it: the last `rows` of its program's output, or further back. */
export interface TerminalView {
  readonly id: string
  readonly place: string
  readonly size: Size
  /** Where the program has its cursor; undefined when hidden or scrolled out of view. */
  readonly cursor: { readonly x: number; readonly y: number } | undefined
  /** Lines that the view stands above the newest; 0 follows the output. */
  readonly scrolledBack: number
  /** The program asked for pasted text to be marked (DECSET 2004). */
  readonly bracketedPaste: boolean
  /** The program wants arrows, Home and End as `ESC O A` instead of `ESC [ A` (DECCKM). */
  readonly applicationCursor: boolean
  readonly exitCode: number | undefined
  /** The keeper has gone, as when the lab was stopped. */
  readonly lost: boolean
  /** A row of the view, 0 at its top. */
  row(y: number): CellRow
  /** Keys and pastes, to the program as they are. Follows the output again. */
  write(bytes: Uint8Array | string): void
  resize(size: Size): void
  /** Moves the view; negative is back in time. Only where the program does not use the alternate screen. */
  scroll(lines: number): void
  /**
   * Called with the rows that changed, at most 30 times a second; none of them when something else did, such as the
   * cursor. Returns what ends that.
   */
  onChange(listener: (rows: ReadonlySet<number>) => void): () => void
  /** Ends the program. */
  close(): void
}

/** All terminals of one lab. They live on when the screen goes, until they are closed or the lab ends. */
export interface Terminals {
  list(): Promise<TerminalInfo[]>
  open(place: string, command: TerminalCommand, size: Size): Promise<TerminalView>
  /** A terminal that is there already, with all that it showed. */
  attach(id: string, size: Size): Promise<TerminalView>
  /** Lets go of all terminals; they live on. */
  leave(): void
}
