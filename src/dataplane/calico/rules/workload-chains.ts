import type { ActiveSet, RuleSet } from '../felix/active.ts'
import { dispatchChains } from './dispatch.ts'
import { endpointChain } from './endpoint-chain.ts'
import type { FelixChain } from './felix-chain.ts'
import type { Direction } from './names.ts'
import { policyChain } from './policy-chain.ts'

const DIRECTIONS: readonly Direction[] = ['to', 'from']

/** All chains for pods. Remembers those of endpoints, policies and profiles for as long as these are the same objects. */
export function workloadChains(): (active: ActiveSet) => FelixChain[] {
  const chainsOf = remembered()
  return ({ endpoints, policies, profiles }) => {
    const names = endpoints.map(({ interfaceName }) => interfaceName)
    const ofRules = (kind: 'policy' | 'profile', list: ReadonlyMap<string, RuleSet>) =>
      [...list].flatMap(([id, rules]) =>
        chainsOf(rules, `${kind} ${id}`, (direction) => policyChain(kind, direction, id, rules)),
      )
    return [
      ...DIRECTIONS.flatMap((direction) => dispatchChains(direction, names)),
      ...endpoints.flatMap((one) => chainsOf(one, 'endpoint', (direction) => endpointChain(direction, one))),
      ...ofRules('policy', policies),
      ...ofRules('profile', profiles),
    ]
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
