import type { CalicoNetworkPolicy, GlobalNetworkPolicy } from '../../../src/dataplane/calico/policy/kinds.ts'
import type { NetworkPolicy } from '../../../src/kube/objects.ts'

export type Labels = Readonly<Record<string, string>>
export type Protocol = 'TCP' | 'UDP' | 'SCTP' | 'ICMP'

export interface OraclePod {
  readonly namespace: string
  readonly name: string
  readonly labels: Labels
  readonly serviceAccount: string
  readonly ip: string
  /** Ports that its containers name. */
  readonly ports: readonly { readonly name: string; readonly protocol: Protocol; readonly port: number }[]
}

export interface OracleWorld {
  readonly namespaces: readonly { readonly name: string; readonly labels: Labels }[]
  readonly serviceAccounts: readonly {
    readonly namespace: string
    readonly name: string
    readonly labels: Labels
  }[]
  readonly pods: readonly OraclePod[]
  /** Without a namespace it is a GlobalNetworkSet. */
  readonly networkSets: readonly {
    readonly namespace?: string
    readonly labels: Labels
    readonly nets: readonly string[]
  }[]
  /** What stands behind services. */
  readonly services: readonly {
    readonly namespace: string
    readonly name: string
    readonly backends: readonly Backend[]
  }[]
  readonly policies: readonly OraclePolicy[]
}

export type OraclePolicy = NetworkPolicy | CalicoNetworkPolicy | GlobalNetworkPolicy

export interface Backend {
  readonly ip: string
  readonly protocol: Protocol
  readonly port: number
}

/** From a pod or any other address to a pod or any other address. ICMP has a type instead of a port. */
export interface Connection {
  readonly from: OraclePod | string
  readonly to: OraclePod | string
  readonly protocol: Protocol
  readonly sourcePort?: number
  readonly port: number
}

export function isKubernetes(policy: OraclePolicy): policy is NetworkPolicy {
  return policy.apiVersion === 'networking.k8s.io/v1'
}

/** Whether a pod has a port of that name there. */
export function hasNamedPort(
  end: OraclePod | string,
  name: string,
  protocol: Protocol,
  port: number,
): boolean {
  if (typeof end === 'string') return false
  return end.ports.some((one) => one.name === name && one.protocol === protocol && one.port === port)
}

export function addressOf(end: OraclePod | string): string {
  return typeof end === 'string' ? end : end.ip
}

const looked = new Map<string, boolean>()

/** IPv4 only. */
export function inNet(address: string, net: string): boolean {
  const key = `${address} ${net}`
  const known = looked.get(key)
  if (known !== undefined) return known
  const [network = '', length = '32'] = net.split('/')
  const answer = bitsOf(address).startsWith(bitsOf(network).slice(0, Number(length)))
  looked.set(key, answer)
  return answer
}

function bitsOf(address: string): string {
  return address
    .split('.')
    .map((part) => Number(part).toString(2).padStart(8, '0'))
    .join('')
}
