/**
 * Runs `count` calls in batches of 1, 2, 4, …; a batch with a failure is the last, so that what always fails is tried
 * once and not 500 times (upstream's slowStartBatch). Resolves with the number of successes and the first error.
 */
export async function slowStart(
  count: number,
  call: (index: number) => Promise<unknown>,
): Promise<{ done: number; error: unknown }> {
  let done = 0
  for (let size = 1; done < count; size *= 2) {
    const batch = Array.from({ length: Math.min(size, count - done) }, (_, i) => call(done + i))
    const results = await Promise.allSettled(batch)
    done += results.filter((result) => result.status === 'fulfilled').length
    const failed = results.find((result) => result.status === 'rejected')
    if (failed) return { done, error: failed.reason }
  }
  return { done, error: undefined }
}
