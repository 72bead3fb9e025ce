import { ALL_MARKS, clear, isSet, MARK } from './marks.ts'
import { CHAIN } from './names.ts'
import { afterHostEndpoint, chainsOf, ESTABLISHED, jumpsTo } from './static.ts'
import type { FelixTable } from './tables.ts'

/** Before and after address translation; only policies of the node's own interfaces would act here. Upstream: felix/rules, StaticMangleTableChains. */
export function mangleChains(): FelixTable {
  const prerouting = [
    { match: ESTABLISHED, action: '--jump ACCEPT' },
    { match: isSet(MARK.accept), action: '--jump ACCEPT' },
    { action: `--jump ${CHAIN.fromHost}` },
    afterHostEndpoint('ACCEPT'),
  ]
  const postrouting = [
    { match: isSet(MARK.accept), action: '--jump RETURN' },
    { action: clear(ALL_MARKS) },
    { match: '-m conntrack --ctstate DNAT', action: `--jump ${CHAIN.toHost}` },
    afterHostEndpoint('RETURN'),
  ]
  return {
    name: 'mangle',
    chains: chainsOf({
      [CHAIN.prerouting]: prerouting,
      [CHAIN.postrouting]: postrouting,
      [CHAIN.fromHost]: [],
      [CHAIN.toHost]: [],
    }),
    first: jumpsTo('PREROUTING', 'POSTROUTING'),
    last: [],
  }
}
