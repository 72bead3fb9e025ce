import type { KubeObject } from '../../objects.ts'
import type { ResourceDefinition } from '../../registry/definition.ts'
import { badRequest } from '../refusals.ts'

export type ObjectPredicate = (object: KubeObject) => boolean

/**
 * Reads a field selector (`spec.nodeName=node0,status.phase!=Running`) for a kind.
 * @throws ApiError 400 with apimachinery's words (pkg/fields/selector.go).
 */
export function parseFieldSelector(selector: string, definition: ResourceDefinition): ObjectPredicate {
  const supported = new Set([...COMMON.keys(), ...Object.keys(definition.selectableFields?.(EMPTY) ?? {})])
  const terms = selector
    .split(',')
    .filter(Boolean)
    .map((term) => {
      const [, field = '', operator = '', value = ''] = /^([^=!]*)(==|=|!=)(.*)$/.exec(term) ?? []
      if (!operator) throw badRequest(`invalid selector: '${selector}'; can't understand '${term}'`)
      if (!supported.has(field)) throw badRequest(`field label not supported: ${field}`)
      const read = COMMON.get(field)
      const actual = read ?? ((object: KubeObject) => definition.selectableFields?.(object)[field])
      return (object: KubeObject) => (actual(object) === value) === (operator !== '!=')
    })
  return (object) => terms.every((matches) => matches(object))
}

/** Fields that every kind can be selected by. */
const COMMON = new Map<string, (object: KubeObject) => string>([
  ['metadata.name', ({ metadata }) => metadata?.name ?? ''],
  ['metadata.namespace', ({ metadata }) => metadata?.namespace ?? ''],
])

/** For asking a definition which fields it has. */
const EMPTY: KubeObject & Record<string, unknown> = { metadata: {}, spec: {}, status: {}, involvedObject: {} }
