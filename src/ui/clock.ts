/** Time as the screen and the key parser need it, so that tests can have their own. */
export interface Clock {
  /** Milliseconds from some moment in the past. */
  now(): number
  /** Runs once after `ms`; what it returns prevents that. */
  after(ms: number, run: () => void): () => void
}

export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}
