import { until } from '../base/until.ts'

/** How often a program that doesn't read is offered more: a pseudo-terminal's room has no event in Node. */
const OFFER = { everyMs: 1, maxEveryMs: 20, deadlineMs: Infinity }

/** Keys and pastes on their way to a program, in their order: it may take long pastes slowly, or not read at all. */
export class TypedInput {
  readonly #tryWrite: (bytes: Uint8Array) => number
  readonly #queue: Uint8Array[] = []
  readonly #ended = new AbortController()
  #waiting = false

  /** @param tryWrite writes what there is room for, without waiting; returns how many bytes that was. */
  constructor(tryWrite: (bytes: Uint8Array) => number) {
    this.#tryWrite = tryWrite
  }

  write(bytes: Uint8Array): void {
    this.#queue.push(bytes)
    if (this.#waiting) return
    this.#pour()
    if (this.#queue.length > 0) void this.#pourLater()
  }

  /** Forgets what was not taken. */
  end(): void {
    this.#queue.length = 0
    this.#ended.abort()
  }

  async #pourLater(): Promise<void> {
    this.#waiting = true
    const waiting = { what: 'the program to read', signal: this.#ended.signal, ...OFFER }
    while (this.#queue.length > 0) await until(() => this.#pour(), waiting).catch(() => {})
    this.#waiting = false
  }

  /** @returns whether any of it was taken. */
  #pour(): boolean {
    let all = 0
    for (let next = this.#queue[0]; next; next = this.#queue[0]) {
      const written = this.#tryWrite(next)
      if (written === 0) break
      all += written
      if (written === next.length) this.#queue.shift()
      else this.#queue[0] = next.subarray(written)
    }
    return all > 0
  }
}
