export interface CreditOptions {
  /** How many may follow each other at once. */
  readonly burst: number
  /** How long it takes to earn another. */
  readonly intervalMs: number
}

/**
 * A token bucket. Each call spends one and says how long to wait before the next.
 * @param start,now milliseconds of one clock
 */
export function credit({ burst, intervalMs }: CreditOptions, start: number): (now: number) => number {
  let left = burst
  let counted = start
  return (now) => {
    left = Math.min(burst, left + (now - counted) / intervalMs) - 1
    counted = now
    return left < 1 ? (1 - left) * intervalMs : 0
  }
}
