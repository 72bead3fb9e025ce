import { CLI, type Stranger } from './cli.ts'
import { ScreenReader, type Wanted } from './screen-reader.ts'
import type { Size } from '../../src/terminals/cells.ts'

/** A framed part of the screen, as it is seen. */
export interface SeenPane {
  readonly title: string
  /** Framed by heavy lines: keys go there. */
  readonly focused: boolean
  readonly x: number
  readonly y: number
  /** What is inside the frame, without blanks at the ends of lines. */
  readonly lines: readonly string[]
}

export const SMALL: Size = { columns: 80, rows: 24 }
export const LARGE: Size = { columns: 160, rows: 50 }

/** A prompt at which nothing is typed yet. */
export const PROMPT = /^root@\S+:\S*# ?$/

/** The built app on a pseudo-terminal: driven by keys, read as a person reads it. */
export class UiScreen extends ScreenReader {
  /** Frames on the screen, the upper left first; one that is covered in part may be missing. */
  panes(): SeenPane[] {
    const grid = this.lines().map((_, y) =>
      Array.from({ length: this.size.columns }, (__, x) => this.cell(x, y).chars),
    )
    return grid.flatMap((row, y) => row.flatMap((char, x) => (/[┌┏]/.test(char) ? paneAt(grid, x, y) : [])))
  }

  /** The pane with these words in its title. */
  pane(title: string): SeenPane | undefined {
    return this.panes().find((pane) => pane.title.includes(title))
  }

  /** Waits until a pane's text matches, and has that. Lines of the match are as the screen breaks them. */
  async read(title: string, wanted: RegExp, deadlineMs?: number): Promise<RegExpExecArray> {
    let found: RegExpExecArray | null = null
    const look = () => (found = wanted.exec(this.pane(title)?.lines.join('\n') ?? '')) !== null
    await this.until(Object.assign(look, { toString: () => `${wanted} in ${title}` }), {
      deadlineMs: deadlineMs ?? 10_000,
    })
    return found as unknown as RegExpExecArray
  }

  /** Waits for an empty prompt in the terminal that has the focus, types a line there and runs it. */
  async type(line: string): Promise<void> {
    await this.prompt()
    this.press(`${line}<enter>`)
  }

  async prompt(): Promise<void> {
    const ready = () => this.panes().some(({ focused, lines }) => focused && atPrompt(lines))
    await this.until(Object.assign(ready, { toString: () => 'a prompt in the focused terminal' }))
  }

  /** Presses, and waits for what that leads to. */
  async go(keys: string, wanted: Wanted, deadlineMs = 10_000): Promise<void> {
    this.press(keys)
    await this.until(wanted, { deadlineMs })
  }

  /** Draws every cell anew, as Ctrl-L does outside terminals, and waits for the frame to be whole. */
  async redraw(): Promise<void> {
    const { frames } = this
    await this.go('<ctrl-l>', () => this.frames > frames)
  }

  /** Every cell with its looks, to compare whole screens. */
  cells(): string[] {
    return this.lines().map((_, y) =>
      Array.from({ length: this.size.columns }, (__, x) => JSON.stringify(this.cell(x, y))).join('\n'),
    )
  }
}

const atPrompt = (lines: readonly string[]) => PROMPT.test(lines.findLast((line) => line !== '') ?? '')

function paneAt(grid: readonly string[][], x: number, y: number): SeenPane[] {
  const top = grid[y] ?? []
  const right = top.findIndex((char, at) => at > x && /[┐┓]/.test(char))
  const bottom = grid.findIndex((row, at) => at > y && /[└┗]/.test(row[x] ?? ''))
  if (right < 0 || bottom < 0) return []
  const lines = grid.slice(y + 1, bottom).map((row) =>
    row
      .slice(x + 1, right)
      .join('')
      .trimEnd(),
  )
  const title = top
    .slice(x + 1, right)
    .join('')
    .replaceAll(/[─━▸]/g, '')
    .trim()
  return [{ title, focused: top[x] === '┏', x, y, lines }]
}

export interface AppOptions {
  readonly size?: Size
  /** Over a plain environment: a colour terminal, UTF-8, no CI. `undefined` takes a variable away. */
  readonly env?: NodeJS.ProcessEnv
  /** Command that the app is started by. */
  readonly through?: readonly string[]
}

/** Runs the CLI on a terminal of its own, as a learner does at home. */
export function openApp(home: Stranger, words: readonly string[], options: AppOptions = {}): UiScreen {
  const { CI: _, NO_COLOR: __, LC_ALL: ___, ...inherited } = home.env
  const env = { ...inherited, TERM: 'xterm-256color', LANG: 'C.UTF-8', ...options.env }
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined))
  const [first = process.execPath, ...argv] = [...(options.through ?? []), process.execPath, CLI, ...words]
  return new UiScreen({ argv: [first, ...argv], size: options.size ?? SMALL, env: set, cwd: home.home })
}
