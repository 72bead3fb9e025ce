import type { KubeObject, Status } from './objects.ts'
import type { ResourceType } from './resources.ts'

export interface Key {
  readonly namespace?: string | undefined
  readonly name: string
}

export interface ListOptions {
  /** All namespaces when absent. */
  readonly namespace?: string
  /** As kubectl -l writes it. */
  readonly labelSelector?: string
  /** As kubectl --field-selector writes it. */
  readonly fieldSelector?: string
}

/** `finalize` is a namespace's: it sets spec.finalizers. `binding` takes the Binding and gives the pod. */
export type Subresource = 'status' | 'scale' | 'binding' | 'finalize'

export interface PatchOptions {
  readonly type: 'json' | 'merge' | 'strategic' | 'apply'
  readonly subresource?: Subresource
  /** Required for apply. */
  readonly fieldManager?: string
  readonly force?: boolean
}

export interface DeleteOptions {
  /** Pods: 0 removes the object at once. */
  readonly gracePeriodSeconds?: number
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan'
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string }
}

/** A refusal by the API server. `status` is the Status object that kubectl would print. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: Status

  constructor(status: Status) {
    super(status.message ?? status.reason ?? 'API error')
    this.status = status
  }

  /** HTTP status code: 404, 409, 422, … */
  get code(): number {
    return this.status.code ?? 500
  }
}

export interface Change<T> {
  readonly type: 'added' | 'updated' | 'deleted'
  readonly object: T
  /** The object before an update. */
  readonly previous?: T
}

/** A live local copy of a resource, as client-go's shared informers. */
export interface Informer<T> {
  /** Resolves when the first list is in. */
  readonly synced: Promise<void>
  list(namespace?: string): readonly T[]
  get(key: Key): T | undefined
  /** Calls back after each change (and once as `added` for all that is there already); returns the unsubscriber. */
  onChange(handler: (change: Change<T>) => void): () => void
  stop(): void
}

/**
 * The API server as its own components see it. Two implementations: in-process (control plane) and HTTP (checks, DNS).
 * Objects handed out are shared and must not be changed: copy first (`structuredClone` or spread).
 * Every call may throw {@link ApiError}.
 */
export interface KubeClient {
  /** Resolves with undefined when there is no such object. */
  get<T extends KubeObject>(type: ResourceType<T>, key: Key): Promise<T | undefined>
  list<T extends KubeObject>(
    type: ResourceType<T>,
    options?: ListOptions,
  ): Promise<{ items: T[]; resourceVersion: string }>
  create<T extends KubeObject>(type: ResourceType<T>, object: T): Promise<T>
  /** Replaces; a stale metadata.resourceVersion is a 409 Conflict, an absent one overwrites. */
  update<T extends KubeObject>(type: ResourceType<T>, object: T, subresource?: Subresource): Promise<T>
  patch<T extends KubeObject>(
    type: ResourceType<T>,
    key: Key,
    patch: unknown,
    options: PatchOptions,
  ): Promise<T>
  /** Deleting what is not there is a 404 ApiError. */
  delete<T extends KubeObject>(type: ResourceType<T>, key: Key, options?: DeleteOptions): Promise<void>
  informer<T extends KubeObject>(type: ResourceType<T>, options?: ListOptions): Informer<T>
}

/** Stable text for a map key. */
export function keyOf(object: { metadata?: { namespace?: string; name?: string } } | Key): string {
  const meta = 'metadata' in object ? object.metadata : (object as Key)
  return meta?.namespace ? `${meta.namespace}/${meta.name ?? ''}` : (meta?.name ?? '')
}
