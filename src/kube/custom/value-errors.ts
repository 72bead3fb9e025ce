import type { FieldError } from '../registry/definition.ts'
import { invalid, required } from '../registry/field-error.ts'
import { sameValue } from '../registry/same-value.ts'
import { isObject, type JsonObject } from '../schema/path-element.ts'
import { valuesOf, type JsonSchema } from './json-schema.ts'
import { numberErrors, stringErrors, tooMany, typeError } from './scalar-errors.ts'

/**
 * What is wrong with a value by its schema. Order and words are those of kube-openapi's validation/validate, put into
 * field errors as apiextensions-apiserver does.
 * @param path "" for a whole object, "spec.ports[0]"
 */
export function valueErrors(schema: JsonSchema, value: unknown, path = ''): FieldError[] {
  if (value === null) return [...typeError(schema, value, path), ...enumErrors(schema, value, path)]
  return [
    ...typeError(schema, value, path),
    ...junctorErrors(schema, value, path),
    ...(typeof value === 'string' ? stringErrors(schema, value, path) : []),
    ...(typeof value === 'number' ? numberErrors(schema, value, path) : []),
    ...(Array.isArray(value) ? listErrors(schema, value, path) : []),
    ...enumErrors(schema, value, path),
    ...(isObject(value) ? objectErrors(schema, value, path) : []),
  ]
}

function enumErrors({ enum: allowed }: JsonSchema, value: unknown, path: string): FieldError[] {
  if (!allowed || allowed.some((one) => one === value || (one !== null && sameValue(one, value)))) return []
  const values = allowed.map((one) => JSON.stringify(typeof one === 'string' ? one : JSON.stringify(one)))
  const message = `Unsupported value: ${JSON.stringify(value)}: supported values: ${values.join(', ')}`
  return [{ reason: 'FieldValueNotSupported', field: path, message }]
}

function listErrors(
  { items, minItems, maxItems, uniqueItems }: JsonSchema,
  list: readonly unknown[],
  path: string,
): FieldError[] {
  const errors = items ? list.flatMap((item, index) => valueErrors(items, item, `${path}[${index}]`)) : []
  if (minItems !== undefined && list.length < minItems) {
    errors.push(invalid(path, list.length, `${path} in body should have at least ${minItems} items`))
  }
  if (maxItems !== undefined && list.length > maxItems) errors.push(tooMany(path, list.length, maxItems))
  if (uniqueItems && new Set(list.map((item) => JSON.stringify(item))).size < list.length) {
    errors.push(invalid(path, '', `${path} in body shouldn't contain duplicates`))
  }
  return errors
}

function objectErrors(schema: JsonSchema, object: JsonObject, path: string): FieldError[] {
  const { minProperties, maxProperties, properties = {} } = schema
  const count = Object.keys(object).length
  const at = (name: string) => (path ? `${path}.${name}` : name)
  const errors: FieldError[] = []
  if (minProperties !== undefined && count < minProperties) {
    errors.push(invalid(path, count, `${path} in body should have at least ${minProperties} properties`))
  }
  if (maxProperties !== undefined && count > maxProperties) errors.push(tooMany(path, count, maxProperties))
  const values = valuesOf(schema)
  for (const [name, value] of Object.entries(object)) {
    const inner = Object.hasOwn(properties, name) ? properties[name] : values
    if (inner) errors.push(...valueErrors(inner, value, at(name)))
  }
  for (const name of schema.required ?? []) {
    if (!Object.hasOwn(object, name)) errors.push(required(at(name)))
  }
  return errors
}

/** Faults of a whole alternative have no field of their own. */
const nowhere = (message: string): FieldError => invalid('<nil>', '', message)

function junctorErrors(schema: JsonSchema, value: unknown, path: string): FieldError[] {
  const results = (schemas: readonly JsonSchema[]) => schemas.map((one) => valueErrors(one, value, path))
  const failed = (all: readonly FieldError[][]) => all.filter((errors) => errors.length > 0)
  const name = JSON.stringify(path)
  const errors: FieldError[] = []
  if (schema.anyOf?.length) {
    const all = results(schema.anyOf)
    if (failed(all).length === all.length) {
      errors.push(nowhere(`${name} must validate at least one schema (anyOf)`), ...nearest(all))
    }
  }
  if (schema.oneOf?.length) {
    const all = results(schema.oneOf)
    const valid = all.length - failed(all).length
    const found = valid === 0 ? 'Found none valid' : `Found ${valid} valid alternatives`
    if (valid !== 1) errors.push(nowhere(`${name} must validate one and only one schema (oneOf). ${found}`))
    if (valid === 0) errors.push(...nearest(all))
  }
  if (schema.allOf?.length) {
    const all = results(schema.allOf)
    const none = failed(all).length === all.length ? '. None validated' : ''
    errors.push(...all.flat())
    if (failed(all).length > 0) errors.push(nowhere(`${name} must validate all the schemas (allOf)${none}`))
  }
  if (schema.not && valueErrors(schema.not, value, path).length === 0) {
    errors.push(nowhere(`${name} must not validate the schema (not)`))
  }
  return errors
}

/** Of alternatives that all fail, the one that fails least. */
function nearest(all: readonly FieldError[][]): FieldError[] {
  return all.reduce((best, errors) => (errors.length < best.length ? errors : best))
}
