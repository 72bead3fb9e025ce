import type { KubeObject } from '../objects.ts'
import { timestamp } from '../timestamp.ts'
import { compare } from './compare.ts'
import { isEmpty, union } from './field-set.ts'
import {
  dispossess,
  entriesOf,
  entryFor,
  fieldsOf,
  identityOf,
  type ManagedFieldsEntry,
  type Managers,
  managersOf,
  withoutServerOwned,
} from './managers.ts'
import type { TypeSchema } from './schema.ts'

export interface UpdateOptions {
  readonly manager: string
  readonly subresource?: string | undefined
  readonly now: Date
}

/**
 * Gives `after` the metadata.managedFields of an object that `manager` has just created (`before` undefined) or changed
 * by PUT or a patch other than apply. Returns `after` itself when there is nothing to change in it. Costs in proportion
 * to what is not shared between the two objects. Upstream: apimachinery, util/managedfields.
 *
 * Fields that the server fills in after defaulting (clusterIP, uid, …) are nobody's: call this before filling them in.
 */
export function trackUpdate(
  type: TypeSchema,
  before: KubeObject | undefined,
  after: KubeObject,
  o: UpdateOptions,
): KubeObject {
  const sent = o.subresource ? undefined : after.metadata?.managedFields
  const known = sent?.length ? sent : before?.metadata?.managedFields
  const reset = sent !== undefined && sent.every((entry) => Object.keys(entry).length === 0)
  const managers = reset ? new Map<string, ManagedFieldsEntry>() : managersOf(known)
  if (managers.size === 0 && before) return withEntries(after, undefined)
  const updated = afterUpdate(type, managers, before, after, o)
  return withEntries(after, updated === managers ? known : entriesOf(capped(updated)))
}

function afterUpdate(
  type: TypeSchema,
  managers: Managers,
  before: KubeObject | undefined,
  after: KubeObject,
  o: UpdateOptions,
): Managers {
  const change = compare(type, before, after)
  if (isEmpty(change.removed) && isEmpty(change.modified) && isEmpty(change.added)) return managers
  const left = dispossess(managers, change)
  const taken = withoutServerOwned(union(change.modified, change.added))
  if (isEmpty(taken)) return left
  const time = timestamp(o.now)
  const entry = entryFor({ ...o, time }, 'Update', after.apiVersion ?? '', taken)
  const identity = identityOf(entry)
  const own = union(fieldsOf(left.get(identity)), taken)
  return left.set(identity, { ...entry, fieldsV1: own })
}

/** Without managedFields when `entries` is undefined. */
export function withEntries<T extends KubeObject>(
  object: T,
  entries: readonly ManagedFieldsEntry[] | undefined,
): T {
  if (object.metadata?.managedFields === entries) return object
  const { managedFields: _, ...metadata } = object.metadata ?? {}
  return { ...object, metadata: entries?.length ? { ...metadata, managedFields: entries } : metadata }
}

const MAX_UPDATERS = 10

/** At most ten updaters: the oldest are merged into one "ancient-changes" (upstream's capmanagers.go). */
function capped(managers: Managers): Managers {
  const updaters = [...managers.values()].filter((entry) => entry.operation === 'Update')
  const surplus = updaters.length - MAX_UPDATERS
  if (surplus <= 0) return managers
  const oldest = updaters.toSorted((a, b) => ((a.time ?? '') < (b.time ?? '') ? -1 : 1)).slice(0, surplus + 1)
  const last = oldest.at(-1)
  const fields = oldest.map(fieldsOf).reduce(union)
  const merged = entryFor(
    { manager: 'ancient-changes', time: last?.time },
    'Update',
    last?.apiVersion ?? '',
    fields,
  )
  const kept = [...managers.values()].filter((entry) => !oldest.includes(entry))
  return managersOf([...kept, merged])
}
