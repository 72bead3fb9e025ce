import type { Resource } from '../layout/resource.ts'

export interface ResourceKey {
  /** Of namespaced kinds; for lists, all when absent. */
  readonly namespace?: string | undefined
  readonly name: string
}

/** Where the resources of one kind are, whatever Kubernetes keeps them as. Every call may throw CalicoError. */
export interface ResourceStore {
  get(key: ResourceKey): Promise<Resource>
  list(namespace?: string): Promise<{ items: readonly Resource[]; resourceVersion: string }>
  create(resource: Resource): Promise<Resource>
  /** Replaces what has the same resourceVersion. */
  update(resource: Resource): Promise<Resource>
  /** @returns what was there */
  delete(key: ResourceKey): Promise<Resource>
}

/** How errors name a resource: IPPool(small), NetworkPolicy(demo/default.web). */
export function identity(kind: string, { namespace, name }: ResourceKey): string {
  return `${kind}(${namespace === undefined ? '' : `${namespace}/`}${name})`
}

export function keyOfResource({ metadata }: Resource): ResourceKey {
  return { namespace: metadata.namespace, name: metadata.name ?? '' }
}
