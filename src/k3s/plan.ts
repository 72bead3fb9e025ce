import { urlToHttpOptions } from 'node:url'
import type { PodNetwork } from '../cluster/spec.ts'
import { nodesOf, type MachineSpec, type Topology } from '../machine/topology.ts'

/** What a cluster of k3s is to be: all that its machines are told comes from here. */
export interface K3sPlan {
  /** The first of the nodes: API, datastore, controllers and scheduler run there, and pods too. */
  readonly server: MachineSpec
  readonly agents: readonly MachineSpec[]
  readonly podNetwork: PodNetwork
  /** What a machine that joins has to say. */
  readonly token: string
  /** IP-in-IP as a program in Perl, for kernels that have none; only where pods may be reached by it. */
  readonly ipip: string | undefined
  /** What else than its machine's address the API is called by: where the machines are on another host, that host's name or address. */
  readonly apiHost?: string | undefined
}

/** @throws Error when a topology has no nodes: labs are checked before they run. */
export function planOf(topology: Topology, podNetwork: PodNetwork, token: string, ipip?: string): K3sPlan {
  const [server, ...agents] = nodesOf(topology)
  if (!server) throw new Error(`${topology.name} has no nodes`)
  return { server, agents, podNetwork, token, ipip: podNetwork.kind === 'flannel' ? undefined : ipip }
}

export const nodesIn = ({ server, agents }: K3sPlan): readonly MachineSpec[] => [server, ...agents]

export const API_PORT = 6443

/** Where the API is, seen from a machine. */
export const apiOf = ({ server }: K3sPlan): string => `https://${server.address}:${API_PORT}`

/** The plan for a cluster whose API this host reaches at a URL. */
export function reachedAt(plan: K3sPlan, url: string): K3sPlan {
  const host = urlToHttpOptions(new URL(url)).hostname ?? ''
  return KNOWN_BY_ITSELF.has(host) || host === plan.server.address ? plan : { ...plan, apiHost: host }
}

/** What k3s' certificate says anyway. */
const KNOWN_BY_ITSELF: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost'])

/**
 * A node proves by it that it is the one that had its name before: a machine that was made anew says the same, and may join again.
 */
export const nodePassword = ({ token }: K3sPlan, node: MachineSpec): string => `${token}-${node.name}`
