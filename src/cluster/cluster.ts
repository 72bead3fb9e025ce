import type { KubeClient } from '../kube/client.ts'
import type { Driver, MachineFile, Phase, Running, UpOptions } from '../machine/driver.ts'
import type { Machine } from '../machine/machine.ts'
import type { Topology } from '../machine/topology.ts'

/** A running Kubernetes and the ways to reach it from the host: the small one of ours, or k3s. */
export interface Cluster {
  readonly kube: KubeClient
  /** File for kubectl's KUBECONFIG. */
  readonly kubeconfig: string
  /** The environment that makes the host's kubectl this cluster's, and keeps what it caches out of the user's ~/.kube. */
  readonly kubectlEnv: Readonly<Record<string, string>>
  /** Manifests that this cluster has its own of, by the names that labs have for theirs. */
  readonly manifests?: ReadonlyMap<string, string>
  /**
   * A pod's container as a machine; its first one when none is named.
   * @throws LabError KNET_NO_SUCH_POD when there is no such running container.
   */
  pod(namespace: string, pod: string, container?: string): Promise<Machine>
  /**
   * Makes machines and the cluster's network whole again: rebuilds what is dead, and what flannel, kube-proxy and CNI wrote.
   * @returns what was mended, a line each, with the node's name first.
   */
  heal(signal?: AbortSignal): Promise<readonly string[]>
  /** Heals, and makes the cluster what it was when it became ready: where that takes more than undoing what was done. @returns as {@link heal} does. */
  readonly restore?: (signal?: AbortSignal) => Promise<readonly string[]>
}

/** What it takes to bring up machines with a cluster on them. */
export interface Bringing {
  readonly driver: Driver
  readonly topology: Topology
  /** On every machine. */
  readonly files?: readonly MachineFile[]
  readonly onPhase: (phase: Phase) => void
  readonly onCommand?: UpOptions['onCommand']
  readonly onProgress?: UpOptions['onProgress']
  readonly signal: AbortSignal
}

/** What it takes to wait for a cluster that somebody brings up. */
export type Joining = Pick<Bringing, 'driver' | 'topology' | 'onPhase' | 'signal'>

/** One kind of Kubernetes: how it comes up on machines, and how it is found there. */
export interface ClusterKind {
  /** @throws LabError when machines or cluster don't come up; what is new is gone then, and what was there before is left stopped. */
  up(bringing: Bringing): Promise<{ readonly running: Running; readonly cluster: Cluster }>
  /** The cluster of machines that are up. */
  open(running: Running): Promise<Cluster>
  /** Resolves when the cluster, which another program may be bringing up at this moment, is ready. @throws LabError when it does not come to be. */
  whenReady(joining: Joining): Promise<void>
}
