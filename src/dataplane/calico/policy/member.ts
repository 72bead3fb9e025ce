import { caliName } from '../../cni/calico-plugin.ts'
import type { Pod } from '../../../kube/objects.ts'
import { formatCidr, parseCidr } from '../../../net/cidr.ts'
import type { Labels } from '../selector/expression.ts'
import {
  NAMESPACE_LABEL,
  NAMESPACE_PREFIX,
  SERVICE_ACCOUNT_LABEL,
  SERVICE_ACCOUNT_PREFIX,
} from './entity-selector.ts'
import type { GlobalNetworkSet, NetworkSet } from './kinds.ts'
import type { PortProtocol } from './set-definition.ts'

/** What selectors in rules can select: a pod or a network set. */
export interface Member {
  /** Its own; those of its profiles come after them. */
  readonly labels: Labels
  /** Whose labels it inherits: kns.demo, ksa.demo.web */
  readonly profiles: readonly string[]
  /** 192.168.104.1/32 */
  readonly nets: readonly string[]
  readonly ports: readonly NamedPort[]
  /** Pods only: policies apply to them. */
  readonly pod?: { readonly node: string; readonly interfaceName: string }
}

export interface NamedPort {
  readonly name: string
  readonly protocol: PortProtocol
  readonly port: number
}

const POD_IP = 'cni.projectcalico.org/podIP'
const POD_IPS = 'cni.projectcalico.org/podIPs'
const PROTOCOLS: Readonly<Record<string, PortProtocol>> = { TCP: 'tcp', UDP: 'udp', SCTP: 'sctp' }

/**
 * A pod as a member; undefined while it has no address of its own, on its node's network, and after its end (upstream:
 * conversion/workload_endpoint_default.go).
 */
export function podMember(pod: Pod): Member | undefined {
  const { metadata, spec } = pod
  const { name, namespace = 'default' } = metadata
  if (!spec?.nodeName || spec.hostNetwork || isFinished(pod)) return undefined
  const nets = addressesOf(pod).flatMap(netsOf)
  if (nets.length === 0) return undefined
  const { serviceAccountName: account } = spec
  return {
    labels: {
      ...ownLabels(metadata.labels),
      [NAMESPACE_LABEL]: namespace,
      'projectcalico.org/orchestrator': 'k8s',
      ...(account && { [SERVICE_ACCOUNT_LABEL]: account }),
    },
    profiles: [namespaceProfile(namespace), ...(account ? [serviceAccountProfile(namespace, account)] : [])],
    nets,
    ports: spec.containers.flatMap(({ ports = [] }) => ports.flatMap(namedPort)),
    pod: { node: spec.nodeName, interfaceName: caliName(namespace, name) },
  }
}

/** The addresses of a network set, which has the labels of its namespace as pods have. */
export function networkSetMember({ metadata, spec }: NetworkSet | GlobalNetworkSet): Member {
  const { namespace, labels = {} } = metadata
  return {
    labels: namespace ? { ...labels, [NAMESPACE_LABEL]: namespace } : labels,
    profiles: namespace ? [namespaceProfile(namespace)] : [],
    nets: (spec?.nets ?? []).flatMap(netsOf),
    ports: [],
  }
}

export function namespaceProfile(namespace: string): string {
  return `kns.${namespace}`
}

export function serviceAccountProfile(namespace: string, account: string): string {
  return `ksa.${namespace}.${account}`
}

/** CNI takes the annotation's value away when a pod that is being deleted has lost its address. */
function isFinished({ metadata, status }: Pod): boolean {
  if (metadata.deletionTimestamp !== undefined && metadata.annotations?.[POD_IP] === '') return true
  return status?.phase === 'Failed' || status?.phase === 'Succeeded'
}

/** CNI knows them first, and says so in annotations. */
function addressesOf({ metadata, status }: Pod): readonly string[] {
  if (status?.podIPs?.length) return status.podIPs.map(({ ip }) => ip)
  if (status?.podIP) return [status.podIP]
  const { [POD_IPS]: plural, [POD_IP]: singular } = metadata.annotations ?? {}
  return plural ? plural.split(',') : singular ? [singular] : []
}

/** IPv4 only. A set in the kernel can't have a network of length 0: two halves stand for it. */
export function netsOf(net: string): string[] {
  const cidr = parseCidr(net)
  if (!cidr) return []
  return cidr.prefix === 0 ? ['0.0.0.0/1', '128.0.0.0/1'] : [formatCidr(cidr)]
}

/** Nobody can pretend to be in another namespace, or another account's. */
function ownLabels(labels: Labels = {}): Labels {
  const isInherited = (label: string) =>
    label.startsWith(NAMESPACE_PREFIX) || label.startsWith(SERVICE_ACCOUNT_PREFIX)
  return Object.fromEntries(Object.entries(labels).filter(([label]) => !isInherited(label)))
}

function namedPort(port: { name?: string; protocol?: string; containerPort: number }): NamedPort[] {
  const protocol = PROTOCOLS[port.protocol ?? 'TCP']
  return port.name && protocol ? [{ name: port.name, protocol, port: port.containerPort }] : []
}
