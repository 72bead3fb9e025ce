import type { ActiveSet, IpSet, RuleSet, WorkloadEndpoint } from '../felix/active.ts'
import type { Labels } from '../selector/expression.ts'
import { LiveSets, sameList, type ServiceMembers } from './live-sets.ts'
import type { Member } from './member.ts'
import { byOrder, type Policy } from './policy.ts'
import { MISSING_PROFILE, type Profile } from './profile.ts'

interface Entry {
  readonly member: Member
  readonly labels: Labels
  /** Policies that select it, in the order in which they are asked; of pods only. */
  readonly policies: Policy[]
  /** The same as its node is told; undefined since something changed. */
  endpoint: WorkloadEndpoint | undefined
}

interface NodeState {
  /** Its pods, by key. */
  readonly pods: Map<string, Entry>
  current: ActiveSet
  stale: boolean
  /** How often something of it has changed. */
  changes: number
}

const EMPTY: ActiveSet = { endpoints: [], policies: new Map(), profiles: new Map(), ipSets: new Map() }

/**
 * What every node of a cluster has to enforce, out of policies, members and profiles; upstream's calculation graph
 * (felix/calc) for all nodes at once. Whatever is put in is looked at when something is asked for next, and costs as
 * much as the change, not as all that is there.
 */
export class Calculation {
  readonly #policies = new Map<string, Policy>()
  readonly #members = new Map<string, Entry>()
  readonly #profiles = new Map<string, Profile>()
  readonly #services = new Map<string, Map<string, ServiceMembers>>()
  readonly #sets = new LiveSets(this.#members, this.#services)
  /** How many policies name a set. */
  readonly #users = new Map<string, number>()
  readonly #nodes = new Map<string, NodeState>()
  readonly #changedPolicies = new Map<string, Policy | undefined>()
  readonly #changedMembers = new Map<string, Member | undefined>()
  readonly #changedProfiles = new Set<string>()

  setPolicy(id: string, policy: Policy | undefined): void {
    this.#changedPolicies.set(id, policy)
  }

  setMember(key: string, member: Member | undefined): void {
    this.#changedMembers.set(key, member)
  }

  setProfile(name: string, profile: Profile | undefined): void {
    if (profile) this.#profiles.set(name, profile)
    else this.#profiles.delete(name)
    this.#changedProfiles.add(name)
  }

  setSlice(service: string, slice: string, members: ServiceMembers | undefined): void {
    const slices = this.#services.get(service) ?? new Map<string, ServiceMembers>()
    if (members) this.#services.set(service, slices.set(slice, members))
    else if (slices.delete(slice) && slices.size === 0) this.#services.delete(service)
    this.#staleBySets(this.#sets.seeSlice(service, slice))
  }

