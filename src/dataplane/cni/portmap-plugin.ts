import { isIPv4 } from 'node:net'
import { quoted } from '../../machine/quote.ts'
import type { Attachment, PortMapping } from './attachment.ts'
import { NOTHING_TO_REMOVE, type Removal } from './removal.ts'
import { chainName, ownerComment } from './chain-name.ts'
import { CniError } from './cni-error.ts'
import type { PluginConf } from './conf.ts'
import { NO_EFFECTS, type Effects } from './effects.ts'
import type { CniResult } from './result.ts'

const DNAT = 'CNI-HOSTPORT-DNAT'
const SETMARK = 'CNI-HOSTPORT-SETMARK'
const MASQ = 'CNI-HOSTPORT-MASQ'
const MARK = '0x2000/0x2000'

/** Host ports by way of iptables, with `snat` on as it is by default: plugins/meta/portmap/portmap.go. */
export function planPortmap(conf: PluginConf, attachment: Attachment): Effects {
  const result = conf['prevResult'] as CniResult | undefined
  if (!result) throw new CniError('must be called as chained plugin')
  const mappings = mappingsOf(conf)
  const address = result.ips?.find(({ address }) => !address.includes(':'))?.address
  if (mappings.length === 0 || address === undefined) return { ...NO_EFFECTS, result }
  const bridge = result.interfaces?.find(({ sandbox }) => !sandbox)?.name
  return {
    ...NO_EFFECTS,
    nodeLines: [
      ...(bridge ? [`echo 1 >/proc/sys/net/ipv4/conf/${bridge}/route_localnet`] : []),
      ...topLevelLines(),
      ...podChainLines(String(conf['name']), attachment, mappings, address),
    ],
    result,
  }
}

export function removePortmap(conf: PluginConf, attachment: Attachment): Removal {
  const mappings = mappingsOf(conf)
  if (mappings.length === 0) return NOTHING_TO_REMOVE
  const network = String(conf['name'])
  const chain = chainName('DN-', network, attachment.containerId)
  return {
    ...NOTHING_TO_REMOVE,
    nodeLines: [
      ...entryRules(network, attachment, mappings).map(
        (rule) => `iptables -w -t nat -D ${DNAT} ${rule} 2>/dev/null`,
      ),
      `iptables -w -t nat -F ${chain} 2>/dev/null; iptables -w -t nat -X ${chain} 2>/dev/null`,
    ],
  }
}

/** The API server takes any text for hostIP; like upstream, a mapping whose address is not of the pod's family is passed over. */
function mappingsOf(conf: PluginConf): readonly PortMapping[] {
  const runtime = conf['runtimeConfig'] as { portMappings?: readonly PortMapping[] } | undefined
  return (runtime?.portMappings ?? []).filter(
    ({ hostPort, hostIP }) => hostPort > 0 && (!hostIP || isIPv4(hostIP)),
  )
}

/** The chains that all pods share, each rule only when it is not there yet. */
function topLevelLines(): string[] {
  const local = `-m addrtype --dst-type LOCAL -j ${DNAT}`
  return [
    ...[DNAT, SETMARK, MASQ].map((chain) => `iptables -w -t nat -N ${chain} 2>/dev/null`),
    ensure('-A', 'PREROUTING', local),
    ensure('-A', 'OUTPUT', local),
    ensure('-A', SETMARK, `-m comment --comment "CNI portfwd masquerade mark" -j MARK --set-xmark ${MARK}`),
    ensure('-A', MASQ, `-m mark --mark ${MARK} -j MASQUERADE`),
    ensure('-I', 'POSTROUTING', `-m comment --comment "CNI portfwd requiring masquerade" -j ${MASQ}`),
  ]
}

function ensure(how: '-A' | '-I', chain: string, rule: string): string {
  return `iptables -w -t nat -C ${chain} ${rule} 2>/dev/null || iptables -w -t nat ${how} ${chain} ${rule}`
}

function podChainLines(
  network: string,
  attachment: Attachment,
  mappings: readonly PortMapping[],
  address: string,
): string[] {
  const chain = chainName('DN-', network, attachment.containerId)
  const pod = address.replace(/\/.*/, '')
  const rules = mappings.flatMap(({ protocol, hostPort, containerPort, hostIP }) => {
    const to = hostIP && hostIP !== '0.0.0.0' ? ` -d ${hostIP}` : ''
    const port = `${to} -p ${protocol} --dport ${hostPort}`
    return [
      `-s ${address}${port} -j ${SETMARK}`,
      `-s 127.0.0.1${port} -j ${SETMARK}`,
      `${port.trim()} -j DNAT --to-destination ${pod}:${containerPort}`,
    ]
  })
  return [
    `iptables -w -t nat -N ${chain}`,
    ...entryRules(network, attachment, mappings).map((rule) => `iptables -w -t nat -A ${DNAT} ${rule}`),
    ...rules.map((rule) => `iptables -w -t nat -A ${chain} ${rule}`),
  ]
}

/** The rules that lead to a pod's chain: one for each protocol and every 15 ports, which is all that multiport takes. */
function entryRules(network: string, attachment: Attachment, mappings: readonly PortMapping[]): string[] {
  const comment = quoted(`dnat ${ownerComment(network, attachment.containerId)}`)
  const chain = chainName('DN-', network, attachment.containerId)
  const protocols = [...new Set(mappings.map(({ protocol }) => protocol))].sort()
  return protocols.flatMap((protocol) => {
    const ports = [...new Set(mappings.filter((m) => m.protocol === protocol).map((m) => m.hostPort))]
    const groups = Array.from({ length: Math.ceil(ports.length / 15) }, (_, i) =>
      ports.slice(i * 15, i * 15 + 15),
    )
    return groups.map(
      (group) =>
        `-p ${protocol} -m comment --comment ${comment} -m multiport --dports ${group.join(',')} -j ${chain}`,
    )
  })
}
