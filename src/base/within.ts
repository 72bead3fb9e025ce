export interface WithinOptions {
  readonly ms: number
  /** What it fails with when the time is over. */
  readonly late: () => Error
  readonly signal?: AbortSignal | undefined
}

/**
 * Work that must have ended after some time; what it waits for need not all hear the signal that it is given.
 * @throws what `late` gives when the time is over; the signal's reason when aborted.
 */
export async function within<T>(
  { ms, late, signal }: WithinOptions,
  work: (until: AbortSignal) => Promise<T>,
): Promise<T> {
  // Not AbortSignal.timeout: in AbortSignal.any Node 20 may collect it as garbage, and then it never comes.
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(late()), ms)
  const until = signal ? AbortSignal.any([signal, deadline.signal]) : deadline.signal
  try {
    return await Promise.race([work(until), aborted(until)])
  } finally {
    clearTimeout(timer)
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
}
