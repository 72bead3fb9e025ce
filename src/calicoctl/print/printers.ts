import { CalicoError } from '../calico-error.ts'
import type { Kind } from '../kinds.ts'
import { resourceFrom, type Resource, type ResourceList } from '../layout/resource.ts'
import type { JsonObject } from '../layout/shape.ts'
import { columnTable } from './column-table.ts'
import type { ClusterView } from './columns.ts'
import { yamlText } from './yaml.ts'

export type Shown = Resource | ResourceList

/** What `--output` may ask for. */
export type Format =
  | { readonly type: 'yaml' | 'json' }
  | { readonly type: 'table'; readonly columns: 'narrow' | 'wide' | readonly string[] }

/** @throws CalicoError */
export function formatOf(output: string): Format {
  const [key = '', value = ''] = output.split(/=(.*)/s)
  if (output === 'yaml' || output === 'yml') return { type: 'yaml' }
  if (output === 'json') return { type: 'json' }
  if (output === 'ps') return { type: 'table', columns: 'narrow' }
  if (output === 'wide') return { type: 'table', columns: 'wide' }
  if (key === 'custom-columns') {
    if (value === '') throw new CalicoError('need to specify at least one column')
    return { type: 'table', columns: value.split(',') }
  }
  if (key === 'go-template' || key === 'go-template-file') {
    throw new CalicoError(`This calicoctl has no ${key}: take -o json or -o custom-columns=NAME,...`)
  }
  throw new CalicoError(`unrecognized output format '${output}'`)
}

export const yamlOf = (shown: readonly Shown[]): string => yamlText(document(shown))

/** As Go's encoder: what would mean something in HTML is written by its number. */
export function jsonOf(shown: readonly Shown[]): string {
  const text = JSON.stringify(document(shown), null, 2)
  return `${text.replace(/[<>&\u2028\u2029]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`
}

/** One thing as it is, several as a list, nothing as null; fields in Calico's order. */
function document(shown: readonly Shown[]): unknown {
  const all = shown.map((one) => ('items' in one ? { ...one, items: one.items.map(inOrder) } : inOrder(one)))
  if (all.length === 0) return null
  return all.length === 1 ? all[0] : all
}

const inOrder = (resource: Resource): Resource =>
  resourceFrom(resource.kind, resource as JsonObject & Resource, false)

/** @throws CalicoError for a column that there is not */
export function tableOf(
  shown: Shown,
  kind: Kind,
  format: { readonly columns: 'narrow' | 'wide' | readonly string[]; readonly withNamespace: boolean },
  view: ClusterView,
): string {
  const { columns } = kind
  const asked = typeof format.columns === 'string' ? columns[format.columns] : format.columns
  const headings = format.withNamespace && columns.values['NAMESPACE'] ? ['NAMESPACE', ...asked] : asked
  const unknown = headings.find((heading) => !columns.values[heading])
  if (unknown !== undefined) {
    const valid = Object.keys(columns.values).join(', ')
    throw new CalicoError(`Unknown heading ${unknown}, valid values are: ${valid}`)
  }
  const items = 'items' in shown ? shown.items : [shown]
  const rows = items.map((item) => headings.map((heading) => columns.values[heading]?.(item, view) ?? ''))
  return `${columnTable(headings, rows)}\n`
}
