import type { Node, Taint } from '../objects.ts'
import { timestamp } from '../timestamp.ts'

const PREFIX = 'node.kubernetes.io/'
/** Keys that the node controller sets and takes away. */
const OURS = new Set(
  [
    'not-ready',
    'unreachable',
    'unschedulable',
    'network-unavailable',
    'memory-pressure',
    'disk-pressure',
    'pid-pressure',
  ].map((name) => PREFIX + name),
)
const BY_CONDITION = [
  ['NetworkUnavailable', 'network-unavailable'],
  ['MemoryPressure', 'memory-pressure'],
  ['DiskPressure', 'disk-pressure'],
  ['PIDPressure', 'pid-pressure'],
] as const

export function conditionStatus(node: Node, type: string): string | undefined {
  return node.status?.conditions?.find((condition) => condition.type === type)?.status
}

/**
 * The taints that a node should have by its conditions. Those that evict (NoExecute) are left out when no node is Ready:
 * then the fault is more likely the observer's. Upstream: nodelifecycle's taints and master disruption mode.
 */
export function wantedTaints(node: Node, o: { now: Date; evict: boolean }): Taint[] {
  const wanted: Taint[] = []
  const ready = conditionStatus(node, 'Ready')
  const key = PREFIX + (ready === 'Unknown' ? 'unreachable' : 'not-ready')
  if (ready !== 'True' && ready !== undefined) {
    wanted.push({ key, effect: 'NoSchedule' })
    if (o.evict) wanted.push({ key, effect: 'NoExecute' })
  }
  if (node.spec?.unschedulable) wanted.push({ key: `${PREFIX}unschedulable`, effect: 'NoSchedule' })
  for (const [type, name] of BY_CONDITION) {
    if (conditionStatus(node, type) === 'True') wanted.push({ key: PREFIX + name, effect: 'NoSchedule' })
  }
  const present = node.spec?.taints ?? []
  const foreign = present.filter((taint) => !OURS.has(taint.key))
  const ours = wanted.map((taint) => {
    const old = present.find((one) => one.key === taint.key && one.effect === taint.effect)
    return old ?? { ...taint, timeAdded: timestamp(o.now) }
  })
  return [...foreign, ...ours]
}
