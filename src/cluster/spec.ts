import { readFile } from 'node:fs/promises'
import type { Topology } from '../machine/topology.ts'

/** The pod network a cluster comes up with. `none` leaves the nodes NotReady until something is applied. */
export type PodNetwork = {
  /** Of all pods; each node gets a /24 of it. What kube-proxy takes for the cluster's inside. */
  readonly podCIDR: string
} & (
  | { readonly kind: 'flannel'; readonly backend: 'vxlan' | 'host-gw' }
  | { readonly kind: 'calico' | 'none' }
)

/** k3s' own defaults, so that what learners read elsewhere holds here. */
export const CLUSTER_DEFAULTS = {
  serviceCIDR: '10.43.0.0/16',
  apiServiceIP: '10.43.0.1',
  dnsServiceIP: '10.43.0.10',
  apiPort: 6443,
} as const

/** All that the control plane program is told, as a JSON file in the lab's run folder (mode 0600: it holds a token and a key). */
export interface ControlPlaneSpec {
  /** Of knet-labs itself. */
  readonly version: string
  readonly topology: Topology
  /** The machine whose network the control plane shares. */
  readonly apiMachine: string
  readonly podNetwork: PodNetwork
  /** Bearer token of the kubeconfig: full rights. */
  readonly token: string
  /** PEM texts: the authority, the API server's certificate and its key. */
  readonly certificates: { readonly ca: string; readonly certificate: string; readonly key: string }
  /** Unix socket of the API with full rights, mode 0600. */
  readonly socket: string
  /** The inherited descriptor that listens on the host's 127.0.0.1. */
  readonly hostListenerFd: number
}

export async function readSpec(file: string): Promise<ControlPlaneSpec> {
  return JSON.parse(await readFile(file, 'utf8')) as ControlPlaneSpec
}
