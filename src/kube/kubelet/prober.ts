import { setTimeout as delay } from 'node:timers/promises'
import type { Probe } from '../objects.ts'
import type { ProbeResult } from './probe-command.ts'

export interface ProberOptions {
  readonly probe: Probe
  readonly signal: AbortSignal
  readonly run: () => Promise<ProbeResult>
  /** After as many equal results in a row as the thresholds ask for, when that changes what is known. */
  onVerdict(ok: boolean): void
  /** Every failure that counts. */
  onFailure(output: string): void
  /** What is taken for true before the first result: a liveness probe starts as healthy. */
  readonly initially: boolean
  /**
   * Milliseconds between looks at first, which don't count as failures: what starts quickly should be ready quickly. Absent: a whole
   * period from the start on.
   */
  readonly eagerEveryMs?: number | undefined
}

/**
 * Beyond upstream, which waits a whole period between looks from the start on: what is eager to be ready is looked at after short pauses, which grow
 * with the time that it takes.
 */
const EAGER_SHARE = 1 / 8
/** Before this, failures don't count. */
const EAGER_FOR_MS = 1000

/** Runs one probe of one running container until aborted. Upstream: pkg/kubelet/prober/worker.go. */
export async function runProber(options: ProberOptions): Promise<void> {
  try {
    const delaySeconds = options.probe.initialDelaySeconds ?? 0
    if (delaySeconds > 0) await delay(delaySeconds * 1000, undefined, { signal: options.signal })
    await probeForEver(options)
  } catch (error) {
    if (!options.signal.aborted) throw error
  }
}

async function probeForEver({
  probe,
  signal,
  run,
  initially,
  eagerEveryMs,
  ...on
}: ProberOptions): Promise<void> {
  const { successThreshold = 1, failureThreshold = 3, periodSeconds = 10 } = probe
  const eager = eagerEveryMs !== undefined
  const began = performance.now()
  /** When the next failure counts: they do once a period. */
  let countsAt = eager ? began + EAGER_FOR_MS : 0
  let verdict = initially
  let last: boolean | undefined
  let inARow = 0
  for (;;) {
    const { ok, output } = await run()
    if (signal.aborted) return
    const now = performance.now()
    const counts = ok || verdict || !eager || now >= countsAt
    if (counts) {
      inARow = ok === last ? inARow + 1 : 1
      last = ok
      countsAt = now + periodSeconds * 1000
      if (!ok) on.onFailure(output)
      const enough = inARow >= (ok ? successThreshold : failureThreshold)
      if (enough && (verdict !== ok || !ok)) {
        verdict = ok
        on.onVerdict(ok)
      }
    }
    const soon = Math.max(eagerEveryMs ?? 0, (now - began) * EAGER_SHARE)
    const pause = eager && !verdict ? Math.min(soon, periodSeconds * 1000) : periodSeconds * 1000
    await delay(pause, undefined, { signal })
  }
}
