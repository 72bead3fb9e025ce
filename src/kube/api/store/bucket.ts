import type { KubeObject } from '../../objects.ts'

/** The objects of one kind in one namespace, kept in order of name. */
export class Bucket {
  readonly #names: string[] = []
  readonly #objects: KubeObject[] = []
  #list: readonly KubeObject[] | undefined

  get size(): number {
    return this.#names.length
  }

  get(name: string): KubeObject | undefined {
    const at = this.#position(name)
    return this.#names[at] === name ? this.#objects[at] : undefined
  }

  /** All objects, by name. The array is never changed afterwards. */
  list(): readonly KubeObject[] {
    this.#list ??= this.#objects.slice()
    return this.#list
  }

  set(name: string, object: KubeObject): void {
    const at = this.#position(name)
    const replaced = this.#names[at] === name ? 1 : 0
    this.#names.splice(at, replaced, name)
    this.#objects.splice(at, replaced, object)
    this.#list = undefined
  }

  delete(name: string): void {
    const at = this.#position(name)
    if (this.#names[at] !== name) return
    this.#names.splice(at, 1)
    this.#objects.splice(at, 1)
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
