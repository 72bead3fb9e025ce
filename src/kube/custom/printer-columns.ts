import type { KubeObject } from '../objects.ts'
import { AGE, NAME } from '../registry/columns.ts'
import type { Column } from '../registry/definition.ts'
import { timeSince } from '../registry/human-duration.ts'
import { parseJsonPath } from './json-path.ts'
import type { CrdVersion } from './json-schema.ts'

type Declared = NonNullable<CrdVersion['additionalPrinterColumns']>[number]
type Cell = ReturnType<Column<KubeObject>['cell']>

/** The columns of a version's tables; without any declared, the age. Upstream: registry/customresource/tableconvertor. */
export function printerColumns({ additionalPrinterColumns }: CrdVersion): readonly Column<KubeObject>[] {
  const declared = additionalPrinterColumns?.map(columnOf) ?? []
  return [NAME, ...(declared.length > 0 ? declared : [{ ...AGE, type: 'date' as const }])]
}

function columnOf({ name, type, format, description, priority, jsonPath }: Declared): Column<KubeObject> {
  const find = parseJsonPath(jsonPath) ?? (() => [])
  return {
    name,
    type: type as Column<KubeObject>['type'],
    format: format ?? '',
    description: description || `Custom resource definition column (in JSONPath format): ${jsonPath}`,
    priority: priority ?? 0,
    cell: (object, now) => cellOf(type, find(object)[0], now),
  }
}

function cellOf(type: string, value: unknown, now: Date): Cell {
  if (value === undefined || value === null) return null
  switch (type) {
    case 'string':
      return typeof value === 'string' ? value : JSON.stringify(value)
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null
    case 'number':
      return typeof value === 'number' ? value : null
    case 'boolean':
      return typeof value === 'boolean' ? value : null
    default:
      return dateCell(value, now)
  }
}

function dateCell(value: unknown, now: Date): Cell {
  if (typeof value !== 'string') return null
  return Number.isNaN(Date.parse(value)) ? '<invalid>' : timeSince(value, now)
}