  /** What a node has to enforce: the same object, and the same parts of it, for as long as nothing changes there. */
  activeSet(node: string): ActiveSet {
    this.#digest()
    const state = this.#nodes.get(node)
    if (!state) return EMPTY
    if (state.stale) state.current = kept(state.current, this.#build(state))
    state.stale = false
    return state.current
  }

  /** Grows with every change of what a node has to enforce. Far cheaper than to ask for that itself. */
  changesOf(node: string): number {
    this.#digest()
    return this.#nodes.get(node)?.changes ?? 0
  }

  /** Works in all that was put in since the last time. */
  #digest(): void {
    for (const [id, policy] of this.#changedPolicies) this.#changePolicy(id, policy)
    this.#changedPolicies.clear()
    this.#spreadProfiles()
    for (const [key, member] of this.#changedMembers) this.#changeMember(key, member)
    this.#changedMembers.clear()
  }

  #changePolicy(id: string, policy: Policy | undefined): void {
    const before = this.#policies.get(id)
    if (policy) this.#policies.set(id, policy)
    else this.#policies.delete(id)
    for (const { pods } of this.#nodes.values()) {
      for (const entry of pods.values()) {
        const was = before !== undefined && remove(entry.policies, before)
        const is = policy?.selector.matches(entry.labels) ?? false
        if (policy && is) insert(entry.policies, policy)
        if (!was && !is) continue
        entry.endpoint = undefined
        this.#touchNode(entry)
      }
    }
    for (const set of policy?.sets.keys() ?? []) this.#users.set(set, (this.#users.get(set) ?? 0) + 1)
    for (const set of before?.sets.keys() ?? []) this.#release(set)
  }

  #release(set: string): void {
    const left = (this.#users.get(set) ?? 0) - 1
    if (left > 0) this.#users.set(set, left)
    else {
      this.#users.delete(set)
      this.#sets.forget(set)
    }
  }

  /** Members that inherit from a profile that changed are looked at again. */
  #spreadProfiles(): void {
    if (this.#changedProfiles.size === 0) return
    for (const [key, entry] of this.#members) {
      const concerned = entry.member.profiles.some((profile) => this.#changedProfiles.has(profile))
      if (!concerned) continue
      this.#touchNode(entry)
      if (!this.#changedMembers.has(key)) this.#changedMembers.set(key, entry.member)
    }
    this.#changedProfiles.clear()
  }

  #changeMember(key: string, member: Member | undefined): void {
    const before = this.#members.get(key)
    const entry = member && this.#entryOf(member)
    if (before && entry && sameEntry(before, entry)) return
    if (entry) this.#members.set(key, entry)
    else this.#members.delete(key)
    for (const one of [before, entry]) {
      if (!one?.member.pod) continue
      const { pods } = this.#nodeOf(one.member.pod.node)
      if (one === entry) pods.set(key, entry)
      else pods.delete(key)
      this.#touchNode(one)
    }
    this.#staleBySets(this.#sets.seeMember(key))
  }

  #entryOf(member: Member): Entry {
    const inherited = member.profiles.toReversed().map((name) => this.#profiles.get(name)?.labels)
    const labels: Labels = Object.assign({}, ...inherited, member.labels)
    const policies = member.pod ? [...this.#policies.values()] : []
    const selecting = policies.filter(({ selector }) => selector.matches(labels))
    return { member, labels, policies: selecting.sort(byOrder), endpoint: undefined }
  }

  #nodeOf(name: string): NodeState {
    const state = this.#nodes.get(name) ?? { pods: new Map(), current: EMPTY, stale: true, changes: 0 }
    this.#nodes.set(name, state)
    return state
  }

  #touchNode({ member }: Entry): void {
    if (member.pod) touch(this.#nodeOf(member.pod.node))
  }

  #staleBySets(sets: readonly string[]): void {
    if (sets.length === 0) return
    for (const state of this.#nodes.values()) {
      if (sets.some((set) => state.current.ipSets.has(set))) touch(state)
    }
  }

  #build({ pods }: NodeState): ActiveSet {
    const policies = new Map<string, RuleSet>()
    const profiles = new Map<string, RuleSet>()
    const ipSets = new Map<string, IpSet>()
    const endpoints: WorkloadEndpoint[] = []
    for (const entry of pods.values()) {
      for (const policy of entry.policies) {
        if (policies.has(policy.id)) continue
        policies.set(policy.id, policy.rules)
        for (const [id, definition] of policy.sets) ipSets.set(id, this.#sets.get(definition))
      }
      for (const name of entry.member.profiles) {
        profiles.set(name, (this.#profiles.get(name) ?? MISSING_PROFILE).rules)
      }
      entry.endpoint ??= endpointOf(entry)
      endpoints.push(entry.endpoint)
    }
    endpoints.sort((a, b) => (a.interfaceName < b.interfaceName ? -1 : 1))
    return { endpoints, policies, profiles, ipSets }
  }
}

function touch(state: NodeState): void {
  state.stale = true
  state.changes++
}

function endpointOf({ member, policies }: Entry): WorkloadEndpoint {
  return {
    interfaceName: member.pod?.interfaceName ?? '',
    addresses: member.nets.map((net) => net.replace('/32', '')),
    ingress: policies.filter(({ ingress }) => ingress).map(({ id }) => id),
    egress: policies.filter(({ egress }) => egress).map(({ id }) => id),
    profiles: member.profiles,
  }
}

/** Into its place in the order. */
function insert(policies: Policy[], policy: Policy): void {
  let [low, high] = [0, policies.length]
  while (low < high) {
    const middle = (low + high) >> 1
    const there = policies[middle]
    if (there && byOrder(there, policy) < 0) low = middle + 1
    else high = middle
  }
  policies.splice(low, 0, policy)
}

/** Whether it was there. */
function remove(policies: Policy[], policy: Policy): boolean {
  const at = policies.indexOf(policy)
  if (at >= 0) policies.splice(at, 1)
  return at >= 0
}

function sameEntry(a: Entry, b: Entry): boolean {
  return JSON.stringify([a.member, a.labels]) === JSON.stringify([b.member, b.labels])
}

/** `now`, with whatever is as before being the very same object; `before` itself if all is. */
function kept(before: ActiveSet, now: ActiveSet): ActiveSet {
  const known = new Map(before.endpoints.map((endpoint) => [endpoint.interfaceName, endpoint]))
  const endpoints = now.endpoints.map((endpoint) => {
    const old = known.get(endpoint.interfaceName)
    return old && sameEndpoint(old, endpoint) ? old : endpoint
  })
  const same =
    sameList(before.endpoints, endpoints) &&
    sameMap(before.policies, now.policies) &&
    sameMap(before.profiles, now.profiles) &&
    sameMap(before.ipSets, now.ipSets)
  return same ? before : { ...now, endpoints }
}

function sameEndpoint(a: WorkloadEndpoint, b: WorkloadEndpoint): boolean {
  if (a === b) return true
  return (
    sameList(a.addresses, b.addresses) &&
    sameList(a.ingress, b.ingress) &&
    sameList(a.egress, b.egress) &&
    sameList(a.profiles, b.profiles)
  )
}

function sameMap<T>(a: ReadonlyMap<string, T>, b: ReadonlyMap<string, T>): boolean {
  return a.size === b.size && [...a].every(([key, value]) => b.get(key) === value)
}
