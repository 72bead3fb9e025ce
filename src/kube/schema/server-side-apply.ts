import { isDeepStrictEqual } from 'node:util'
import { badRequest, internalError } from '../api/refusals.ts'
import type { KubeObject } from '../objects.ts'
import { timestamp } from '../timestamp.ts'
import { appliedErrors } from './applied-errors.ts'
import { fieldSetOf, withNamedFields } from './applied-fields.ts'
import { canonical } from './canonical.ts'
import { asWritten, compare, type Comparison } from './compare.ts'
import { checkFields } from './decode.ts'
import { difference, type FieldSet, intersection, isEmpty, union } from './field-set.ts'
import { trackUpdate, withEntries } from './managed-fields.ts'
import {
  type Conflict,
  conflictError,
  conflictsWith,
  dispossess,
  entriesOf,
  entryFor,
  fieldsOf,
  identityOf,
  type ManagedFieldsEntry,
  type Managers,
  managersOf,
  withoutIgnored,
  withoutServerOwned,
} from './managers.ts'
import { mergeApplied, removeFields } from './merge-applied.ts'
import type { TypeRef, TypeSchema } from './schema.ts'

export interface ApplyOptions {
  readonly manager: string
  /** Take fields over from other managers instead of failing. */
  readonly force: boolean
  readonly subresource?: string | undefined
  readonly now: Date
}

/**
 * Server-side apply: merges `applied` into the live object (undefined: creates), removes what the manager applied
 * before and no longer does, and records who owns what. Upstream: structured-merge-diff's merge/update.go inside
 * apimachinery's util/managedfields.
 * @throws ApiError 409 when fields of other managers would change and `force` is not set; 400, 500 for a bad `applied`.
 */
export function applyServerSide(
  type: TypeSchema,
  live: KubeObject | undefined,
  applied: KubeObject,
  o: ApplyOptions,
): KubeObject {
  if (applied.metadata?.managedFields) throw badRequest('metadata.managedFields must be nil')
  refuseUntyped(type, applied)
  const managers = managersOf(withFirstManager(type, live, o)?.metadata?.managedFields)
  const set = withoutIgnored(fieldSetOf(type, applied), o.subresource)
  const all = entryFor({ ...o, time: timestamp(o.now) }, 'Apply', applied.apiVersion ?? '', set)
  const self = identityOf(all)
  const previous = managers.get(self)

  const before = canonical(type, live ? withEntries(live, undefined) : nothingYet(applied))
  const root: TypeRef = { kind: 'struct', type, atomic: false }
  const merged = mergeApplied(root, before, applied)
  const written = prune(root, merged, fieldsOf(previous), new Map(managers).set(self, all))

  refuseUnreadable(type, written as KubeObject)

  const change = withoutIgnoredChanges(compare(type, before, written, asWritten), o.subresource)
  if (!o.force) refuseConflicts(type, before, conflictsWith(managers, change, self), o.manager)
  const after = canonical(type, written as KubeObject)
  const left = dispossess(managers, change, self)
  const entry = { ...all, fieldsV1: withoutServerOwned(set) }
  const changed = !live || !isDeepStrictEqual(before, written)
  settleOwnEntry(left, self, changed ? entry : { ...entry, time: previous?.time })
  return withEntries(withLastApplied(after, applied, o.manager), entriesOf(left))
}

/** Upstream answers these with a plain 500. */
function refuseUntyped(type: TypeSchema, applied: KubeObject): void {
  const errors = appliedErrors(type, applied)
  if (errors.length === 0) return
  const text =
    errors.length === 1 ? errors.join('') : ['errors:', ...errors.map((one) => `  ${one}`)].join('\n')
  throw internalError(`failed to create typed patch object (${described(applied)}): ${text}`)
}

function refuseUnreadable(type: TypeSchema, written: KubeObject): void {
  const { typeError } = checkFields(type, written)
  if (typeError === undefined) return
  throw internalError(`failed to convert new object (${described(written)}) to proper version: ${typeError}`)
}

function described({ apiVersion = '', kind = '', metadata }: KubeObject): string {
  const version = apiVersion.includes('/') ? apiVersion : `/${apiVersion}`
  return `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}; ${version}, Kind=${kind}`
}

