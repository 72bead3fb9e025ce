import type { PodSpec } from '../../objects.ts'
import { parseQuantity } from '../quantity.ts'

const COUNTED = ['cpu', 'memory']

/** Guaranteed, Burstable or BestEffort, from the cpu and memory of the containers. As upstream's GetPodQOS. */
export function qosClass({ containers, initContainers = [] }: PodSpec): string {
  const all = [...containers, ...initContainers]
  const isPositive = (amount: string | undefined) => (parseQuantity(amount ?? '0')?.nanos ?? 0n) > 0n
  const asksAnything = all.some(({ resources }) =>
    COUNTED.some((name) => isPositive(resources?.requests?.[name]) || isPositive(resources?.limits?.[name])),
  )
  if (!asksAnything) return 'BestEffort'
  const isGuaranteed = all.every(({ resources }) =>
    COUNTED.every((name) => {
      const limit = resources?.limits?.[name]
      const request = resources?.requests?.[name] ?? limit
      return isPositive(limit) && parseQuantity(limit ?? '')?.nanos === parseQuantity(request ?? '')?.nanos
    }),
  )
  return isGuaranteed ? 'Guaranteed' : 'Burstable'
}
