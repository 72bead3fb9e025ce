const SYNTAX = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E|[eE][+-]?\d+)?$/
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']
const DECIMAL = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E']
/** Of DECIMAL: the index of no suffix. */
const UNIT = 3
const NANOS = 10n ** 9n

/** What upstream says of text that is no quantity. */
export const NOT_A_QUANTITY =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"

/** A resource quantity, exactly: an amount in billionths, and the notation that its writer chose. */
export interface Quantity {
  readonly nanos: bigint
  readonly notation: 'binary' | 'decimal' | 'exponent'
}

/** 100m, 1.5Gi, 1e3. Undefined when the text is no quantity. As apimachinery's resource.ParseQuantity. */
export function parseQuantity(text: string | number): Quantity | undefined {
  const [, sign, digits = '', suffix = ''] = SYNTAX.exec(String(text).trim()) ?? []
  if (sign === undefined) return undefined
  const [whole = '', fraction = ''] = digits.split('.')
  const mantissa = BigInt(whole + fraction || '0') * NANOS
  const scaled = scale(mantissa, suffix)
  const divisor = 10n ** BigInt(fraction.length)
  // Less than a billionth is rounded up, never down: asking for little must not become asking for nothing.
  const nanos = (scaled + divisor - 1n) / divisor
  return { nanos: sign === '-' ? -nanos : nanos, notation: notationOf(suffix) }
}

function notationOf(suffix: string): Quantity['notation'] {
  if (suffix.endsWith('i')) return 'binary'
  return /^[eE][+-]?\d/.test(suffix) ? 'exponent' : 'decimal'
}

function scale(amount: bigint, suffix: string): bigint {
  if (suffix.endsWith('i')) return amount * 1024n ** BigInt(BINARY.indexOf(suffix))
  const exponent =
    notationOf(suffix) === 'exponent' ? Number(suffix.slice(1)) : (DECIMAL.indexOf(suffix) - UNIT) * 3
  if (exponent >= 0) return amount * 10n ** BigInt(exponent)
  const divisor = 10n ** BigInt(-exponent)
  return (amount + divisor - 1n) / divisor
}

/** How the API writes a quantity: 0.5 as 500m, 1024Ki as 1Mi, 1000m as 1. Text that is none comes back as it is. */
export function canonicalQuantity(text: string | number): string {
  const quantity = parseQuantity(text)
  if (!quantity) return String(text)
  const { nanos, notation } = quantity
  const size = nanos < 0n ? -nanos : nanos
  if (notation === 'binary' && size >= 1024n * NANOS) return binaryText(nanos)
  return decimalText(nanos, notation === 'exponent')
}

function binaryText(nanos: bigint): string {
  let amount = (nanos + NANOS - 1n) / NANOS
  let index = 0
  while (amount % 1024n === 0n && index < BINARY.length - 1) {
    amount /= 1024n
    index++
  }
  return `${amount}${BINARY[index]}`
}

function decimalText(nanos: bigint, exponent: boolean): string {
  if (nanos === 0n) return '0'
  let amount = nanos
  let index = 0
  while (amount % 1000n === 0n && index < DECIMAL.length - 1) {
    amount /= 1000n
    index++
  }
  const power = (index - UNIT) * 3
  return `${amount}${exponent && power !== 0 ? `e${power}` : DECIMAL[index]}`
}
