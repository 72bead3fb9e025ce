import { refuse } from '../calico-error.ts'
import type { Resource } from '../layout/resource.ts'

/** What only the configuration called `default` may say: by field, as errors name it and as they speak of it. */
const OF_DEFAULT: readonly (readonly [field: string, named: string, spoken: string])[] = [
  ['nodeToNodeMeshEnabled', 'NodeToNodeMeshEnabled', 'nodeToNodeMeshEnabled'],
  ['asNumber', 'ASNumber', 'ASNumber'],
  ['serviceLoadBalancerIPs', 'ServiceLoadBalancerIPs', 'ServiceLoadBalancerIPs'],
  ['serviceExternalIPs', 'ServiceExternalIPs', 'ServiceExternalIPs'],
  ['serviceClusterIPs', 'ServiceClusterIPs', 'ServiceClusterIPs'],
  ['nodeMeshPassword', 'NodeMeshPassword', 'nodeMeshPassword'],
  ['nodeMeshMaxRestartTime', 'NodeMeshMaxRestartTime', 'nodeMeshMaxRestartTime'],
]

/** @throws CalicoError */
export function checkOfDefault({ metadata, spec }: Resource): void {
  if (metadata.name === 'default') return
  refuse(
    OF_DEFAULT.filter(([field]) => spec[field] !== undefined).map(([, named, spoken]) => ({
      name: `BGPConfiguration.Spec.${named}`,
      why: `Cannot set ${spoken} on a non default BGP Configuration.`,
    })),
  )
}
