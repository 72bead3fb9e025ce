import { type Clock, systemClock } from '../clock.ts'

/** Who gets what is typed: a terminal's view, or the app's own key parser. */
export interface InputSink {
  /** Wants pasted text between its marks. Without, the marks are left out. */
  readonly bracketedPaste: boolean
  /** Wants arrow keys as `ESC O A` instead of `ESC [ A` (DECCKM), as most full-screen programs do. */
  readonly applicationCursorKeys?: boolean | undefined
  write(bytes: Uint8Array): void
}

export interface RouterOptions {
  /** What a terminal sends for the keys that never reach a sink, by the names that `onHotkey` gets. */
  readonly hotkeys: Readonly<Record<string, string>>
  readonly onHotkey: (name: string) => void
  /** Who has the focus; asked anew for what follows a hotkey, as that may have moved it. */
  readonly sink: () => InputSink
  readonly clock?: Clock
}

/** What F12 sends: bash, vim, less and htop have no use for it. */
export const DEFAULT_LEADER = '\x1b[24~'

const PASTE_BEGIN = '\x1b[200~'
const PASTE_END = '\x1b[201~'
const CURSOR_KEYS = ['A', 'B', 'C', 'D', 'H', 'F']

/** How long the beginning of a hotkey waits for its rest. Who has pressed Escape alone waits as long. */
const HOLD_MS = 10

/** A sequence, and what is to be done with it; gets as much of it as no sink has. */
type Meaning = readonly [sequence: Buffer, run: (bytes: Buffer) => void]

/**
 * Takes the hotkeys out of what is typed and gives the rest to whoever has the focus. Inside a bracketed paste nothing
 * has a meaning but its end. Every byte goes through as it is, but for what a sink's modes ask.
 */
export class Router {
  readonly #options: RouterOptions
  readonly #clock: Clock
  readonly #typed: readonly Meaning[]
  readonly #pasted: readonly Meaning[]
  /** Bytes that any of them begins with: most of what is typed is looked at no further. */
  readonly #firsts: ReadonlySet<number | undefined>
  #meanings: readonly Meaning[]
  /** The beginning of something that has a meaning, and how much of it the sink has been given already. */
  #begun: Buffer = Buffer.alloc(0)
  #given = 0
  #cancel: (() => void) | undefined
  /** The sink that had the focus when the paste began: it gets all of it, with or without marks. */
  #pasteSink: InputSink | undefined

  constructor(options: RouterOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#typed = [
      ...Object.entries(options.hotkeys).map(([name, keys]) => meaning(keys, () => options.onHotkey(name))),
      ...CURSOR_KEYS.map((final) => meaning(`\x1b[${final}`, (bytes) => this.#cursorKey(final, bytes))),
      meaning(PASTE_BEGIN, (mark) => this.#beginPaste(mark)),
    ]
    this.#pasted = [meaning(PASTE_END, (mark) => this.#endPaste(mark))]
    this.#firsts = new Set([...this.#typed, ...this.#pasted].map(([sequence]) => sequence[0]))
    this.#meanings = this.#typed
  }

  /** Bytes of stdin, cut wherever it may be. */
  push(chunk: Uint8Array): void {
    this.#cancel?.()
    this.#cancel = undefined
    const bytes = Buffer.concat([this.#begun, chunk])
    let from = this.#given
    this.#forget()
    for (let at = 0; at < bytes.length;) {
      const found = this.#firsts.has(bytes[at]) && this.#lookAt(bytes.subarray(at))
      if (found === 'begun') {
        this.#give(bytes.subarray(from, at))
        return this.#hold(bytes.subarray(at), Math.max(0, from - at))
      }
      if (!found) {
        at++
        continue
      }
      const [sequence, run] = found
      this.#give(bytes.subarray(from, at))
      at += sequence.length
      // Of a sequence that came in pieces, slowly, the sink may have the beginning.
      run(bytes.subarray(Math.max(from, at - sequence.length), at))
      from = at
    }
    this.#give(bytes.subarray(from))
  }

  /** Forgets what was begun, as after another program has had the terminal. */
  reset(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#forget()
    this.#pasteSink = undefined
    this.#meanings = this.#typed
  }

  /** What begins here: something with a meaning, the beginning of such, or nothing. */
  #lookAt(bytes: Buffer): Meaning | 'begun' | undefined {
    let begun = false
    for (const meaning of this.#meanings) {
      const [sequence] = meaning
      if (sequence[0] !== bytes[0]) continue
      const length = Math.min(sequence.length, bytes.length)
      if (sequence.compare(bytes, 0, length, 0, length) !== 0) continue
      if (length === sequence.length) return meaning
      begun = true
    }
    return begun ? 'begun' : undefined
  }

  #give(bytes: Buffer): void {
    if (bytes.length > 0) (this.#pasteSink ?? this.#options.sink()).write(bytes)
  }

  #hold(begun: Buffer, given: number): void {
    this.#begun = Buffer.from(begun)
    this.#given = given
    this.#cancel = this.#clock.after(HOLD_MS, () => {
      this.#cancel = undefined
      // Remembered all the same: the rest of a paste's mark must not be missed.
      this.#give(this.#begun.subarray(this.#given))
      this.#given = this.#begun.length
    })
  }

  #forget(): void {
    this.#begun = Buffer.alloc(0)
    this.#given = 0
  }

  #cursorKey(final: string, bytes: Buffer): void {
    const whole = bytes.length === 3
    this.#give(whole && this.#options.sink().applicationCursorKeys ? Buffer.from(`\x1bO${final}`) : bytes)
  }

  #beginPaste(mark: Buffer): void {
    this.#pasteSink = this.#options.sink()
    this.#meanings = this.#pasted
    if (this.#pasteSink.bracketedPaste) this.#give(mark)
    else this.#pasteSink = unmarked(this.#pasteSink)
  }

  #endPaste(mark: Buffer): void {
    if (this.#pasteSink?.bracketedPaste) this.#give(mark)
    this.#pasteSink = undefined
    this.#meanings = this.#typed
  }
}

const meaning = (keys: string, run: (bytes: Buffer) => void): Meaning => [Buffer.from(keys), run]

/** The sink as it was when the paste began: its program may ask for marks in the middle. */
const unmarked = (sink: InputSink): InputSink => ({
  bracketedPaste: false,
  write: (bytes) => sink.write(bytes),
})
