import { expect, test } from 'vitest'
import type { ActiveSet } from '../../../../../src/dataplane/calico/felix/active.ts'
import { Calculation } from '../../../../../src/dataplane/calico/policy/calculation.ts'
import { calicoPolicyOf } from '../../../../../src/dataplane/calico/policy/kubernetes-policy.ts'
import {
  networkSetMember,
  podMember,
  type Member,
} from '../../../../../src/dataplane/calico/policy/member.ts'
import { readPolicy, type Policy } from '../../../../../src/dataplane/calico/policy/policy.ts'
import { profileOfNamespace, type Profile } from '../../../../../src/dataplane/calico/policy/profile.ts'
import { isKubernetes } from '../../../../helpers/policy-oracle/world.ts'
import { type Random, randomPolicies, seeded, WORLD } from '../../../../helpers/random-policies.ts'
import { podOf } from './calculation-of.ts'

const NODES = ['node0', 'node1', 'node2']
const SEEDS = 5
const STEPS = 40

type Backends = Parameters<Calculation['setSlice']>[2]

/** All that was put in and not taken out again. */
interface Inputs {
  readonly policies: Map<string, Policy>
  readonly members: Map<string, Member>
  readonly profiles: Map<string, Profile>
  readonly slices: Map<string, Backends>
}

function fresh({ policies, members, profiles, slices }: Inputs): Calculation {
  const calculation = new Calculation()
  for (const [id, policy] of policies) calculation.setPolicy(id, policy)
  for (const [key, member] of members) calculation.setMember(key, member)
  for (const [name, profile] of profiles) calculation.setProfile(name, profile)
  for (const [slice, backends] of slices) calculation.setSlice('shop/web', slice, backends)
  return calculation
}

/** Without the order of maps and sets, which says nothing. */
function plain({ endpoints, policies, profiles, ipSets }: ActiveSet): unknown {
  const sorted = <T>(map: ReadonlyMap<string, T>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    endpoints,
    policies: sorted(policies),
    profiles: sorted(profiles),
    ipSets: sorted(ipSets).map(([, { id, type, members }]) => [id, type, [...members].sort()]),
  }
}

function change(calculation: Calculation, inputs: Inputs, random: Random): void {
  const one = <T>(choices: readonly T[]) => choices[Math.floor(random() * choices.length)] as T
  const keep = <T>(map: Map<string, T>, key: string, value: T | undefined) =>
    value === undefined ? map.delete(key) : map.set(key, value)
  const gone = random() < 0.3
  switch (one(['policy', 'policy', 'pod', 'pod', 'profile', 'set', 'slice'])) {
    case 'policy': {
      const given = one(randomPolicies(random))
      const policy = readPolicy(isKubernetes(given) ? calicoPolicyOf(given) : given)
      keep(inputs.policies, policy.id, gone ? undefined : policy)
      return calculation.setPolicy(policy.id, gone ? undefined : policy)
    }
    case 'pod': {
      const pod = one(WORLD.pods)
      const labels = random() < 0.5 ? pod.labels : { app: one(['web', 'db']), tier: one(['front', 'back']) }
      const member = gone ? undefined : podMember(podOf({ ...pod, labels }, one(NODES)))
      keep(inputs.members, pod.ip, member)
      return calculation.setMember(pod.ip, member)
    }
    case 'profile': {
      const { name } = one(WORLD.namespaces)
      const labels = { team: one(['red', 'blue', 'green']) }
      const profile = gone
        ? undefined
        : profileOfNamespace({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } })
      keep(inputs.profiles, `kns.${name}`, profile)
      return calculation.setProfile(`kns.${name}`, profile)
    }
    case 'set': {
      const metadata = { name: 'partners', labels: { role: one(['partner', 'office']) } }
      const spec = { nets: [one(['192.0.2.0/25', '203.0.113.0/24'])] }
      const set = {
        apiVersion: 'crd.projectcalico.org/v1',
        kind: 'GlobalNetworkSet',
        metadata,
        spec,
      } as const
      const member = gone ? undefined : networkSetMember(set)
      keep(inputs.members, 'partners', member)
      return calculation.setMember('partners', member)
    }
    case 'slice': {
      const slice = one(['a', 'b'])
      const address = one(['10.0.0.1', '10.0.0.2'])
      const backends = gone ? undefined : { nets: [`${address}/32`], netsAndPorts: [`${address},tcp:80`] }
      keep(inputs.slices, slice, backends)
      return calculation.setSlice('shop/web', slice, backends)
    }
  }
}

test.each([1, 6, 11])(
  'After any row of changes (from seed %d on) it is as if it had all been there from the first.',
  (first) => {
    for (let seed = first; seed < first + SEEDS; seed++) {
      const random = seeded(seed)
      const calculation = new Calculation()
      const inputs: Inputs = {
        policies: new Map(),
        members: new Map(),
        profiles: new Map(),
        slices: new Map(),
      }
      const told = new Map(NODES.map((node) => [node, { changes: 0, seen: calculation.activeSet(node) }]))
      for (let step = 0; step < STEPS; step++) {
        change(calculation, inputs, random)
        // Some changes come together.
        if (random() < 0.3) continue
        const anew = fresh(inputs)
        for (const node of NODES) {
          const changes = calculation.changesOf(node)
          const seen = calculation.activeSet(node)
          // Whoever waits for changes has been told.
          if (told.get(node)?.changes === changes) expect(seen).toBe(told.get(node)?.seen)
          told.set(node, { changes, seen })
          expect(plain(seen), `seed ${seed}, step ${step}, ${node}`).toEqual(plain(anew.activeSet(node)))
          expect(calculation.activeSet(node)).toBe(seen)
        }
      }
    }
  },
)
