import { controllerOf } from '../controllers/owners.ts'
import type { Pod } from '../objects.ts'
import { affinityWeight, matchesNode } from './node-affinity.ts'
import type { NodeLoad } from './node-load.ts'
import { conflicts, hostPortsOf, requestsOf } from './requests.ts'
import { HARD_EFFECTS, tolerates, untolerated } from './taints.ts'

export type Decision = { readonly load: NodeLoad } | { readonly message: string }

/** Why a node will not do, and whether evicting other pods could change that. */
interface Refusal {
  readonly reasons: readonly string[]
  readonly preemptable: boolean
}

/** The best node for a pod, or kube-scheduler's words for why there is none. */
export function decide(pod: Pod, loads: readonly NodeLoad[]): Decision {
  const refusals: Refusal[] = []
  const fitting: NodeLoad[] = []
  for (const load of loads) {
    const refusal = refuse(pod, load)
    if (refusal) refusals.push(refusal)
    else fitting.push(load)
  }
  const [first, ...others] = fitting
  if (!first) return { message: failureMessage(refusals) }
  return { load: others.reduce((best, load) => (compare(pod, load, best) < 0 ? load : best), first) }
}

/** Filters in upstream's order; the first that refuses gives the reason. */
function refuse(pod: Pod, load: NodeLoad): Refusal | undefined {
  const { node } = load
  const never = (reason: string): Refusal => ({ reasons: [reason], preemptable: false })
  const unschedulable = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }
  if (node.spec?.unschedulable && !pod.spec?.tolerations?.some((one) => tolerates(one, unschedulable))) {
    return never('node(s) were unschedulable')
  }
  if (untolerated(pod.spec, node, HARD_EFFECTS)) return never('node(s) had untolerated taint(s)')
  if (!matchesNode(pod.spec, node)) return never("node(s) didn't match Pod's node affinity/selector")
  const wanted = hostPortsOf(pod)
  if (wanted.some((port) => load.hostPorts.some((taken) => conflicts(port, taken)))) {
    return { reasons: ["node(s) didn't have free ports for the requested pod ports"], preemptable: true }
  }
  const short = insufficient(pod, load)
  return short.length > 0 ? { reasons: short, preemptable: true } : undefined
}

function insufficient(pod: Pod, { allocatable, requested }: NodeLoad): string[] {
  return Object.entries(requestsOf(pod.spec))
    .filter(([name, amount]) => amount > 0 && (requested[name] ?? 0) + amount > (allocatable[name] ?? 0))
    .map(([name]) => (name === 'pods' ? 'Too many pods' : `Insufficient ${name}`))
}

/**
 * Negative when `a` is better than `b`: preferred affinity, then few soft taints, then few pods of the same owner, then
 * few pods at all. Upstream weighs many plugins; this order gives what learners see: replicas spread over the nodes.
 */
function compare(pod: Pod, a: NodeLoad, b: NodeLoad): number {
  const owner = controllerOf(pod)?.uid ?? ''
  const differences = [
    affinityWeight(pod.spec, b.node) - affinityWeight(pod.spec, a.node),
    softTaints(pod, a) - softTaints(pod, b),
    (a.owners.get(owner) ?? 0) - (b.owners.get(owner) ?? 0),
    (a.requested['pods'] ?? 0) - (b.requested['pods'] ?? 0),
    (a.requested['cpu'] ?? 0) - (b.requested['cpu'] ?? 0),
  ]
  return differences.find((difference) => difference !== 0) ?? 0
}

function softTaints(pod: Pod, { node }: NodeLoad): number {
  const soft = (node.spec?.taints ?? []).filter((taint) => taint.effect === 'PreferNoSchedule')
  return soft.filter((taint) => !pod.spec?.tolerations?.some((one) => tolerates(one, taint))).length
}

/** Upstream: framework.FitError.Error(), as golden/api-1.36/object-events.txt has it. */
function failureMessage(refusals: readonly Refusal[]): string {
  const total = refusals.length
  if (total === 0) return 'no nodes available to schedule pods'
  const lines = (texts: readonly string[]) => {
    const counts = new Map<string, number>()
    for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1)
    return [...counts]
      .map(([text, count]) => `${count} ${text}`)
      .sort()
      .join(', ')
  }
  const reasons = lines(refusals.flatMap((refusal) => refusal.reasons))
  const preemption = lines(
    refusals.map(({ preemptable }) =>
      preemptable
        ? 'No preemption victims found for incoming pod'
        : 'Preemption is not helpful for scheduling',
    ),
  )
  const available = `0/${total} nodes are available`
  return `${available}: ${reasons}. no new claims to deallocate, preemption: ${available}: ${preemption}.`
}
