import type { FieldError } from '../registry/definition.ts'
import { forbidden, invalid, notSupported, required } from '../registry/field-error.ts'
import { listKeyErrors } from './list-rules.ts'
import { valuesOf, type JsonSchema } from './json-schema.ts'
import { goPattern } from './scalar-errors.ts'
import { valueErrors } from './value-errors.ts'

type Level = 'root' | 'item' | 'field'

const TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string']
const META_FIELDS = ['metadata', 'kind', 'apiVersion']

/**
 * What keeps a definition's schema from being structural, or is no schema at all.
 * Upstream: apiserver/schema/validation.go and ValidateCustomResourceDefinitionOpenAPISchema.
 * @param at `spec.validation.openAPIV3Schema`
 */
export function schemaErrors(schema: JsonSchema, at: string): FieldError[] {
  const structure = structureErrors(schema, 'root', at).sort(byText)
  const metadata = schema.properties?.['metadata']
  const rules = [...structure, ...(metadata ? metadataErrors(metadata, `${at}.properties[metadata]`) : [])]
  // Upstream looks at defaults only when the structure is right.
  const defaults = rules.length === 0 ? defaultErrors(schema, at) : []
  return [
    ...(schema.nullable ? [forbidden(`${at}.nullable`, 'nullable cannot be true at the root')] : []),
    ...rules,
    ...defaults,
    ...keywordErrors(schema, at),
  ]
}

const byText = (a: FieldError, b: FieldError) =>
  `${a.field}: ${a.message}` < `${b.field}: ${b.message}` ? -1 : 1

/** Each part of a schema that says what a value consists of, with its path. */
function partsOf(schema: JsonSchema, at: string): [JsonSchema, Level, string][] {
  const values = valuesOf(schema)
  return [
    ...(schema.items ? ([[schema.items, 'item', `${at}.items`]] as [JsonSchema, Level, string][]) : []),
    ...Object.entries(schema.properties ?? {}).map(([name, inner]): [JsonSchema, Level, string] => [
      inner,
      'field',
      `${at}.properties[${name}]`,
    ]),
    ...(values ? ([[values, 'field', `${at}.additionalProperties`]] as [JsonSchema, Level, string][]) : []),
  ]
}

function structureErrors(schema: JsonSchema, level: Level, at: string): FieldError[] {
  const errors: FieldError[] = [...typeErrors(schema, level, at), ...extensionErrors(schema, at)]
  if (schema.type === 'array' && !schema.items) errors.push(required(`${at}.items`, 'must be specified'))
  if (schema.additionalProperties !== undefined && level === 'root') {
    errors.push(forbidden(`${at}.additionalProperties`, 'must not be used at the root'))
  }
  if (schema.pattern !== undefined && !goPattern(schema.pattern)) {
    errors.push(invalid(`${at}.pattern`, schema.pattern, "must be a valid regular expression, but isn't"))
  }
  for (const [inner, path] of nested(schema, at)) errors.push(...nestedErrors(inner, schema, at, path))
  for (const part of partsOf(schema, at)) errors.push(...structureErrors(...part))
  return errors
}

const WHERE: Readonly<Record<Level, string>> = {
  root: 'at the root',
  item: 'for specified array items',
  field: 'for specified object fields',
}

function typeErrors(schema: JsonSchema, level: Level, at: string): FieldError[] {
  const { type } = schema
  const embedded = schema['x-kubernetes-embedded-resource']
  const why = 'must be object if x-kubernetes-embedded-resource is true'
  if (embedded && type !== 'object') {
    return type ? [invalid(`${at}.type`, type, why)] : [required(`${at}.type`, why)]
  }
  if (!type) {
    const untyped =
      schema['x-kubernetes-int-or-string'] || schema['x-kubernetes-preserve-unknown-fields'] === true
    return untyped ? [] : [required(`${at}.type`, `must not be empty ${WHERE[level]}`)]
  }
  if (level === 'root' && type !== 'object')
    return [invalid(`${at}.type`, type, 'must be object at the root')]
  return []
}

function extensionErrors(schema: JsonSchema, at: string): FieldError[] {
  if (!schema['x-kubernetes-int-or-string']) return []
  return (['x-kubernetes-preserve-unknown-fields', 'x-kubernetes-embedded-resource'] as const)
    .filter((name) => schema[name])
    .map((name) => invalid(`${at}.${name}`, true, 'must be false if x-kubernetes-int-or-string is true'))
}

/** The alternatives and conditions of a schema. */
function nested(schema: JsonSchema, at: string): [JsonSchema, string][] {
  const listed = (['anyOf', 'allOf', 'oneOf'] as const).flatMap((name) =>
    (schema[name] ?? []).map((inner, i): [JsonSchema, string] => [inner, `${at}.${name}[${i}]`]),
  )
  return schema.not ? [...listed, [schema.not, `${at}.not`]] : listed
}

