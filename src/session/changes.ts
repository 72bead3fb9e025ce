import { setTimeout as delay } from 'node:timers/promises'

/** Changes come in flocks: one look for all that happen in this time. */
const DEBOUNCE_MS = 150

/** Wakes the one who looks at something that changes now and then. */
export class Changes {
  #changed = true
  #first = true
  #wake = () => {}

  readonly notify = (): void => {
    this.#changed = true
    this.#wake()
  }

  /** Resolves when it is time for the next look: the first time at once, then after each flock of changes. False when aborted. */
  async next(signal: AbortSignal): Promise<boolean> {
    const awake = () => this.#wake()
    signal.addEventListener('abort', awake)
    await new Promise<void>((resolve) => {
      this.#wake = resolve
      if (this.#changed || signal.aborted) resolve()
    })
    signal.removeEventListener('abort', awake)
    if (!this.#first) await delay(DEBOUNCE_MS, undefined, { signal }).catch(() => {})
    this.#first = false
    this.#changed = false
    return !signal.aborted
  }
}
