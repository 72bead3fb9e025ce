import type { Resource } from '../layout/resource.ts'
import { isObject } from '../layout/shape.ts'
import { goFloat, goValue } from './go-value.ts'

/** What tables show of a resource. */
export interface Columns {
  readonly narrow: readonly string[]
  readonly wide: readonly string[]
  readonly values: Readonly<Record<string, (resource: Resource, view: ClusterView) => string>>
}

/** What cells say that no resource says itself. */
export interface ClusterView {
  /** The AS number of nodes that have none of their own. */
  readonly asNumber: string
}

const name = ({ metadata }: Resource) => metadata.name ?? ''
const namespace = ({ metadata }: Resource) => metadata.namespace ?? ''

/** A field of the spec as text; nothing where it is absent. */
const text =
  (field: string, absent = '') =>
  ({ spec }: Resource) =>
    spec[field] === undefined ? absent : goValue(spec[field])

/** Elements with commas between them, as far as the width goes. */
const list =
  (field: string, width?: number) =>
  ({ spec }: Resource) => {
    const value = spec[field] ?? []
    const items = Array.isArray(value) ? value.map(goValue) : keyValues(value)
    return width === undefined ? items.join(',') : truncated(items, width)
  }

const keyValues = (map: unknown) =>
  Object.entries(map ?? {})
    .map(([key, one]) => `${key}=${goValue(one)}`)
    .sort()

function truncated(items: readonly string[], width: number): string {
  const whole = items.join(',')
  return whole.length > width ? `${whole.slice(0, width - 3)}...` : whole
}

const order = ({ spec }: Resource) => (typeof spec['order'] === 'number' ? goFloat(spec['order']) : '<nil>')

const bgp =
  (field: string) =>
  ({ spec }: Resource) =>
    isObject(spec['bgp']) && spec['bgp'][field] !== undefined ? goValue(spec['bgp'][field]) : ''

function asNumberOfNode(node: Resource, view: ClusterView): string {
  if (!isObject(node.spec['bgp'])) return ''
  return bgp('asNumber')(node) || `(${view.asNumber})`
}

function peeringNodes({ spec }: Resource): string {
  return goValue(spec['node'] ?? spec['nodeSelector'] ?? '(global)')
}

function columns(narrow: string, wide: string, values: Columns['values']): Columns {
  return { narrow: narrow.split(' '), wide: wide.split(' '), values: { NAME: name, ...values } }
}

/** By kind. */
export const COLUMNS = {
  BGPConfiguration: columns(
    'NAME LOGSEVERITY MESHENABLED ASNUMBER',
    'NAME LOGSEVERITY MESHENABLED ASNUMBER',
    {
      LOGSEVERITY: text('logSeverityScreen'),
      MESHENABLED: text('nodeToNodeMeshEnabled', '-'),
      ASNUMBER: text('asNumber', '-'),
    },
  ),
  BGPPeer: columns('NAME PEERIP NODE ASN', 'NAME PEERIP NODE ASN', {
    PEERIP: text('peerIP'),
    NODE: peeringNodes,
    ASN: text('asNumber', '0'),
  }),
  ClusterInformation: columns(
    'NAME CLUSTERGUID CLUSTERTYPE CALICOVERSION DATASTOREREADY',
    'NAME CLUSTERGUID CLUSTERTYPE CALICOVERSION DATASTOREREADY',
    {
      CLUSTERGUID: text('clusterGUID'),
      CLUSTERTYPE: text('clusterType'),
      CALICOVERSION: text('calicoVersion'),
      DATASTOREREADY: text('datastoreReady', '<nil>'),
    },
  ),
  FelixConfiguration: columns('NAME', 'NAME', {}),
  GlobalNetworkPolicy: columns('NAME', 'NAME ORDER SELECTOR', { ORDER: order, SELECTOR: text('selector') }),
  GlobalNetworkSet: columns('NAME', 'NAME NETS', { NETS: list('nets', 80) }),
  HostEndpoint: columns('NAME NODE', 'NAME NODE INTERFACE IPS PROFILES', {
    NODE: text('node'),
    INTERFACE: text('interfaceName'),
    IPS: list('expectedIPs'),
    PROFILES: list('profiles'),
  }),
  IPPool: columns(
    'NAME CIDR SELECTOR',
    'NAME CIDR NAT IPIPMODE VXLANMODE DISABLED DISABLEBGPEXPORT SELECTOR',
    {
      CIDR: text('cidr'),
      NAT: text('natOutgoing', 'false'),
      IPIPMODE: text('ipipMode', 'Never'),
      VXLANMODE: text('vxlanMode', 'Never'),
      DISABLED: text('disabled', 'false'),
      DISABLEBGPEXPORT: text('disableBGPExport', 'false'),
      SELECTOR: text('nodeSelector'),
    },
  ),
  IPReservation: columns('NAME', 'NAME CIDRS', { CIDRS: list('reservedCIDRs', 80) }),
  KubeControllersConfiguration: columns('NAME', 'NAME', {}),
  NetworkPolicy: columns('NAME', 'NAME ORDER SELECTOR', {
    NAMESPACE: namespace,
    ORDER: order,
    SELECTOR: text('selector'),
  }),
  NetworkSet: columns('NAME', 'NAME NETS', { NAMESPACE: namespace, NETS: list('nets', 80) }),
  Node: columns('NAME', 'NAME ASN IPV4 IPV6', {
    ASN: asNumberOfNode,
    IPV4: bgp('ipv4Address'),
    IPV6: bgp('ipv6Address'),
  }),
  Profile: columns('NAME', 'NAME LABELS', { LABELS: list('labelsToApply') }),
  WorkloadEndpoint: columns(
    'WORKLOAD NODE NETWORKS INTERFACE',
    'NAME WORKLOAD NODE NETWORKS INTERFACE PROFILES NATS',
    {
      NAMESPACE: namespace,
      NODE: text('node'),
      ORCHESTRATOR: text('orchestrator'),
      WORKLOAD: ({ spec }) => goValue(spec['workload'] ?? spec['pod'] ?? ''),
      NETWORKS: list('ipNetworks'),
      NATS: list('ipNATs'),
      PROFILES: list('profiles'),
      INTERFACE: text('interfaceName'),
    },
  ),
} satisfies Readonly<Record<string, Columns>>
