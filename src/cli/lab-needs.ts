import type { Lab } from '../lab/lab.ts'
import type { Need } from '../machine/driver.ts'

/** What a lab asks of the host besides what all do: Calico may be there from the start, or be applied in one of its steps. */
export function needsOf({ cluster, manifests }: Pick<Lab, 'cluster' | 'manifests'>): readonly Need[] {
  const applies = [...manifests.values()].some((text) => text.includes('calico-node'))
  return applies || cluster === 'calico' ? ['calico'] : []
}
