/** Stands before an integer that is carried as text for a moment; no text of a client's begins so. */
const MARK = '\u0000int64:'
const WRITTEN = /"\\u0000int64:(-?\d+)"/g
/** A string, to be passed over, or an integer that a double may not hold. */
const TOKEN = /"(?:[^"\\]|\\.)*"|(?<![\d.])-?\d{16,}(?![\d.eE])/g

/**
 * JSON.parse, but for integers beyond 2^53, which become bigints: Go's int64 holds them, and Calico's IPAM counts with such.
 * @throws SyntaxError
 */
export function parseExact(text: string): unknown {
  if (!/\d{16}/.test(text)) return JSON.parse(text)
  const marked = text.replaceAll(TOKEN, (token) =>
    token.startsWith('"') ? token : JSON.stringify(MARK + token),
  )
  return JSON.parse(marked, (_key, value: unknown) =>
    typeof value === 'string' && value.startsWith(MARK)
      ? exactInteger(BigInt(value.slice(MARK.length)))
      : value,
  )
}

/** A number if it can be one. */
export function exactInteger(value: bigint): number | bigint {
  const rounded = Number(value)
  return Number.isSafeInteger(rounded) ? rounded : value
}

/** JSON.stringify, but bigints are written as the integers that they are. */
export function stringifyExact(value: unknown, indent = 0): string {
  try {
    return JSON.stringify(value, undefined, indent)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    const marked = (_key: string, inner: unknown) =>
      typeof inner === 'bigint' ? MARK + inner.toString() : inner
    return JSON.stringify(value, marked, indent).replaceAll(WRITTEN, '$1')
  }
}
