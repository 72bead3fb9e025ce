import { ALL_MARKS, clear, isClear, isSet, MARK, set } from './marks.ts'
import { CHAIN } from './names.ts'
import { chainsOf, jumpsTo, WORKLOADS } from './static.ts'
import type { FelixTable } from './tables.ts'

/**
 * Before connection tracking: pods' packets with somebody else's source address are dropped here (`rpfilter`). Upstream: felix/rules,
 * StaticRawTableChains.
 */
export function rawChains(): FelixTable {
  const prerouting = [
    { action: clear(ALL_MARKS) },
    { match: `--in-interface ${WORKLOADS}`, action: set(MARK.scratch) },
    { match: isSet(MARK.scratch), action: `--jump ${CHAIN.skipReversePath}` },
    { match: `${isSet(MARK.scratch)} -m rpfilter --invert --validmark`, action: '--jump DROP' },
    { match: isClear(MARK.scratch), action: `--jump ${CHAIN.fromHost}` },
    { match: isSet(MARK.accept), action: '--jump ACCEPT' },
  ]
  const output = [
    { action: clear(ALL_MARKS) },
    { action: `--jump ${CHAIN.toHost}` },
    { match: isSet(MARK.accept), action: '--jump ACCEPT' },
  ]
  return {
    name: 'raw',
    chains: chainsOf({
      [CHAIN.prerouting]: prerouting,
      [CHAIN.output]: output,
      [CHAIN.skipReversePath]: [],
      [CHAIN.fromHost]: [],
      [CHAIN.toHost]: [],
    }),
    first: jumpsTo('PREROUTING', 'OUTPUT'),
    last: [],
  }
}
