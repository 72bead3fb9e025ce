import type { Node, PodSpec, Taint, Toleration } from '../objects.ts'

export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false
  if (toleration.key && toleration.key !== taint.key) return false
  if (toleration.operator === 'Exists') return true
  return Boolean(toleration.key) && (toleration.value ?? '') === (taint.value ?? '')
}

/** The first of the node's taints with one of these effects that the pod does not tolerate. */
export function untolerated(
  spec: Pick<PodSpec, 'tolerations'> | undefined,
  node: Node,
  effects: readonly string[],
): Taint | undefined {
  const tolerations = spec?.tolerations ?? []
  return node.spec?.taints?.find(
    (taint) =>
      effects.includes(taint.effect) && !tolerations.some((toleration) => tolerates(toleration, taint)),
  )
}

export const HARD_EFFECTS = ['NoSchedule', 'NoExecute']
