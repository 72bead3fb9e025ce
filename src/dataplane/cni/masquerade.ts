import { quoted } from '../../machine/quote.ts'
import type { Attachment } from './attachment.ts'
import { chainName, ownerComment } from './chain-name.ts'

/** The shell lines of `ipMasq`: pkg/ip SetupIPMasq of the CNI plugins. `address` has a prefix length. */
export function masqueradeLines(network: string, attachment: Attachment, address: string): string[] {
  const { chain, comment } = names(network, attachment)
  const ip = address.replace(/\/.*/, '')
  return [
    `iptables -w -t nat -N ${chain}`,
    `iptables -w -t nat -A ${chain} -d ${address} -m comment --comment ${comment} -j ACCEPT`,
    `iptables -w -t nat -A ${chain} ! -d 224.0.0.0/4 -m comment --comment ${comment} -j MASQUERADE`,
    `iptables -w -t nat -A POSTROUTING -s ${ip} -m comment --comment ${comment} -j ${chain}`,
  ]
}

export function unmasqueradeLines(network: string, attachment: Attachment): string[] {
  const { chain } = names(network, attachment)
  return [
    `iptables -w -t nat -S POSTROUTING | sed -n '/-j ${chain}$/s/^-A/-D/p' | while read -r rule; do eval "iptables -w -t nat $rule"; done`,
    `iptables -w -t nat -F ${chain} 2>/dev/null; iptables -w -t nat -X ${chain} 2>/dev/null`,
  ]
}

function names(network: string, attachment: Attachment): { chain: string; comment: string } {
  return {
    chain: chainName('', network, attachment.containerId),
    comment: quoted(ownerComment(network, attachment.containerId)),
  }
}
