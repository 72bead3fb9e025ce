/**
 * Gathers calls: all that are made in one tick, or while an earlier batch is under way, are given to `work` together.
 * `work` settles each item by itself; what it throws rejects those it had not settled.
 */
export function batched<Item, Result>(
  work: (calls: readonly Call<Item, Result>[]) => Promise<void>,
): (item: Item) => Promise<Result> {
  let waiting: Call<Item, Result>[] = []
  let busy = false

  async function drain(): Promise<void> {
    busy = true
    // What the caller's other callbacks of this tick ask for belongs to the same batch.
    await new Promise((resolve) => setImmediate(resolve))
    while (waiting.length > 0) {
      const calls = waiting
      waiting = []
      try {
        await work(calls)
      } catch (error) {
        for (const call of calls) call.reject(error)
      }
    }
    busy = false
  }

  return (item) =>
    new Promise<Result>((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      if (!busy) void drain()
    })
}

export interface Call<Item, Result> {
  readonly item: Item
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}
