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
  /** Looks often at first, without counting failures: what starts quickly should be ready quickly. */
  readonly eager: boolean
}

/** Beyond upstream, which waits a whole period between looks from the start on. */
const EAGER_EVERY_MS = 30
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

async function probeForEver({ probe, signal, run, initially, eager, ...on }: ProberOptions): Promise<void> {
  const { successThreshold = 1, failureThreshold = 3, periodSeconds = 10 } = probe
  const eagerUntil = eager ? performance.now() + EAGER_FOR_MS : 0
  let verdict = initially
  let last: boolean | undefined
  let inARow = 0
  for (;;) {
    const { ok, output } = await run()
    if (signal.aborted) return
    const hasty = !ok && !verdict && performance.now() < eagerUntil
    if (!hasty) {
      inARow = ok === last ? inARow + 1 : 1
      last = ok
      if (!ok) on.onFailure(output)
      const enough = inARow >= (ok ? successThreshold : failureThreshold)
      if (enough && (verdict !== ok || !ok)) {
        verdict = ok
        on.onVerdict(ok)
      }
    }
    await delay(hasty ? EAGER_EVERY_MS : periodSeconds * 1000, undefined, { signal })
  }
}
