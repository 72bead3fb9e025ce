import { messageOf } from '../base/errors.ts'
import { mendKernel, type Uplink } from '../dataplane/mend-kernel.ts'
import type { NodeShell } from '../dataplane/cni/node-shell.ts'
import { policyCalculator, type PolicyCalculator } from '../dataplane/calico/policy/calculator.ts'
import { startFlannel, type Flannel } from '../dataplane/flannel/flannel.ts'
import { proxyShare, startProxy, type Proxy, type ProxyShare } from '../dataplane/proxy/proxy.ts'
import { calicoIpam } from '../dataplane/calico/calico-ipam.ts'
import type { ApiServer } from '../kube/api/api-server.ts'
import type { KubeClient } from '../kube/client.ts'
import type { KubeletConfig } from '../kube/kubelet/kubelet-host.ts'
import { startKubelet, type Kubelet } from '../kube/kubelet/kubelet.ts'
import type { NodeIdentity } from '../kube/kubelet/node-object.ts'
import type { Node } from '../kube/objects.ts'
import { readMachineFacts } from '../kube/kubelet/machine-facts.ts'
import { NODES } from '../kube/resources.ts'
import type { InsideMachines } from '../machine/driver.ts'
import type { Machine } from '../machine/machine.ts'
import { NODE_BINARY, PROGRAMS, WORKLOADS } from '../machine/places.ts'
import { networkOf } from '../machine/topology.ts'
import { Daemon } from '../runtime/daemon.ts'
import { createPodRuntime, type NodePodRuntime, type PodAddress } from '../runtime/pod-runtime.ts'
import { imageCatalogue } from '../workloads/images.ts'
import { startCalicoControllers } from './calico-controllers.ts'
import { CalicoNode } from './calico-node.ts'
import { log } from './log.ts'
import type { Readiness } from './readiness.ts'
import { CLUSTER_DEFAULTS, type ControlPlaneSpec } from './spec.ts'

/** What the nodes of a cluster have in common, so that it is loaded and worked out once. */
export interface SharedServices {
  readonly api: ApiServer
  readonly kubeletClient: KubeClient
  readonly proxy: ProxyShare
  readonly kubeletConfig: KubeletConfig
  /** For the Calico of every node; begins when the first asks for it. */
  readonly policy: () => PolicyCalculator
  /** Of the nodes that are up, by name. */
  readonly kubelets: Map<string, Kubelet>
}

export function sharedServices(api: ApiServer, spec: ControlPlaneSpec): SharedServices {
  let policy: PolicyCalculator | undefined
  const onProblem = (problem: unknown) => log('warn', 'calico', messageOf(problem))
  return {
    api,
    policy: () => (policy ??= policyCalculator({ client: api.clientFor('calico-node'), onProblem })),
    kubeletClient: api.clientFor('kubelet'),
    kubelets: new Map(),
    proxy: proxyShare(api.client, spec.podNetwork.podCIDR),
    kubeletConfig: {
      clusterDNS: CLUSTER_DEFAULTS.dnsServiceIP,
      clusterDomain: 'cluster.local',
      nodeResolvConf: '',
      runtimeVersion: spec.version,
      machine: readMachineFacts(),
      leaseIntervalMs: LEASE_INTERVAL_MS,
      // One token for all: this API server has no authorisation to give different rights to.
      tokenFor: () => spec.token,
    },
  }
}

/** Upstream renews every 10 s and has 50 s of patience; ours is shorter (control-plane.ts) so that learners see the end of it. */
const LEASE_INTERVAL_MS = 2000

const OWN_PROGRAM = { node: NODE_BINARY, bundle: WORKLOADS, folder: PROGRAMS }

interface NodeOptions {
  readonly name: string
  readonly spec: ControlPlaneSpec
  readonly machines: InsideMachines
  readonly shared: SharedServices
  readonly readiness: Readiness
}

/** Everything that runs for one node: its kubelet with a pod runtime, kube-proxy and flannel. */
export class NodeServices {
  readonly name: string
  readonly #options: NodeOptions
  readonly #machine: Machine
  readonly #address: string
  readonly #calico: CalicoNode
  /** What images name. They are the node's and not the runtime's: containers outlive that. */
  readonly #daemons: ReadonlyMap<string, Daemon>
  /** The node's agent lives. */
  #alive = false
  #lastProblem = ''
  #runtime: NodePodRuntime | undefined
  #kubelet: Kubelet | undefined
  #flannel: Flannel | undefined
  #proxy: Proxy | undefined

