import { Unicode11Addon } from '@xterm/addon-unicode11'
import headless, { type IBufferCell, type Terminal } from '@xterm/headless'
import { spawn, type IPty } from '@lydell/node-pty'
import type { Size } from '../../src/terminals/cells.ts'

export interface ScreenReaderOptions {
  readonly argv: readonly [string, ...string[]]
  readonly size?: Size
  /** The whole environment; default this process's own. TERM is xterm-256color unless it says otherwise. */
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
}

/** Default, a palette index, or `#rrggbb`. */
type ScreenColour = 'default' | number | `#${string}`

export interface ScreenCell {
  /** '' in the right half of a wide character. */
  readonly chars: string
  readonly width: number
  readonly fg: ScreenColour
  readonly bg: ScreenColour
  readonly bold: boolean
  readonly dim: boolean
  readonly italic: boolean
  readonly underline: boolean
  readonly inverse: boolean
}

export type Wanted = string | RegExp | ((screen: ScreenReader) => boolean)

/** What a terminal sends for a key, by the name that `press` knows it by. */
const KEYS: Readonly<Record<string, string>> = {
  enter: '\r',
  tab: '\t',
  'shift-tab': '\x1b[Z',
  escape: '\x1b',
  backspace: '\x7f',
  delete: '\x1b[3~',
  up: '\x1b[A',
  down: '\x1b[B',
  right: '\x1b[C',
  left: '\x1b[D',
  home: '\x1b[H',
  end: '\x1b[F',
  pageup: '\x1b[5~',
  pagedown: '\x1b[6~',
  'shift-pageup': '\x1b[5;2~',
  f1: '\x1bOP',
  f2: '\x1bOQ',
  f3: '\x1bOR',
  f4: '\x1bOS',
  f5: '\x1b[15~',
  f12: '\x1b[24~',
  'ctrl-c': '\x03',
  'ctrl-d': '\x04',
  'ctrl-l': '\x0c',
  'ctrl-z': '\x1a',
}

/** Runs a program in a pseudo-terminal and reads its screen as a person would. */
export class ScreenReader {
  readonly pid: number
  /** The exit code; 128 + signal as a shell has it. */
  readonly exited: Promise<number>
  /** Bytes that the program has written. */
  bytes = 0
  /** How often it has cleared the whole screen. */
  clears = 0
  /** Frames that it has marked as whole (DEC private mode 2026, synchronized output). */
  frames = 0
  readonly #pty: IPty
  readonly #terminal: Terminal
  readonly #waiting = new Set<() => void>()
  #cursorVisible = true
  #exitCode: number | undefined

