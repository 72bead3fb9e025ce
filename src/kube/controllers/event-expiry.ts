import { ApiError } from '../client.ts'
import type { Event } from '../objects.ts'
import { EVENTS } from '../resources.ts'
import type { ControllerContext } from './context.ts'
import { keyFrom } from './owners.ts'

/** Upstream: kube-apiserver's --event-ttl, which begins anew when an event is repeated. */
const TTL_MS = 3_600_000
const SWEEP_MS = 300_000

/** Removes events an hour after they last happened: nothing else would, and a lab can run for days. */
export function startEventExpiry(context: ControllerContext): void {
  const queue = context.queue('event-expiry', { sync })

  async function sync(): Promise<void> {
    const { items } = await context.client.list(EVENTS)
    const oldest = context.now().getTime() - TTL_MS
    await Promise.all(items.filter((event) => lastSeen(event) < oldest).map(remove))
    queue.addAfter('', SWEEP_MS)
  }

  async function remove(event: Event): Promise<void> {
    try {
      await context.client.delete(EVENTS, keyFrom(event))
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 404) throw error
    }
  }

  queue.add('')
}

/** In ms since the epoch. */
function lastSeen({ metadata, series, lastTimestamp, eventTime }: Event): number {
  const time = series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? metadata.creationTimestamp
  return Date.parse(String(time))
}
