import type { Bringing } from '../cluster/cluster.ts'
import { nodesIn, type K3sPlan } from './plan.ts'

export interface Progress {
  /** A phase has ended, of one node or of all. */
  readonly say: (phase: string, node?: string) => void
  /** What was said last of a node, or of the cluster, says that it need not be waited for. */
  readonly done: (what: string) => void
  readonly end: () => void
}

/** Longer silence makes people wonder. */
const EVERY_MS = 10_000

/** Phases as they end, and a line now and then of what is still waited for. */
export function progressOf(
  plan: K3sPlan,
  { onPhase, onProgress = () => {} }: Pick<Bringing, 'onPhase' | 'onProgress'>,
): Progress {
  const began = performance.now()
  const elapsed = () => Math.round(performance.now() - began)
  const awaited = new Set(['the API', ...nodesIn(plan).map(({ name }) => name), 'DNS'])
  const timer = setInterval(
    () => onProgress(`${Math.round(elapsed() / 1000)} s: still waiting for ${[...awaited].join(', ')}.`),
    EVERY_MS,
  )
  return {
    say: (name, node) => onPhase({ name, ms: elapsed(), ...(node ? { machine: node } : {}) }),
    done: (what) => void awaited.delete(what),
    end: () => clearInterval(timer),
  }
}
