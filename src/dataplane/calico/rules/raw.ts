import { allOf, clear, isClear, isSet, set } from './marks.ts'
import { CHAIN } from './names.ts'
import type { RuleSettings } from './settings.ts'
import { chainsOf, jumpsTo, workloadsOf } from './static.ts'
import type { FelixTable } from './tables.ts'

/**
 * Before connection tracking: pods' packets with somebody else's source address are dropped here (`rpfilter`). Upstream: felix/rules,
 * StaticRawTableChains.
 */
export function rawChains(settings: RuleSettings): FelixTable {
  const { marks } = settings
  const prerouting = [
    { action: clear(allOf(marks)) },
    ...workloadsOf(settings).map((pods) => ({ match: `--in-interface ${pods}`, action: set(marks.scratch) })),
    { match: isSet(marks.scratch), action: `--jump ${CHAIN.skipReversePath}` },
    { match: `${isSet(marks.scratch)} -m rpfilter --invert --validmark`, action: '--jump DROP' },
    { match: isClear(marks.scratch), action: `--jump ${CHAIN.fromHost}` },
    { match: isSet(marks.accept), action: '--jump ACCEPT' },
  ]
  const output = [
    { action: clear(allOf(marks)) },
    { action: `--jump ${CHAIN.toHost}` },
    { match: isSet(marks.accept), action: '--jump ACCEPT' },
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
