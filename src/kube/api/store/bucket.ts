import type { KubeObject } from '../../objects.ts'

/** The objects of one kind in one namespace, kept in order of name. */
export class Bucket {
  readonly #byName = new Map<string, KubeObject>()
  readonly #names: string[] = []
  #list: readonly KubeObject[] | undefined

  get size(): number {
    return this.#byName.size
  }

  get(name: string): KubeObject | undefined {
    return this.#byName.get(name)
  }

  /** All objects, by name. The array is never changed afterwards. */
  list(): readonly KubeObject[] {
    this.#list ??= this.#names.map((name) => this.#byName.get(name) as KubeObject)
    return this.#list
  }

  set(name: string, object: KubeObject): void {
    if (!this.#byName.has(name)) this.#names.splice(this.#position(name), 0, name)
    this.#byName.set(name, object)
    this.#list = undefined
  }

  delete(name: string): void {
    if (!this.#byName.delete(name)) return
    this.#names.splice(this.#position(name), 1)
    this.#list = undefined
  }

  /** Index of the first name not before `name`, byte order, as etcd lists. */
  #position(name: string): number {
    let low = 0
    let high = this.#names.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#names[middle] as string) < name) low = middle + 1
      else high = middle
    }
    return low
  }
}
