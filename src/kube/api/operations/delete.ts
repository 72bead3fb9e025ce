import type { DeleteOptions, Key } from '../../client.ts'
import type { KubeObject, ObjectMeta } from '../../objects.ts'
import type { ResourceDefinition } from '../../registry/definition.ts'
import { timestamp } from '../../timestamp.ts'
import { conflict } from '../refusals.ts'
import { sameJson } from '../store/json.ts'
import { existing, type Backend } from './backend.ts'
import { ordered } from './metadata.ts'
import { isFinished } from './update.ts'

export interface Deletion {
  /** The object as it is now, or was when it went. */
  readonly object: KubeObject
  /** False when it stays for its grace period or its finalizers. */
  readonly gone: boolean
}

/**
 * Deletes an object, or marks it so that its kubelet, its finalizers' owners or its namespace's controller may finish
 * first. As apiserver's registry/generic/registry/store.go and registry/rest/delete.go.
 * @throws ApiError 404, 409
 */
export function deleteObject(
  backend: Backend,
  definition: ResourceDefinition,
  key: Key,
  options: DeleteOptions & { dryRun?: boolean } = {},
): Deletion {
  const current = existing(backend, definition, key)
  checkPreconditions(definition, current, options)
  const marked = ordered(backend, definition, mark(backend, definition, current, options))
  const gone = isFinished(marked)
  if (options.dryRun) return { object: marked, gone }
  // What never had to wait is shown to watchers as it was, without a deletionTimestamp.
  if (gone) {
    const last = current.metadata?.deletionTimestamp ? marked : current
    return { object: backend.store.remove(definition, last), gone }
  }
  if (sameJson(marked, current)) return { object: current, gone }
  return { object: backend.store.put(definition, marked), gone }
}

function checkPreconditions(
  definition: ResourceDefinition,
  { metadata = {} }: KubeObject,
  { preconditions: { uid, resourceVersion } = {} }: DeleteOptions,
): void {
  const { name = '', uid: actual, resourceVersion: version } = metadata
  if (uid && uid !== actual) {
    const why = `the UID in the precondition (${uid}) does not match the UID in record (${actual}). The object might have been deleted and then recreated`
    throw conflict(definition, name, why, definition.kind)
  }
  if (resourceVersion && resourceVersion !== version) {
    const why = `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${version}). The object might have been modified`
    throw conflict(definition, name, why, definition.kind)
  }
}

/** The object as it is while it is being deleted. */
function mark(
  { now, context }: Backend,
  definition: ResourceDefinition,
  current: KubeObject,
  options: DeleteOptions,
): KubeObject {
  const { metadata = {} } = current
  const finalizers = withPolicy(metadata.finalizers ?? [], options.propagationPolicy)
  const grace = graceSeconds(definition, current, options)
  const before = metadata.deletionGracePeriodSeconds
  if (metadata.deletionTimestamp && (before === undefined || grace >= before)) {
    return { ...current, metadata: { ...metadata, finalizers } }
  }
  const deletion: ObjectMeta = {
    deletionTimestamp: timestamp(new Date(now().getTime() + grace * 1000)),
    deletionGracePeriodSeconds: grace,
    ...(metadata.generation ? { generation: metadata.generation + 1 } : {}),
  }
  const marked: KubeObject = { ...current, metadata: { ...metadata, finalizers, ...deletion } }
  return definition.whenDeleted?.(marked, context) ?? marked
}

function graceSeconds(
  definition: ResourceDefinition,
  object: KubeObject,
  { gracePeriodSeconds: asked }: DeleteOptions,
): number {
  const own = definition.gracePeriod?.(object)
  if (own === undefined) return 0
  if (asked === undefined) return own
  return asked < 0 ? 1 : asked
}

const ORPHAN = 'orphan'
const FOREGROUND = 'foregroundDeletion'

/** The garbage collector's finalizers say what becomes of dependents; no policy leaves what is there. */
function withPolicy(finalizers: readonly string[], policy: DeleteOptions['propagationPolicy']): string[] {
  if (!policy) return [...finalizers]
  const others = finalizers.filter((one) => one !== ORPHAN && one !== FOREGROUND)
  if (policy === 'Background') return others
  return [...others, policy === 'Orphan' ? ORPHAN : FOREGROUND]
}
