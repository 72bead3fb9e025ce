import { randomBytes } from 'node:crypto'
import { isIPv4 } from 'node:net'
import { parseCidr } from '../../net/cidr.ts'
import { randomMac } from '../../net/mac.ts'
import type { Attachment } from './attachment.ts'
import type { Removal } from './removal.ts'
import { CniError } from './cni-error.ts'
import type { PluginConf } from './conf.ts'
import type { Effects } from './effects.ts'
import { allocate, releaseLine, type Allocation } from './host-local.ts'
import { masqueradeLines, unmasqueradeLines } from './masquerade.ts'
import type { Bridge, NodeFacts } from './node-facts.ts'
import { addressFor, type CniResult } from './result.ts'

/** plugins/main/bridge: the fields that we obey. */
interface BridgeConf {
  readonly name: string
  readonly cniVersion: string
  readonly bridge: string
  readonly isGateway: boolean
  readonly isDefaultGateway: boolean
  readonly forceAddress: boolean
  readonly hairpinMode: boolean
  readonly ipMasq: boolean
  readonly mtu: number
  readonly ipam: { readonly type?: string; readonly routes?: readonly { dst: string; gw?: string }[] }
}

/** Narrower than the kernel's rule: no character means anything to a shell. */
const INTERFACE_NAME = /^[\w.@-]{1,15}$/

/** A veth between the pod and a bridge, with an address of host-local: plugins/main/bridge. */
export function planBridge(input: PluginConf, attachment: Attachment, facts: NodeFacts): Effects {
  const conf = readConf(input)
  const lease = allocate(conf.ipam, conf.name, attachment, facts.ledger)
  const routes = routesFor(conf, lease)
  const known = facts.ledger.bridges.get(conf.bridge)
  const bridge: Bridge = known ?? { mac: randomMac(), addresses: [] }
  const gateway = conf.isGateway ? gatewayLinks(conf, bridge, lease) : []
  facts.ledger.bridges.set(conf.bridge, {
    ...bridge,
    addresses: conf.isGateway ? [gatewayAddress(lease)] : bridge.addresses,
  })
  const veth = { name: vethName(), mac: randomMac(), podMac: randomMac() }
  return {
    nodeLinks: [
      ...(known ? [`link set ${conf.bridge} up`] : bridgeLinks(conf, bridge)),
      ...vethLinks(conf, attachment, veth),
      ...gateway,
    ],
    nodeLines: [
      ...lease.lines,
      ...(known ? [] : [`2>/dev/null echo 0 >/proc/sys/net/ipv6/conf/${conf.bridge}/accept_ra`]),
      ...(conf.isGateway ? ['echo 1 >/proc/sys/net/ipv4/ip_forward'] : []),
      ...(conf.ipMasq ? masqueradeLines(conf.name, attachment, lease.address) : []),
    ],
    ...podEffects(attachment.ifName, lease, routes),
    result: resultOf(conf, attachment, bridge, veth, lease, routes),
  }
}

/** The kernel drops the pod's end, and with it the node's, when the network namespace goes; the rest is ours to drop. */
export function removeBridge(input: PluginConf, attachment: Attachment): Removal {
  const conf = readConf(input)
  const result = input['prevResult'] as CniResult | undefined
  const veth = result?.interfaces?.find(({ name, sandbox }) => !sandbox && name !== conf.bridge)
  return {
    interfaces: veth ? [veth.name] : [],
    nodeLines: [
      releaseLine(conf.name, attachment),
      ...(conf.ipMasq ? unmasqueradeLines(conf.name, attachment) : []),
    ],
    files: [],
  }
}

function readConf(input: PluginConf): BridgeConf {
  const ipam = (input['ipam'] ?? {}) as BridgeConf['ipam']
  if (ipam.type !== 'host-local') {
    throw new CniError(`failed to find plugin "${ipam.type ?? ''}" in path [/opt/cni/bin]`)
  }
  const bridge = String(input['bridge'] ?? 'cni0')
  if (!INTERFACE_NAME.test(bridge)) {
    throw new CniError(`failed to create bridge "${bridge}": could not add "${bridge}": invalid argument`)
  }
  const isDefaultGateway = input['isDefaultGateway'] === true
  return {
    name: String(input['name']),
    cniVersion: String(input['cniVersion']),
    bridge,
    isDefaultGateway,
    isGateway: isDefaultGateway || input['isGateway'] === true,
    forceAddress: input['forceAddress'] === true,
    hairpinMode: input['hairpinMode'] === true,
    ipMasq: input['ipMasq'] === true,
    mtu: Number(input['mtu'] ?? 0),
    ipam,
  }
}

