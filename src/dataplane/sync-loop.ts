import { setTimeout as delay } from 'node:timers/promises'
import { workQueue } from '../kube/controllers/work-queue.ts'
import { credit, type CreditOptions } from './credit.ts'

export interface SyncLoopOptions {
  /** Whose loop it is, for errors: "kube-proxy on node0". */
  readonly name: string
  /** Makes a machine match what is wanted now. */
  readonly sync: () => Promise<void>
  /** Nothing runs before this resolves. */
  readonly ready: Promise<unknown>
  /** Told of every failed run; it is tried again in any case, after a pause that grows. */
  readonly onProblem?: ((problem: unknown) => void) | undefined
  /** Against storms of changes; default: enough for a cluster's start, or for a service with a few pods, then five runs a second. */
  readonly credit?: CreditOptions
  /** How long changes gather after a run, by how long that took. Default: not at all. */
  readonly gather?: (tookMs: number) => Gathering | undefined
}

/** Where changes come one after another, a run for all of them is the cheapest and the soonest to have done them. */
export interface Gathering {
  /** It is over when nothing has changed for so long. */
  readonly quietMs: number
  /** Or else after so long. */
  readonly mostMs: number
}

/**
 * Runs `sync` after changes: at once, but never twice at a time, and once for all changes that came meanwhile. A storm
 * of changes uses up its credit, and then gets a run now and then: upstream's kube-proxy allows two, then one a second.
 */
export interface SyncLoop {
  /** Something changed. */
  touch(): void
  /** Resolves when every change that was made so far is synced; rejects when the loop is stopped. */
  settled(): Promise<void>
  /** As a change; rejects when the run for it fails. */
  run(): Promise<void>
  stop(): void
}

interface Waiter {
  readonly upTo: number
  readonly resolve: () => void
  readonly reject: (reason: unknown) => void
  /** Goes on waiting when a run fails. */
  readonly patient: boolean
}

const KEY = 'sync'
/** Enough at once for a cluster's start, or for a service with a few pods. */
const CREDIT = { burst: 6, intervalMs: 200 }

async function gathered(
  { quietMs, mostMs }: Gathering = { quietMs: 0, mostMs: 0 },
  since: number,
  changedAt: () => number,
): Promise<void> {
  const left = () => Math.min(since + mostMs, changedAt() + quietMs) - performance.now()
  for (let ms = left(); ms > 0; ms = left()) await rest(ms)
}

async function rest(ms: number): Promise<void> {
  if (ms > 0) await delay(ms, undefined, { ref: false })
}

export function syncLoop(options: SyncLoopOptions): SyncLoop {
  let changes = 1
  let changedAt = 0
  let synced = 0
  let waiting: Waiter[] = []
  const spend = credit(options.credit ?? CREDIT, performance.now())
  const queue = workQueue({
    sync,
    ready: options.ready,
    onError: (_key, error) => options.onProblem?.(error),
  })
  queue.add(KEY)

  async function sync(): Promise<void> {
    const upTo = changes
    const began = performance.now()
    try {
      await options.sync()
    } catch (error) {
      release((waiter) => !waiter.patient && waiter.upTo <= upTo).forEach(({ reject }) => reject(error))
      throw error
    }
    synced = upTo
    release((waiter) => waiter.upTo <= upTo).forEach(({ resolve }) => resolve())
    const now = performance.now()
    await rest(spend(now))
    await gathered(options.gather?.(now - began), now, () => changedAt)
  }

  function release(which: (waiter: Waiter) => boolean): Waiter[] {
    const released = waiting.filter(which)
    waiting = waiting.filter((waiter) => !released.includes(waiter))
    return released
  }

  function wait(patient: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      if (synced >= changes) resolve()
      else waiting.push({ upTo: changes, resolve, reject, patient })
    })
  }

  function touch(): void {
    changes++
    changedAt = performance.now()
    queue.add(KEY)
  }

  return {
    touch,
    async settled() {
      // Informers tell of a change after the turn it was made in.
      await new Promise(setImmediate)
      await wait(true)
    },
    run() {
      touch()
      return wait(false)
    },
    stop() {
      queue.stop()
      const reason = new Error(`${options.name} was stopped`)
      release(() => true).forEach(({ reject }) => reject(reason))
    },
  }
}
