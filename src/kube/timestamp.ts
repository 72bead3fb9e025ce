/** A time as metav1.Time writes it: RFC 3339, UTC, whole seconds. */
export function timestamp(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`
}

/** A time as metav1.MicroTime writes it: RFC 3339, UTC, six decimals. */
export function microTimestamp(time: Date): string {
  return `${time.toISOString().slice(0, 23)}000Z`
}
