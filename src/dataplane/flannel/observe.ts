import type { Machine } from '../../machine/machine.ts'
import { contains } from '../../net/cidr.ts'
import { parseRuleset } from '../../net/iptables/parse.ts'
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
  const json = (name: string) => listIn(texts.get(name))
  return {
    device: deviceIn(json('device')),
    routes: routesIn(json('routes'), podNetwork),
    neighbours: neighboursIn(json('neighbours')),
    fdb: fdbIn(json('fdb')),
    rules: parseRuleset(texts.get('rules') ?? ''),
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

interface DeviceJson {
  readonly address: string
  readonly mtu: number
  readonly flags: readonly string[]
  readonly linkinfo?: {
    readonly info_data?: {
      readonly id?: number
      readonly local?: string
      readonly link?: string
      readonly port?: number
      readonly learning?: boolean
    }
  }
  readonly addr_info?: readonly { family: string; local: string; prefixlen: number }[]
}

interface RouteJson {
  readonly dst: string
  readonly gateway?: string
  readonly dev?: string
  readonly flags?: readonly string[]
}

interface NeighbourJson {
  readonly dst: string
  readonly lladdr?: string
}

interface FdbJson {
  readonly mac: string
  readonly dst?: string
}

/** Programs that find nothing print nothing, or an empty object. Each element is what its reader below says it is. */
function listIn(text: string | undefined): never[] {
  const list: unknown = text?.trim() ? JSON.parse(text) : []
  if (!Array.isArray(list)) return []
  return list.filter((one: object) => Object.keys(one).length > 0) as never[]
}

function deviceIn([device]: readonly DeviceJson[]): Vtep | undefined {
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

function neighboursIn(neighbours: readonly NeighbourJson[]): Map<string, string> {
  return new Map(neighbours.map(({ dst, lladdr }) => [dst, lladdr ?? '']))
}

/** Without those that name no node: groups and the device's own. */
function fdbIn(entries: readonly FdbJson[]): Map<string, string> {
  return new Map(entries.flatMap(({ mac, dst }) => (dst === undefined ? [] : [[mac, dst] as const])))
}
