import { formatIPv4, parseIPv4 } from './ipv4.ts'

/** An IPv4 network: 10.42.0.0/24. Bits of `network` beyond the prefix are zero. */
export interface Cidr {
  readonly network: number
  readonly prefix: number
}

/** Reads `a.b.c.d/n` (host bits are cleared) or a bare address as /32; undefined when the text is neither. */
export function parseCidr(text: string): Cidr | undefined {
  const [address = '', length, ...rest] = text.trim().split('/')
  const value = parseIPv4(address)
  if (value === undefined || rest.length > 0) return undefined
  if (length !== undefined && !/^\d{1,2}$/.test(length)) return undefined
  const prefix = length === undefined ? 32 : Number(length)
  if (prefix > 32) return undefined
  return { network: (value & maskOf(prefix)) >>> 0, prefix }
}

export function formatCidr(cidr: Cidr): string {
  return `${formatIPv4(cidr.network)}/${cidr.prefix}`
}

/** How many addresses a network has. */
export function sizeOf(cidr: Cidr): number {
  return 2 ** (32 - cidr.prefix)
}

/** The address at an offset in a network, as text: 1 is the first usable one. */
export function addressAt(cidr: Cidr, offset: number): string {
  return formatIPv4(cidr.network + offset)
}

/** Whether an address (or the whole of a smaller network) lies in a network. False when either is not IPv4. */
export function contains(outer: string | Cidr, inner: string | Cidr): boolean {
  const net = typeof outer === 'string' ? parseCidr(outer) : outer
  const sub = typeof inner === 'string' ? parseCidr(inner) : inner
  if (!net || !sub) return false
  return sub.prefix >= net.prefix && (sub.network & maskOf(net.prefix)) >>> 0 === net.network
}

function maskOf(prefix: number): number {
  return prefix === 0 ? 0 : (-1 << (32 - prefix)) >>> 0
}
