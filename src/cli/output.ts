import { styleText } from 'node:util'
import type { LabError } from '../base/errors.ts'

type Style = Parameters<typeof styleText>[0]

export interface OutputOptions {
  readonly json: boolean
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  readonly env: NodeJS.ProcessEnv
}

/**
 * The only writer to the terminal in plain mode. With `--json`, stdout carries one document (or, for streams, one event a
 * line) and nothing else; progress goes to stderr in both modes.
 */
export class Output {
  readonly json: boolean
  readonly color: boolean
  readonly width: number
  readonly #stdout: NodeJS.WriteStream
  readonly #stderr: NodeJS.WriteStream
  readonly #canReplace: boolean
  #replaceable = false

  constructor(options: OutputOptions) {
    this.json = options.json
    this.#stdout = options.stdout
    this.#stderr = options.stderr
    this.color = wantsColor(options)
    this.#canReplace = !options.json && options.stderr.isTTY && options.env['TERM'] !== 'dumb'
    this.width = Math.min(options.stdout.columns || 100, 100)
  }

  style(style: Style, text: string): string {
    return this.color ? styleText(style, text, { validateStream: false }) : text
  }

  /** A line for people; silent with --json. */
  line(text = ''): void {
    this.#clear()
    if (!this.json) this.#stdout.write(`${text}\n`)
  }

  /** The document (or one event of a stream) for scripts; silent without --json. */
  document(value: unknown): void {
    if (this.json) this.#stdout.write(`${JSON.stringify(value)}\n`)
  }

  /** What is going on, for people who wait: on stderr, so that it never mixes with results. */
  progress(text: string): void {
    this.#clear()
    if (!this.json) this.#stderr.write(`${text}\n`)
  }

  /**
   * Progress that the next output takes the place of, where there is a terminal.
   * @returns whether there is one; nothing was shown otherwise.
   */
  replaceable(text: string): boolean {
    if (!this.#canReplace) return false
    this.#clear()
    const columns = this.#stderr.columns || 80
    this.#stderr.write(text.slice(0, columns - 1))
    this.#replaceable = true
    return true
  }

  #clear(): void {
    if (!this.#replaceable) return
    this.#replaceable = false
    this.#stderr.write('\r\x1b[K')
  }

  /** Something that must be seen in either mode, beside the result. */
  notice(text: string): void {
    this.#clear()
    this.#stderr.write(`${this.style('yellow', 'note')} ${text}\n`)
  }

  /** What failed, what it means and what to do. */
  failure(error: LabError): void {
    this.#clear()
    if (this.json) {
      this.document({ error: { code: error.code, message: error.message, hint: error.hint } })
      return
    }
    this.#stderr.write(`${this.style(['bold', 'red'], 'error')} ${error.message}\n`)
    if (error.hint) this.#stderr.write(`${this.style('bold', 'fix')}   ${error.hint}\n`)
    this.#stderr.write(`${this.style('dim', `(${error.code})`)}\n`)
  }

  /** Rows under headings, columns as wide as their widest cell. Cells must be unstyled. */
  table(headings: readonly string[], rows: readonly (readonly string[])[]): void {
    const widths = headings.map((heading, i) =>
      Math.max(heading.length, ...rows.map((row) => row[i]?.length ?? 0)),
    )
    const text = (row: readonly string[]) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd()
    this.line(this.style('bold', text(headings)))
    for (const row of rows) this.line(text(row))
  }
}

/** https://no-color.org: any non-empty NO_COLOR turns colour off. */
function wantsColor({ json, stdout, env }: OutputOptions): boolean {
  return !json && stdout.isTTY && !env['NO_COLOR'] && env['TERM'] !== 'dumb'
}
