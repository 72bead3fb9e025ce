import { setTimeout as delay } from 'node:timers/promises'
import { LabError } from './errors.ts'

export interface UntilOptions {
  /** What is awaited, as a noun phrase: "node1 to be Ready". Becomes part of the error. */
  what: string
  deadlineMs: number
  /** First pause between looks; doubles up to `maxEveryMs`. */
  everyMs?: number
  maxEveryMs?: number
  signal?: AbortSignal
  /** Called with what the last look said, at most once a second: a progress line. */
  onProgress?: (elapsedMs: number) => void
}

/**
 * Looks until `look` returns something other than undefined or false, and returns it.
 * Use only where there is no event to wait for.
 * @throws LabError KNET_DEADLINE when the deadline passes; the signal's reason when aborted.
 */
export async function until<T>(
  look: () => Promise<T | undefined | false> | T | undefined | false,
  options: UntilOptions,
): Promise<T> {
  const started = performance.now()
  let pause = options.everyMs ?? 5
  let lastProgress = started
  for (;;) {
    options.signal?.throwIfAborted()
    const found = await look()
    if (found !== undefined && found !== false) return found
    const now = performance.now()
    if (now - started >= options.deadlineMs) {
      throw new LabError('KNET_DEADLINE', {
        message: `Gave up after ${(options.deadlineMs / 1000).toFixed(1)} s waiting for ${options.what}.`,
      })
    }
    if (options.onProgress && now - lastProgress >= 1000) {
      lastProgress = now
      options.onProgress(now - started)
    }
    const rest = Math.max(1, options.deadlineMs - (now - started))
    // Aborted, it rejects with an error of its own; the next turn throws the signal's reason.
    await delay(Math.min(pause, rest), undefined, { signal: options.signal }).catch(() => {})
    pause = Math.min(pause * 2, options.maxEveryMs ?? 100)
  }
}