const NOT_NESTED = {
  type: 'must be empty to be structural',
  additionalProperties: 'must be undefined to be structural',
  default: 'must be undefined to be structural',
  title: 'must be empty to be structural',
  description: 'must be empty to be structural',
  nullable: 'must be false to be structural',
  'x-kubernetes-preserve-unknown-fields': 'must be false to be structural',
  'x-kubernetes-embedded-resource': 'must be false to be structural',
  'x-kubernetes-int-or-string': 'must be false to be structural',
  'x-kubernetes-list-map-keys': 'must be empty to be structural',
  'x-kubernetes-list-type': 'must be undefined to be structural',
  'x-kubernetes-map-type': 'must be undefined to be structural',
  'x-kubernetes-validations': 'must be empty to be structural',
} as const

/** Conditions may only narrow what the structure, at `place`, says there is. */
function nestedErrors(
  schema: JsonSchema,
  structure: JsonSchema | undefined,
  place: string,
  at: string,
): FieldError[] {
  if (structure?.['x-kubernetes-int-or-string'] && isOneType(schema, at)) return []
  if (!structure) return [required(place, `because it is defined in ${at}`)]
  const errors = Object.entries(NOT_NESTED).flatMap(([name, why]) =>
    schema[name as keyof typeof NOT_NESTED] === undefined ? [] : [forbidden(`${at}.${name}`, why)],
  )
  for (const [inner, path] of nested(schema, at)) errors.push(...nestedErrors(inner, structure, place, path))
  if (schema.items) {
    errors.push(...nestedErrors(schema.items, structure.items, `${place}.items`, `${at}.items`))
  }
  for (const [name, inner] of Object.entries(schema.properties ?? {})) {
    const step = `properties[${name}]`
    errors.push(...nestedErrors(inner, structure.properties?.[name], `${place}.${step}`, `${at}.${step}`))
  }
  if (schema.properties?.['metadata']) {
    errors.push(forbidden(`${at}.properties[metadata]`, 'must not be specified in a nested context'))
  }
  return errors
}

/** `anyOf: [{type: integer}, {type: string}]`, which int-or-string may have, also as the first of allOf. */
function isOneType(schema: JsonSchema, at: string): boolean {
  const types = (schema.anyOf ?? []).map(({ type }) => type).join()
  const [keys, ...more] = Object.keys(schema)
  if (more.length > 0) return false
  if (/\.anyOf\[\d\]$/.test(at)) return keys === 'type' && /^(integer|string)$/.test(schema.type ?? '')
  return keys === 'anyOf' && types === 'integer,string'
}

function metadataErrors({ type, properties = {}, ...rest }: JsonSchema, at: string): FieldError[] {
  const errors = type === 'object' ? [] : [invalid(`${at}.type`, type ?? '', 'must be object')]
  const { description: _, default: __, ...others } = rest
  const restricted = Object.keys(properties).some((name) => name !== 'name' && name !== 'generateName')
  if (!restricted && Object.keys(others).length === 0) return errors
  const why =
    'must not specify anything other than name and generateName, but metadata is implicitly specified'
  return [...errors, forbidden(at, why)]
}

/** Defaults must be what they are defaults of. */
function defaultErrors(schema: JsonSchema, at: string): FieldError[] {
  const own =
    schema.default === undefined
      ? []
      : valueErrors(schema, schema.default).map(({ field, ...error }) => ({
          ...error,
          field: field === '<nil>' ? `${at}.default` : `${at}.default.${field}`,
        }))
  const parts = partsOf(schema, at).filter(([, , path]) => !path.endsWith('.additionalProperties'))
  return [...own, ...parts.flatMap(([part, , path]) => defaultErrors(part, path))]
}

const UNSUPPORTED = [
  'id',
  'additionalItems',
  'patternProperties',
  'definitions',
  'dependencies',
  '$ref',
] as const

/** Keywords that may not be used, or not so, here and in all parts. */
function keywordErrors(schema: JsonSchema, at: string, isRoot = true): FieldError[] {
  const { type } = schema
  const errors: FieldError[] = UNSUPPORTED.filter((name) => name in schema).map((name) =>
    forbidden(`${at}.${name}`, `${name} is not supported`),
  )
  if (type && !TYPES.includes(type)) errors.push(notSupported(`${at}.type`, type, TYPES))
  if (type === 'null') {
    errors.push(forbidden(`${at}.type`, 'type cannot be set to null, use nullable as an alternative'))
  }
  if (schema.uniqueItems) {
    const why = 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic'
    errors.push(forbidden(`${at}.uniqueItems`, why))
  }
  if (schema.additionalProperties && Object.keys(schema.properties ?? {}).length > 0) {
    const why = 'additionalProperties and properties are mutual exclusive'
    if (valuesOf(schema)) errors.push(forbidden(`${at}.additionalProperties`, why))
  }
  if (schema['x-kubernetes-preserve-unknown-fields'] === false) {
    errors.push(invalid(`${at}.x-kubernetes-preserve-unknown-fields`, false, 'must be true or undefined'))
  }
  for (const [part, , path] of partsOf(schema, at)) errors.push(...keywordErrors(part, path, false))
  const meta = isRoot ? META_FIELDS : []
  for (const name of meta) {
    if (schema.properties?.[name]?.default === undefined) continue
    errors.push(forbidden(`${at}.properties[${name}].default`, `must not be set in top-level ${name}`))
  }
  return [...errors, ...listKeyErrors(schema, at)]
}
