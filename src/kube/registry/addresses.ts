import { isIP, isIPv4 } from 'node:net'
import type { FieldError } from './definition.ts'
import { invalid } from './field-error.ts'

const LOOPBACK = /^(127\.|::1$)/
const LINK_LOCAL = /^(169\.254\.|fe[89ab][0-9a-f]:)/i
const MULTICAST_LINK_LOCAL = /^(224\.0\.0\.|ff02:)/i
const UNSPECIFIED = new Set(['0.0.0.0', '::'])

export const NOT_AN_IP = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'

/** Rules of an address that an endpoint may have, as upstream's ValidateEndpointIP. */
export function validateEndpointIp(address: string, field: string): FieldError[] {
  if (!isIP(address)) return [invalid(field, address, NOT_AN_IP)]
  const faults: string[] = []
  if (UNSPECIFIED.has(address)) faults.push(`may not be unspecified (${address})`)
  if (LOOPBACK.test(address)) faults.push('may not be in the loopback range (127.0.0.0/8, ::1/128)')
  if (LINK_LOCAL.test(address)) faults.push('may not be in the link-local range (169.254.0.0/16, fe80::/10)')
  if (MULTICAST_LINK_LOCAL.test(address)) {
    faults.push('may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)')
  }
  return faults.map((fault) => invalid(field, address, fault))
}

/** `10.0.0.1:80`, `[fd00::1]:80`. */
export function hostPort(address: string, port: number): string {
  return isIPv4(address) ? `${address}:${port}` : `[${address}]:${port}`
}
