/** metav1.Time on the wire: RFC 3339 with whole seconds. */
export function timestamp(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`
}

/** metav1.MicroTime on the wire: RFC 3339 with six decimals. */
export function microTimestamp(date: Date): string {
  return `${date.toISOString().slice(0, 23)}000Z`
}
