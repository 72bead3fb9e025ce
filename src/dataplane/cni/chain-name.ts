import { createHash } from 'node:crypto'

/** Name of an iptables chain of one attachment: pkg/utils FormatChainName of the CNI plugins; at most 28 characters. */
export function chainName(prefix: string, network: string, containerId: string): string {
  const hash = createHash('sha512')
    .update(network + containerId)
    .digest('hex')
  return `CNI-${prefix}${hash}`.slice(0, 28)
}

/** The comment that tells whose rule it is: pkg/utils FormatComment. */
export function ownerComment(network: string, containerId: string): string {
  return `name: "${network}" id: "${containerId}"`
}
