import { CHAIN, setName } from './names.ts'
import { ALL_POOLS, MASQUERADED_POOLS } from './node-sets.ts'
import { chainsOf, jumpsTo } from './static.ts'
import type { Surroundings } from './surroundings.ts'
import type { FelixTable } from './tables.ts'

const MASQUERADE = '--jump MASQUERADE --random-fully'

/**
 * Pods of pools with natOutgoing leave under their node's address, and what nodes themselves send into a tunnel goes under the tunnel's.
 * Floating IPs are only OpenStack's, but their chains are always there. Upstream: felix/rules, static.go and nat.go.
 */
export function natChains({ pools, tunnels }: Surroundings): FelixTable {
  const outgoing = {
    match: `-m set --match-set ${setName(MASQUERADED_POOLS)} src -m set ! --match-set ${setName(ALL_POOLS)} dst`,
    action: MASQUERADE,
  }
  const throughTunnel = tunnels.map((name) => ({
    match: `--out-interface ${name} -m addrtype ! --src-type LOCAL --limit-iface-out -m addrtype --src-type LOCAL`,
    action: MASQUERADE,
  }))
  return {
    name: 'nat',
    chains: chainsOf({
      [CHAIN.floatingDnat]: [],
      [CHAIN.floatingSnat]: [],
      [CHAIN.natOutgoing]: pools.some(({ natOutgoing }) => natOutgoing) ? [outgoing] : [],
      [CHAIN.prerouting]: [{ action: `--jump ${CHAIN.floatingDnat}` }],
      [CHAIN.output]: [{ action: `--jump ${CHAIN.floatingDnat}` }],
      [CHAIN.postrouting]: [
        { action: `--jump ${CHAIN.floatingSnat}` },
        { action: `--jump ${CHAIN.natOutgoing}` },
        ...throughTunnel,
      ],
    }),
    first: jumpsTo('PREROUTING', 'OUTPUT', 'POSTROUTING'),
    last: [],
  }
}
