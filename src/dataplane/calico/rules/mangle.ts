import { allOf, clear, isSet } from './marks.ts'
import { CHAIN } from './names.ts'
import { afterHostEndpoint, chainsOf, ESTABLISHED, jumpsTo } from './static.ts'
import type { RuleSettings } from './settings.ts'
import type { FelixTable } from './tables.ts'

/** Before and after address translation; only policies of the node's own interfaces would act here. Upstream: felix/rules, StaticMangleTableChains. */
export function mangleChains({ marks, mangleAllow }: RuleSettings): FelixTable {
  const prerouting = [
    { match: ESTABLISHED, action: `--jump ${mangleAllow}` },
    { match: isSet(marks.accept), action: `--jump ${mangleAllow}` },
    { action: `--jump ${CHAIN.fromHost}` },
    afterHostEndpoint(marks, mangleAllow),
  ]
  const postrouting = [
    { match: isSet(marks.accept), action: '--jump RETURN' },
    { action: clear(allOf(marks)) },
    { match: '-m conntrack --ctstate DNAT', action: `--jump ${CHAIN.toHost}` },
    afterHostEndpoint(marks, 'RETURN'),
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
