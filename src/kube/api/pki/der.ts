// The little of ASN.1's distinguished encoding (X.690) that a certificate needs.

function tagged(tag: number, content: Uint8Array): Buffer {
  const { length } = content
  const bytes: number[] = []
  for (let rest = length; rest > 0; rest >>>= 8) bytes.unshift(rest & 0xff)
  const size = length < 0x80 ? [length] : [0x80 | bytes.length, ...bytes]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

export const sequence = (...items: Uint8Array[]): Buffer => tagged(0x30, Buffer.concat(items))
export const set = (...items: Uint8Array[]): Buffer => tagged(0x31, Buffer.concat(items))
export const octets = (content: Uint8Array): Buffer => tagged(0x04, content)
export const text = (value: string): Buffer => tagged(0x0c, Buffer.from(value))
export const yes = (): Buffer => tagged(0x01, Buffer.from([0xff]))

/** A whole number from its bytes, big end first; never negative. */
export function integer(bytes: Uint8Array): Buffer {
  return tagged(0x02, (bytes[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes)
}

/** Bits, of which the last `unused` do not count. */
export function bits(content: Uint8Array, unused = 0): Buffer {
  return tagged(0x03, Buffer.concat([Buffer.of(unused), content]))
}

/** `[n]` with other items in it, or (`implicit`) in place of an item's own tag. */
export function explicit(n: number, ...items: Uint8Array[]): Buffer {
  return tagged(0xa0 | n, Buffer.concat(items))
}
export const implicit = (n: number, content: Uint8Array): Buffer => tagged(0x80 | n, content)

/** UTCTime until 2049, then GeneralizedTime (RFC 5280 section 4.1.2.5). */
export function time(value: Date): Buffer {
  const digits = `${value.toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`
  return value.getUTCFullYear() < 2050
    ? tagged(0x17, Buffer.from(digits.slice(2)))
    : tagged(0x18, Buffer.from(digits))
}

/** An object identifier: "2.5.29.17" */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return tagged(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]))
}

function base128(value: number): number[] {
  const digits = [value & 0x7f]
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) digits.unshift(0x80 | (rest & 0x7f))
  return digits
}
