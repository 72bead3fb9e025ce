import { Unicode11Addon } from '@xterm/addon-unicode11'
import headless from '@xterm/headless'
import type { FrameOutput } from '../../../../src/ui/screen/compositor.ts'
import type { Size } from '../../../../src/terminals/cells.ts'

/** A terminal that frames are written to, and what it shows then. */
export class ShownTerminal implements FrameOutput {
  readonly frames: string[] = []
  /** What `write` says: false is "behind". */
  keepsUp = true
  readonly #terminal: headless.Terminal
  readonly #drains: (() => void)[] = []

  constructor({ columns, rows }: Size) {
    this.#terminal = new headless.Terminal({ cols: columns, rows, allowProposedApi: true })
    this.#terminal.loadAddon(new Unicode11Addon())
    this.#terminal.unicode.activeVersion = '11'
    this.#terminal.write('\x1b[?1049h')
  }

  write(frame: string): boolean {
    this.frames.push(frame)
    this.#terminal.write(frame)
    return this.keepsUp
  }

  once(_event: 'drain', listener: () => void): void {
    this.#drains.push(listener)
  }

  drain(): void {
    for (const listener of this.#drains.splice(0)) listener()
  }

  resize({ columns, rows }: Size): void {
    this.#terminal.resize(columns, rows)
  }

  /** What it shows by now: rows with all their columns, and the cursor. */
  async shown() {
    await new Promise<void>((done) => this.#terminal.write('', done))
    const { active } = this.#terminal.buffer
    const lines = Array.from(
      { length: this.#terminal.rows },
      // Lines stay as long as they were before the terminal was made narrower.
      (_, y) => active.getLine(y)?.translateToString(false, 0, this.#terminal.cols) ?? '',
    )
    return { lines, cursor: { x: active.cursorX, y: active.cursorY } }
  }

  /** Whether a cell is bold, and its foreground: -1 is the default. */
  style(x: number, y: number) {
    const cell = this.#terminal.buffer.active.getLine(y)?.getCell(x)
    return { bold: cell?.isBold() !== 0, dim: cell?.isDim() !== 0, fg: cell?.getFgColor() }
  }
}
