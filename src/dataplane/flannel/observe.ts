import type { Machine } from '../../machine/machine.ts'
import { contains } from '../../net/cidr.ts'
import { parseRuleset } from '../../net/iptables/parse.ts'
import { fdbIn, jsonList, neighboursIn, type RouteJson, type VxlanJson } from '../ip-json.ts'
import { CNI_CONF, NET_CONF, SUBNET_ENV } from './files.ts'
import { DEVICE, type NetworkState, type Vtep } from './network-state.ts'

const FILES = [SUBNET_ENV, CNI_CONF, NET_CONF]
const MARK = '=== knet-labs: '

const SCRIPT = [
  ...section('device', `ip -json -details address show dev ${DEVICE}`),
  ...section('routes', 'ip -json route show'),
  ...section('neighbours', `ip -json neighbour show dev ${DEVICE} nud permanent`),
  ...section('fdb', `bridge -json fdb show dev ${DEVICE}`),
  ...section('rules', 'iptables-save'),
  ...FILES.flatMap((file) => section(file, `cat ${file}`)),
].join('\n')

/** Reads the part of a machine's network that is flannel's, with one command. */
export async function observeNetwork(machine: Machine, podNetwork: string): Promise<NetworkState> {
  const { stdout } = await machine.exec(['/bin/sh', '-c', `exec 2>/dev/null\n${SCRIPT}`])
  const parts = stdout.split(MARK).map((part): [string, string] => {
    const end = part.indexOf('\n')
    return [part.slice(0, end), part.slice(end + 1)]
  })
  const texts = new Map(parts)
  const text = (name: string) => texts.get(name) ?? ''
  return {
    device: deviceIn(jsonList(text('device'))),
    routes: routesIn(jsonList(text('routes')), podNetwork),
    neighbours: neighboursIn(text('neighbours')),
    fdb: fdbIn(text('fdb')),
    rules: parseRuleset(text('rules')),
    files: new Map(
      FILES.flatMap((file) => {
        const content = texts.get(file)
        return content ? [[file, content]] : []
      }),
    ),
  }
}

function section(name: string, command: string): string[] {
  return [`echo '${MARK}${name}'`, command]
}

function deviceIn([device]: readonly VxlanJson[]): Vtep | undefined {
  if (!device) return undefined
  const tunnel = device.linkinfo?.info_data ?? {}
  const address = device.addr_info?.find((one) => one.family === 'inet')
  return {
    mac: device.address,
    address: address ? `${address.local}/${address.prefixlen}` : '',
    // A device that learns is none that flannel made.
    vni: tunnel.learning === false ? (tunnel.id ?? 0) : 0,
    local: tunnel.local ?? '',
    underlay: tunnel.link ?? '',
    port: tunnel.port ?? 0,
    mtu: device.mtu,
    up: device.flags.includes('UP'),
  }
}

/** Those to other nodes' pods: this node's own go to cni0 and have no gateway. */
function routesIn(routes: readonly RouteJson[], podNetwork: string): Map<string, string> {
  const ours = routes.filter(({ dst, gateway }) => gateway !== undefined && contains(podNetwork, dst))
  return new Map(
    ours.map(({ dst, gateway, dev, flags }) => {
      return [dst, `via ${gateway} dev ${dev}${flags?.includes('onlink') ? ' onlink' : ''}`]
    }),
  )
}
