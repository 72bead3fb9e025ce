import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ActiveRule } from '../../../../../src/dataplane/calico/felix/active.ts'
import { calicoPolicyOf } from '../../../../../src/dataplane/calico/policy/kubernetes-policy.ts'
import { readPolicy } from '../../../../../src/dataplane/calico/policy/policy.ts'
import { isKubernetes, type OraclePolicy } from '../../../../helpers/policy-oracle/world.ts'

/** A policy, and what Calico 3.23.5 made of it: its conversion, its update processors and its rule scanner, one after the other. */
interface Recorded {
  readonly policy: OraclePolicy
  readonly id: string
  readonly selector: string
  readonly types: readonly string[] | null
  readonly inbound: readonly ActiveRule[]
  readonly outbound: readonly ActiveRule[]
}

const FILE = join(import.meta.dirname, '../../../../golden/calico/policy/upstream-rules.jsonl')
const RECORDED = readFileSync(FILE, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Recorded)

test.each(RECORDED)(
  '$policy.kind $id has the selector, the rules and the ids of sets that upstream gives it.',
  (recorded) => {
    const { policy, types, ...expected } = recorded
    const { id, selector, ingress, egress, rules } = readPolicy(
      isKubernetes(policy) ? calicoPolicyOf(policy) : policy,
    )
    expect({ id, selector: selector.text, ...rules }).toEqual(expected)
    const governs = (type: string) => !types?.length || types.includes(type)
    expect([ingress, egress]).toEqual([governs('ingress'), governs('egress')])
  },
)
