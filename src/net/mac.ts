import { randomBytes } from 'node:crypto'
import { parseIPv4 } from './ipv4.ts'

const MAC = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/

/** Whether the text is a MAC address as the kernel prints it: lower case, colons. */
export function isMac(text: string): boolean {
  return MAC.test(text)
}

/** A random MAC that is unicast and locally administered, as the kernel (`eth_random_addr`) and flannel make them. */
export function randomMac(): string {
  const bytes = randomBytes(6)
  bytes[0] = ((bytes[0] ?? 0) & 0xfe) | 0x02
  return bytes.toString('hex').replaceAll(/(..)(?=.)/g, '$1:')
}

/** The MAC that Docker gives a container with this address: the same machine has the same one every time. */
export function macFor(address: string): string {
  const value = parseIPv4(address) ?? 0
  return [
    '02',
    '42',
    ...[24, 16, 8, 0].map((shift) => ((value >>> shift) & 0xff).toString(16).padStart(2, '0')),
  ].join(':')
}
