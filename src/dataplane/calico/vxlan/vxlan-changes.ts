import { batch, mapDifference } from '../../flannel/changes.ts'
import {
  BLACKHOLE,
  DEVICE,
  FELIX_PROTOCOL,
  NOTHING,
  type VxlanDevice,
  type VxlanState,
} from './vxlan-state.ts'

/**
 * A script for /bin/sh that brings in what is wanted, each route in one step with the one that was there, and what there is then. What is
 * no longer wanted stays: {@link sweepScript}. The script is empty when there is nothing to do.
 */
export function writing(have: VxlanState, want: VxlanState): { script: string; state: VxlanState } {
  const { device } = want
  if (!device) return { script: '', state: have }
  const left = have.device && !isSameTunnel(have.device, device) ? withoutDevice(have) : have
  const links = [
    ...(have.device && !left.device ? [`link delete ${DEVICE}`] : []),
    ...(left.device ? adjustments(left.device, device) : creation(device)),
    ...mapDifference(left.neighbours, want.neighbours).set.map(
      ([address, mac]) => `neighbour replace ${address} lladdr ${mac} dev ${DEVICE} nud permanent`,
    ),
  ]
  const forwarding = mapDifference(left.fdb, want.fdb).set.map(
    ([mac, to]) => `fdb replace ${mac} dev ${DEVICE} dst ${to} self permanent`,
  )
  const routes = mapDifference(left.routes, want.routes).set
  const lines = routes.map(([to, how]) => `route replace ${route(to, how)}`)
  return {
    script: scriptOf([
      ...batch('ip', 'add', links),
      ...batch('bridge', 'add', forwarding),
      ...batch('ip', 'add', lines),
    ]),
    state: {
      device,
      routes: new Map([...left.routes, ...want.routes]),
      neighbours: new Map([...left.neighbours, ...want.neighbours]),
      fdb: new Map([...left.fdb, ...want.fdb]),
    },
  }
}

function withoutDevice({ routes }: VxlanState): VxlanState {
  return { ...NOTHING, routes: new Map([...routes].filter(([, how]) => !how.includes(DEVICE))) }
}

/** Writes all routes, whether they are there or not. */
export function routesScript(want: ReadonlyMap<string, string>): string {
  return scriptOf(
    batch(
      'ip',
      'add',
      [...want].map(([to, how]) => `route replace ${route(to, how)}`),
    ),
  )
}

/**
 * Gives up routes that are not wanted. An heir takes the place of a route in one step, as if BIRD had written it: BIRD itself would wait
 * until it looks at the kernel the next time, since it leaves others' routes alone.
 */
export function handOverScript(
  have: VxlanState,
  want: ReadonlyMap<string, string>,
  heirs: ReadonlyMap<string, string>,
): string {
  const lines = mapDifference(have.routes, want).gone.map(([to, how]) => {
    const heir = heirs.get(to)
    return heir ? `route replace ${route(to, heir, 'bird')}` : `route delete ${route(to, how)}`
  })
  return scriptOf(batch('ip', 'delete', lines))
}

/** Takes away what there is and what is not wanted, but for routes. */
export function sweepScript(have: VxlanState, want: VxlanState): string {
  const neighbours = mapDifference(have.neighbours, want.neighbours).gone
  const fdb = mapDifference(have.fdb, want.fdb).gone
  return scriptOf([
    ...batch(
      'ip',
      'delete',
      neighbours.map(([address]) => `neighbour delete ${address} dev ${DEVICE}`),
    ),
    ...batch(
      'bridge',
      'delete',
      fdb.map(([mac, to]) => `fdb delete ${mac} dev ${DEVICE} dst ${to}`),
    ),
    ...batch('ip', 'delete', have.device && !want.device ? [`link delete ${DEVICE}`] : []),
  ])
}

function route(to: string, how: string, protocol: string | number = FELIX_PROTOCOL): string {
  if (how === BLACKHOLE) return `blackhole ${to} proto ${protocol}`
  return `${to} ${how}${protocol === 'bird' ? ' proto bird' : ''}`
}

function isSameTunnel(a: VxlanDevice, b: VxlanDevice): boolean {
  return (['mac', 'vni', 'port', 'local', 'underlay'] as const).every((key) => a[key] === b[key])
}

/** No transmit queue, as netlink gives a device whose maker names no length. */
function creation({ mac, vni, port, local, underlay, address, mtu }: VxlanDevice): string[] {
  return [
    `link add ${DEVICE} address ${mac} mtu ${mtu} txqueuelen 0 type vxlan id ${vni} local ${local} dev ${underlay} dstport ${port} nolearning`,
    `address add ${address}/32 dev ${DEVICE}`,
    `link set ${DEVICE} up`,
  ]
}

function adjustments(is: VxlanDevice, want: VxlanDevice): string[] {
  return [
    ...(is.mtu === want.mtu ? [] : [`link set ${DEVICE} mtu ${want.mtu}`]),
    // The new one first: all routes would go with the last.
    ...(is.address === want.address
      ? []
      : [
          `address replace ${want.address}/32 dev ${DEVICE}`,
          ...(is.address ? [`address delete ${is.address}/32 dev ${DEVICE}`] : []),
        ]),
  ]
}

function scriptOf(lines: readonly string[]): string {
  return lines.length > 0 ? ['set -e', ...lines, ''].join('\n') : ''
}
