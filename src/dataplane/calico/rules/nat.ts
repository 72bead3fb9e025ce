import { CHAIN, setName } from './names.ts'
import { ALL_POOLS, MASQUERADED_POOLS } from './node-sets.ts'
import type { FelixRule } from './felix-chain.ts'
import type { RuleSettings } from './settings.ts'
import { chainsOf, jumpsTo } from './static.ts'
import type { Surroundings } from './surroundings.ts'
import type { FelixTable } from './tables.ts'

const RANDOM = '--random-fully'
const MASQUERADE = `--jump MASQUERADE ${RANDOM}`

/**
 * Pods of pools with natOutgoing leave under their node's address, and what nodes themselves send into a tunnel goes under the tunnel's.
 * Floating IPs are only OpenStack's, but their chains are always there. Upstream: felix/rules, static.go and nat.go.
 */
export function natChains({ pools, tunnels, settings }: Surroundings): FelixTable {
  const throughTunnel = tunnels.map((name) => ({
    match: `--out-interface ${name} -m addrtype ! --src-type LOCAL --limit-iface-out -m addrtype --src-type LOCAL`,
    action: MASQUERADE,
  }))
  return {
    name: 'nat',
    chains: chainsOf({
      [CHAIN.floatingDnat]: [],
      [CHAIN.floatingSnat]: [],
      [CHAIN.natOutgoing]: pools.some(({ natOutgoing }) => natOutgoing) ? outgoing(settings) : [],
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

/** Ports can be chosen for TCP and UDP alone. */
function outgoing({ natPorts, natAddress, natInterface }: RuleSettings): FelixRule[] {
  const leaving = `-m set --match-set ${setName(MASQUERADED_POOLS)} src -m set ! --match-set ${setName(ALL_POOLS)} dst`
  const by = natInterface ? ` --out-interface ${natInterface}` : ''
  const ports = natPorts && `${natPorts.first}-${natPorts.last}`
  const withPorts = ports
    ? ['tcp', 'udp'].flatMap((protocol) => {
        const match = `${leaving} -p ${protocol}${by}`
        return [
          {
            match,
            action: natAddress
              ? to(`${natAddress}:${ports}`)
              : `--jump MASQUERADE --to-ports ${ports} ${RANDOM}`,
          },
          { match, action: '--jump RETURN' },
        ]
      })
    : []
  return [...withPorts, { match: leaving + by, action: natAddress ? to(natAddress) : MASQUERADE }]
}

function to(address: string): string {
  return `--jump SNAT --to-source ${address} ${RANDOM}`
}
