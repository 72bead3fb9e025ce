/** Where a program's output comes from, and where it is to go. */
export interface IntakePorts {
  pause(): void
  resume(): void
  /** Takes a chunk; calls back when it has been worked off. */
  parse(chunk: Uint8Array, done: () => void): void
  /** Called after each slice of work: what is shown may have changed. */
  onParsed(): void
}

/** Unparsed bytes at which reading pauses, and at which it goes on: what is read is shown even after Ctrl-C. */
export const HIGH_WATER = 64 * 1024
export const LOW_WATER = 48 * 1024

/** Parsing lets other terminals' keys pass after so long. */
const SLICE_MS = 2

/** What a program may say a second while nobody watches: a flood must not keep a core busy until somebody is back. */
export const UNATTENDED_BYTES_PER_MS = 500

/** Flow control between a program's output and the parser, which is much slower than a program can be. */
export class Intake {
  /** Whether somebody looks at the terminal. */
  #attended = true
  readonly #ports: IntakePorts
  readonly #queue: Uint8Array[] = []
  #pending = 0
  #paused = false
  #working = false
  #rest: NodeJS.Timeout | undefined
  readonly #whenIdle: (() => void)[] = []

  constructor(ports: IntakePorts) {
    this.#ports = ports
  }

  take(chunk: Uint8Array): void {
    this.#queue.push(chunk)
    this.#pending += chunk.length
    if (!this.#paused && this.#pending >= HIGH_WATER) {
      this.#paused = true
      this.#ports.pause()
    }
    if (!this.#working) this.#slice()
  }

  attend(attended: boolean): void {
    this.#attended = attended
    if (attended && this.#rest) this.#slice()
  }

  /** Calls back when all that was taken has been parsed. */
  whenIdle(callback: () => void): void {
    if (this.#working) this.#whenIdle.push(callback)
    else callback()
  }

  /** Forgets what has not been parsed. */
  end(): void {
    clearTimeout(this.#rest)
    this.#queue.length = 0
  }

  #slice(): void {
    clearTimeout(this.#rest)
    this.#rest = undefined
    this.#working = true
    this.#next(performance.now(), 0)
  }

  #next(began: number, parsed: number): void {
    const chunk = this.#queue.shift()
    if (!chunk) {
      this.#pauseForBreath(parsed)
      return
    }
    this.#ports.parse(chunk, () => {
      this.#pending -= chunk.length
      if (this.#paused && this.#pending <= LOW_WATER) {
        this.#paused = false
        this.#ports.resume()
      }
      const all = parsed + chunk.length
      if (performance.now() - began < SLICE_MS) this.#next(began, all)
      else this.#pauseForBreath(all)
    })
  }

  #pauseForBreath(parsed: number): void {
    if (parsed > 0) this.#ports.onParsed()
    if (!this.#attended && parsed > 0) {
      this.#rest = setTimeout(() => this.#slice(), parsed / UNATTENDED_BYTES_PER_MS)
    } else if (this.#queue.length > 0) {
      setImmediate(() => this.#slice())
    } else {
      this.#working = false
      for (const callback of this.#whenIdle.splice(0)) callback()
    }
  }
}
