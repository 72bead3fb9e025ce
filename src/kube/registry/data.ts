import type { FieldError } from './definition.ts'
import { forbidden, invalid, tooLong } from './field-error.ts'
import { sameValue } from './same-value.ts'

const KEY = '[-._a-zA-Z0-9]+'
const KEY_RE = new RegExp(`^${KEY}$`)
const KEY_TEXT = `a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '${KEY}')`
const MAX_SIZE = 1024 * 1024

type Data = Readonly<Record<string, string>> | undefined

/** What is wrong with a key of a ConfigMap or Secret: empty when nothing is. As apimachinery's IsConfigMapKey. */
function keyFaults(key: string): string[] {
  if (key.length > 253) return ['must be no more than 253 bytes']
  if (!KEY_RE.test(key)) return [KEY_TEXT]
  if (key === '.' || key === '..') return [`must not be '${key}'`]
  return key.startsWith('..') ? ["must not start with '..'"] : []
}

/** Rules of the keys of a ConfigMap's or Secret's data. */
export function validateDataKeys(data: Data, field: string): FieldError[] {
  return Object.keys(data ?? {}).flatMap((key) =>
    keyFaults(key).map((fault) => invalid(`${field}[${key}]`, key, fault)),
  )
}

/** 1 MiB of values in all, as upstream. */
export function validateSize(parts: readonly Data[], field: string): FieldError[] {
  const values = parts.flatMap((part) => Object.values(part ?? {}))
  const size = values.reduce((sum, value) => sum + Buffer.byteLength(value), 0)
  return size > MAX_SIZE ? [tooLong(field, MAX_SIZE)] : []
}

/** What `immutable: true` forbids. */
export function validateImmutableData<T extends { immutable?: boolean }>(
  object: T,
  current: T,
  fields: readonly (keyof T & string)[],
): FieldError[] {
  if (!current.immutable) return []
  const changed = fields.filter((field) => !sameValue(object[field], current[field]))
  return [...(object.immutable ? [] : ['immutable']), ...changed].map((field) =>
    forbidden(field, 'field is immutable when `immutable` is set'),
  )
}
