type Json = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null

/**
 * A deep copy as JSON would carry it: fields that are undefined or null are left out (Go decodes null as absent) unless
 * nulls are to be kept, dates are text. Parts that are the same as in `like` are `like`'s own, so that comparing the two
 * later costs little.
 */
export function tidyCopy<T>(value: T, like?: unknown, keepNulls = false): T {
  return copy(value, like, keepNulls) as T
}

function copy(value: unknown, like: unknown, keepNulls: boolean): unknown {
  if (!isObject(value) || value === like) return value
  if (Array.isArray(value)) return copyList(value, Array.isArray(like) ? like : undefined, keepNulls)
  if (value instanceof Date) return value.toISOString()
  const model = isObject(like) && !Array.isArray(like) ? like : undefined
  const result: Record<string, unknown> = {}
  let same = model !== undefined
  let fields = 0
  for (const key in value) {
    const field = value[key]
    // JSON.parse makes an own field of that name; writing it would set the copy's prototype.
    if (field === undefined || (field === null && !keepNulls) || key === '__proto__') continue
    const copied = (result[key] = copy(field, model?.[key], keepNulls))
    same &&= copied === model?.[key]
    fields++
  }
  return same && model && Object.keys(model).length === fields ? model : result
}

function copyList(
  list: readonly unknown[],
  model: readonly unknown[] | undefined,
  keepNulls: boolean,
): readonly unknown[] {
  const result = list.map((item, index) => copy(item, model?.[index], keepNulls))
  const same = model?.length === result.length && result.every((item, index) => item === model[index])
  return same ? model : result
}

/** Whether two values are the same JSON, whatever the order of their fields. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (!isObject(a) || !isObject(b) || Array.isArray(a) !== Array.isArray(b)) return false
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => key in b && sameJson(a[key], b[key]))
}
