import { randomUUID } from 'node:crypto'
import {
  ApiError,
  keyOf,
  type Change,
  type Informer,
  type KubeClient,
} from '../../src/kube/client.ts'
import type { KubeObject } from '../../src/kube/objects.ts'
import type { ResourceType } from '../../src/kube/resources.ts'

type Stored = KubeObject & {
  metadata: NonNullable<KubeObject['metadata']>
  spec?: Record<string, unknown>
  status?: unknown
}
type Handler = (change: Change<never>) => void
interface Table {
  objects: Map<string, Stored>
  handlers: Set<Handler>
}

/** A KubeClient over maps: metadata, finalizers, graceful pod deletion and merge patches, no validation or defaults. */
export interface MemoryClient extends KubeClient {
  /** Number of writes, by `verb plural`. */
  readonly writes: Map<string, number>
}

function refuse(code: number, reason: string, message: string): ApiError {
  return new ApiError({ apiVersion: 'v1', kind: 'Status', status: 'Failure', code, reason, message })
}

function merge(target: unknown, patch: unknown): unknown {
  if (!patch || typeof patch !== 'object' || Array.isArray(patch)) return patch
  const result: Record<string, unknown> = { ...(target as object) }
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key]
    else result[key] = merge(result[key], value)
  }
  return result
}

const clean = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

