import type { JsonSchema } from '../custom/json-schema.ts'
import type { Dialect, Json } from './openapi-schemas.ts'

export const TEXT: Json = { type: 'string' }

/**
 * A custom resource's schema as it is published: with the fields that every object has, and for OpenAPI 2 without what
 * that, and old kubectls, cannot say. Upstream: apiextensions-apiserver's controller/openapi/{builder,v2}.
 * @param metadata reference to ObjectMeta
 */
export function customSchema(schema: JsonSchema, metadata: Json, dialect: Dialect): Json {
  if (dialect === 2 && schema['x-kubernetes-preserve-unknown-fields']) return { type: 'object' }
  const body: Json = dialect === 2 ? plain(schema) : (schema as Json)
  const properties = { ...(body['properties'] as Json), apiVersion: TEXT, kind: TEXT, metadata }
  return { ...body, type: 'object', properties }
}

/** Without junctors; what may be null, or anything, has no type. */
function plain(schema: JsonSchema): Json {
  const { allOf: _, anyOf: __, oneOf: ___, not: ____, nullable, ...rest } = schema
  const { type, items, properties, required, additionalProperties, ...others } = rest
  const anything = nullable || schema['x-kubernetes-preserve-unknown-fields']
  const needed = required?.filter((name) => !properties?.[name]?.nullable) ?? []
  return {
    ...others,
    ...(type && !anything ? { type } : {}),
    ...(items && !anything ? { items: plain(items) } : {}),
    ...(properties && !anything ? { properties: plainEach(properties) } : {}),
    ...(typeof additionalProperties === 'object'
      ? { additionalProperties: plain(additionalProperties) }
      : {}),
    ...(needed.length > 0 ? { required: needed } : {}),
  }
}

function plainEach(properties: Readonly<Record<string, JsonSchema>>): Json {
  return Object.fromEntries(Object.entries(properties).map(([name, inner]) => [name, plain(inner)]))
}
