/** Upstream's back-off of crashing containers and failing pulls: 10 s, doubling to 5 min, forgotten after 10 min of peace. */
const FIRST_MS = 10_000
const LAST_MS = 300_000

export interface Backoff {
  /** How long to wait before the next try, in ms; the first retry is immediate when `firstIsFree`. */
  next(): number
  /** It ran this long: a long run starts afresh. */
  ran(durationMs: number): void
}

export function backoff(firstIsFree: boolean): Backoff {
  const start = firstIsFree ? 0 : FIRST_MS
  let wait = start
  return {
    next() {
      const now = wait
      wait = now === 0 ? FIRST_MS : Math.min(now * 2, LAST_MS)
      return now
    },
    ran(durationMs) {
      if (durationMs > 2 * LAST_MS) wait = start
    },
  }
}

/** As Go prints a duration of whole seconds: 10s, 1m20s, 5m0s. */
export function goDuration(ms: number): string {
  const seconds = Math.round(ms / 1000)
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`
}