function routesFor(conf: BridgeConf, lease: Allocation): { dst: string; gw?: string }[] {
  const routes = [...(conf.ipam.routes ?? [])]
  const hasDefault = routes.some(({ dst }) => dst === '0.0.0.0/0')
  for (const { dst, gw } of routes) {
    if (!parseCidr(dst)) throw new CniError(`invalid CIDR address: ${dst}`)
    if (gw !== undefined && !isIPv4(gw)) throw new CniError(`invalid IP address: ${gw}`)
  }
  return conf.isDefaultGateway && !hasDefault ? [...routes, { dst: '0.0.0.0/0', gw: lease.gateway }] : routes
}

function bridgeLinks(conf: BridgeConf, bridge: Bridge): string[] {
  // With an address of its own the bridge does not take over its lowest port's whenever ports come and go.
  const mtu = conf.mtu > 0 ? `mtu ${conf.mtu} ` : ''
  return [
    `link add name ${conf.bridge} address ${bridge.mac} ${mtu}type bridge`,
    `link set ${conf.bridge} up`,
  ]
}

function vethLinks(
  conf: BridgeConf,
  attachment: Attachment,
  veth: { name: string; mac: string; podMac: string },
): string[] {
  const mtu = `${conf.mtu > 0 ? ` mtu ${conf.mtu}` : ''} txqueuelen 0`
  const peer = `peer name ${attachment.ifName}${mtu} address ${veth.podMac} netns ${attachment.netnsName}`
  return [
    `link add name ${veth.name}${mtu} address ${veth.mac} type veth ${peer}`,
    `link set ${veth.name} master ${conf.bridge} up`,
    ...(conf.hairpinMode ? [`link set ${veth.name} type bridge_slave hairpin on`] : []),
  ]
}

function gatewayAddress(lease: Allocation): string {
  return `${lease.gateway}/${lease.address.replace(/.*\//, '')}`
}

/** ensureAddr in plugins/main/bridge: one IPv4 address, and another one there is an error unless forceAddress. */
function gatewayLinks(conf: BridgeConf, bridge: Bridge, lease: Allocation): string[] {
  const wanted = gatewayAddress(lease)
  if (bridge.addresses.includes(wanted)) return []
  if (bridge.addresses.length > 0 && !conf.forceAddress) {
    throw new CniError(
      `failed to set bridge addr: "${conf.bridge}" already has an IP address different from ${wanted}`,
    )
  }
  return [
    ...bridge.addresses.map((address) => `addr del ${address} dev ${conf.bridge}`),
    `addr add ${wanted} brd + dev ${conf.bridge}`,
  ]
}

function podEffects(
  ifName: string,
  lease: Allocation,
  routes: readonly { dst: string; gw?: string }[],
): Pick<Effects, 'podLines' | 'podLinks'> {
  const sysctl = '/proc/sys/net'
  return {
    podLines: [
      `echo 1 >${sysctl}/ipv4/conf/${ifName}/arp_notify`,
      `2>/dev/null echo 0 >${sysctl}/ipv6/conf/${ifName}/accept_dad`,
    ],
    podLinks: [
      `link set ${ifName} up`,
      `addr add ${lease.address} brd + dev ${ifName}`,
      ...routes.map(({ dst, gw }) => `route add ${dst} via ${gw ?? lease.gateway} dev ${ifName}`),
    ],
  }
}

function resultOf(
  conf: BridgeConf,
  attachment: Attachment,
  bridge: Bridge,
  veth: { name: string; mac: string; podMac: string },
  lease: Allocation,
  routes: readonly { dst: string; gw?: string }[],
): CniResult {
  const { address, gateway } = lease
  return {
    cniVersion: conf.cniVersion,
    interfaces: [
      { name: conf.bridge, mac: bridge.mac },
      { name: veth.name, mac: veth.mac },
      { name: attachment.ifName, mac: veth.podMac, sandbox: attachment.netns },
    ],
    ips: [addressFor(conf.cniVersion, { interface: 2, address, gateway })],
    routes,
    dns: {},
  }
}

function vethName(): string {
  return `veth${randomBytes(4).toString('hex')}`
}
