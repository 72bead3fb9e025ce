import { randomBytes } from 'node:crypto'

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
