import type { KubeClient } from '../client.ts'
import type { EventRecorder } from '../controllers/event-recorder.ts'
import type { Pod, Service } from '../objects.ts'
import type { MachineFacts } from './machine-facts.ts'
import type { NodeIdentity } from './node-object.ts'
import type { DnsSettings } from './resolv-conf.ts'
import type { PodRuntime } from './runtime.ts'

export interface KubeletConfig extends DnsSettings {
  /** Such as 0.1.0: the node's containerRuntimeVersion is knet://0.1.0. */
  readonly runtimeVersion: string
  readonly machine: MachineFacts
  /** Upstream renews every 10 s. */
  readonly leaseIntervalMs: number
  /** A token for a pod's service account. */
  readonly tokenFor: (pod: Pod) => string | Promise<string>
}

/** What a kubelet's parts share. */
export interface KubeletHost {
  readonly client: KubeClient
  readonly runtime: PodRuntime
  readonly node: NodeIdentity
  readonly config: KubeletConfig
  readonly recorder: EventRecorder
  /** Aborted when the kubelet stops or dies: nothing is written after that. */
  readonly signal: AbortSignal
  now(): Date
  services(): readonly Service[]
  /** The API's present object with the uid of this one. */
  latest(pod: Pod): Pod | undefined
  /** Why pods can't have a network, as last seen; looks again in the background when there is a problem. */
  networkProblem(): string | undefined
  /** Resolves when the network is ready, or after a while in any case. */
  networkChange(signal: AbortSignal): Promise<void>
  /** Resolves after some milliseconds, or as soon as somebody says that the network has changed. */
  pause(ms: number, signal: AbortSignal): Promise<void>
}
