/** Runs `sync` for keys that need it. Keys added while waiting or running coalesce into one more run. */
export interface WorkQueue {
  add(key: string): void
  /** Adds the key later; of several calls the earliest wins. */
  addAfter(key: string, delayMs: number): void
  stop(): void
}

export interface WorkQueueOptions {
  readonly sync: (key: string) => Promise<void>
  /** Nothing runs before this resolves: informers' `synced`. */
  readonly ready?: Promise<unknown>
  /**
   * Least time between the end of a key's run and its next: bursts of changes cost one run. A key whose runs take long
   * rests longer, so that it takes no more than a share of the processor.
   */
  readonly minIntervalMs?: number
  /** Told of every failed run; the key is retried in any case. */
  readonly onError?: (key: string, error: unknown) => void
}

/** client-go's DefaultTypedControllerRateLimiter starts at 5 ms too, but waits up to 1000 s. */
const FIRST_RETRY_MS = 5
const LAST_RETRY_MS = 30_000
/** How long a key rests, in lengths of its run, and the longest that this makes it wait. */
const REST_RATIO = 5
const LONGEST_REST_MS = 150

/**
 * A keyed queue as client-go's workqueue: a key never runs twice at once, different keys run side by side, and failures
 * are retried with exponential backoff.
 */
export function workQueue(options: WorkQueueOptions): WorkQueue {
  return new CoalescingQueue(options)
}

class CoalescingQueue implements WorkQueue {
  readonly #options: WorkQueueOptions
  readonly #waiting = new Set<string>()
  /** Running, or resting for minIntervalMs. */
  readonly #busy = new Set<string>()
  readonly #failures = new Map<string, number>()
  readonly #timers = new Map<string, { at: number; timer: NodeJS.Timeout }>()
  #ready = false
  #drainDue = false
  #stopped = false

  constructor(options: WorkQueueOptions) {
    this.#options = options
    void this.#begin()
  }

  async #begin(): Promise<void> {
    await this.#options.ready
    this.#ready = true
    this.#drainSoon()
  }

  add(key: string): void {
    if (this.#stopped) return
    this.#waiting.add(key)
    this.#drainSoon()
  }

  addAfter(key: string, delayMs: number): void {
    if (this.#stopped) return
    const at = performance.now() + delayMs
    const earlier = this.#timers.get(key)
    if (earlier && earlier.at <= at) return
    clearTimeout(earlier?.timer)
    const timer = setTimeout(() => {
      this.#timers.delete(key)
      this.add(key)
    }, delayMs)
    this.#timers.set(key, { at, timer })
  }

  stop(): void {
    this.#stopped = true
    this.#waiting.clear()
    for (const { timer } of this.#timers.values()) clearTimeout(timer)
    this.#timers.clear()
  }

  /** After the current turn of the event loop, so that changes made in one turn coalesce. */
  #drainSoon(): void {
    if (this.#drainDue || !this.#ready || this.#stopped || this.#waiting.size === 0) return
    this.#drainDue = true
    setImmediate(() => {
      this.#drainDue = false
      for (const key of this.#waiting) {
        if (this.#busy.has(key)) continue
        this.#waiting.delete(key)
        this.#busy.add(key)
        void this.#run(key)
      }
    })
  }

  async #run(key: string): Promise<void> {
    const began = performance.now()
    try {
      await this.#options.sync(key)
      this.#failures.delete(key)
    } catch (error) {
      if (!this.#stopped) this.#retry(key, error)
    }
    const { minIntervalMs = 0 } = this.#options
    const share = Math.min(REST_RATIO * (performance.now() - began), LONGEST_REST_MS)
    const rest = minIntervalMs > 0 ? Math.max(minIntervalMs, share) : 0
    if (rest > 0 && !this.#stopped) setTimeout(() => this.#release(key), rest).unref()
    else this.#release(key)
  }

  #retry(key: string, error: unknown): void {
    const failures = this.#failures.get(key) ?? 0
    this.#failures.set(key, failures + 1)
    this.#options.onError?.(key, error)
    this.addAfter(key, Math.min(FIRST_RETRY_MS * 2 ** failures, LAST_RETRY_MS))
  }

  #release(key: string): void {
    this.#busy.delete(key)
    if (this.#waiting.has(key)) this.#drainSoon()
  }
}
