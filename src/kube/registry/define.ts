import type { KubeObject } from '../objects.ts'
import type { ResourceType } from '../resources.ts'
import type { ResourceDefinition } from './definition.ts'
import { validateMetadata } from './metadata.ts'
import { subdomain, type NameRule } from './names.ts'

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']

/** What a kind must say of itself; all else has the defaults of {@link define}. */
export type DefinitionParts<T extends KubeObject> = Pick<ResourceDefinition<T>, 'singular' | 'columns'> &
  Partial<Omit<ResourceDefinition<T>, keyof ResourceType>> & {
    /** What names may look like; default an RFC 1123 subdomain. */
    readonly name?: NameRule
  }

/**
 * A definition from what is particular to its kind: all verbs, no subresources, no defaults and no rules unless given.
 * The rules of metadata are added to `validate`.
 */
export function define<T extends KubeObject>(
  type: ResourceType<T>,
  { name = subdomain, ...parts }: DefinitionParts<T>,
): ResourceDefinition<T> {
  return {
    shortNames: [],
    categories: [],
    verbs: VERBS,
    subresources: [],
    prepareForCreate: (object) => object,
    prepareForUpdate: (object) => object,
    validateUpdate: () => [],
    ...type,
    ...parts,
    validate: (object, context) => [
      ...validateMetadata(object, type.namespaced, name),
      ...(parts.validate?.(object, context) ?? []),
    ],
  }
}

/** `object` as the status subresource may change it: everything of the current one but the status and metadata. */
export function onlyStatus<T extends KubeObject & { spec?: unknown; status?: unknown }>(
  object: T,
  current: T,
): T {
  return { ...current, metadata: object.metadata, status: object.status }
}

/** `object` with the status of the current one: what a plain update may not change. */
export function keepStatus<T extends KubeObject & { status?: unknown }>(object: T, current: T): T {
  const { status: _, ...rest } = object
  return (current.status === undefined ? rest : { ...rest, status: current.status }) as T
}
