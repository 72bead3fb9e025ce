import type { CellRow, Size } from './cells.ts'
import type { Frame, Order } from './protocol.ts'
import { cellsOf } from './runs.ts'
import type { TerminalInfo, TerminalView } from './terminal.ts'

type Listener = (rows: ReadonlySet<number>) => void

const NO_ROWS: ReadonlySet<number> = new Set()

/** A view whose terminal is in the keeper: the last frames it sent. */
export class RemoteView implements TerminalView {
  readonly id: string
  readonly place: string
  exitCode: number | undefined
  lost = false
  readonly #send: (order: Order) => void
  readonly #listeners = new Set<Listener>()
  #frame: Omit<Frame, 'rows'>
  #rows: CellRow[] = []

  constructor({ id, place, exitCode }: TerminalInfo, frame: Frame, send: (order: Order) => void) {
    this.id = id
    this.place = place
    this.exitCode = exitCode
    this.#send = send
    this.#frame = frame
    this.show(frame)
  }

  get size(): Size {
    return this.#frame.size
  }

  get cursor(): { x: number; y: number } | undefined {
    return this.#frame.cursor ?? undefined
  }

  get scrolledBack(): number {
    return this.#frame.scrolledBack
  }

  get bracketedPaste(): boolean {
    return this.#frame.bracketedPaste
  }

  get applicationCursor(): boolean {
    return this.#frame.applicationCursor
  }

  row(y: number): CellRow {
    return this.#rows[y] ?? cellsOf([], this.size.columns)
  }

  write(bytes: Uint8Array | string): void {
    this.#send({ type: 'write', id: this.id, bytes: Buffer.from(bytes).toString('base64') })
  }

  resize(size: Size): void {
    this.#send({ type: 'resize', id: this.id, size })
  }

  scroll(lines: number): void {
    this.#send({ type: 'scroll', id: this.id, lines })
  }

  onChange(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  close(): void {
    this.#send({ type: 'close', id: this.id })
  }

  /** Takes a frame from the keeper. */
  show(frame: Frame): void {
    this.#frame = frame
    this.#rows.length = Math.min(this.#rows.length, frame.size.rows)
    for (const [y, row] of frame.rows) this.#rows[y] = cellsOf(row, frame.size.columns)
    this.#tell(new Set(frame.rows.map(([y]) => y)))
  }

  end(exitCode: number): void {
    this.exitCode = exitCode
    this.#tell(NO_ROWS)
  }

  lose(): void {
    this.lost = true
    this.#tell(NO_ROWS)
  }

  #tell(rows: ReadonlySet<number>): void {
    for (const listener of this.#listeners) listener(rows)
  }
}