export function memoryClient(): MemoryClient {
  const tables = new Map<string, Table>()
  const writes = new Map<string, number>()
  let version = 0

  const count = (verb: string, type: ResourceType) =>
    writes.set(`${verb} ${type.plural}`, (writes.get(`${verb} ${type.plural}`) ?? 0) + 1)
  function table(type: ResourceType): Table {
    const name = `${type.plural}.${type.group}`
    const found = tables.get(name) ?? { objects: new Map(), handlers: new Set() }
    tables.set(name, found)
    return found
  }
  function tell(type: ResourceType, change: Change<Stored>): void {
    for (const handler of table(type).handlers) handler(change as never)
  }
  function put(type: ResourceType, object: Stored, previous?: Stored): Stored {
    const stored = clean({ ...object, metadata: { ...object.metadata, resourceVersion: String(++version) } })
    const { deletionTimestamp, finalizers, deletionGracePeriodSeconds: grace } = stored.metadata
    const namespaceContent = (stored.spec?.['finalizers'] as unknown[] | undefined)?.length
    if (deletionTimestamp && !finalizers?.length && !namespaceContent && !grace) {
      return remove(type, stored)
    }
    table(type).objects.set(keyOf(stored), stored)
    tell(type, { type: previous ? 'updated' : 'added', object: stored, ...(previous && { previous }) })
    return stored
  }
  function remove(type: ResourceType, stored: Stored): Stored {
    table(type).objects.delete(keyOf(stored))
    tell(type, { type: 'deleted', object: stored })
    return stored
  }
  function need(type: ResourceType, key: string): Stored {
    const found = table(type).objects.get(key)
    if (!found) throw refuse(404, 'NotFound', `${type.plural} "${key.split('/').at(-1)}" not found`)
    return found
  }

  function replace(type: ResourceType, object: Stored, subresource?: string): Stored {
    const current = need(type, keyOf(object))
    if (subresource === 'binding') {
      const target = (object as { target?: { name: string } }).target
      const status = { conditions: [{ type: 'PodScheduled', status: 'True' }] }
      const spec = { ...current.spec, nodeName: target?.name }
      return put(type, { ...current, spec, status: merge(current.status, status) }, current)
    }
    const { resourceVersion, uid } = object.metadata
    if (resourceVersion && resourceVersion !== current.metadata.resourceVersion) {
      throw refuse(409, 'Conflict', `Operation cannot be fulfilled on ${type.plural} "${keyOf(object)}"`)
    }
    if (uid && uid !== current.metadata.uid) throw refuse(409, 'Conflict', 'uid differs')
    if (subresource === 'status') {
      return put(type, { ...current, metadata: object.metadata, status: object.status }, current)
    }
    if (subresource === 'finalize') return put(type, { ...current, spec: object.spec ?? {} }, current)
    const changed = JSON.stringify(clean(object.spec ?? null)) !== JSON.stringify(current.spec ?? null)
    const generation = (current.metadata.generation ?? 1) + (changed ? 1 : 0)
    const { status: _, ...rest } = object
    const next = { ...rest, metadata: { ...object.metadata, generation }, status: current.status }
    return put(type, next, current)
  }

  return {
    writes,
    get: async (type, key) => table(type).objects.get(keyOf(key)) as never,
    async list(type, options) {
      const items = [...table(type).objects.values()].filter(
        ({ metadata }) => !options?.namespace || metadata.namespace === options.namespace,
      )
      return { items: items as never[], resourceVersion: String(version) }
    },
    async create(type, object) {
      count('create', type)
      const generateName = object.metadata?.generateName
      const name = object.metadata?.name ?? `${generateName ?? ''}${randomUUID().slice(0, 5)}`
      const metadata = {
        ...object.metadata,
        name,
        uid: randomUUID(),
        generation: 1,
        creationTimestamp: new Date().toISOString(),
      }
      const next = { ...object, metadata } as Stored
      if (table(type).objects.has(keyOf(next))) {
        throw refuse(409, 'AlreadyExists', `${type.plural} "${name}" already exists`)
      }
      return put(type, next) as never
    },
    async update(type, object, subresource) {
      count('update', type)
      return replace(type, object as Stored, subresource) as never
    },
    async patch(type, key, patch, options) {
      count('patch', type)
      const current = need(type, keyOf(key))
      const { resourceVersion: _, ...metadata } = current.metadata
      const next = merge({ ...current, metadata }, patch) as Stored
      return replace(type, next, options.subresource) as never
    },
    async delete(type, key, options) {
      count('delete', type)
      const current = need(type, keyOf(key))
      const { uid } = options?.preconditions ?? {}
      if (uid && uid !== current.metadata.uid) throw refuse(409, 'Conflict', 'uid differs')
      const spec = current.spec as { nodeName?: string; terminationGracePeriodSeconds?: number; finalizers?: [] }
      const onNode = type.plural === 'pods' && spec?.nodeName
      const grace = options?.gracePeriodSeconds ?? (onNode ? (spec.terminationGracePeriodSeconds ?? 30) : 0)
      const policy = { Foreground: 'foregroundDeletion', Orphan: 'orphan', Background: undefined }
      const finalizer = policy[options?.propagationPolicy ?? 'Background']
      const finalizers = [...(current.metadata.finalizers ?? []), ...(finalizer ? [finalizer] : [])]
      if (current.metadata.deletionTimestamp && grace > 0) return
      const metadata = {
        ...current.metadata,
        finalizers,
        deletionTimestamp: new Date(Date.now() + grace * 1000).toISOString(),
        deletionGracePeriodSeconds: onNode ? grace : 0,
      }
      put(type, { ...current, metadata }, current)
    },
    informer<T extends KubeObject>(type: ResourceType<T>): Informer<T> {
      const { objects, handlers } = table(type)
      const mine = new Set<Handler>()
      return {
        synced: Promise.resolve(),
        list: (namespace) =>
          [...objects.values()].filter(
            ({ metadata }) => !namespace || metadata.namespace === namespace,
          ) as never[],
        get: (key) => objects.get(keyOf(key)) as never,
        onChange(handler) {
          handlers.add(handler as Handler)
          mine.add(handler as Handler)
          for (const object of objects.values()) handler({ type: 'added', object: object as never })
          return () => handlers.delete(handler as Handler)
        },
        stop: () => mine.forEach((handler) => handlers.delete(handler)),
      }
    },
  }
}
