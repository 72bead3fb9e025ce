import type { DaemonSet, Node, Pod, PodSpec, Toleration } from '../objects.ts'
import { matchesNode } from '../scheduler/node-affinity.ts'
import { HARD_EFFECTS, untolerated } from '../scheduler/taints.ts'

const exists = (name: string, effect: string): Toleration => ({
  key: `node.kubernetes.io/${name}`,
  operator: 'Exists',
  effect,
})

/** Daemons stay on nodes in trouble. Upstream: AddOrUpdateDaemonPodTolerations. */
function daemonTolerations(spec: PodSpec): Toleration[] {
  const added = [
    exists('not-ready', 'NoExecute'),
    exists('unreachable', 'NoExecute'),
    exists('disk-pressure', 'NoSchedule'),
    exists('memory-pressure', 'NoSchedule'),
    exists('pid-pressure', 'NoSchedule'),
    exists('unschedulable', 'NoSchedule'),
    ...(spec.hostNetwork ? [exists('network-unavailable', 'NoSchedule')] : []),
  ]
  const own = spec.tolerations ?? []
  const covered = (one: Toleration) =>
    own.some(
      (other) => other.key === one.key && other.effect === one.effect && other.operator === one.operator,
    )
  return [...own, ...added.filter((one) => !covered(one))]
}

/** The template's spec for one node: the tolerations of daemons, and an affinity that no other node meets. */
export function daemonPodSpec(set: DaemonSet, node: string): PodSpec {
  const spec = set.spec?.template.spec ?? { containers: [] }
  const { nodeAffinity, ...affinity } = spec.affinity ?? {}
  const required = {
    nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] }],
  }
  return {
    ...spec,
    affinity: {
      ...affinity,
      nodeAffinity: { ...nodeAffinity, requiredDuringSchedulingIgnoredDuringExecution: required },
    },
    tolerations: daemonTolerations(spec),
  }
}

/** Whether the set wants a pod on the node, and whether one that is there may stay. Upstream: NodeShouldRunDaemonPod. */
export function placement(set: DaemonSet, node: Node): { run: boolean; stay: boolean } {
  const spec = set.spec?.template.spec ?? { containers: [] }
  const named = !spec.nodeName || spec.nodeName === node.metadata.name
  if (!named || !matchesNode(spec, node)) return { run: false, stay: false }
  const tolerations = { tolerations: daemonTolerations(spec) }
  return {
    run: !untolerated(tolerations, node, HARD_EFFECTS),
    stay: !untolerated(tolerations, node, ['NoExecute']),
  }
}

/** The node that a daemon pod runs on or is meant for. */
export function nodeOf(pod: Pod): string {
  const required = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  const field = required?.nodeSelectorTerms[0]?.matchFields?.[0]
  return pod.spec?.nodeName || (field?.values?.[0] ?? '')
}
