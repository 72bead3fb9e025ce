import type { KubeObject } from '../../objects.ts'
import type { ResourceDefinition } from '../../registry/definition.ts'

type Json = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * A new object without what the server decided for it: its status, and what its kind assigns where the client gave
 * nothing. The rest is what the client owns in metadata.managedFields.
 */
export function withoutAssigned(
  { assigned = [], custom, subresources }: ResourceDefinition,
  given: KubeObject,
  prepared: KubeObject,
): KubeObject {
  if (custom && !subresources.includes('status')) return prepared
  const { status: _status, ...owned } = prepared as KubeObject & { status?: unknown }
  return assigned.reduce<KubeObject>((object, path) => without(object, given, path) as KubeObject, owned)
}

/** `value` without the field at a path, unless `given` has it. A `*` is every item of a list. */
function without(value: unknown, given: unknown, [step = '', ...rest]: readonly string[]): unknown {
  if (step === '*' && Array.isArray(value)) {
    const items = Array.isArray(given) ? given : []
    return value.map((item, index) => without(item, items[index], rest))
  }
  if (!isObject(value) || !(step in value)) return value
  const inner = isObject(given) ? given[step] : undefined
  if (rest.length > 0) return { ...value, [step]: without(value[step], inner, rest) }
  if (inner !== undefined) return value
  const { [step]: _, ...others } = value
  return others
}
