import { createHash } from 'node:crypto'
import type { ServicePort } from './service-port.ts'

/** Chains that kube-proxy always has. */
export const CHAIN = {
  services: 'KUBE-SERVICES',
  externalServices: 'KUBE-EXTERNAL-SERVICES',
  nodePorts: 'KUBE-NODEPORTS',
  postrouting: 'KUBE-POSTROUTING',
  markMasquerade: 'KUBE-MARK-MASQ',
  forward: 'KUBE-FORWARD',
  proxyFirewall: 'KUBE-PROXY-FIREWALL',
  firewall: 'KUBE-FIREWALL',
  canary: 'KUBE-PROXY-CANARY',
} as const

/** Chains of one service port: SVC any endpoint, SVL those of this node, EXT from outside, FW by source range. */
export type ServiceChain = 'SVC' | 'SVL' | 'EXT' | 'FW'

const FIXED: ReadonlySet<string> = new Set(Object.values(CHAIN))
const MADE = /^KUBE-(?:SVC|SVL|EXT|FW|SEP)-[A-Z2-7]{16}$/

/** Whether a chain is kube-proxy's to write and to remove. */
export function ownsChain(chain: string): boolean {
  return FIXED.has(chain) || MADE.test(chain)
}

export function serviceChainName(kind: ServiceChain, { name, protocol }: ServicePort): string {
  return `KUBE-${kind}-${shortHash(name + protocol)}`
}

/** `target` is the endpoint's `ip:port`. */
export function endpointChainName({ name, protocol }: ServicePort, target: string): string {
  return `KUBE-SEP-${shortHash(name + protocol + target)}`
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** The first 16 characters of the base32 SHA-256: iptables allows 28 in a chain's name (upstream: portProtoHash). */
function shortHash(text: string): string {
  let name = ''
  let bits = 0
  let pending = 0
  for (const byte of createHash('sha256').update(text).digest().subarray(0, 10)) {
    bits = (bits << 8) | byte
    for (pending += 8; pending >= 5;) {
      pending -= 5
      name += BASE32[(bits >> pending) & 31]
    }
  }
  return name
}
