import type { TerminalCommand } from '../machine/machine.ts'
import type { Size } from './cells.ts'
import { Emulator } from './emulator.ts'
import { Intake } from './intake.ts'
import { openPty, type Pty } from '../machine/pty.ts'
import type { TerminalInfo } from './terminal.ts'

/** A screen that is dragged larger says so for each column; programs redraw all for each. */
const RESIZE_MS = 30

/** Exit code of what was hung up: 128 + SIGHUP. */
const HUNG_UP = 129

/** What a terminal tells those who watch it. */
export interface Watcher {
  changed(): void
  ended(exitCode: number): void
}

/** A terminal in the keeper: a program on a pseudo-terminal, and what it shows. */
export class KeptTerminal {
  readonly id: string
  readonly place: string
  readonly screen: Emulator
  readonly #pty: Pty
  readonly #intake: Intake
  readonly #watchers = new Set<Watcher>()
  readonly #onEnd: () => void
  #exitCode: number | undefined
  #resizing: NodeJS.Timeout | undefined

  static async open(
    id: string,
    place: string,
    command: TerminalCommand,
    size: Size,
    onEnd: () => void,
  ): Promise<KeptTerminal> {
    const fitting = clamped(size)
    return new KeptTerminal(id, place, await openPty(asXterm(command), fitting), fitting, onEnd)
  }

  private constructor(id: string, place: string, pty: Pty, size: Size, onEnd: () => void) {
    this.id = id
    this.place = place
    this.#pty = pty
    this.#onEnd = onEnd
    this.screen = new Emulator(size, (reply) => this.write(Buffer.from(reply)))
    this.#intake = new Intake({
      pause: () => pty.pause(),
      resume: () => pty.resume(),
      parse: (chunk, done) => this.screen.parse(chunk, done),
      onParsed: () => this.#changed(),
    })
    pty.onData((chunk) => this.#intake.take(chunk))
    pty.onExit((exitCode) => this.#intake.whenIdle(() => this.#ended(exitCode)))
  }

  get info(): TerminalInfo {
    return { id: this.id, place: this.place, exitCode: this.#exitCode }
  }

  /** @returns what ends the watching. */
  watch(watcher: Watcher): () => void {
    this.#watchers.add(watcher)
    this.#intake.attend(true)
    return () => {
      this.#watchers.delete(watcher)
      this.#intake.attend(this.#watchers.size > 0)
    }
  }

  write(bytes: Uint8Array): void {
    if (this.#exitCode === undefined) this.#pty.write(bytes)
  }

  resize(size: Size): void {
    clearTimeout(this.#resizing)
    this.#resizing = setTimeout(() => this.resizeNow(size), RESIZE_MS)
  }

  resizeNow(size: Size): void {
    clearTimeout(this.#resizing)
    const { columns, rows } = clamped(size)
    if (columns === this.screen.size.columns && rows === this.screen.size.rows) return
    this.screen.resize({ columns, rows })
    if (this.#exitCode === undefined) this.#pty.resize({ columns, rows })
    this.#changed()
  }

  close(): void {
    if (this.#exitCode === undefined) {
      this.#pty.hangUp()
      this.#ended(HUNG_UP)
    }
    clearTimeout(this.#resizing)
    this.#intake.end()
    this.screen.dispose()
  }

  #changed(): void {
    for (const watcher of this.#watchers) watcher.changed()
  }

  #ended(exitCode: number): void {
    if (this.#exitCode !== undefined) return
    this.#exitCode = exitCode
    for (const watcher of this.#watchers) watcher.ended(exitCode)
    this.#onEnd()
  }
}

/** A screen may become too small for a pane; xterm wants two columns, for wide characters. */
function clamped({ columns, rows }: Size): Size {
  return { columns: Math.max(2, Math.floor(columns)), rows: Math.max(1, Math.floor(rows)) }
}

/** Whatever the screen's own terminal is, the program's is ours. */
const asXterm = ({ argv, env }: TerminalCommand): TerminalCommand => ({
  argv,
  env: { ...env, TERM: 'xterm-256color' },
})
