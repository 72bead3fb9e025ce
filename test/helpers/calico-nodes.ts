import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { calicoIpam } from '../../src/dataplane/calico/calico-ipam.ts'
import { startCalico, type Calico } from '../../src/dataplane/calico/calico.ts'
import { CLUSTER_INFORMATIONS, IP_POOLS, type IPPool } from '../../src/dataplane/calico/resources.ts'
import { createCni, type Attached, type Cni } from '../../src/dataplane/cni/cni.ts'
import { applyEffects } from '../../src/dataplane/cni/effects.ts'
import { machineShell } from '../../src/dataplane/cni/node-shell.ts'
import type { KubeClient } from '../../src/kube/client.ts'
import { NAMESPACES, PODS } from '../../src/kube/resources.ts'
import type { Machine } from '../../src/machine/machine.ts'
import { addNodes, controlPlane } from './control-plane.ts'
import { MemoryStore, withCalico } from './memory-store.ts'
import { run, sandboxNodes } from './sandbox-nodes.ts'

/** Machines with a Calico each, and a pool. */
export interface CalicoNodes {
  readonly client: KubeClient
  /** What Calico keeps. */
  readonly store: MemoryStore
  readonly problems: unknown[]
  machine(index: number): Machine
  calico(index: number): Calico
  /** For one that was stopped. */
  start(index: number): Calico
  /** What a runtime does of a pod's network. */
  pod(node: number, name: string): Promise<TestPod>
  changePool(spec: Partial<IPPool['spec']>): Promise<void>
  close(): Promise<void>
}

export interface TestPod {
  readonly node: number
  readonly netns: string
  readonly address: string
  remove(): Promise<void>
}

/** Node0, node1, … @param spec of the pool that there is from the beginning */
export async function calicoNodes(
  addresses: readonly string[],
  spec: Partial<IPPool['spec']> = {},
): Promise<CalicoNodes> {
  const names = addresses.map((_, i) => `node${i}`)
  const plane = controlPlane({ scheduler: false })
  const store = new MemoryStore()
  const client = withCalico(plane.client, store)
  const nodes = await sandboxNodes(addresses)
  const problems: unknown[] = []
  const calicos: Calico[] = []
  const machine = (index: number) => at(nodes.machines, index)
  await addNodes(client, ...names)
  await client.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'demo' } })
  await store.create(IP_POOLS, pool(spec))
  await store.create(CLUSTER_INFORMATIONS, {
    apiVersion: 'crd.projectcalico.org/v1',
    kind: 'ClusterInformation',
    metadata: { name: 'default' },
    spec: { datastoreReady: true },
  })
  const start = (i: number) =>
    (calicos[i] = startCalico({
      client,
      node: { name: at(names, i), address: at(addresses, i), prefix: 24 },
      machine: machine(i),
      onProblem: (problem) => problems.push(problem),
    }))
  await Promise.all(names.map((name, i) => writeConflist(machine(i), name)))
  await Promise.all(names.map((_, i) => start(i).ready))
  return {
    client,
    store,
    problems,
    machine,
    calico: (index) => at(calicos, index),
    start,
    pod: (node, name) => makePod(client, machine(node), node, name),
    async changePool(change) {
      const [before] = (await store.list(IP_POOLS)).items
      await store.update(IP_POOLS, pool({ ...before?.spec, ...change }))
    },
    async close() {
      await Promise.all(calicos.map((calico) => calico.stop()))
      // The program behind tunl0 goes on without Calico, as the kernel would.
      const kill = 'kill "$(cat /run/knet-ipip.pid)" 2>/dev/null'
      await Promise.all(nodes.machines.map((one) => one.exec(['sh', '-c', kill])))
      plane.stop()
      nodes.close()
    },
  }
}

export async function pingOnce(nodes: CalicoNodes, from: TestPod, to: TestPod): Promise<string> {
  const argv = ['nsenter', `--net=${from.netns}`, 'ping', '-c', '1', '-W', '1', to.address]
  return (await nodes.machine(from.node).exec(argv)).stdout
}

function pool(spec: Partial<IPPool['spec']>): IPPool {
  return {
    apiVersion: 'crd.projectcalico.org/v1',
    kind: 'IPPool',
    metadata: { name: 'default-ipv4-ippool' },
    spec: { cidr: '192.168.0.0/16', blockSize: 26, ipipMode: 'Always', natOutgoing: true, ...spec },
  }
}

/** What the init container of Calico's manifest leaves on a node. */
async function writeConflist(machine: Machine, name: string): Promise<void> {
  const real = readFileSync(join(import.meta.dirname, '../golden/calico/10-calico.conflist.node0'), 'utf8')
  const script = 'mkdir -p /etc/cni/net.d; cat > /etc/cni/net.d/10-calico.conflist'
  await machine.exec(['sh', '-c', script], { stdin: real.replaceAll('node0', name) })
}

async function makePod(client: KubeClient, machine: Machine, node: number, name: string): Promise<TestPod> {
  await client.create(PODS, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: 'demo', name },
    spec: { nodeName: machine.name, containers: [{ name, image: 'web' }] },
  })
  const shell = machineShell(machine)
  const ipams = new Map([['calico-ipam', calicoIpam(client, machine.name)]])
  const cni: Cni = createCni({ shell, machine, ipams })
  const netns = `/var/run/netns/${name}`
  const attachment = {
    containerId: `id-${name}`,
    netns,
    netnsName: name,
    ifName: 'eth0',
    podNamespace: 'demo',
    podName: name,
    portMappings: [],
    dns: { servers: [], searches: [], options: [] },
  }
  await run(machine, 'sh', '-c', `mkdir -p /var/lib/cni/results; ip netns add ${name}`)
  const plan = await cni.plan(attachment, await cni.look())
  if (plan.kind !== 'effects') throw new Error('expected built-in plugins only')
  await applyEffects(shell, plan.effects, netns)
  const attached: Attached = { attachment, network: plan.network, result: plan.effects.result }
  return {
    node,
    netns,
    address: plan.effects.result.ips?.[0]?.address.replace('/32', '') ?? '',
    async remove() {
      const { interfaces } = await cni.remove(attached, new Set())
      for (const one of interfaces) await run(machine, 'ip', 'link', 'delete', one)
    },
  }
}

function at<T>(list: readonly T[], index: number): T {
  const one = list[index]
  if (one === undefined) throw new Error(`there is no ${index}`)
  return one
}
