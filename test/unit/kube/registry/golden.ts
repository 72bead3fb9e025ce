import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RegistryContext, ResourceDefinition } from '../../../../src/kube/registry/definition.ts'
import { createRegistry } from '../../../../src/kube/registry/registry.ts'
import type { KubeObject } from '../../../../src/kube/objects.ts'
import type { ResourceType } from '../../../../src/kube/resources.ts'

export const GOLDEN = join(import.meta.dirname, '../../../golden/registry')

/** A recorded exchange with the real API server. Its caller knows what T it holds. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters
export function exchange<T>(name: string): { path: string; request: unknown; response: T } {
  const text = readFileSync(join(GOLDEN, `${name}.txt`), 'utf8')
  const [head = '', tail = ''] = text.split('\n--> ')
  const body = /\n\n(\{[^]*\})\s*$/.exec(head)?.[1]
  return {
    path: head.split(' ')[1]?.split('\n')[0] ?? '',
    request: body ? JSON.parse(body) : undefined,
    response: JSON.parse(tail.slice(tail.indexOf('\n{'))) as T,
  }
}

/** A store that holds these objects, by plural, at this time. */
export function contextOf(
  objects: Record<string, readonly KubeObject[]> = {},
  now = new Date(),
): RegistryContext {
  return {
    now: () => now,
    list<O extends KubeObject>(type: ResourceType<O>): readonly O[] {
      return (objects[type.plural] ?? []) as readonly O[]
    },
  }
}

export function definitionOf(plural: string): ResourceDefinition {
  const found = createRegistry({ random: () => 0 }).find((definition) => definition.plural === plural)
  if (!found) throw new Error(`no ${plural}`)
  return found
}

/** What the API server makes of a new object: prepared, and what is wrong with it. */
export function create(plural: string, object: unknown, context = contextOf()) {
  const definition = definitionOf(plural)
  const given = object as KubeObject
  const metadata = { ...(definition.namespaced ? { namespace: 'default' } : {}), ...given.metadata }
  const prepared = definition.prepareForCreate({ ...given, metadata }, context)
  return { prepared: JSON.parse(JSON.stringify(prepared)), errors: definition.validate(prepared, context) }
}

export function update(
  plural: string,
  object: unknown,
  current: unknown,
  context = contextOf(),
  subresource?: string,
) {
  const definition = definitionOf(plural)
  const before = current as KubeObject
  const prepared = definition.prepareForUpdate(object as KubeObject, before, context, subresource)
  const errors = [
    ...definition.validate(prepared, context),
    ...definition.validateUpdate(prepared, before, context, subresource),
  ]
  return { prepared: JSON.parse(JSON.stringify(prepared)), errors }
}
