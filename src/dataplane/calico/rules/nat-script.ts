import { parseCidr } from '../../../net/cidr.ts'
import type { IPPool } from '../resources.ts'
import { TUNNEL } from '../tunnel/ipip-tunnel.ts'
import { ruleLines, type FelixChain } from './felix-chain.ts'

const ALL = 'cali40all-ipam-pools'
const MASQUERADED = 'cali40masq-ipam-pools'
const MASQUERADE = '--jump MASQUERADE --random-fully'

/**
 * A script that lets pods of pools with natOutgoing leave under their node's address, and nodes enter the tunnel under the tunnel's.
 * Sets are swapped and chains replaced in one go, so that nothing passes meanwhile that should not.
 */
export function natScript(pools: readonly IPPool[], inTunnel: boolean): string {
  const cidrs = (which: readonly IPPool[]) =>
    which.map(({ spec }) => spec.cidr).filter((cidr) => parseCidr(cidr))
  const enabled = pools.filter(({ spec }) => !spec.disabled)
  const chains = natChains(inTunnel)
  return [
    'set -e',
    "ipset -exist restore <<'END'",
    ...setLines(ALL, cidrs(enabled)),
    ...setLines(MASQUERADED, cidrs(enabled.filter(({ spec }) => spec.natOutgoing))),
    'END',
    'have=$(iptables-save -t nat)',
    '{',
    "cat <<'END'",
    '*nat',
    ...chains.map(({ name }) => `:${name} - [0:0]`),
    ...chains.flatMap((chain) => ruleLines(chain).map((line) => `-A ${chain.name} ${line}`)),
    'END',
    ...JUMPS.map(jumpLine),
    'echo COMMIT',
    '} | iptables-restore -w 5 --noflush',
    '',
  ].join('\n')
}

/** Upstream: felix/rules, static.go and nat.go. Floating IPs are only OpenStack's, but their chains are always there. */
export function natChains(inTunnel: boolean): FelixChain[] {
  const throughTunnel = {
    match: `--out-interface ${TUNNEL} -m addrtype ! --src-type LOCAL --limit-iface-out -m addrtype --src-type LOCAL`,
    action: MASQUERADE,
  }
  const outgoing = {
    match: `-m set --match-set ${MASQUERADED} src -m set ! --match-set ${ALL} dst`,
    action: MASQUERADE,
  }
  return [
    { name: 'cali-fip-dnat', rules: [] },
    { name: 'cali-fip-snat', rules: [] },
    { name: 'cali-nat-outgoing', rules: [outgoing] },
    { name: 'cali-PREROUTING', rules: [{ action: '--jump cali-fip-dnat' }] },
    { name: 'cali-OUTPUT', rules: [{ action: '--jump cali-fip-dnat' }] },
    {
      name: 'cali-POSTROUTING',
      rules: [
        { action: '--jump cali-fip-snat' },
        { action: '--jump cali-nat-outgoing' },
        ...(inTunnel ? [throughTunnel] : []),
      ],
    },
  ]
}

const JUMPS: readonly FelixChain[] = ['PREROUTING', 'OUTPUT', 'POSTROUTING'].map((name) => ({
  name,
  rules: [{ action: `--jump cali-${name}` }],
}))

/** Felix's rules come before everybody else's. */
function jumpLine(chain: FelixChain): string {
  const [line = ''] = ruleLines(chain)
  const comment = line.split(' --jump')[0]
  return `case $have in *'${comment}'*) ;; *) echo '-I ${chain.name} 1 ${line}' ;; esac`
}

function setLines(name: string, cidrs: readonly string[]): string[] {
  const kind = 'hash:net family inet hashsize 1024 maxelem 1048576'
  return [
    `create ${name} ${kind}`,
    `create ${name}-new ${kind}`,
    `flush ${name}-new`,
    ...cidrs.map((cidr) => `add ${name}-new ${cidr}`),
    `swap ${name} ${name}-new`,
    `destroy ${name}-new`,
  ]
}
