import { CalicoError, refuse } from './calico-error.ts'
import { resourceFrom, type Metadata, type Resource } from './layout/resource.ts'
import { ParseError } from './layout/scalars.ts'
import { isObject, objectOf } from './layout/shape.ts'
import { keyOfResource, type ResourceStore } from './store/resource-store.ts'

/** Somebody else may be faster that often. */
const ATTEMPTS = 5

/** Makes a resource; of its metadata only what is the author's to say counts. @throws CalicoError */
export async function create(store: ResourceStore, { metadata, ...rest }: Resource): Promise<Resource> {
  const { name, namespace, resourceVersion, labels, annotations } = metadata
  if (resourceVersion !== undefined) {
    const why = 'field must not be set for a Create request'
    refuse([{ name: 'Metadata.ResourceVersion', value: resourceVersion, why }])
  }
  return await store.create({ ...rest, metadata: withoutAbsent({ name, namespace, labels, annotations }) })
}

/** Makes it, or replaces what is there. @throws CalicoError */
export async function apply(store: ResourceStore, resource: Resource): Promise<Resource> {
  const { resourceVersion: _, ...metadata } = resource.metadata
  try {
    return await create(store, { ...resource, metadata })
  } catch (thrown) {
    const isThere =
      thrown instanceof CalicoError && (thrown.reason === 'exists' || thrown.reason === 'unsupported')
    if (!isThere) throw thrown
    return await replace(store, resource)
  }
}

/** Replaces what is there, of the version that the resource says, else whatever it is by then. @throws CalicoError */
export async function replace(store: ResourceStore, resource: Resource): Promise<Resource> {
  const { resourceVersion, labels, annotations } = resource.metadata
  for (let left = ATTEMPTS; ; left--) {
    const there = await store.get(keyOfResource(resource))
    if (resourceVersion !== undefined && resourceVersion !== there.metadata.resourceVersion) {
      throw new CalicoError(`update conflict: ${resource.kind}(${resource.metadata.name})`, 'conflict')
    }
    const metadata = withoutAbsent({ ...there.metadata, labels, annotations })
    try {
      return await store.update({ ...resource, metadata })
    } catch (thrown) {
      const isLate = thrown instanceof CalicoError && thrown.reason === 'conflict'
      if (!isLate || resourceVersion !== undefined || left === 0) throw thrown
    }
  }
}

/** Changes a part of what is there. @param patch JSON. @throws CalicoError */
export async function patch(store: ResourceStore, resource: Resource, text: string): Promise<Resource> {
  const there = await store.get(keyOfResource(resource))
  const merged = mergedWith(there, patchFrom(text))
  const patched = readPatched(there.kind, merged)
  try {
    return await store.update(patched)
  } catch (thrown) {
    if (!(thrown instanceof CalicoError)) throw thrown
    throw new CalicoError(`updating existing resource: ${thrown.message}`, thrown.reason)
  }
}

function patchFrom(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Spelt as Calico spells it: scripts may look for it.
    throw new CalicoError('permorming strategic merge patch: invalid JSON document')
  }
}

/** No list of Calico's is merged by keys: a strategic merge patch does what a merge patch does (RFC 7386). */
function mergedWith(there: unknown, change: unknown): unknown {
  if (!isObject(change)) return change
  const before = objectOf(there)
  const merged = Object.entries(change).map(([key, value]) => [key, mergedWith(before[key], value)] as const)
  const all = Object.entries({ ...before, ...Object.fromEntries(merged) })
  return Object.fromEntries(all.filter(([, value]) => value !== null))
}

function readPatched(kind: string, merged: unknown): Resource {
  try {
    return resourceFrom(kind, objectOf(merged), true)
  } catch (thrown) {
    if (!(thrown instanceof ParseError)) throw thrown
    throw new CalicoError(`creating resource from patched data: error parsing document: ${thrown.message}`)
  }
}

function withoutAbsent(metadata: Readonly<Record<string, unknown>>): Metadata {
  const given = Object.entries(metadata).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given)
}