  constructor(options: NodeOptions) {
    this.name = options.name
    this.#options = options
    this.#machine = options.machines.machine(options.name)
    this.#address = options.spec.topology.machines.find(({ name }) => name === options.name)?.address ?? ''
    this.#calico = this.#calicoNode()
    const client = options.shared.api.clientFor('calico-kube-controllers')
    this.#daemons = new Map([
      ['calico-node', new Daemon((one) => this.#calico.start(one), this.#onProblem)],
      ['calico-kube-controllers', new Daemon((one) => startCalicoControllers(client, one), this.#onProblem)],
    ])
  }

  get alive(): boolean {
    return this.#alive
  }

  /** Resolves when the node's own parts work: not yet when the API says that it is Ready. */
  async start(): Promise<void> {
    const { machines, readiness } = this.#options
    await machines.ready(this.name)
    readiness.phase('machine up', this.name)
    await this.#startParts()
    readiness.phase('kubelet, kube-proxy and network', this.name)
  }

  /** Resolves when kube-proxy has written rules for all that there is now. */
  async proxySynced(): Promise<void> {
    await this.#proxy?.whenSynced()
  }

  /** Whether a script on the node exits with 0. */
  async succeeds(script: string): Promise<boolean> {
    return (await this.#runtime?.run(script))?.exitCode === 0
  }

  /** Of pods that live on the node. */
  pods(): readonly PodAddress[] {
    return this.#runtime?.addresses() ?? []
  }

  /** A script with little output, by the node's agent. */
  run(script: string): Promise<{ exitCode: number; output: string }> {
    return this.#agent().run(script)
  }

  /**
   * Puts right what a learner broke; on a machine that was made anew, starts everything again.
   * @returns what was mended, a line each.
   */
  async heal(rebuilt: boolean): Promise<string[]> {
    if (rebuilt || !this.#alive || !(await this.#isRegistered())) {
      await this.#stopParts()
      await this.#options.machines.ready(this.name)
      await this.#startParts()
      return [`${this.name}: started again`]
    }
    const mended = await mendKernel(this.#machine, this.#uplink())
    const parts = await Promise.all([this.#mendPodNetwork(), this.#mendProxy()])
    // After kube-proxy, whose rules come after Felix's.
    const calico = await this.#calico.ensure()
    return [...mended, ...parts.flat(), ...calico].map((line) => `${this.name}: ${line}`)
  }

  /** Somebody may have deleted the node: a kubelet tells of its node only when it starts, here as upstream. */
  async #isRegistered(): Promise<boolean> {
    return (await this.#options.shared.kubeletClient.get(NODES, { name: this.name })) !== undefined
  }

  async #mendPodNetwork(): Promise<string[]> {
    const pods = (await this.#runtime?.mendNetwork()) ?? []
    return [...pods, ...((await this.#flannel?.ensure()) ?? [])]
  }

  async #mendProxy(): Promise<string[]> {
    if (!this.#proxy || (await this.#proxy.check())) return []
    await this.#proxy.resync()
    return ['kube-proxy’s iptables rules']
  }

  #uplink(): Uplink {
    const { subnet, gateway } = networkOf(this.#options.spec.topology, this.#address)
    return { address: `${this.#address}${subnet.slice(subnet.indexOf('/'))}`, gateway, subnet }
  }

  async #startParts(): Promise<void> {
    const { spec, shared } = this.#options
    const node = { name: this.name, address: this.#address, controlPlane: this.name === spec.apiMachine }
    const onProblem = this.#onProblem
    const runtime = createPodRuntime({
      machine: this.#machine,
      images: imageCatalogue(this.name, OWN_PROGRAM),
      ipams: new Map([['calico-ipam', calicoIpam(shared.api.clientFor('calico-node'), this.name)]]),
      daemons: this.#daemons,
    })
    const shell = { run: async (script: string) => (await runtime).run(script) }
    this.#proxy = startProxy({
      client: shared.api.client,
      node,
      clusterCIDR: spec.podNetwork.podCIDR,
      machine: this.#machine,
      shell,
      share: shared.proxy,
      onProblem,
    })
    if (spec.podNetwork.kind === 'flannel') {
      this.#flannel = startFlannel({
        client: shared.api.clientFor('flannel'),
        node,
        machine: this.#machine,
        shell,
        backend: spec.podNetwork.backend,
        podNetwork: spec.podNetwork.podCIDR,
        onProblem,
      })
    }
    this.#startKubelet(node, await runtime)
    await this.#flannel?.ready
    this.#kubelet?.networkChanged()
  }

  #calicoNode(): CalicoNode {
    const { name } = this
    return new CalicoNode({
      client: this.#options.shared.api.clientFor('calico-node'),
      node: { name, address: this.#address, prefix: Number(this.#uplink().address.replace(/.*\//, '')) },
      machine: this.#machine,
      shell: this,
      calculator: this.#options.shared.policy,
      onProblem: this.#onProblem,
      networkChanged: () => this.#kubelet?.networkChanged(),
    })
  }

  /** Runs before anything of Calico does. */
  #agent(): NodeShell {
    if (!this.#runtime) throw new Error(`${this.name} has no agent yet`)
    return this.#runtime
  }

  /** Says it once, however often somebody tries again. */
  readonly #onProblem = (problem: unknown): void => {
    const message = messageOf(problem)
    if (message === this.#lastProblem) return
    this.#lastProblem = message
    log('warn', this.name, message)
  }

  #startKubelet(node: NodeIdentity, runtime: NodePodRuntime): void {
    const { shared } = this.#options
    this.#runtime = runtime
    this.#alive = true
    void this.#noticeDeath(runtime)
    this.#kubelet = startKubelet({
      client: shared.kubeletClient,
      node,
      runtime,
      config: shared.kubeletConfig,
    })
    shared.kubelets.set(this.name, this.#kubelet)
  }

  async #noticeDeath(runtime: NodePodRuntime): Promise<void> {
    await runtime.agentExited
    if (this.#runtime === runtime) this.#alive = false
  }

  async #stopParts(): Promise<void> {
    await this.#kubelet?.stop()
    this.#proxy?.stop()
    this.#flannel?.stop()
    this.#runtime?.stop()
  }

  /** Resolves when the Node object is there and as wanted. */
  seenAs(wanted: (node: Node) => boolean): Promise<void> {
    const informer = this.#options.shared.kubeletClient.informer(NODES)
    return new Promise((resolve) => {
      informer.onChange(({ object }) => {
        if (object.metadata.name !== this.name || !wanted(object)) return
        informer.stop()
        resolve()
      })
    })
  }
}