/** What an apply that creates is merged into. */
function nothingYet({ apiVersion, kind }: KubeObject): KubeObject {
  return { apiVersion, kind }
}

/** An object that nobody manages yet is taken as one update by "before-first-apply". */
function withFirstManager(
  type: TypeSchema,
  live: KubeObject | undefined,
  o: ApplyOptions,
): KubeObject | undefined {
  if (!live || live.metadata?.managedFields?.length) return live
  return trackUpdate(type, undefined, live, { ...o, manager: 'before-first-apply' })
}

/** Replaces the manager's entry; an apply of no fields at all leaves none. */
function settleOwnEntry(
  managers: Map<string, ManagedFieldsEntry>,
  self: string,
  entry: ManagedFieldsEntry,
): void {
  const { time, ...rest } = entry
  if (isEmpty(fieldsOf(entry))) managers.delete(self)
  else managers.set(self, time === undefined ? rest : entry)
}

function withoutIgnoredChanges(change: Comparison, subresource: string | undefined): Comparison {
  return {
    removed: withoutIgnored(change.removed, subresource),
    modified: withoutIgnored(change.modified, subresource),
    added: withoutIgnored(change.added, subresource),
  }
}

/**
 * Removes from the merged object what the manager applied last time, did not apply now, and nobody else owns.
 * The steps, and their order, are upstream's: remove all of it, add back what has an owner, add back what was never
 * the manager's but went with its parent.
 */
function prune(root: TypeRef, merged: unknown, last: FieldSet, managers: Managers): unknown {
  if (isEmpty(last)) return merged
  const named = (set: FieldSet) => withNamedFields(set, root)
  const fieldsIn = (object: unknown) => (root.kind === 'struct' ? named(fieldSetOf(root.type, object)) : {})
  const all = fieldsIn(merged)
  const bare = removeFields(root, merged, named(last))
  const owned = named([...managers.values()].map(fieldsOf).reduce(union, {}))
  const withOwned = removeFields(root, merged, difference(all, union(fieldsIn(bare), owned)))
  return removeFields(root, merged, intersection(difference(all, fieldsIn(withOwned)), named(last)))
}

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

/**
 * Fields that kubectl's client-side apply set, and that still have the value it gave them, are no conflict for kubectl's
 * server-side apply (upstream: lastappliedmanager.go).
 */
function refuseConflicts(
  type: TypeSchema,
  live: KubeObject | undefined,
  conflicts: readonly Conflict[],
  manager: string,
): void {
  const lastApplied = manager === 'kubectl' && live?.metadata?.annotations?.[LAST_APPLIED]
  const allowed = lastApplied ? unchangedSince(type, lastApplied, live) : {}
  const refused = conflicts.filter(({ path }) => !contains(allowed, path))
  if (refused.length) throw conflictError(refused)
}

function unchangedSince(type: TypeSchema, lastApplied: string, live: KubeObject): FieldSet {
  const object = parseObject(lastApplied)
  if (object?.apiVersion !== live.apiVersion) return {}
  const change = compare(type, object, live)
  return [change.modified, change.added, change.removed].reduce(difference, fieldSetOf(type, object))
}

function contains(set: FieldSet, path: readonly string[]): boolean {
  const only = path.reduceRight<FieldSet>((child, element) => ({ [element]: child }), {})
  return !isEmpty(intersection(set, only))
}

function parseObject(text: string): KubeObject | undefined {
  try {
    return JSON.parse(text) as KubeObject
  } catch {
    return undefined
  }
}

/** kubectl's server-side apply keeps an existing client-side annotation true (upstream: lastappliedupdater.go). */
function withLastApplied(after: KubeObject, applied: KubeObject, manager: string): KubeObject {
  const annotations = after.metadata?.annotations
  if (manager !== 'kubectl' || !annotations?.[LAST_APPLIED]) return after
  const leaveOut = (key: string, value: unknown) => (key === LAST_APPLIED ? undefined : sortedKeys(value))
  const value = `${JSON.stringify(applied, leaveOut)}\n`
  return { ...after, metadata: { ...after.metadata, annotations: { ...annotations, [LAST_APPLIED]: value } } }
}

function sortedKeys(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
