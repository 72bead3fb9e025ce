import { applyConflict } from '../api/refusals.ts'
import type { ApiError } from '../client.ts'
import type { ObjectMeta } from '../objects.ts'
import {
  difference,
  type FieldSet,
  intersection,
  isEmpty,
  pathsOf,
  recursiveDifference,
  union,
} from './field-set.ts'
import { displayPath } from './path-element.ts'
import type { Comparison } from './compare.ts'

export type ManagedFieldsEntry = NonNullable<ObjectMeta['managedFields']>[number]

/** Who owns which fields: entries of metadata.managedFields by identity. */
export type Managers = ReadonlyMap<string, ManagedFieldsEntry>

/** Managers are told apart by name, operation and subresource, updaters also by the version they wrote. */
export function identityOf(entry: ManagedFieldsEntry): string {
  const version = entry.operation === 'Apply' ? '' : entry.apiVersion
  return JSON.stringify([entry.manager, entry.operation, version, entry.subresource])
}

export function managersOf(entries: readonly ManagedFieldsEntry[] | undefined): Managers {
  return new Map((entries ?? []).map((entry) => [identityOf(entry), entry]))
}

export function fieldsOf(entry: ManagedFieldsEntry | undefined): FieldSet {
  return (entry?.fieldsV1 ?? {}) as FieldSet
}

/** One entry, in upstream's order of keys. An update without a time did not happen yet. */
export function entryFor(
  o: { manager: string; subresource?: string | undefined; time?: string | undefined },
  operation: 'Apply' | 'Update',
  apiVersion: string,
  fields: FieldSet,
): ManagedFieldsEntry {
  return {
    manager: o.manager || 'unknown',
    operation,
    apiVersion,
    ...(o.time === undefined ? {} : { time: o.time }),
    fieldsType: 'FieldsV1',
    fieldsV1: fields,
    ...(o.subresource ? { subresource: o.subresource } : {}),
  }
}

/** The form in metadata: applies before updates, then by time, manager, version and subresource. */
export function entriesOf(managers: Managers): ManagedFieldsEntry[] {
  const order = (entry: ManagedFieldsEntry) => [
    entry.operation ?? '',
    entry.time ?? '',
    entry.manager ?? '',
    entry.apiVersion ?? '',
    entry.subresource ?? '',
  ]
  const keyed = [...managers.values()].map((entry) => ({ entry, key: order(entry) }))
  return keyed.toSorted((a, b) => compareKeys(a.key, b.key)).map(({ entry }) => entry)
}

function compareKeys(a: readonly string[], b: readonly string[]): number {
  const i = a.findIndex((part, i) => part !== b[i])
  return i < 0 ? 0 : (a[i] ?? '') < (b[i] ?? '') ? -1 : 1
}

/** Takes paths from an entry; undefined when nothing is left. */
function without(entry: ManagedFieldsEntry, ...taken: readonly FieldSet[]): ManagedFieldsEntry | undefined {
  const left = taken.reduce(difference, fieldsOf(entry))
  if (left === entry.fieldsV1) return entry
  return isEmpty(left) ? undefined : { ...entry, fieldsV1: left }
}

/** Every manager but `self` loses the fields that changed hands, and all lose those that are gone. */
export function dispossess(
  managers: Managers,
  change: Comparison,
  self?: string,
): Map<string, ManagedFieldsEntry> {
  const left = new Map<string, ManagedFieldsEntry>()
  for (const [identity, entry] of managers) {
    const remaining =
      identity === self ? entry : without(entry, change.added, change.modified, change.removed)
    if (remaining) left.set(identity, remaining)
  }
  return left
}

/** A field that an apply would change although another manager owns it. */
export interface Conflict {
  readonly owner: ManagedFieldsEntry
  readonly path: readonly string[]
}

export function conflictsWith(managers: Managers, change: Comparison, self: string): Conflict[] {
  const changed = union(change.modified, change.added)
  return [...managers].flatMap(([identity, owner]) =>
    identity === self
      ? []
      : [...pathsOf(intersection(fieldsOf(owner), changed))].map((path) => ({ owner, path })),
  )
}

/** 409, worded as upstream's managedfields/internal/conflict.go. */
export function conflictError(conflicts: readonly Conflict[]): ApiError {
  const named = conflicts
    .map(({ owner, path }) => ({ owner: ownerText(owner), field: displayPath(path) }))
    .toSorted((a, b) => (a.owner === b.owner ? 0 : a.owner < b.owner ? -1 : 1))
  const lines = named.flatMap(({ owner, field }, i) => [
    ...(owner === named[i - 1]?.owner ? [] : [`conflicts with ${owner}:`]),
    `- ${field}`,
  ])
  const [only] = named
  const what =
    only && named.length === 1
      ? `1 conflict: conflict with ${only.owner}: ${only.field}`
      : `${named.length} conflicts: ${lines.join('\n')}`
  const causes = named.map(({ owner, field }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${owner}`,
    field,
  }))
  return applyConflict(`Apply failed with ${what}`, causes)
}

function ownerText(owner: ManagedFieldsEntry): string {
  const name = JSON.stringify(owner.manager)
  const who = owner.subresource ? `${name} with subresource ${JSON.stringify(owner.subresource)}` : name
  if (owner.operation !== 'Update') return who
  // The manager's identity, which upstream prints, does not hold the time.
  return `${who} using ${owner.apiVersion}`
}

/** What nobody owns: the server itself keeps these. Upstream: managedfields/internal/stripmeta.go. */
const SERVER_OWNED: FieldSet = {
  'f:apiVersion': {},
  'f:kind': {},
  'f:metadata': {
    '.': {},
    'f:clusterName': {},
    'f:creationTimestamp': {},
    'f:generation': {},
    'f:managedFields': {},
    'f:name': {},
    'f:namespace': {},
    'f:resourceVersion': {},
    'f:selfLink': {},
    'f:uid': {},
  },
}

export function withoutServerOwned(set: FieldSet): FieldSet {
  return difference(set, SERVER_OWNED)
}

/** What a (sub)resource's endpoint ignores: status belongs to the status subresource, and spec does not. */
export function withoutIgnored(set: FieldSet, subresource: string | undefined): FieldSet {
  return recursiveDifference(set, subresource === 'status' ? { 'f:spec': {} } : { 'f:status': {} })
}
