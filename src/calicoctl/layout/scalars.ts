/** A value that is not of its field's type, in calicoctl's words. */
export class ParseError extends Error {
  override readonly name = 'ParseError'
}

/** Reads what may be written in more than one way. Undefined where the kind of scalar has no reader of its own. */
export const READERS: Readonly<Record<string, (value: unknown) => unknown>> = {
  as: readAsNumber,
  port: readPort,
  protocol: readProtocol,
  duration: readDuration,
}

const MAX_AS = 4294967295

/** 64512, "64512" or "1.10". */
function readAsNumber(value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_AS) return value
  if (typeof value !== 'string') throw notAString(value)
  const [high = '', low, ...rest] = value.split('.')
  const isNumber = (text: string, max: number) => /^\d+$/.test(text) && Number(text) <= max
  if (low === undefined && isNumber(high, MAX_AS)) return Number(high)
  if (low !== undefined && rest.length === 0 && isNumber(high, 65535) && isNumber(low, 65535)) {
    return Number(high) * 65536 + Number(low)
  }
  throw new ParseError(`invalid AS Number format (${value})`)
}

/** 80, "80:90" or a name. */
function readPort(value: unknown): number | string {
  if (typeof value !== 'string') return readUint(value, 65535, 'uint16')
  if (/^\d+$/.test(value)) {
    if (Number(value) > 65535) throw new ParseError(`invalid port format (${value})`)
    return Number(value)
  }
  const [, first, last] = /^(\d+):(\d+)$/.exec(value) ?? []
  if (first !== undefined && last !== undefined) return readRange(value, Number(first), Number(last))
  if (/^[a-zA-Z0-9_.-]{1,128}$/.test(value)) return value
  throw new ParseError(`invalid name for named port (${value})`)
}

function readRange(text: string, first: number, last: number): number | string {
  if (first > 65535) throw new ParseError(`invalid minimum port number in range (${text})`)
  if (last > 65535) throw new ParseError(`invalid maximum port number in range (${text})`)
  if (first > last) {
    throw new ParseError(
      `minimum port number (${first}) is greater than maximum port number (${last}) in port range`,
    )
  }
  return first === last ? first : text
}

/** TCP, or the number that IP has for it. */
function readProtocol(value: unknown): number | string {
  if (typeof value !== 'string') return readUint(value, 255, 'uint8')
  return /^\d+$/.test(value) && Number(value) < 256 ? Number(value) : value
}

function readUint(value: unknown, max: number, type: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max) return value
  const what = typeof value === 'number' ? `number ${value}` : jsonTypeOf(value)
  throw new ParseError(`json: cannot unmarshal ${what} into Go value of type ${type}`)
}

/** 1m30s, as Go writes it. */
function readDuration(value: unknown): string {
  if (typeof value !== 'string') throw notAString(value)
  if (/^([+-]?(\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h))+$|^0$/.test(value)) return value === '0' ? '0s' : value
  throw new ParseError(`time: invalid duration ${JSON.stringify(value)}`)
}

function notAString(value: unknown): ParseError {
  return new ParseError(`json: cannot unmarshal ${jsonTypeOf(value)} into Go value of type string`)
}

/** What JSON calls it. */
export function jsonTypeOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return typeof value === 'boolean' ? 'bool' : typeof value
}
