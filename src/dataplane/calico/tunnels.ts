import type { KubeClient } from '../../kube/client.ts'
import type { Node } from '../../kube/objects.ts'
import type { Machine } from '../../machine/machine.ts'
import type { NodeShell } from '../cni/node-shell.ts'
import type { Tunnel } from './encapsulation.ts'
import type { FelixSettings } from './felix-settings.ts'
import type { Mtus } from './mtu.ts'
import type { NodePlan } from './plan.ts'
import type { IPAMBlock } from './resources.ts'
import { IpipTunnel, TUNNEL } from './tunnel/ipip-tunnel.ts'
import { announceTunnel, releaseTunnelAddress, tunnelAddress } from './tunnel/tunnel-address.ts'
import { planVxlan, routesOfBird, type VxlanWishes } from './vxlan/vxlan-plan.ts'
import { DEVICE, NOTHING, type VxlanState } from './vxlan/vxlan-state.ts'
import { VxlanTunnel } from './vxlan/vxlan-tunnel.ts'

export interface TunnelWishes {
  readonly node: Node
  readonly plan: NodePlan
  readonly blocks: readonly IPAMBlock[]
  readonly mtus: Mtus
  readonly settings: FelixSettings
  /** The device that leads to the other nodes. */
  readonly underlay: string
}

const DEVICES: Readonly<Record<Tunnel, string>> = { ipip: TUNNEL, vxlan: DEVICE }

/**
 * The tunnels of one machine. A node tells of a tunnel once it takes packets in, and takes the tunnel down when no other node tells of its
 * own: then nobody sends into it any more.
 */
export class Tunnels {
  readonly #client: KubeClient
  readonly #machine: Machine
  readonly #ipip: IpipTunnel
  readonly #vxlan: VxlanTunnel
  /** Address and MTU that tunl0 was given. */
  #tunl0 = ''
  #wanted: VxlanState = NOTHING
  /** Those that are known to be gone, with their addresses. */
  readonly #gone = new Set<Tunnel>()

  constructor(client: KubeClient, machine: Machine, shell: NodeShell, onProblem: (problem: unknown) => void) {
    this.#client = client
    this.#machine = machine
    this.#ipip = new IpipTunnel(machine, onProblem, shell)
    this.#vxlan = new VxlanTunnel(machine, shell)
  }

  /** Somebody may have changed something. */
  forget(): void {
    this.#tunl0 = ''
    this.#vxlan.forget()
    this.#gone.clear()
  }

  /** Makes a tunnel that is wanted, or gives it what has changed; for VXLAN with its routes, which take the place of those that are there. */
  async raise(tunnel: Tunnel, wishes: TunnelWishes): Promise<void> {
    const { node, plan, mtus } = wishes
    const address = await tunnelAddress(this.#client, node, tunnel, plan.pools)
    this.#gone.delete(tunnel)
    if (tunnel === 'vxlan') {
      this.#wanted = planVxlan(vxlanWishes(wishes, address))
      await this.#vxlan.write(this.#wanted)
    } else if (this.#tunl0 !== `${address} ${mtus.ipip}`) {
      await this.#ipip.ensure(address, mtus.ipip)
      this.#tunl0 = `${address} ${mtus.ipip}`
    }
    await announceTunnel(this.#client, node, tunnel, address)
  }

  /**
   * Takes away what no route leads into any more: the address, and when no other node may send packets, the tunnel.
   * @param isBirdNew BIRD has been told which routes are its own since {@link raise}
   */
  async lower(wishes: TunnelWishes, isBirdNew: boolean): Promise<void> {
    const { node, plan } = wishes
    const { tunnels, own, speakers } = plan
    if (!tunnels.has('vxlan')) this.#wanted = NOTHING
    await this.#vxlan.handOver(this.#wanted.routes, routesOfBird(vxlanWishes(wishes, '')))
    if (tunnels.has('vxlan')) {
      if (isBirdNew) await this.#vxlan.insist()
      await this.#vxlan.sweep(this.#wanted)
    }
    for (const tunnel of ['ipip', 'vxlan'] as const) {
      if (tunnels.has(tunnel) || this.#gone.has(tunnel)) continue
      if (own.tunnels[tunnel] !== undefined) {
        await this.#machine.exec(['ip', '-4', 'address', 'flush', 'dev', DEVICES[tunnel]])
        // With a device's last address go its routes and neighbours; should it be wanted again before it goes itself, it needs all of them.
        if (tunnel === 'vxlan') this.#vxlan.forget()
        else this.#tunl0 = ''
        await releaseTunnelAddress(this.#client, node, tunnel)
      }
      if (speakers.some((other) => other.name !== own.name && other.tunnels[tunnel] !== undefined)) continue
      if (tunnel === 'vxlan') await this.#vxlan.sweep(NOTHING)
      else {
        await this.#ipip.remove()
        this.#tunl0 = ''
      }
      this.#gone.add(tunnel)
    }
  }

  /** Leaves them as they are, for packets and for whoever comes next. */
  async leave(): Promise<void> {
    await this.#ipip.leave()
  }
}

function vxlanWishes({ plan, blocks, mtus, settings, underlay }: TunnelWishes, address: string): VxlanWishes {
  const { vxlanVNI: vni, rules } = settings
  const device = { vni, port: rules.vxlanPort, mtu: mtus.vxlan, underlay, address }
  return { own: plan.own, speakers: plan.speakers, pools: plan.routes, blocks, device }
}
