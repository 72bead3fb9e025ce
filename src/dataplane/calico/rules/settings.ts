import type { PortRange } from '../felix/active.ts'
import { type Marks, marksIn } from './marks.ts'

/** What of Felix's configuration rules and sets are made of. Upstream: felix/rules, Config. */
export interface RuleSettings {
  /** What pods' interfaces begin with. */
  readonly interfacePrefixes: readonly string[]
  /** Whether jumps come before or after the rules that others have in built-in chains. */
  readonly insertMode: 'insert' | 'append'
  readonly marks: Marks
  /** What becomes of packets that policy lets through. */
  readonly filterAllow: 'ACCEPT' | 'RETURN'
  readonly mangleAllow: 'ACCEPT' | 'RETURN'
  /** What becomes of packets from a pod to its own node, once its policies have let them through. */
  readonly endpointToHost: 'DROP' | 'ACCEPT' | 'RETURN'
  readonly logPrefix: string
  /** For packets to services that nobody has. */
  readonly serviceLoop: 'DROP' | 'REJECT' | undefined
  /** Packets that connection tracking makes no sense of are dropped. */
  readonly dropsInvalid: boolean
  readonly vxlanPort: number
  /** Which tunnels pods may build by themselves. */
  readonly allowedTunnels: { readonly ipip: boolean; readonly vxlan: boolean }
  readonly natPorts: PortRange | undefined
  /** Instead of the address of the interface that packets leave by. */
  readonly natAddress: string | undefined
  /** Only what leaves by this interface goes under another address. */
  readonly natInterface: string | undefined
  readonly maxSetSize: number
}

/** As with Calico's manifest, which has ACCEPT for `endpointToHost` where Felix by itself has DROP. */
export const MANIFEST_SETTINGS: RuleSettings = {
  interfacePrefixes: ['cali'],
  insertMode: 'insert',
  marks: marksIn(0xffff0000),
  filterAllow: 'ACCEPT',
  mangleAllow: 'ACCEPT',
  endpointToHost: 'ACCEPT',
  logPrefix: 'calico-packet',
  serviceLoop: 'DROP',
  dropsInvalid: true,
  vxlanPort: 4789,
  allowedTunnels: { ipip: false, vxlan: false },
  natPorts: undefined,
  natAddress: undefined,
  natInterface: undefined,
  maxSetSize: 1_048_576,
}
