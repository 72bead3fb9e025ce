import { LabError, messageOf } from '../../../base/errors.ts'
import { type Change, type Informer, type KubeClient, keyOf } from '../../../kube/client.ts'
import type { EndpointSlice, KubeObject } from '../../../kube/objects.ts'
import {
  ENDPOINT_SLICES,
  NAMESPACES,
  NETWORK_POLICIES,
  PODS,
  type ResourceType,
  SERVICE_ACCOUNTS,
} from '../../../kube/resources.ts'
import type { ActiveSet } from '../felix/active.ts'
import { Calculation } from './calculation.ts'
import { watchCustomKind } from './custom-kind-watch.ts'
import {
  CALICO_NETWORK_POLICIES,
  type CalicoNetworkPolicy,
  GLOBAL_NETWORK_POLICIES,
  GLOBAL_NETWORK_SETS,
  type GlobalNetworkPolicy,
  type GlobalNetworkSet,
  NETWORK_SETS,
  type NetworkSet,
} from './kinds.ts'
import { calicoPolicyOf } from './kubernetes-policy.ts'
import { namespaceProfile, networkSetMember, podMember, serviceAccountProfile } from './member.ts'
import { type Policy, readPolicy } from './policy.ts'
import { profileOfNamespace, profileOfServiceAccount } from './profile.ts'
import { serviceMembers, serviceOfSlice } from './service-members.ts'

export interface PolicyCalculatorOptions {
  readonly client: KubeClient
  /** Told once of a policy that is malformed: it is treated as if it weren't there. */
  readonly onProblem?: (problem: unknown) => void
}

/** What all nodes have to enforce, calculated once for all of them. */
export interface PolicyCalculator {
  /** Resolves when all that was in the API is calculated with. */
  readonly synced: Promise<unknown>
  forNode(name: string): NodePolicy
  stop(): void
}

/** What one node has to enforce. */
export interface NodePolicy {
  /**
   * As the API is now. Parts that are the same as last time are the very same objects, and so is the whole of it if
   * nothing at all has changed.
   */
  current(): ActiveSet
  /** Calls back after what may change `current`, in the same turn as informers do; returns the unsubscriber. */
  onChange(handler: () => void): () => void
}

export function policyCalculator(options: PolicyCalculatorOptions): PolicyCalculator {
  return new Calculator(options)
}

interface Watcher {
  readonly handler: () => void
  readonly node: string
  /** Up to which change it has been told. */
  seen: number
}

class Calculator implements PolicyCalculator {
  readonly synced: Promise<unknown>
  readonly #calculation = new Calculation()
  readonly #client: KubeClient
  readonly #onProblem: (problem: unknown) => void
  readonly #problems = new Map<string, string>()
  readonly #watchers = new Set<Watcher>()
  readonly #ends: (() => void)[] = []
  #isTold = false

