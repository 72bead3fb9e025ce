const OCTET = /^(?:0|[1-9]\d{0,2})$/

/** The 32-bit number of a dotted quad, or undefined when the text is not one. */
export function parseIPv4(text: string): number | undefined {
  const octets = text.split('.')
  if (octets.length !== 4) return undefined
  let value = 0
  for (const octet of octets) {
    if (!OCTET.test(octet) || Number(octet) > 255) return undefined
    value = value * 256 + Number(octet)
  }
  return value
}

export function isIPv4(text: string): boolean {
  return parseIPv4(text) !== undefined
}

/** Dotted quad of a 32-bit number. */
export function formatIPv4(value: number): string {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255].join('.')
}
