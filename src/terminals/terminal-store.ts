import { LabError } from '../base/errors.ts'
import type { TerminalCommand } from '../machine/machine.ts'
import type { Size } from './cells.ts'
import { KeptTerminal } from './kept-terminal.ts'
import type { TerminalInfo } from './terminal.ts'

/** The terminals of a keeper, in the order in which they were opened. */
export class TerminalStore {
  readonly #terminals = new Map<string, KeptTerminal>()
  readonly #onEnd: () => void
  #opened = 0
  #opening = 0

  /** @param onEnd called whenever the program of one has ended. */
  constructor(onEnd: () => void) {
    this.#onEnd = onEnd
  }

  get list(): TerminalInfo[] {
    return [...this.#terminals.values()].map((terminal) => terminal.info)
  }

  get hasRunning(): boolean {
    return this.#opening > 0 || this.list.some(({ exitCode }) => exitCode === undefined)
  }

  /** @throws LabError KNET_NO_SUCH_TERMINAL */
  get(id: string): KeptTerminal {
    const terminal = this.#terminals.get(id)
    if (terminal) return terminal
    throw new LabError('KNET_NO_SUCH_TERMINAL', { message: `There is no terminal ${id} any more.` })
  }

  async open(place: string, command: TerminalCommand, size: Size): Promise<KeptTerminal> {
    // Screens know terminals of a keeper that was killed by their ids too.
    const id = `${process.pid}-${++this.#opened}`
    this.#opening++
    try {
      const terminal = await KeptTerminal.open(id, place, command, size, this.#onEnd)
      this.#terminals.set(id, terminal)
      return terminal
    } finally {
      this.#opening--
    }
  }

  close(id: string): void {
    const terminal = this.#terminals.get(id)
    this.#terminals.delete(id)
    terminal?.close()
  }

  /** Drops those whose programs have ended. */
  forgetEnded(): void {
    for (const { id, exitCode } of this.list) if (exitCode !== undefined) this.close(id)
  }

  closeAll(): void {
    for (const { id } of this.list) this.close(id)
  }
}
