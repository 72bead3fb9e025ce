import type { KubeObject } from '../kube/objects.ts'
import type { ResourceType } from '../kube/resources.ts'
import { resourceType } from './resource-types.ts'
import type { World } from './world.ts'

/** Which node hands out the addresses of a block, as Calico's IPAM stores it. */
interface BlockAffinity extends KubeObject {
  readonly spec: { readonly cidr: string; readonly node: string; readonly deleted: string }
}

/** Calico's blocks of a node, in the order in which it took them; none where there is no Calico. */
export async function blocksOf(world: World, node: string): Promise<string[]> {
  const type = await resourceType(world, 'blockaffinities')
  if (!type) return []
  const affinities = await world.list(type as ResourceType<BlockAffinity>)
  const since = ({ metadata }: BlockAffinity) => `${metadata?.creationTimestamp} ${metadata?.name}`
  return affinities
    .filter(({ spec }) => spec.node === node && spec.deleted !== 'true')
    .sort((a, b) => since(a).localeCompare(since(b)))
    .map(({ spec }) => spec.cidr)
}
