import { parseCidr } from '../../net/cidr.ts'
import type { KubeClient } from '../../kube/client.ts'
import { releasePool } from '../../dataplane/calico/ipam/release.ts'
import type { Resource } from '../layout/resource.ts'
import type { ResourceStore } from './resource-store.ts'

/** Pools of addresses: shown with what holds where they say nothing, and emptied of blocks before they go. */
export function pools(client: KubeClient, store: ResourceStore): ResourceStore {
  const get = async (key: { name: string }) => withDefaults(await store.get(key))
  return {
    get,
    list: async () => {
      const { items, resourceVersion } = await store.list()
      return { items: items.map(withDefaults), resourceVersion }
    },
    create: (pool) => store.create(pool),
    update: (pool) => store.update(pool),
    delete: async (key) => {
      const pool = await get(key)
      // Nobody is to take addresses of it from now on.
      if (pool.spec['disabled'] !== true) {
        await store.update({ ...pool, spec: { ...pool.spec, disabled: true } })
      }
      await releasePool(client, String(pool.spec['cidr']))
      return await store.delete(key)
    },
  }
}

/** What holds where a pool says nothing. */
export function withDefaults(pool: Resource): Resource {
  const { spec } = pool
  return {
    ...pool,
    spec: {
      ...spec,
      vxlanMode: spec['vxlanMode'] ?? 'Never',
      ipipMode: spec['ipipMode'] ?? 'Never',
      blockSize: spec['blockSize'] ?? (parseCidr(String(spec['cidr'])) ? 26 : 122),
      nodeSelector: spec['nodeSelector'] ?? 'all()',
      allowedUses: spec['allowedUses'] ?? ['Workload', 'Tunnel'],
    },
  }
}
