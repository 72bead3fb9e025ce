import type { IpSet } from '../felix/active.ts'
import type { Labels } from '../selector/expression.ts'
import type { Member } from './member.ts'
import type { SetDefinition } from './set-definition.ts'

/** A member with all labels that it has: its own and those of its profiles. */
export interface LabelledMember {
  readonly member: Member
  readonly labels: Labels
}

interface LiveSet {
  readonly definition: SetDefinition
  /** What each member, or each slice of a service, has put in. */
  readonly from: Map<string, readonly string[]>
  /** Undefined since something changed. */
  current: IpSet | undefined
}

const NOTHING: readonly string[] = []

/** Sets of addresses that rules name, kept up to date. An IpSet is the same object for as long as its members are. */
export class LiveSets {
  readonly #members: ReadonlyMap<string, LabelledMember>
  /** Addresses of services, by service and then by slice. */
  readonly #services: ReadonlyMap<string, ReadonlyMap<string, ServiceMembers>>
  readonly #live = new Map<string, LiveSet>()

  constructor(
    members: ReadonlyMap<string, LabelledMember>,
    services: ReadonlyMap<string, ReadonlyMap<string, ServiceMembers>>,
  ) {
    this.#members = members
    this.#services = services
  }

  /** The set as it is now; from here on it is kept up to date. */
  get(definition: SetDefinition): IpSet {
    const live = this.#live.get(definition.id) ?? this.#begin(definition)
    live.current ??= {
      id: definition.id,
      type: hasPorts(definition) ? 'ip,port' : 'net',
      members: new Set([...live.from.values()].flat()),
    }
    return live.current
  }

  forget(id: string): void {
    this.#live.delete(id)
  }

  /** A member came, changed or went. Gives the ids of sets that changed. */
  seeMember(key: string): string[] {
    const member = this.#members.get(key)
    const changed: string[] = []
    for (const live of this.#live.values()) {
      if (live.definition.of === 'service') continue
      if (put(live, key, member ? contribution(live.definition, member) : NOTHING))
        changed.push(live.definition.id)
    }
    return changed
  }

  /** A slice of a service came, changed or went. */
  seeSlice(service: string, slice: string): string[] {
    const members = this.#services.get(service)?.get(slice)
    const changed: string[] = []
    for (const live of this.#live.values()) {
      const { definition } = live
      if (definition.of !== 'service' || definition.service !== service) continue
      if (put(live, slice, serviceContribution(definition, members))) changed.push(definition.id)
    }
    return changed
  }

  #begin(definition: SetDefinition): LiveSet {
    const live: LiveSet = { definition, from: new Map(), current: undefined }
    this.#live.set(definition.id, live)
    if (definition.of === 'service') {
      for (const [slice, members] of this.#services.get(definition.service) ?? []) {
        put(live, slice, serviceContribution(definition, members))
      }
    } else {
      for (const [key, member] of this.#members) put(live, key, contribution(definition, member))
    }
    return live
  }
}

/** What a slice of a service has. */
export interface ServiceMembers {
  /** 192.168.104.1/32 */
  readonly nets: readonly string[]
  /** 192.168.104.1,tcp:80 */
  readonly netsAndPorts: readonly string[]
}

function hasPorts(definition: SetDefinition): boolean {
  return definition.of === 'named-port' || (definition.of === 'service' && definition.withPorts)
}

function serviceContribution(
  { withPorts }: Extract<SetDefinition, { of: 'service' }>,
  members: ServiceMembers | undefined,
): readonly string[] {
  if (!members) return NOTHING
  return withPorts ? members.netsAndPorts : members.nets
}

function contribution(
  definition: Exclude<SetDefinition, { of: 'service' }>,
  { member, labels }: LabelledMember,
): readonly string[] {
  if (definition.of === 'selector') return definition.selector.matches(labels) ? member.nets : NOTHING
  const { port, protocol, selector } = definition
  const named = member.ports.filter((one) => one.name === port && one.protocol === protocol)
  if (named.length === 0 || !selector.matches(labels)) return NOTHING
  return named.flatMap((one) => member.nets.map((net) => `${net.split('/')[0]},${protocol}:${one.port}`))
}

/** Whether that changed anything. */
function put(live: LiveSet, key: string, members: readonly string[]): boolean {
  const before = live.from.get(key) ?? NOTHING
  if (sameList(before, members)) return false
  if (members.length > 0) live.from.set(key, members)
  else live.from.delete(key)
  live.current = undefined
  return true
}

export function sameList<T>(a: readonly T[], b: readonly T[]): boolean {
  return a === b || (a.length === b.length && a.every((value, i) => value === b[i]))
}
