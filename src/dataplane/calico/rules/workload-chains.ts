import type { ActiveSet, RuleSet } from '../felix/active.ts'
import { dispatchChains } from './dispatch.ts'
import { askPolicy, endpointChain } from './endpoint-chain.ts'
import type { FelixChain, FelixRule } from './felix-chain.ts'
import type { Direction } from './names.ts'
import type { Marks } from './marks.ts'
import { policyChain } from './policy-chain.ts'
import type { RuleSettings } from './settings.ts'

const DIRECTIONS: readonly Direction[] = ['to', 'from']

/** All chains for pods. Remembers those of endpoints, policies and profiles for as long as these are the same objects. */
export function workloadChains(settings: RuleSettings): (active: ActiveSet) => FelixChain[] {
  const chainsOf = remembered()
  const { marks } = settings
  const asking = { to: rememberedAsking('to', marks), from: rememberedAsking('from', marks) }
  return ({ endpoints, policies, profiles }) => {
    const ask = { to: asking.to(policies), from: asking.from(policies) }
    const names = endpoints.map(({ interfaceName }) => interfaceName)
    const ofRules = (kind: 'policy' | 'profile', list: ReadonlyMap<string, RuleSet>) =>
      [...list].flatMap(([id, rules]) =>
        chainsOf(rules, `${kind} ${id}`, (direction) => policyChain(kind, direction, id, rules, settings)),
      )
    return [
      ...DIRECTIONS.flatMap((direction) => dispatchChains(direction, names)),
      ...endpoints.flatMap((one) =>
        chainsOf(one, 'endpoint', (direction) => endpointChain(direction, one, settings, ask[direction])),
      ),
      ...ofRules('policy', policies),
      ...ofRules('profile', profiles),
    ]
  }
}

/** {@link askPolicy}, once for each policy that there is. */
function rememberedAsking(direction: Direction, marks: Marks) {
  let known = new Map<string, readonly FelixRule[]>()
  return (policies: ReadonlyMap<string, RuleSet>) => {
    const before = known
    known = new Map([...policies.keys()].map((id) => [id, before.get(id) ?? askPolicy(direction, id, marks)]))
    return (id: string) => known.get(id) ?? askPolicy(direction, id, marks)
  }
}

/** By object and key: what is the same for many is often one object. */
function remembered() {
  const known = new WeakMap<object, Map<string, FelixChain[]>>()
  return (of: object, key: string, render: (direction: Direction) => FelixChain): FelixChain[] => {
    const byKey = known.get(of) ?? new Map<string, FelixChain[]>()
    known.set(of, byKey)
    const chains = byKey.get(key) ?? DIRECTIONS.map(render)
    byKey.set(key, chains)
    return chains
  }
}
