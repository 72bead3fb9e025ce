import { quoted } from '../../machine/quote.ts'
import type { Attached } from './cni.ts'
import type { NodeShell } from './node-shell.ts'

/**
 * Puts the bridge-plugin part of a node's pod network back as ADD left it: the bridge, each pod's veth pair on it, addresses
 * and routes in the pods. For a learner who took them away; pods keep their addresses.
 * @returns what was missing: "bridge cni0", "interface vethd4f0a1b2 of default/web".
 */
export async function mendBridges(shell: NodeShell, pods: readonly Attached[]): Promise<string[]> {
  const ports = pods.flatMap(portOf)
  const bridges = new Map(ports.map((port) => [port.bridge, port]))
  if (ports.length === 0) return []
  const script = [...[...bridges.values()].map(bridgeScript), ...ports.map(portScript)].join('\n')
  const { output } = await shell.run(script)
  return output.split('\n').filter((line) => line.startsWith('bridge ') || line.startsWith('interface '))
}

interface Port {
  readonly bridge: string
  readonly bridgeMac: string
  readonly veth: string
  readonly vethMac: string
  readonly podMac: string
  readonly ifName: string
  readonly netns: string
  readonly pod: string
  readonly address: string
  readonly gateway: string
  readonly routes: readonly { dst: string; gw?: string }[]
}

/** Of results in the bridge plugin's shape (bridge, veth, pod's interface); other plugins' pods are theirs to mend. */
function portOf({ attachment, result }: Attached): Port[] {
  const [bridge, veth, inside] = result?.interfaces ?? []
  const [ip] = result?.ips ?? []
  if (!bridge || !veth || !inside?.sandbox || bridge.sandbox || veth.sandbox || !ip?.gateway) return []
  return [
    {
      bridge: bridge.name,
      bridgeMac: bridge.mac ?? '',
      veth: veth.name,
      vethMac: veth.mac ?? '',
      podMac: inside.mac ?? '',
      ifName: attachment.ifName,
      netns: attachment.netnsName,
      pod: `${attachment.podNamespace}/${attachment.podName}`,
      address: ip.address,
      gateway: ip.gateway,
      routes: result?.routes ?? [],
    },
  ]
}

/** $mtu is flannel's, as its plugin passed it on. */
function bridgeScript({ bridge, bridgeMac, gateway, address }: Port): string {
  return `mtu=$(sed -n 's/^FLANNEL_MTU=/mtu /p' /run/flannel/subnet.env 2>/dev/null)
[ -e /sys/class/net/${bridge} ] || { echo bridge ${bridge}; ip link add name ${bridge} address ${bridgeMac} $mtu type bridge; }
ip link set ${bridge} up
ip addr replace ${gateway}/${address.replace(/.*\//, '')} brd + dev ${bridge}`
}

function portScript(port: Port): string {
  const { bridge, veth, vethMac, podMac, ifName, netns, pod, address, gateway } = port
  const inside = [
    `link set ${ifName} up`,
    `addr replace ${address} brd + dev ${ifName}`,
    ...port.routes.map(({ dst, gw }) => `route replace ${dst} via ${gw ?? gateway} dev ${ifName}`),
  ]
  return `[ -e /sys/class/net/${veth} ] || { echo ${quoted(`interface ${veth} of ${pod}`)}; ip link add name ${veth} $mtu address ${vethMac} type veth peer name ${ifName} $mtu address ${podMac} netns ${netns}; }
[ "$(readlink /sys/class/net/${veth}/master)" = ../${bridge} ] || { ip link set ${veth} master ${bridge}; ip link set ${veth} type bridge_slave hairpin on; }
ip link set ${veth} up
printf %s ${quoted(`${inside.join('\n')}\n`)} | ip -n ${netns} -force -batch - 2>/dev/null`
}
