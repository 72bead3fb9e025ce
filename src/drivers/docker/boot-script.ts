import { routerScript } from '../../machine/router.ts'
import { cablesOf, type Cable, type MachineSpec, type Topology } from '../../machine/topology.ts'
import { macFor } from '../../net/mac.ts'

/**
 * Where Docker gives no privileges it mounts /sys and the cgroups read-only, and init needs to write to its own. What can't
 * be remounted stays: init says so itself.
 */
const WRITABLE = `for m in /sys /sys/fs/cgroup /sys/fs/cgroup/*; do
  mount -o remount,rw "$m" || mount -o remount,bind,rw "$m"
done 2>/dev/null`

/** By when it is a machine: init has taken over from {@link bootScript}'s shell. */
export const BOOTED = 'until [ "$(cat /proc/1/comm)" != sh ]; do sleep 0.02; done'

/**
 * What a container runs each time it starts, so also after a reboot that nobody of us has seen: what Docker can't wire, then
 * init, whatever the image has as one.
 */
export function bootScript(topology: Topology, machine: MachineSpec, init = '/sbin/init'): string {
  const router = machine.router ? [`(${routerScript(machine)})`] : []
  return [WRITABLE, ...wiring(topology, machine), ...router, `exec ${init}`].join('\n')
}

/**
 * Docker has a default route of its own, by itself; a lab's may go by a router, and a router has none. Hardware addresses are those
 * that most daemons give, also of podman and of daemons that make them up anew at each start: neighbours would look for the old one.
 */
function wiring(topology: Topology, machine: MachineSpec): string[] {
  const cables = cablesOf(topology, machine)
  const loopback = machine.router?.loopback
  return [
    ...(cables.length > 1 ? inOrder(cables) : []),
    ...cables.map(({ device, address }) => `ip link set ${device} address ${macFor(address)} 2>/dev/null`),
    ...(loopback ? [`ip addr add ${loopback}/32 dev lo`] : []),
    ...defaultRoute(topology, machine, cables),
  ]
}

/** Docker and podman give several networks' interfaces their names in an order of their own. */
function inOrder(cables: readonly Cable[]): string[] {
  return [
    ...cables.flatMap(({ address }, index) => [
      `d=$(ip -o -4 addr show to ${address} | cut -d' ' -f2)`,
      `ip link set "$d" down && ip link set "$d" name cable${index}`,
    ]),
    ...cables.flatMap(({ device }, index) => [
      `ip link set cable${index} name ${device} && ip link set ${device} up`,
    ]),
  ]
}

function defaultRoute(topology: Topology, machine: MachineSpec, cables: readonly Cable[]): string[] {
  const gateway = cables[0]?.network.gateway
  if (gateway === undefined || !isRouter(topology, gateway)) return []
  const isIt = (machine.router?.addresses ?? [machine.address]).includes(gateway)
  return isIt ? ['ip route del default 2>/dev/null'] : [`ip route replace default via ${gateway}`]
}

/** Whether an address is a router's, and not the side of Docker. */
export const isRouter = ({ machines }: Pick<Topology, 'machines'>, address: string): boolean =>
  machines.some(({ router }) => router?.addresses.includes(address))
