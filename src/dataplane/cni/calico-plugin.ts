import { createHash } from 'node:crypto'
import { randomMac } from '../../net/mac.ts'
import type { Attachment } from './attachment.ts'
import { CniError } from './cni-error.ts'
import type { PluginConf } from './conf.ts'
import type { Effects } from './effects.ts'
import type { NodeFacts } from './node-facts.ts'
import { NOTHING_TO_REMOVE, type Removal } from './removal.ts'
import { addressFor } from './result.ts'

const NODENAME = '/var/lib/calico/nodename'
/** The same on the node's side of every pod: nobody but the pod at the other end ever asks for it. */
const HOST_MAC = 'ee:ee:ee:ee:ee:ee'
/** The pod's gateway. No interface has this address: the node answers for it by proxy ARP. */
const GATEWAY = '169.254.1.1'
const DEFAULT_MTU = 1500

/** Calico's name for the node's side of a pod: the same for every pod of that name, wherever it runs. */
export function caliName(namespace: string, pod: string): string {
  return `cali${createHash('sha1').update(`${namespace}.${pod}`).digest('hex').slice(0, 11)}`
}

/** calico/node leaves a file for the plugin when it has started. @throws CniError in the plugin's words when it has not */
export function requireNodename({ calico }: NodeFacts): void {
  if (calico.nodename !== undefined) return
  const running = 'check that the calico/node container is running and has mounted /var/lib/calico/'
  throw new CniError(`stat ${NODENAME}: no such file or directory: ${running}`)
}

/** A veth between pod and node, and a route to it instead of a bridge: projectcalico/calico cni-plugin, dataplane/linux. */
export function planCalico(conf: PluginConf, attachment: Attachment, facts: NodeFacts): Effects {
  const { type } = (conf['ipam'] ?? {}) as { type?: string }
  const address = facts.ledger.leased.get(attachment.containerId)
  if (!address) throw new CniError(`failed to find plugin "${type ?? ''}" in path [/opt/cni/bin]`)
  const veth = caliName(attachment.podNamespace, attachment.podName)
  const { ifName, netnsName } = attachment
  const mtu = Number(conf['mtu']) || facts.calico.mtu || DEFAULT_MTU
  const cniVersion = String(conf['cniVersion'])
  const sizes = `txqueuelen 0 mtu ${mtu}`
  return {
    nodeLinks: [
      `link add name ${veth} ${sizes} address ${HOST_MAC} type veth peer name ${ifName} ${sizes} address ${randomMac()} netns ${netnsName}`,
      `link set ${veth} up`,
      // Fails when another pod has the address, though the books say that nobody does: then the next try gets another one.
      `route add ${address}/32 dev ${veth} scope link`,
    ],
    nodeLines: sysctlLines(veth),
    podLines: ['echo 0 >/proc/sys/net/ipv4/ip_forward'],
    podLinks: [
      `link set ${ifName} up`,
      `addr add ${address}/32 dev ${ifName}`,
      `route add ${GATEWAY} dev ${ifName} scope link`,
      `route add default via ${GATEWAY} dev ${ifName}`,
    ],
    result: {
      cniVersion,
      interfaces: [{ name: veth }],
      ips: [addressFor(cniVersion, { address: `${address}/32` })],
      dns: {},
    },
  }
}

/** Routes go with their interface. */
export function removeCalico(_conf: PluginConf, attachment: Attachment): Removal {
  return { ...NOTHING_TO_REMOVE, interfaces: [caliName(attachment.podNamespace, attachment.podName)] }
}

/** Without a delay the answer to the pod's first ARP request comes at once, instead of within 0.8 s. */
function sysctlLines(veth: string): string[] {
  const ipv4 = `/proc/sys/net/ipv4/conf/${veth}`
  return [
    `echo 1 >${ipv4}/proxy_arp`,
    `echo 0 >/proc/sys/net/ipv4/neigh/${veth}/proxy_delay`,
    `echo 1 >${ipv4}/route_localnet`,
    `echo 0 >${ipv4}/rp_filter`,
    `echo 1 >${ipv4}/forwarding`,
    `2>/dev/null echo 0 >/proc/sys/net/ipv6/conf/${veth}/accept_ra`,
    'echo 1 >/proc/sys/net/ipv4/ip_forward',
  ]
}
