function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** Whether two JSON values mean the same: an absent field, null, {} and [] are one, as Go's omitempty makes them. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (!isRecord(a) || !isRecord(b)) return isEmpty(a) && isEmpty(b)
  if (Array.isArray(a) !== Array.isArray(b)) return isEmpty(a) && isEmpty(b)
  if (Array.isArray(a) && a.length !== (b as unknown as unknown[]).length) return false
  return (
    Object.keys(a).every((key) => sameValue(a[key], b[key])) &&
    Object.keys(b).every((key) => key in a || isEmpty(b[key]))
  )
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true
  return isRecord(value) && Object.values(value).every((inner) => inner === undefined)
}
