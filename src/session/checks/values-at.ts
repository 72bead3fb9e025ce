import { parseJsonPath } from '../../kube/json-path.ts'

/**
 * The values at a path of an object, `[*]` giving several: `spec.ports[0].port`, `items[*].metadata.name`,
 * `metadata.annotations['a.b/c']`. Texts as they are, anything else as JSON. What is not there gives no value.
 */
export function valuesAt(object: unknown, path: string): string[] {
  const values = parseJsonPath(`.${path}`)?.(object) ?? []
  return values
    .filter((value) => value !== undefined && value !== null)
    .map((value) => (typeof value === 'string' ? value : JSON.stringify(value)))
}
