import { ApiError, keyOf, type DeleteOptions, type Key, type KubeClient } from '../../src/kube/client.ts'
import type { KubeObject } from '../../src/kube/objects.ts'
import type { ResourceType } from '../../src/kube/resources.ts'

/** Keeps objects of any kind, as an API server does, without knowing anything of them. */
export class MemoryStore implements Pick<KubeClient, 'get' | 'list' | 'create' | 'update' | 'delete'> {
  readonly #objects = new Map<string, KubeObject>()
  #version = 0
  /** Called before each write, so that a test can be faster. */
  beforeWrite: () => Promise<void> = async () => {}

  async get<T extends KubeObject>(type: ResourceType<T>, key: Key): Promise<T | undefined> {
    return this.#objects.get(path(type, key)) as T | undefined
  }

  async list<T extends KubeObject>(type: ResourceType<T>) {
    const names = [...this.#objects.keys()].filter((name) => name.startsWith(path(type, { name: '' }))).sort()
    return {
      items: names.map((name) => this.#objects.get(name) as T),
      resourceVersion: String(this.#version),
    }
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
    this.#objects.delete(path(type, key))
  }

  #check(type: ResourceType, key: Key, version: string | undefined): void {
    const present = this.#objects.get(path(type, key))
    if (!present) throw refusal(404, 'NotFound')
    if (version !== undefined && version !== present.metadata?.resourceVersion) throw refusal(409, 'Conflict')
  }

  #put<T extends KubeObject>(type: ResourceType<T>, object: T): T {
    const metadata = { ...object.metadata, resourceVersion: String(++this.#version) }
    const stored = structuredClone({ ...object, metadata })
    this.#objects.set(path(type, keyIn(object)), stored)
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
