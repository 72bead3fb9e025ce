import {
  ApiError,
  keyOf,
  type Change,
  type DeleteOptions,
  type Informer,
  type Key,
  type KubeClient,
} from '../../src/kube/client.ts'
import type { KubeObject } from '../../src/kube/objects.ts'
import type { ResourceType } from '../../src/kube/resources.ts'

/** Keeps objects of any kind, as an API server does, without knowing anything of them. */
export class MemoryStore implements Omit<KubeClient, 'patch'> {
  readonly #objects = new Map<string, KubeObject>()
  readonly #handlers = new Map<string, Set<(change: Change<KubeObject>) => void>>()
  #version = 0
  /** Called before each write, so that a test can be faster. */
  beforeWrite: () => Promise<void> = async () => {}

  async get<T extends KubeObject>(type: ResourceType<T>, key: Key): Promise<T | undefined> {
    return this.#objects.get(path(type, key)) as T | undefined
  }

  async list<T extends KubeObject>(type: ResourceType<T>) {
    return { items: this.#all(type), resourceVersion: String(this.#version) }
  }

  async create<T extends KubeObject>(type: ResourceType<T>, object: T): Promise<T> {
    await this.beforeWrite()
    if (this.#objects.has(path(type, keyIn(object)))) throw refusal(409, 'AlreadyExists')
    return this.#put(type, object)
  }

  async update<T extends KubeObject>(type: ResourceType<T>, object: T): Promise<T> {
    await this.beforeWrite()
    this.#check(type, keyIn(object), object.metadata?.resourceVersion)
    return this.#put(type, object)
  }

  async delete<T extends KubeObject>(
    type: ResourceType<T>,
    key: Key,
    options?: DeleteOptions,
  ): Promise<void> {
    await this.beforeWrite()
    this.#check(type, key, options?.preconditions?.resourceVersion)
    const object = this.#objects.get(path(type, key))
    this.#objects.delete(path(type, key))
    if (object) this.#tell(type, { type: 'deleted', object })
  }

  informer<T extends KubeObject>(type: ResourceType<T>): Informer<T> {
    const handlers = new Set<(change: Change<KubeObject>) => void>()
    const all = this.#handlers.get(type.plural) ?? new Set()
    this.#handlers.set(type.plural, all)
    return {
      synced: Promise.resolve(),
      list: () => this.#all(type),
      get: (key) => this.#objects.get(path(type, key)) as T | undefined,
      onChange: (handler) => {
        const told = handler as (change: Change<KubeObject>) => void
        handlers.add(told)
        all.add(told)
        for (const object of this.#all(type)) handler({ type: 'added', object })
        return () => all.delete(told)
      },
      stop: () => handlers.forEach((handler) => all.delete(handler)),
    }
  }

  #all<T extends KubeObject>(type: ResourceType<T>): T[] {
    const names = [...this.#objects.keys()].filter((name) => name.startsWith(path(type, { name: '' })))
    return names.sort((a, b) => (a < b ? -1 : 1)).map((name) => this.#objects.get(name) as T)
  }

  #tell(type: ResourceType, change: Change<KubeObject>): void {
    setImmediate(() => this.#handlers.get(type.plural)?.forEach((handler) => handler(change)))
  }

  #check(type: ResourceType, key: Key, version: string | undefined): void {
    const present = this.#objects.get(path(type, key))
    if (!present) throw refusal(404, 'NotFound')
    if (version !== undefined && version !== present.metadata?.resourceVersion) throw refusal(409, 'Conflict')
  }

  #put<T extends KubeObject>(type: ResourceType<T>, object: T): T {
    const metadata = { ...object.metadata, resourceVersion: String(++this.#version) }
    const stored = structuredClone({ ...object, metadata })
    const previous = this.#objects.get(path(type, keyIn(object)))
    this.#objects.set(path(type, keyIn(object)), stored)
    this.#tell(
      type,
      previous ? { type: 'updated', object: stored, previous } : { type: 'added', object: stored },
    )
    return stored
  }
}

function keyIn({ metadata }: KubeObject): Key {
  return { name: metadata?.name ?? '' }
}

function path(type: ResourceType, key: Key): string {
  return `${type.plural}/${keyOf(key)}`
}

function refusal(code: number, reason: string): ApiError {
  return new ApiError({ code, reason, message: reason, status: 'Failure' })
}

/** A client of a cluster's API and, for the kinds of Calico, of a store beside it. */
export function withCalico(client: KubeClient, store: MemoryStore): KubeClient {
  const of = (type: ResourceType) => (type.group === 'crd.projectcalico.org' ? store : client)
  return {
    get: (type, key) => of(type).get(type, key),
    list: (type, options) => of(type).list(type, options),
    create: (type, object) => of(type).create(type, object),
    update: (type, object) => of(type).update(type, object),
    delete: (type, key, options) => of(type).delete(type, key, options),
    informer: (type, options) => of(type).informer(type, options),
    patch: (...call) => client.patch(...call),
  }
}
