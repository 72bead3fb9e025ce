import type { KubeObject } from '../../objects.ts'
import type { ResourceDefinition } from '../../registry/definition.ts'
import { badRequest } from '../refusals.ts'

export type ObjectPredicate = (object: KubeObject) => boolean

/**
 * Reads a field selector (`spec.nodeName=node0,status.phase!=Running`) for a kind.
 * @throws ApiError 400 with apimachinery's words (pkg/fields/selector.go).
 */
export function parseFieldSelector(selector: string, definition: ResourceDefinition): ObjectPredicate {
  const supported = new Set(Object.keys(selectable(definition, EMPTY)))
  const terms = selector
    .split(',')
    .filter(Boolean)
    .map((term) => {
      const [, field = '', operator = '', value = ''] = /^([^=!]*)(==|=|!=)(.*)$/.exec(term) ?? []
      if (!operator) throw badRequest(`invalid selector: '${selector}'; can't understand '${term}'`)
      if (!supported.has(field)) throw badRequest(`field label not supported: ${field}`)
      return { field, value, equal: operator !== '!=' }
    })
  return (object) => {
    const fields = selectable(definition, object)
    return terms.every(({ field, value, equal }) => (fields[field] === value) === equal)
  }
}

/** For asking a definition which fields it has. */
const EMPTY: KubeObject & Record<string, unknown> = { metadata: {}, spec: {}, status: {}, involvedObject: {} }

function selectable(definition: ResourceDefinition, object: KubeObject): Readonly<Record<string, string>> {
  return {
    'metadata.name': object.metadata?.name ?? '',
    ...(definition.namespaced ? { 'metadata.namespace': object.metadata?.namespace ?? '' } : {}),
    ...definition.selectableFields?.(object),
  }
}
