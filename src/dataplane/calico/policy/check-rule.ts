import type { IcmpFields, PolicyRule } from './kinds.ts'

const PROTOCOLS = new Set(['tcp', 'udp', 'icmp', 'icmpv6', 'sctp', 'udplite'])
const WITH_ICMP = new Set(['icmp', 'icmpv6', '1', '58'])

/**
 * What can be said of a rule without reading its selectors, networks and ports: whoever writes past calicoctl can store it, and Felix takes
 * the whole policy for absent (upstream: libcalico-go, validator/v1). ICMP's fields with another protocol are no rule of iptables: upstream's
 * Felix dies of them, again and again.
 * @throws Error about what is malformed
 */
export function checkRule({ ipVersion, protocol, notProtocol, icmp, notICMP }: PolicyRule): void {
  if (ipVersion !== undefined && ipVersion !== 4 && ipVersion !== 6) {
    throw new Error(`invalid IP version ${ipVersion}`)
  }
  for (const one of [protocol, notProtocol]) {
    if (one !== undefined && !isProtocol(one)) throw new Error(`invalid protocol ${one}`)
  }
  for (const fields of [icmp, notICMP]) {
    if (fields !== undefined) checkIcmp(fields, String(protocol ?? 'any').toLowerCase())
  }
}

function isProtocol(protocol: string | number): boolean {
  const text = String(protocol).toLowerCase()
  return PROTOCOLS.has(text) || (/^\d+$/.test(text) && isWithin(Number(text), 1, 255))
}

function checkIcmp({ type, code }: IcmpFields, protocol: string): void {
  if (type !== undefined && !isWithin(type, 0, 254)) throw new Error(`invalid ICMP type ${type}`)
  if (code !== undefined && !isWithin(code, 0, 255)) throw new Error(`invalid ICMP code ${code}`)
  if (type !== undefined && !WITH_ICMP.has(protocol))
    throw new Error('rules that specify ICMP fields must set protocol to ICMP')
}

function isWithin(value: number, first: number, last: number): boolean {
  return value >= first && value <= last
}