  constructor({ argv: [file, ...args], size = { columns: 80, rows: 24 }, env, cwd }: ScreenReaderOptions) {
    this.#terminal = new headless.Terminal({
      cols: size.columns,
      rows: size.rows,
      scrollback: 1000,
      allowProposedApi: true,
    })
    this.#terminal.loadAddon(new Unicode11Addon())
    this.#terminal.unicode.activeVersion = '11'
    this.#watchModes()
    this.#pty = spawn(file, args, {
      cols: size.columns,
      rows: size.rows,
      env: { TERM: 'xterm-256color', ...(env ?? process.env) },
      encoding: null,
      ...(cwd === undefined ? {} : { cwd }),
    })
    this.pid = this.#pty.pid
    this.#pty.onData((data) => this.#read(data as unknown as Buffer))
    this.#terminal.onData((reply) => this.#write(reply))
    this.exited = new Promise((resolve) => {
      this.#pty.onExit(({ exitCode, signal }) => {
        // After all that it wrote has been read.
        this.#terminal.write('', () => {
          this.#exitCode = signal ? 128 + signal : exitCode
          this.#look()
          resolve(this.#exitCode)
        })
      })
    })
  }

  /** The screen's lines, without blanks at their ends. */
  lines(): string[] {
    const { active } = this.#terminal.buffer
    return Array.from(
      { length: this.#terminal.rows },
      // Lines stay as long as they were before the terminal was made narrower.
      (_, y) => active.getLine(active.viewportY + y)?.translateToString(true, 0, this.#terminal.cols) ?? '',
    )
  }

  /** The screen as one string. */
  text(): string {
    return this.lines().join('\n')
  }

  cell(x: number, y: number): ScreenCell {
    const { active } = this.#terminal.buffer
    const cell = active.getLine(active.viewportY + y)?.getCell(x)
    if (!cell) throw new Error(`no cell at column ${x} of row ${y}`)
    return {
      chars: cell.getWidth() === 0 ? '' : cell.getChars() || ' ',
      width: cell.getWidth(),
      fg: foreground(cell),
      bg: background(cell),
      bold: cell.isBold() !== 0,
      dim: cell.isDim() !== 0,
      italic: cell.isItalic() !== 0,
      underline: cell.isUnderline() !== 0,
      inverse: cell.isInverse() !== 0,
    }
  }

  get size(): Size {
    return { columns: this.#terminal.cols, rows: this.#terminal.rows }
  }

  get cursor(): { readonly x: number; readonly y: number; readonly visible: boolean } {
    const { cursorX, cursorY } = this.#terminal.buffer.active
    return { x: cursorX, y: cursorY, visible: this.#cursorVisible }
  }

  get modes() {
    const { bracketedPasteMode, mouseTrackingMode, applicationCursorKeysMode } = this.#terminal.modes
    return {
      alternateScreen: this.#terminal.buffer.active.type === 'alternate',
      bracketedPaste: bracketedPasteMode,
      mouse: mouseTrackingMode !== 'none',
      applicationCursorKeys: applicationCursorKeysMode,
    }
  }

  /**
   * Waits until the screen shows a text, matches, or satisfies; looked at whenever the program has drawn.
   * @throws Error with the screen as it is, when the deadline passes or the program ends without.
   */
  until(wanted: Wanted, { deadlineMs = 10_000 }: { deadlineMs?: number } = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (end: () => void) => {
        clearTimeout(timer)
        this.#waiting.delete(look)
        end()
      }
      const fail = (why: string) =>
        settle(() =>
          reject(new Error(`${why} waiting for ${String(wanted)}; the screen:\n${this.#framed()}`)),
        )
      const look = () => {
        if (this.#shows(wanted)) settle(resolve)
        else if (this.#exitCode !== undefined) fail(`the program ended (${this.#exitCode})`)
      }
      const timer = setTimeout(() => fail(`gave up after ${deadlineMs} ms`), deadlineMs)
      this.#waiting.add(look)
      this.#look()
    })
  }

  /** Types; keys without a character by their names, as in `press('ls<enter>')`, `press('<f12>q')`. */
  press(keys: string): void {
    this.#write(keys.replace(/<([a-z0-9-]+)>/g, (text, name: string) => KEYS[name] ?? control(name) ?? text))
  }

  /** Sends bytes as they are. */
  send(bytes: string | Buffer): void {
    this.#write(bytes)
  }

  /** Pastes as a terminal does: marked when the program asked for that, lines ended by carriage returns. */
  paste(text: string): void {
    const typed = text.replace(/\r?\n/g, '\r')
    this.#write(this.modes.bracketedPaste ? `\x1b[200~${typed}\x1b[201~` : typed)
  }

  resize(size: Size): void {
    this.#terminal.resize(size.columns, size.rows)
    if (this.#exitCode === undefined) this.#pty.resize(size.columns, size.rows)
  }

  /** Signals the program, SIGHUP by default as when a terminal's window is closed. */
  kill(signal: NodeJS.Signals = 'SIGHUP'): void {
    if (this.#exitCode === undefined) this.#pty.kill(signal)
  }

  /** Ends the program, if it still runs, and the terminal. */
  async close(): Promise<void> {
    this.kill('SIGKILL')
    await this.exited
    this.#terminal.dispose()
  }

  #read(data: Buffer): void {
    this.bytes += data.length
    this.#terminal.write(data, () => this.#look())
  }

  /** node-pty takes bytes as well, other than its types say. */
  #write(bytes: string | Buffer): void {
    if (this.#exitCode === undefined) this.#pty.write(bytes as string)
  }

  /** Looks at whole frames only: a person doesn't see the first half of one. */
  #look(): void {
    if (this.#terminal.modes.synchronizedOutputMode && this.#exitCode === undefined) return
    for (const look of this.#waiting) look()
  }

  #shows(wanted: Wanted): boolean {
    if (typeof wanted === 'function') return wanted(this)
    return typeof wanted === 'string' ? this.text().includes(wanted) : wanted.test(this.text())
  }

  #framed(): string {
    const rule = `+${'-'.repeat(this.#terminal.cols)}+`
    const lines = this.lines().map((line) => `|${line}`)
    return [rule, ...lines, rule].join('\n')
  }

  #watchModes(): void {
    const { parser } = this.#terminal
    const visible = (shown: boolean) => (params: (number | number[])[]) => {
      if (params.includes(25)) this.#cursorVisible = shown
      return false
    }
    parser.registerCsiHandler({ prefix: '?', final: 'h' }, visible(true))
    parser.registerCsiHandler({ prefix: '?', final: 'l' }, visible(false))
    parser.registerCsiHandler({ prefix: '?', final: 'l' }, (params) => {
      if (params.includes(2026)) this.frames++
      return false
    })
    parser.registerCsiHandler({ final: 'J' }, ([which]) => {
      if (which === 2 || which === 3) this.clears++
      return false
    })
  }
}

/** `ctrl-a` to `ctrl-z` are bytes 1 to 26. */
function control(name: string): string | undefined {
  const letter = /^ctrl-([a-z])$/.exec(name)?.[1]
  return letter && String.fromCharCode(letter.charCodeAt(0) - 96)
}

function foreground(cell: IBufferCell): ScreenColour {
  if (cell.isFgDefault()) return 'default'
  return cell.isFgRGB() ? hex(cell.getFgColor()) : cell.getFgColor()
}

function background(cell: IBufferCell): ScreenColour {
  if (cell.isBgDefault()) return 'default'
  return cell.isBgRGB() ? hex(cell.getBgColor()) : cell.getBgColor()
}

const hex = (colour: number): ScreenColour => `#${colour.toString(16).padStart(6, '0')}`
