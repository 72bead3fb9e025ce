import type { Lab } from '../lab/lab.ts'
import type { Need } from '../machine/driver.ts'
import type { ClusterName } from './cluster-kind.ts'

/** What a lab asks of the host besides what all do: Calico may be there from the start, or be applied in one of its steps. */
export function needsOf(
  { cluster, manifests }: Pick<Lab, 'cluster' | 'manifests'>,
  kubernetes: ClusterName,
): readonly Need[] {
  const applies = [...manifests.values()].some((text) => text.includes('calico-node'))
  const hasCalico = applies || cluster === 'calico'
  const hasK3s = kubernetes === 'k3s' && cluster !== 'none'
  return [...(hasCalico ? ['calico' as const] : []), ...(hasK3s ? ['k3s' as const] : [])]
}
