import type { KubeObject } from '../../objects.ts'
import { checkFields } from '../../schema/decode.ts'
import { typeSchema, type Backend } from '../operations/backend.ts'
import { badRequest } from '../refusals.ts'

/** What the fieldValidation parameter may be; Warn when it is absent, as upstream since 1.27. */
export type FieldValidation = 'Strict' | 'Warn' | 'Ignore'

/**
 * Looks at a client's object against its kind's schema. Unknown fields are refused, warned of or ignored.
 * @returns texts for Warning headers
 * @throws ApiError 400 in the words of upstream's strict decoding
 */
export function validateFields(
  backend: Backend,
  kindOf: Parameters<typeof typeSchema>[1],
  object: KubeObject,
  validation: FieldValidation,
): string[] {
  const { kind, version } = kindOf
  const type = typeSchema(backend, kindOf)
  if (!type) return []
  const { unknown, typeError } = checkFields(type, object)
  const refuse = (why: string) =>
    badRequest(`${kind} in version "${version}" cannot be handled as a ${kind}: ${why}`)
  if (typeError) throw refuse(typeError)
  if (validation === 'Ignore' || unknown.length === 0) return []
  if (validation === 'Strict') throw refuse(`strict decoding error: ${unknown.join(', ')}`)
  return unknown
}

/** @throws ApiError 422 */
export function fieldValidationOf(query: URLSearchParams): FieldValidation {
  const asked = query.get('fieldValidation') || 'Warn'
  if (asked === 'Strict' || asked === 'Warn' || asked === 'Ignore') return asked
  throw badRequest(
    `fieldValidation: Unsupported value: "${asked}": supported values: "Ignore", "Strict", "Warn"`,
  )
}
