import type { Key } from '../../client.ts'
import type { KubeObject } from '../../objects.ts'
import type { ResourceDefinition } from '../../registry/definition.ts'
import { applyPatch } from '../../schema/patch.ts'
import type { TypeSchema } from '../../schema/schema.ts'
import { applyServerSide } from '../../schema/server-side-apply.ts'
import { badRequest, internalError, invalid, notFound } from '../refusals.ts'
import { apiVersionOf, existing, typeSchema, type Backend, type WriteOptions } from './backend.ts'
import { createObject } from './create.ts'
import { SCALE, scaleOf, updateScale, type Scale } from './scale.ts'
import { updateObject } from './update.ts'

export interface PatchOptions extends WriteOptions {
  readonly type: 'json' | 'merge' | 'strategic' | 'apply'
  readonly force?: boolean
  /** Looks at the patched object before it is stored: unknown fields are dropped here, or refused. Not for `apply`. */
  readonly check?: (patched: KubeObject) => KubeObject
}

export interface Patched {
  readonly object: KubeObject
  readonly created: boolean
}

/** @throws ApiError 400, 404, 409, 422 */
export function patchObject(
  backend: Backend,
  definition: ResourceDefinition,
  key: Key,
  patch: unknown,
  options: PatchOptions,
): Patched {
  const { type: kind, check = (patched: KubeObject) => patched } = options
  if (options.subresource === 'scale') {
    const current = scaleOf(definition, existing(backend, definition, key))
    const scale = check(patched(kind, schemaFor(backend, SCALE), current, patch)) as Scale
    return { object: updateScale(backend, definition, key, scale, options), created: false }
  }
  const type = schemaFor(backend, definition)
  // What is applied is looked at by applying it: fields it does not know are refused in other words, however strict.
  if (kind === 'apply') return applyObject(backend, definition, key, type, patch as KubeObject, options)
  const after = check(patched(kind, type, existing(backend, definition, key), patch))
  return { object: updateObject(backend, definition, key, after, options), created: false }
}

function schemaFor(backend: Backend, type: Parameters<typeof typeSchema>[1]): TypeSchema {
  const found = typeSchema(backend, type)
  if (!found) throw internalError(`no schema for ${type.kind}`, 'InternalError')
  return found
}

function patched(
  kind: PatchOptions['type'],
  type: TypeSchema,
  current: KubeObject,
  patch: unknown,
): KubeObject {
  // Applying to the scale subresource owns nothing but the one field that a merge sets.
  return applyPatch(kind === 'apply' ? 'merge' : kind, type, current, patch)
}

function applyObject(
  backend: Backend,
  definition: ResourceDefinition,
  key: Key,
  type: TypeSchema,
  applied: KubeObject,
  options: PatchOptions,
): Patched {
  checkApplied(definition, key, applied, options)
  const stored = definition.namespaced ? key : { name: key.name }
  const live = backend.store.get(definition, stored)
  const { subresource, dryRun = false } = options
  if (!live && subresource) throw notFound(definition, key.name)
  const metadata = {
    ...applied.metadata,
    name: key.name,
    ...(definition.namespaced ? { namespace: key.namespace } : {}),
  }
  const merged = applyServerSide(
    type,
    live,
    { ...applied, metadata },
    {
      manager: options.manager,
      force: options.force ?? false,
      ...(subresource ? { subresource } : {}),
      now: backend.now(),
    },
  )
  const write = { manager: options.manager, dryRun, managed: true, ...(subresource ? { subresource } : {}) }
  return live
    ? { object: updateObject(backend, definition, key, merged, write), created: false }
    : { object: createObject(backend, definition, key.namespace, merged, write), created: true }
}

const PATCH_OPTIONS = { group: 'meta.k8s.io', plural: 'patchoptions', kind: 'PatchOptions' }

function checkApplied(
  definition: ResourceDefinition,
  key: Key,
  { apiVersion, kind, metadata }: KubeObject,
  { manager }: PatchOptions,
): void {
  if (!manager) {
    const message = 'Required value: is required for apply patch'
    throw invalid(PATCH_OPTIONS, '', [{ reason: 'FieldValueRequired', field: 'fieldManager', message }])
  }
  if (!apiVersion || !kind) throw badRequest(`Object 'Kind' is missing in the applied object`)
  if (apiVersion !== apiVersionOf(definition) || kind !== definition.kind) {
    throw badRequest(
      `the applied object is ${apiVersion} ${kind}, but the request is for ${apiVersionOf(definition)} ${definition.kind}`,
    )
  }
  if (metadata?.name && metadata.name !== key.name) {
    throw badRequest(
      `the name of the object (${metadata.name}) does not match the name on the URL (${key.name})`,
    )
  }
  if (metadata?.managedFields?.length) throw badRequest('metadata.managedFields must be nil')
}
