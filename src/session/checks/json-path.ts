const SEGMENT = /\.?([A-Za-z0-9_-]+)|\[(\*|-?\d+)\]|\['([^']+)'\]/gy

/**
 * The values at a path of an object, `[*]` giving several: `spec.ports[0].port`, `items[*].metadata.name`,
 * `metadata.annotations['a.b/c']`. Texts as they are, anything else as JSON. What is not there gives no value.
 */
export function valuesAt(object: unknown, path: string): string[] {
  let values: unknown[] = [object]
  for (const [, plain, index, quoted] of path.matchAll(SEGMENT)) {
    values = values.flatMap((value) => {
      if (typeof value !== 'object' || value === null) return []
      if (index === '*') return Object.values(value)
      if (index !== undefined) return Array.isArray(value) ? [value.at(Number(index))] : []
      return [(value as Record<string, unknown>)[plain ?? quoted ?? '']]
    })
  }
  return values
    .filter((value) => value !== undefined && value !== null)
    .map((value) => (typeof value === 'string' ? value : JSON.stringify(value)))
}
