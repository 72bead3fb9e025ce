import { expect, test } from 'vitest'
import { packetFilter } from '../../../../helpers/active-set-verdict.ts'
import { policyOracle } from '../../../../helpers/policy-oracle.ts'
import type { Connection, OracleWorld } from '../../../../helpers/policy-oracle/world.ts'
import { CONNECTIONS, randomPolicies, seeded, WORLD } from '../../../../helpers/random-policies.ts'
import { calculationOf, NODE } from './calculation-of.ts'

/** Some policies each. */
const TRIALS = 25

function packetOf({ from, to, protocol, sourcePort = 0, port }: Connection) {
  const address = (end: Connection['from']) => (typeof end === 'string' ? end : end.ip)
  const lower = protocol.toLowerCase() as 'tcp' | 'udp' | 'sctp' | 'icmp'
  return { source: address(from), destination: address(to), protocol: lower, sourcePort, port }
}

function nameOf(end: Connection['from']): string {
  return typeof end === 'string' ? end : `${end.namespace}/${end.name}`
}

/** Connections about which the two disagree. */
function disagreements(world: OracleWorld): string[] {
  const passes = packetFilter(calculationOf(world).activeSet(NODE))
  const allows = policyOracle(world)
  return CONNECTIONS.filter((connection) => passes(packetOf(connection)) !== allows(connection)).map(
    ({ from, to, protocol, port }) => `${nameOf(from)} to ${nameOf(to)} ${protocol} ${port}`,
  )
}

test.each([1, 26, 51, 76, 101, 126])(
  `For ${TRIALS} random sets of policies from seed %d on every connection is decided as the documentation has it.`,
  (first) => {
    for (let seed = first; seed < first + TRIALS; seed++) {
      const policies = randomPolicies(seeded(seed))
      const wrong = disagreements({ ...WORLD, policies })
      expect(wrong, `seed ${seed}: ${JSON.stringify(policies)}`).toEqual([])
    }
  },
)
