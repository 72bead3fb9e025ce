import type { CustomResourceDefinition, KubeObject, ObjectMeta } from '../objects.ts'
import { define, keepStatus } from '../registry/define.ts'
import type { FieldError, ResourceDefinition, ScalePaths } from '../registry/definition.ts'
import { invalid } from '../registry/field-error.ts'
import { firstGeneration, nextGeneration } from '../registry/generation.ts'
import type { TypeSchema } from '../schema/schema.ts'
import { customType } from './custom-type.ts'
import { withDefaults } from './defaults.ts'
import { parseJsonPath } from './json-path.ts'
import { type CrdVersion, hasRules, type JsonSchema, schemaOf } from './json-schema.ts'
import { listTypeErrors } from './list-errors.ts'
import { printerColumns } from './printer-columns.ts'
import { valueErrors } from './value-errors.ts'

type CustomObject = KubeObject & {
  metadata: ObjectMeta & { name: string }
  spec?: unknown
  status?: unknown
}

/** As apiextensions-apiserver lists them. */
const VERBS = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch']

/** What the API server must know of a custom resource in each version in which it is served. */
export function customDefinitions(
  crd: CustomResourceDefinition,
  metadata: TypeSchema,
): ResourceDefinition<CustomObject>[] {
  return crd.spec.versions
    .filter(({ served }) => served)
    .map((version) => customDefinition(crd, version, metadata))
}

function customDefinition(
  crd: CustomResourceDefinition,
  version: CrdVersion,
  metadata: TypeSchema,
): ResourceDefinition<CustomObject> {
  const { group, scope } = crd.spec
  const names = crd.status?.acceptedNames ?? crd.spec.names
  const { plural, kind, singular = '', shortNames = [], categories = [], listKind = `${kind}List` } = names
  const schema = schemaOf(version)
  const hasStatus = version.subresources?.status !== undefined
  const scale = version.subresources?.scale
  const name = [...group.split('.').toReversed(), version.name, kind].join('.')
  return define<CustomObject>(
    { group, version: version.name, plural, kind, namespaced: scope === 'Namespaced' },
    {
      singular,
      shortNames,
      categories,
      verbs: VERBS,
      subresources: [...(hasStatus ? ['status' as const] : []), ...(scale ? ['scale' as const] : [])],
      columns: printerColumns(version),
      prepareForCreate: (object) =>
        firstGeneration(filled(schema, hasStatus ? withoutStatus(object) : object)),
      prepareForUpdate(object, current, _context, subresource) {
        if (subresource === 'status' && hasStatus) return filled(schema, onlyStatus(object, current))
        const given = filled(schema, object)
        return nextGeneration(hasStatus ? keepOrDropStatus(given, current) : given, current, desired)
      },
      validate: (object) => customErrors(schema, scale, object),
      ...selectable(version),
      custom: {
        type: customType(name, schema, metadata),
        schema,
        storageVersion: crd.spec.versions.find(({ storage }) => storage)?.name ?? version.name,
        listKind,
        terminating: crd.metadata.deletionTimestamp !== undefined,
        ...(scale ? { scale } : {}),
      },
    },
  )
}

const filled = <T extends CustomObject>(schema: JsonSchema, object: T): T => withDefaults(schema, object) as T

function withoutStatus(object: CustomObject): CustomObject {
  const { status: _status, ...rest } = object
  return rest
}

function keepOrDropStatus(object: CustomObject, current: CustomObject): CustomObject {
  return current.status === undefined ? withoutStatus(object) : keepStatus(object, current)
}

/** Of metadata, the status subresource changes managedFields alone. */
function onlyStatus({ metadata, status }: CustomObject, current: CustomObject): CustomObject {
  const { managedFields } = metadata
  const changed = {
    ...current,
    metadata: { ...current.metadata, ...(managedFields ? { managedFields } : {}) },
  }
  return status === undefined ? withoutStatus(changed) : { ...changed, status }
}

/** All but metadata, and what names the version. */
function desired(object: CustomObject): unknown {
  const { kind: _kind, apiVersion: _apiVersion, metadata: _metadata, ...rest } = object
  return rest
}

const BLOCKING = new Set([
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
])

/** Upstream: registry/customresource/{validator,strategy}.go. */
function customErrors(schema: JsonSchema, scale: ScalePaths | undefined, object: CustomObject): FieldError[] {
  const errors = [
    ...valueErrors(schema, object),
    ...(scale ? [scale.specReplicasPath, scale.statusReplicasPath] : []).flatMap((path) =>
      replicasErrors(path, object),
    ),
    ...listTypeErrors(schema, object),
  ]
  const blocked = errors.some(({ reason }) => BLOCKING.has(reason))
  return blocked && hasRules(schema) ? [...errors, UNCHECKED] : errors
}

const UNCHECKED = invalid(
  '<nil>',
  undefined,
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
)

const MAX_INT32 = 2 ** 31 - 1

function replicasErrors(path: string, object: CustomObject): FieldError[] {
  const [value = 0] = parseJsonPath(path)?.(object) ?? []
  if (typeof value !== 'number') return []
  if (value < 0) return [invalid(path, value, 'should be a non-negative integer')]
  return value > MAX_INT32 ? [invalid(path, value, `should be less than or equal to ${MAX_INT32}`)] : []
}

function selectable({
  selectableFields = [],
}: CrdVersion): Pick<ResourceDefinition<CustomObject>, 'selectableFields'> {
  if (selectableFields.length === 0) return {}
  const fields = selectableFields.map(({ jsonPath }) => ({
    name: jsonPath.replace(/^\./, ''),
    find: parseJsonPath(jsonPath) ?? (() => []),
  }))
  return {
    selectableFields: (object) =>
      Object.fromEntries(fields.map(({ name, find }) => [name, String(find(object)[0] ?? '')])),
  }
}
