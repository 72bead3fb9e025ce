import type { Node, NodeCondition } from '../objects.ts'
import { timestamp } from '../timestamp.ts'
import type { MachineFacts } from './machine-facts.ts'

export interface NodeIdentity {
  readonly name: string
  readonly address: string
  readonly controlPlane?: boolean
}

export interface NodeVersions {
  /** Such as v1.36.3+knet. */
  readonly kubelet: string
  /** Such as knet://0.1.0. */
  readonly runtime: string
}

type NodeStatus = NonNullable<Node['status']>

/** Labels and metadata that a kubelet registers with. */
export function nodeMetadata(
  { name, controlPlane }: NodeIdentity,
  { architecture }: MachineFacts,
): Node['metadata'] {
  return {
    name,
    labels: {
      'beta.kubernetes.io/arch': architecture,
      'beta.kubernetes.io/os': 'linux',
      'kubernetes.io/arch': architecture,
      'kubernetes.io/hostname': name,
      'kubernetes.io/os': 'linux',
      ...(controlPlane && { 'node-role.kubernetes.io/control-plane': 'true' }),
    },
    annotations: {
      'node.alpha.kubernetes.io/ttl': '0',
      'volumes.kubernetes.io/controller-managed-attach-detach': 'true',
    },
  }
}

/** The whole status of a node but what others add, such as flannel's NetworkUnavailable condition. */
export function nodeStatus(
  { name, address }: NodeIdentity,
  facts: MachineFacts,
  versions: NodeVersions,
): Omit<NodeStatus, 'conditions'> {
  const capacity = {
    cpu: String(facts.cpus),
    'ephemeral-storage': `${facts.storageKiB}Ki`,
    'hugepages-1Gi': '0',
    'hugepages-2Mi': '0',
    memory: `${facts.memoryKiB}Ki`,
    pods: '110',
  }
  return {
    addresses: [
      { type: 'InternalIP', address },
      { type: 'Hostname', address: name },
    ],
    capacity,
    // A twentieth of the disk is kept back for the kubelet's eviction threshold, in bytes.
    allocatable: { ...capacity, 'ephemeral-storage': String(Math.floor(facts.storageKiB * 1024 * 0.95)) },
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    nodeInfo: {
      architecture: facts.architecture,
      bootID: facts.bootID,
      containerRuntimeVersion: versions.runtime,
      kernelVersion: facts.kernelVersion,
      kubeProxyVersion: '',
      kubeletVersion: versions.kubelet,
      machineID: facts.machineID,
      operatingSystem: 'linux',
      osImage: facts.osImage,
      systemUUID: facts.machineID,
    },
  }
}

const HEALTHY = [
  ['MemoryPressure', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
  ['DiskPressure', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
  ['PIDPressure', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
] as const

/** The words for a network that is not ready, as the node's condition and NetworkNotReady events have them. */
export function networkMessage(problem: string): string {
  const start = 'container runtime network not ready: '
  if (problem.startsWith(start)) return problem
  const condition = 'NetworkReady=false reason:NetworkPluginNotReady message:'
  return start + (problem.startsWith('NetworkReady=') ? problem : condition + problem)
}

/** A kubelet's conditions; those of others in `before` are kept. */
export function nodeConditions(
  before: readonly NodeCondition[],
  networkProblem: string | undefined,
  now: Date,
): NodeCondition[] {
  const time = timestamp(now)
  const make = (type: string, status: string, reason: string, message: string): NodeCondition => {
    const old = before.find((condition) => condition.type === type)
    const lastTransitionTime = old?.status === status ? (old.lastTransitionTime ?? time) : time
    return { type, status, lastHeartbeatTime: time, lastTransitionTime, reason, message }
  }
  const own = HEALTHY.map(([type, reason, message]) => make(type, 'False', reason, message))
  const ready =
    networkProblem === undefined
      ? make('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status')
      : make('Ready', 'False', 'KubeletNotReady', networkMessage(networkProblem))
  const types = new Set([...HEALTHY.map(([type]) => type as string), 'Ready'])
  return [...before.filter((condition) => !types.has(condition.type)), ...own, ready]
}
