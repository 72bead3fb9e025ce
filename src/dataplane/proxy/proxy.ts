import { LabError } from '../../base/errors.ts'
import type { KubeClient } from '../../kube/client.ts'
import type { Node } from '../../kube/objects.ts'
import { NODES } from '../../kube/resources.ts'
import type { Machine } from '../../machine/machine.ts'
import { commandLine } from '../../machine/quote.ts'
import { difference } from '../../net/iptables/difference.ts'
import { parseRuleset } from '../../net/iptables/parse.ts'
import { rememberedSpecs } from '../../net/iptables/render.ts'
import type { Rule, Ruleset } from '../../net/iptables/rule.ts'
import { machineShell, type NodeShell } from '../cni/node-shell.ts'
import { type SyncLoop, syncLoop } from '../sync-loop.ts'
import { staleFlows } from './conntrack.ts'
import { ownsChain } from './names.ts'
import { type PortPlanner, planRules, portPlanner } from './plan.ts'
import { type Prepared, prepareMachine } from './prepare-machine.ts'
import type { ServicePort } from './service-port.ts'
import { type ServicePorts, watchServicePorts } from './service-ports.ts'

/** kube-proxy in iptables mode, on one machine. */
export interface Proxy {
  /** Resolves when the machine's rules are those of every object that was there at the time of the call. */
  whenSynced(): Promise<void>
  /** Whether the machine's rules are all there, as last written. One iptables-save. */
  check(): Promise<boolean>
  /** Looks at the machine and writes what is missing or different, as after a flush of the tables. Rejects when it can't. */
  resync(): Promise<void>
  stop(): void
}

/** What the proxies of several nodes have in common, so that it is worked out once. */
export interface ProxyShare {
  readonly ports: ServicePorts
  readonly planPort: PortPlanner
  readonly specOf: (rule: Rule) => string
}

export function proxyShare(client: KubeClient, clusterCIDR: string): ProxyShare {
  return { ports: watchServicePorts(client), planPort: portPlanner(clusterCIDR), specOf: rememberedSpecs() }
}

export interface ProxyOptions {
  readonly client: KubeClient
  readonly node: { readonly name: string; readonly address: string }
  /** The pod network of the whole cluster: traffic to a ClusterIP from anywhere else is masqueraded. */
  readonly clusterCIDR: string
  readonly machine: Machine
  /** Runs on the machine what changes it; default: a command for each change. */
  readonly shell?: NodeShell
  /** Of the same client and clusterCIDR; stopped by whoever made it. */
  readonly share?: ProxyShare
  /** Told of a sync that failed; it is tried again in any case, with a pause that grows. */
  readonly onProblem?: (problem: unknown) => void
}

export function startProxy(options: ProxyOptions): Proxy {
  return new IptablesProxy(options)
}

const ZONE = 'topology.kubernetes.io/zone'

class IptablesProxy implements Proxy {
  readonly #options: ProxyOptions
  readonly #share: ProxyShare
  readonly #loop: SyncLoop
  readonly #ends: (() => void)[] = []
  /** What the machine has, as far as we know. */
  #have: Prepared = { nfacct: false, rules: new Map() }
  /** Whether that has to be looked up before the next sync. */
  #doubtful = true
  /** The first look, begun while informers fill. */
  #firstLook: Promise<Prepared> | undefined
  #ports: readonly ServicePort[] = []
  #zone: string | undefined

  constructor(options: ProxyOptions) {
    this.#options = options
    this.#share = options.share ?? proxyShare(options.client, options.clusterCIDR)
    this.#firstLook = prepareMachine(options.machine)
    const nodes = options.client.informer(NODES, { fieldSelector: `metadata.name=${options.node.name}` })
    this.#loop = syncLoop({
      name: `kube-proxy on ${options.node.name}`,
      sync: () => this.#sync(),
      ready: Promise.allSettled([this.#firstLook, this.#share.ports.synced, nodes.synced]),
      onProblem: options.onProblem,
    })
    this.#ends.push(
      this.#share.ports.onChange(() => this.#loop.touch()),
      nodes.onChange(({ object }) => this.#seeNode(object)),
      () => nodes.stop(),
      () => this.#loop.stop(),
    )
    if (!options.share) this.#ends.push(() => this.#share.ports.stop())
  }

  whenSynced(): Promise<void> {
    return this.#loop.settled()
  }

  async check(): Promise<boolean> {
    await this.whenSynced()
    const { stdout } = await this.#options.machine.exec(['iptables-save'])
    return this.#changes(parseRuleset(stdout), this.#plan(this.#ports)) === ''
  }

  async resync(): Promise<void> {
    this.#doubtful = true
    await this.#loop.run()
  }

  stop(): void {
    for (const end of this.#ends) end()
  }

  #seeNode({ metadata }: Node): void {
    const zone = metadata.labels?.[ZONE]
    if (metadata.name !== this.#options.node.name || zone === this.#zone) return
    this.#zone = zone
    this.#loop.touch()
  }

  async #sync(): Promise<void> {
    try {
      await this.#look()
      const ports = this.#share.ports.list()
      const rules = this.#plan(ports)
      await this.#write(this.#changes(this.#have.rules, rules), staleFlows(this.#ports, ports))
      this.#have = { ...this.#have, rules }
      this.#ports = ports
    } catch (error) {
      // Half of it may be written, or somebody else changed our chains.
      this.#doubtful = true
      throw error
    }
  }

  async #look(): Promise<void> {
    if (!this.#doubtful) return
    // Before the look, so that a resync asked for meanwhile looks again.
    this.#doubtful = false
    const look = this.#firstLook ?? prepareMachine(this.#options.machine)
    this.#firstLook = undefined
    this.#have = await look
  }

  #plan(ports: readonly ServicePort[]): Ruleset {
    const node = { ...this.#options.node, zone: this.#zone, nfacct: this.#have.nfacct }
    return planRules(ports, node, this.#share.planPort)
  }

  #changes(have: Ruleset, want: Ruleset): string {
    return difference(have, want, { owns: ownsChain, jumps: 'first', specOf: this.#share.specOf })
  }

  /** Rules first: a flow that is forgotten before them would be made again as it was. */
  async #write(rules: string, stale: readonly string[][]): Promise<void> {
    if (rules === '' && stale.length === 0) return
    const { machine, shell = machineShell(machine) } = this.#options
    const restore = rules && `iptables-restore -w 5 --noflush <<'END' || exit\n${rules}\nEND`
    // conntrack exits 1 when there was no such flow.
    const { exitCode, output } = await shell.run([restore, ...stale.map(commandLine), ':'].join('\n'))
    if (exitCode === 0) return
    throw new LabError('KNET_IPTABLES', {
      message: `kube-proxy could not write its rules on ${machine.name}: ${output.trim()}`,
    })
  }
}
