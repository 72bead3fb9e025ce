import { COLUMNS, type Columns } from './print/columns.ts'

export interface Kind {
  readonly kind: string
  /** What learners call it, in lower case. */
  readonly names: readonly string[]
  readonly namespaced: boolean
  readonly columns: Columns
}

const NAMES: Readonly<Record<keyof typeof COLUMNS, string>> = {
  BGPConfiguration: 'bgpconfiguration bgpconfigurations bgpconfig bgpconfigs',
  BGPPeer: 'bgppeer bgppeers bgpp bgpps bp bps',
  ClusterInformation: 'clusterinformation clusterinformations clusterinfo clusterinfos',
  FelixConfiguration: 'felixconfiguration felixconfigurations felixconfig felixconfigs',
  GlobalNetworkPolicy: 'globalnetworkpolicy globalnetworkpolicies gnp gnps',
  GlobalNetworkSet: 'globalnetworkset globalnetworksets gnetsets',
  HostEndpoint: 'hostendpoint hostendpoints hep heps',
  IPPool: 'ippool ippools ipp ipps pool pools',
  IPReservation: 'ipreservation ipreservations reservation reservations',
  KubeControllersConfiguration:
    'kubecontrollersconfiguration kubecontrollersconfigurations kubecontrollersconfig kubecontrollersconfigs',
  NetworkPolicy: 'networkpolicy networkpolicies policy np policies pol pols',
  NetworkSet: 'networkset networksets netsets',
  Node: 'node nodes no nos',
  Profile: 'profile profiles pro pros',
  WorkloadEndpoint: 'workloadendpoint workloadendpoints wep weps',
}

const NAMESPACED = new Set(['NetworkPolicy', 'NetworkSet', 'WorkloadEndpoint'])

export const KINDS: readonly Kind[] = Object.entries(COLUMNS).map(([kind, columns]) => ({
  kind,
  names: NAMES[kind as keyof typeof COLUMNS].split(' '),
  namespaced: NAMESPACED.has(kind),
  columns,
}))

/** The kind that a word of the command line means. */
export function kindCalled(word: string): Kind | undefined {
  return KINDS.find(({ names }) => names.includes(word.toLowerCase()))
}

/** The kind that a document says it is. */
export function kindOf(name: string): Kind | undefined {
  return KINDS.find(({ kind }) => kind === name)
}