  constructor({ client, onProblem = () => undefined }: PolicyCalculatorOptions) {
    this.#client = client
    this.#onProblem = onProblem
    const calculation = this.#calculation
    const synced = [
      this.#watch(NAMESPACES, ({ type, object }) => {
        const profile = type === 'deleted' ? undefined : profileOfNamespace(object)
        calculation.setProfile(namespaceProfile(object.metadata.name), profile)
      }),
      this.#watch(SERVICE_ACCOUNTS, ({ type, object }) => {
        const { namespace = 'default', name } = object.metadata
        const profile = type === 'deleted' ? undefined : profileOfServiceAccount(object)
        calculation.setProfile(serviceAccountProfile(namespace, name), profile)
      }),
      this.#watch(PODS, ({ type, object }) => {
        calculation.setMember(`pod ${keyOf(object)}`, type === 'deleted' ? undefined : podMember(object))
      }),
      this.#watch(ENDPOINT_SLICES, (change) => this.#seeSlice(change)),
      this.#watch(NETWORK_POLICIES, ({ type, object }) =>
        this.#seePolicy(calicoPolicyOf(object), type === 'deleted'),
      ),
    ]
    this.#watchCustomKinds()
    this.synced = Promise.all(synced)
  }

  forNode(node: string): NodePolicy {
    return {
      current: () => this.#calculation.activeSet(node),
      onChange: (handler) => {
        const watcher: Watcher = { handler, node, seen: this.#calculation.changesOf(node) }
        this.#watchers.add(watcher)
        return () => void this.#watchers.delete(watcher)
      },
    }
  }

  stop(): void {
    for (const end of this.#ends) end()
    this.#watchers.clear()
  }

  #watchCustomKinds(): void {
    const calculation = this.#calculation
    for (const type of [CALICO_NETWORK_POLICIES, GLOBAL_NETWORK_POLICIES]) {
      this.#watchCustom<CalicoNetworkPolicy | GlobalNetworkPolicy>(type, ({ type, object }) =>
        // The API takes one without a spec, which governs everything and allows nothing.
        this.#seePolicy(Object.assign({ spec: {} }, object), type === 'deleted'),
      )
    }
    for (const kind of [NETWORK_SETS, GLOBAL_NETWORK_SETS]) {
      this.#watchCustom<NetworkSet | GlobalNetworkSet>(kind, ({ type, object }) => {
        const member = type === 'deleted' ? undefined : networkSetMember(object)
        calculation.setMember(`set ${keyOf(object)}`, member)
      })
    }
  }

  /** Resolves when the first list is in. */
  #watch<T extends KubeObject>(type: ResourceType<T>, see: (change: Change<T>) => void): Promise<void> {
    const informer: Informer<T> = this.#client.informer(type)
    this.#ends.push(() => informer.stop())
    informer.onChange(this.#telling(see))
    return informer.synced
  }

  #watchCustom<T extends KubeObject>(type: ResourceType<T>, see: (change: Change<T>) => void): void {
    this.#ends.push(watchCustomKind(this.#client, type, this.#telling(see)))
  }

  #telling<T>(see: (change: Change<T>) => void): (change: Change<T>) => void {
    return (change) => {
      see(change)
      this.#tell()
    }
  }

  #seePolicy(object: CalicoNetworkPolicy | GlobalNetworkPolicy, isDeleted: boolean): void {
    const id = keyOf(object)
    this.#calculation.setPolicy(id, isDeleted ? this.#forgive(id) : this.#read(id, object))
  }

  #read(id: string, object: CalicoNetworkPolicy | GlobalNetworkPolicy): Policy | undefined {
    try {
      const policy = readPolicy(object)
      this.#forgive(id)
      return isForHosts(object) ? { ...policy, ingress: false, egress: false } : policy
    } catch (error) {
      this.#complain(id, `policy ${id} is not enforced: ${messageOf(error)}`)
      return undefined
    }
  }

  #complain(id: string, message: string): void {
    if (this.#problems.get(id) === message) return
    this.#problems.set(id, message)
    this.#onProblem(new LabError('KNET_CALICO', { message }))
  }

  #forgive(id: string): undefined {
    this.#problems.delete(id)
  }

  #seeSlice({ type, object, previous }: Change<EndpointSlice>): void {
    const { name } = object.metadata
    const service = serviceOfSlice(object)
    const before = previous && serviceOfSlice(previous)
    if (before !== undefined && before !== service) this.#calculation.setSlice(before, name, undefined)
    this.#calculation.setSlice(service, name, type === 'deleted' ? undefined : serviceMembers(object))
  }

  /** Once for all changes of a turn, and only those whose node is concerned. */
  #tell(): void {
    if (this.#isTold || this.#watchers.size === 0) return
    this.#isTold = true
    queueMicrotask(() => {
      this.#isTold = false
      for (const watcher of this.#watchers) {
        const now = this.#calculation.changesOf(watcher.node)
        if (now === watcher.seen) continue
        watcher.seen = now
        watcher.handler()
      }
    })
  }
}

/**
 * Pods' packets never ask such a policy: it is of connections before address translation, or without tracking. As in upstream's
 * Felix, the sets that it names are there all the same where it selects a pod.
 */
function isForHosts(policy: CalicoNetworkPolicy | GlobalNetworkPolicy): boolean {
  if (policy.kind !== 'GlobalNetworkPolicy') return false
  const { doNotTrack, preDNAT } = policy.spec
  return doNotTrack === true || preDNAT === true
}
