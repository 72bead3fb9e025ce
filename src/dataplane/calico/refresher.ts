/** Does something again and again. */
export interface Refresher {
  /** How often may be another now. */
  changed(): void
  stop(): void
}

/** @param every in milliseconds, asked before each wait; 0: not for now */
export function refresher(every: () => number, refresh: () => void): Refresher {
  let timer: NodeJS.Timeout | undefined
  let current = 0
  function wait(): void {
    clearTimeout(timer)
    current = every()
    if (current > 0) timer = setTimeout(again, current).unref()
  }
  function again(): void {
    refresh()
    wait()
  }
  wait()
  return {
    changed() {
      if (current !== every()) wait()
    },
    stop: () => clearTimeout(timer),
  }
}
