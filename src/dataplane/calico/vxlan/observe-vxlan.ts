import type { Machine } from '../../../machine/machine.ts'
import type { NodeShell } from '../../cni/node-shell.ts'
import { fdbIn, jsonList, neighboursIn, type RouteJson, type VxlanJson } from '../../ip-json.ts'
import {
  BLACKHOLE,
  DEVICE,
  FELIX_PROTOCOL,
  NOTHING,
  type VxlanDevice,
  type VxlanState,
} from './vxlan-state.ts'

/** Whether there may be anything: mostly there is not, and then it costs next to nothing to know. */
const IS_THERE = `[ -e /proc/sys/net/ipv4/conf/${DEVICE} ] || ip route show proto ${FELIX_PROTOCOL} | grep -q .`

/** One JSON document a line. */
const LOOK = `exec 2>/dev/null
for look in 'ip -json -details address show dev ${DEVICE}' 'ip -json route show' \\
  'ip -json neighbour show dev ${DEVICE} nud permanent' 'bridge -json fdb show dev ${DEVICE}'; do
  echo "$($look | tr -d '\\n')"
done`

/** Reads what {@link ./vxlan-changes.ts} writes: an earlier Calico may have left it, and somebody may have taken parts away. */
export async function observeVxlan(machine: Machine, shell: NodeShell): Promise<VxlanState> {
  if ((await shell.run(IS_THERE)).exitCode !== 0) return NOTHING
  const { stdout } = await machine.exec(['/bin/sh', '-c', LOOK])
  const [device = '', routes = '', neighbours = '', fdb = ''] = stdout.split('\n')
  return {
    device: deviceIn(jsonList(device)),
    routes: new Map(jsonList<RouteJson>(routes).flatMap(routeIn)),
    neighbours: neighboursIn(neighbours),
    fdb: fdbIn(fdb),
  }
}

function deviceIn([device]: readonly VxlanJson[]): VxlanDevice | undefined {
  if (!device) return undefined
  const { id = 0, port = 0, local = '', link = '', learning } = device.linkinfo?.info_data ?? {}
  return {
    mac: device.address,
    // One that learns or is down is none that Felix made, and is made again.
    vni: learning === false && device.flags.includes('UP') ? id : 0,
    port,
    local,
    underlay: link,
    address: device.addr_info?.find(({ family }) => family === 'inet')?.local ?? '',
    mtu: device.mtu,
  }
}

function routeIn({ type, dst, gateway, dev, protocol, flags }: RouteJson): [string, string][] {
  const isFelix = protocol === String(FELIX_PROTOCOL)
  if (type === 'blackhole') return isFelix ? [[dst, BLACKHOLE]] : []
  if (dev !== DEVICE && !isFelix) return []
  const how = [
    `via ${gateway} dev ${dev}`,
    isFelix && `proto ${FELIX_PROTOCOL}`,
    flags?.includes('onlink') && 'onlink',
  ]
  return [[dst, how.filter(Boolean).join(' ')]]
}
