import type { KubeObject } from '../objects.ts'
import type { Column } from './definition.ts'
import { timeSince } from './human-duration.ts'

type Cell<T> = Column<T>['cell']

/** A text column that is always shown. */
export function text<T>(name: string, description: string, cell: Cell<T>): Column<T> {
  return { name, type: 'string', format: '', description, priority: 0, cell }
}

/** A number column that is always shown. */
export function integer<T>(name: string, description: string, cell: Cell<T>): Column<T> {
  return { name, type: 'integer', format: '', description, priority: 0, cell }
}

/** The same column, shown with -o wide only. */
export function wide<T>(column: Column<T>): Column<T> {
  return { ...column, priority: 1 }
}

export const NAME: Column<KubeObject> = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'The name of the object, unique among its kind in its namespace.',
  priority: 0,
  cell: (object) => object.metadata?.name ?? '',
}

export const AGE: Column<KubeObject> = text(
  'Age',
  'How long ago the API server created the object.',
  (object, now) => timeSince(object.metadata?.creationTimestamp, now),
)

/** Beside the name the only column of kinds that have none of their own. */
export const CREATED_AT: Column<KubeObject> = {
  name: 'Created At',
  type: 'date',
  format: '',
  description: 'When the API server created the object.',
  priority: 0,
  cell: (object) => object.metadata?.creationTimestamp ?? null,
}

/** What an empty cell says. */
export const NONE = '<none>'

/** `a=1,b=2`, keys sorted; `<none>` when there are none. As apimachinery's labels.FormatLabels. */
export function labelsText(labels: Readonly<Record<string, string>> | undefined): string {
  const pairs = Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`)
  return pairs.sort().join(',') || NONE
}

const MAX_LISTED = 3

/** The first three, and how many more there are: `a,b,c + 2 more...`. */
export function listed(values: readonly string[]): string {
  const first = values.slice(0, MAX_LISTED).join(',')
  return values.length > MAX_LISTED ? `${first} + ${values.length - MAX_LISTED} more...` : first
}
