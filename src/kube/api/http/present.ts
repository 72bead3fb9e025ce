import type { KubeObject } from '../../objects.ts'
import type { ResourceDefinition } from '../../registry/definition.ts'
import { apiVersionOf, inVersion } from '../operations/backend.ts'
import type { ListResult } from '../operations/list.ts'
import type { Representation } from './negotiate.ts'

/** What a client's form of an object depends on. */
export interface View {
  readonly definition: ResourceDefinition
  readonly form: Pick<Representation, 'as' | 'version'>
  /** What Table rows carry besides cells: the query's includeObject, default "Metadata". */
  readonly includeObject: string | undefined
  readonly now: Date
}

/** One object as the client wants it. */
export function presentObject(view: View, object: KubeObject): object {
  if (view.form.as === 'Table') return table(view, [object], listMeta(object))
  return view.form.as ? metadataOnly(view, object) : inVersion(view.definition, object)
}

/** One object of a watch; only the first Table of a stream says what its columns are. */
export function presentEvent(view: View, object: KubeObject, first: boolean): object {
  const presented = presentObject(view, object)
  return view.form.as === 'Table' && !first ? { ...presented, columnDefinitions: null } : presented
}

/** A list as the client wants it. */
export function presentList(view: View, list: ListResult): object {
  const { items, resourceVersion, remainingItemCount } = list
  const metadata = {
    resourceVersion,
    ...(list.continue ? { continue: list.continue } : {}),
    ...(remainingItemCount ? { remainingItemCount } : {}),
  }
  const { definition, form } = view
  if (form.as === 'Table') return table(view, items, metadata)
  if (form.as) {
    return {
      kind: 'PartialObjectMetadataList',
      apiVersion: `meta.k8s.io/${form.version}`,
      metadata,
      items: items.map((object) => metadataOnly(view, object)),
    }
  }
  return {
    kind: definition.custom?.listKind ?? `${definition.kind}List`,
    apiVersion: apiVersionOf(definition),
    metadata,
    items: items.map((item) => (definition.custom ? inVersion(definition, item) : untyped(item))),
  }
}

/** Items of a list do not repeat what they are, but for custom resources. */
function untyped({ kind: _kind, apiVersion: _apiVersion, ...item }: KubeObject): object {
  return item
}

function listMeta({ metadata }: KubeObject): object {
  return metadata?.resourceVersion ? { resourceVersion: metadata.resourceVersion } : {}
}

function metadataOnly({ form }: View, { metadata }: KubeObject): object {
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${form.version || 'v1'}`, metadata }
}

function table(view: View, objects: readonly KubeObject[], metadata: object): object {
  const { definition, form, includeObject, now } = view
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${form.version}`,
    metadata,
    columnDefinitions: definition.columns.map(({ name, type, format, description, priority }) => ({
      name,
      type,
      format,
      description,
      priority,
    })),
    rows: objects.map((object) => ({
      cells: definition.columns.map((column) => column.cell(object, now)),
      object: rowObject(view, object, includeObject),
    })),
  }
}

function rowObject(view: View, object: KubeObject, include: string | undefined): object | null {
  if (include === 'None') return null
  if (include === 'Object') return inVersion(view.definition, object)
  // managedFields would be the greater part of a long table, and nobody reads them there.
  const { managedFields: _, ...metadata } = object.metadata ?? {}
  return metadataOnly(view, { metadata })
}
