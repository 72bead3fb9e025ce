import { addressAt, parseCidr } from '../../net/cidr.ts'
import type { Backend } from './lease.ts'

export const SUBNET_ENV = '/run/flannel/subnet.env'
export const CNI_CONF = '/etc/cni/net.d/10-flannel.conflist'
export const NET_CONF = '/etc/kube-flannel/net-conf.json'

/** Byte for byte what k3s writes. The flannel plugin reads subnet.env and delegates to bridge. */
const CONFLIST = `{
  "name":"cbr0",
  "cniVersion":"0.3.1",
  "plugins":[
    {
      "type":"flannel",
      "delegate":{
        "hairpinMode":true,
        "forceAddress":true,
        "isDefaultGateway":true
      }
    },
    {
      "type":"portmap",
      "capabilities":{
        "portMappings":true
      }
    }
  ]
}
`

export interface FileFacts {
  readonly podNetwork: string
  readonly podCIDR: string
  readonly mtu: number
  readonly backend: Backend
}

/** The files flannel and k3s leave on a node; subnet.env first, since pods need it as soon as the conflist is there. */
export function flannelFiles(facts: FileFacts): Map<string, string> {
  return new Map([
    [SUBNET_ENV, subnetEnv(facts)],
    [CNI_CONF, CONFLIST],
    [NET_CONF, netConf(facts)],
  ])
}

/** IPMASQ stands for flannel's own masquerade rules: see rules.ts. */
function subnetEnv({ podNetwork, podCIDR, mtu }: FileFacts): string {
  const subnet = parseCidr(podCIDR) ?? { network: 0, prefix: 0 }
  return [
    `FLANNEL_NETWORK=${podNetwork}`,
    `FLANNEL_SUBNET=${addressAt(subnet, 1)}/${subnet.prefix}`,
    `FLANNEL_MTU=${mtu}`,
    'FLANNEL_IPMASQ=true',
    '',
  ].join('\n')
}

function netConf({ podNetwork, backend }: FileFacts): string {
  return `{\n\t"Network": "${podNetwork}",\n\t"Backend": {\n\t"Type": "${backend}"\n}\n}\n`
}
