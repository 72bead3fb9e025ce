import type { CustomResourceDefinition } from '../objects.ts'

/** JSONSchemaProps of apiextensions.k8s.io/v1 as they are on the wire, as far as structural schemas may use them. */
export interface JsonSchema {
  readonly type?: string
  readonly format?: string
  readonly title?: string
  readonly description?: string
  readonly default?: unknown
  readonly nullable?: boolean
  readonly enum?: readonly unknown[]
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: boolean
  readonly exclusiveMaximum?: boolean
  readonly multipleOf?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
  readonly minItems?: number
  readonly maxItems?: number
  readonly uniqueItems?: boolean
  readonly minProperties?: number
  readonly maxProperties?: number
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly additionalProperties?: JsonSchema | boolean
  readonly items?: JsonSchema
  readonly allOf?: readonly JsonSchema[]
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly not?: JsonSchema
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean
  readonly 'x-kubernetes-embedded-resource'?: boolean
  readonly 'x-kubernetes-int-or-string'?: boolean
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map'
  readonly 'x-kubernetes-list-map-keys'?: readonly string[]
  readonly 'x-kubernetes-map-type'?: 'atomic' | 'granular'
  readonly 'x-kubernetes-validations'?: readonly { readonly rule: string; readonly message?: string }[]
}

export type CrdVersion = CustomResourceDefinition['spec']['versions'][number]

/** The schema of one version; without one everything is pruned. */
export function schemaOf(version: CrdVersion): JsonSchema {
  return version.schema?.openAPIV3Schema ?? {}
}

/** The schema of a map's values, when it has one. */
export function valuesOf({ additionalProperties }: JsonSchema): JsonSchema | undefined {
  return typeof additionalProperties === 'object' ? additionalProperties : undefined
}

/** Whether a schema or a part of it has rules in CEL (x-kubernetes-validations). */
export function hasRules(schema: JsonSchema): boolean {
  const parts = [...Object.values(schema.properties ?? {}), schema.items, valuesOf(schema)]
  return (
    (schema['x-kubernetes-validations'] ?? []).length > 0 ||
    parts.some((part) => part !== undefined && hasRules(part))
  )
}
