import { partsOf } from './layout.ts'
import { shape, unknownField, type JsonObject } from './shape.ts'

export const API_VERSION = 'projectcalico.org/v3'

export interface Metadata {
  readonly name?: string
  readonly namespace?: string
  readonly uid?: string
  readonly resourceVersion?: string
  readonly creationTimestamp?: string | null
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
}

/** An object as calicoctl reads and shows it: of projectcalico.org/v3, in the shape of Calico's own structures. */
export interface Resource {
  readonly kind: string
  readonly apiVersion: typeof API_VERSION
  readonly metadata: Metadata
  readonly spec: JsonObject
  readonly status?: JsonObject
}

export interface ResourceList {
  readonly kind: string
  readonly apiVersion: typeof API_VERSION
  readonly metadata: { readonly resourceVersion?: string }
  readonly items: readonly Resource[]
}

/**
 * An object of a kind from what was written or stored.
 * @param strict whether fields that the kind has not are mistakes
 * @throws ParseError
 */
export function resourceFrom(kind: string, object: JsonObject, strict: boolean): Resource {
  const parts = partsOf(kind).flatMap(({ name, structure }) => {
    const given = object[name]
    if (name === 'status' && (given === undefined || given === null)) return []
    return [[name, shape(structure, given ?? {}, strict, `${kind}.${name}`)] as const]
  })
  if (strict) refuseOthers(kind, object)
  const metadata = shape('ObjectMeta', object['metadata'] ?? {}, strict, `${kind}.metadata`)
  return {
    kind,
    apiVersion: API_VERSION,
    metadata,
    spec: {},
    ...Object.fromEntries(parts),
  }
}

function refuseOthers(kind: string, object: JsonObject): void {
  const known = new Set(['kind', 'apiVersion', 'metadata', ...partsOf(kind).map(({ name }) => name)])
  const other = Object.keys(object).find((key) => !known.has(key))
  if (other !== undefined) throw unknownField(other)
}
