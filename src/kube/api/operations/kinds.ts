import type { ResourceDefinition } from '../../registry/definition.ts'
import type { ResourceType } from '../../resources.ts'

/** The kinds that are served: those of the registry, and those that CustomResourceDefinitions add while it runs. */
export class Kinds {
  readonly #builtIn: readonly ResourceDefinition[]
  /** By the name of what defines them. */
  readonly #custom = new Map<string, readonly ResourceDefinition[]>()
  #all: readonly ResourceDefinition[]

  constructor(builtIn: readonly ResourceDefinition[]) {
    this.#builtIn = builtIn
    this.#all = builtIn
  }

  /** All of them; another array after each change, so that what is derived from it can be kept until then. */
  get all(): readonly ResourceDefinition[] {
    return this.#all
  }

  find({ group, version, plural }: Pick<ResourceType, 'group' | 'version' | 'plural'>) {
    return this.#all.find((one) => one.group === group && one.version === version && one.plural === plural)
  }

  /** Replaces what one definition brings; an empty list takes it away. */
  replace(definition: string, kinds: readonly ResourceDefinition[]): void {
    if (kinds.length === 0 && !this.#custom.has(definition)) return
    if (kinds.length > 0) this.#custom.set(definition, kinds)
    else this.#custom.delete(definition)
    this.#all = [...this.#builtIn, ...[...this.#custom.values()].flat()]
  }
}
