import { LabError } from '../base/errors.ts'
import type { Paths } from '../base/paths.ts'
import type { KubeClient } from '../kube/client.ts'
import { NODES, PODS } from '../kube/resources.ts'
import type { Machine } from '../machine/machine.ts'
import type { MachineSpec } from '../machine/topology.ts'
import { mendNode, writeBaseline, type Mended } from './baseline.ts'
import { HIDE_ARCHIVES } from './images.ts'
import { clockOf } from './machine-clock.ts'
import { nodesIn } from './plan.ts'
import { machineOf, setUp, type Provisioning } from './provision.ts'
import { whenAnswers, whenReady } from './readiness.ts'
import { serviceFunctions } from './service.ts'
import { bringBack, hasSnapshot, PUT_BACK } from './snapshot.ts'
import { trouble } from './trouble.ts'
import { watchMachines } from './watch-machines.ts'

export interface Healing extends Provisioning {
  readonly paths: Paths
  readonly kube: KubeClient
}

type State = 'dead' | 'stopped' | 'runs'

/** How often machines may die meanwhile. */
const TRIES = 3

/**
 * Makes machines and the cluster's network whole again: a machine that is dead or has no cable is made anew and joins again, k3s
 * that was stopped is started, and what is gone of a node's network is put back; k3s starts again where nothing else brings it back.
 */
export const heal = (healing: Healing): Promise<readonly string[]> => onLiving(healing, mend)

/**
 * Goes back to what the cluster was when it became ready: all that is in the API is as it was then. What was healed on the way
 * is said as {@link heal} says it.
 */
export const restore = (healing: Healing): Promise<readonly string[]> => onLiving(healing, putBack)

/** Makes machines that are dead anew before the work on all of them, and begins again when one dies meanwhile: nothing is waited for in vain. */
async function onLiving<T>(
  healing: Healing,
  work: (healing: Healing, states: ReadonlyMap<MachineSpec, State>) => Promise<T>,
): Promise<T> {
  const { plan, running } = healing
  for (let tries = 1; ; tries++) {
    const states = await revived(healing)
    const watch = watchMachines(nodesIn(plan).map(({ name }) => machineOf(running, name)))
    const signal = AbortSignal.any([healing.signal, watch.signal])
    try {
      return await work({ ...healing, signal }, states)
    } catch (thrown) {
      healing.signal.throwIfAborted()
      if (tries === TRIES || !(watch.signal.aborted || isGone(thrown))) throw thrown
    } finally {
      watch.end()
    }
  }
}

/** What nodes were before those that are dead, and routers, were made anew. */
async function revived(healing: Healing): Promise<ReadonlyMap<MachineSpec, State>> {
  const { plan, running } = healing
  const states = new Map(
    await Promise.all(
      nodesIn(plan).map(async (node) => {
        const state = await stateOf(machineOf(running, node.name), node === plan.server)
        return [node, state] as const
      }),
    ),
  )
  const dead = nodesIn(plan).filter((node) => states.get(node) === 'dead')
  const anew = [...dead.map(({ name }) => name), ...routersOf(healing)]
  await Promise.all(anew.map((name) => running.rebuild(name)))
  return states
}

async function mend(healing: Healing, states: ReadonlyMap<MachineSpec, State>): Promise<string[]> {
  const { plan, running, kube } = healing
  const nodes = nodesIn(plan)
  const since = await clockOf(machineOf(running, plan.server.name))
  const mended: string[] = []
  const begun = await Promise.all(
    nodes.map(async (node) => {
      if (states.get(node) === 'stopped') {
        mended.push(`${node.name}: k3s started`)
        return start(healing, node)
      }
      const { done, left } = await mendMachine(healing, node, states)
      mended.push(...[...done, ...left].map((line) => `${node.name}: ${line}`))
      if (states.get(node) === 'dead') return true
      // A server that was brought back knows of nodes what they were long ago: all have to say it again.
      if (left.length === 0 && states.get(plan.server) !== 'dead') return false
      return restart(healing, node)
    }),
  )
  await whenAnswers(healing, kube)
  const lost = await notRegistered(
    kube,
    nodes.filter((_, index) => !begun[index]),
  )
  await Promise.all(lost.map((node) => restart(healing, node)))
  mended.push(...lost.map(({ name }) => `${name}: registered again`))
  const fresh = nodes.filter((node, index) => begun[index] || lost.includes(node))
  await renewDns(kube)
  if (fresh.length === 0) return mended
  await whenReady({ ...healing, fresh: { nodes: fresh.map(({ name }) => name), since } }, kube)
  await writeBaselines(healing)
  return mended
}

/** All that can be done without starting k3s again; a machine that was made anew becomes a node. */
async function mendMachine(
  healing: Healing,
  node: MachineSpec,
  states: ReadonlyMap<MachineSpec, State>,
): Promise<Mended> {
  if (states.get(node) !== 'dead') return mendNode(machineOf(healing.running, node.name))
  await setUpAgain(healing, node)
  return { done: ['made anew'], left: [] }
}

async function putBack(healing: Healing, states: ReadonlyMap<MachineSpec, State>): Promise<string[]> {
  const { plan, running, kube } = healing
  const server = machineOf(running, plan.server.name)
  // The server that is made anew is what it was when the cluster became ready.
  if (!(await hasSnapshot(server))) return mend(healing, states)
  const nodes = nodesIn(plan)
  const since = await clockOf(server)
  const lines = await Promise.all(
    nodes.map(async (node) => {
      const { done, left } = await mendMachine(healing, node, states)
      if (states.get(node) === 'runs') await onNode(healing, node, HIDE_ARCHIVES)
      await onNode(healing, node, 'k3s_stop')
      return [...done, ...left].map((line) => `${node.name}: ${line}`)
    }),
  )
  await Promise.all(
    nodes.map((node) => onNode(healing, node, node === plan.server ? `${PUT_BACK}\nk3s_start` : 'k3s_start')),
  )
  await whenReady({ ...healing, fresh: { nodes: nodes.map(({ name }) => name), since } }, kube)
  const mended = lines.flat()
  if (mended.length > 0) await writeBaselines(healing)
  return mended
}

/** A node's VTEP may have another MAC now, which all have to know. */
async function writeBaselines({ plan, running }: Healing): Promise<void> {
  await Promise.all(nodesIn(plan).map(({ name }) => writeBaseline(machineOf(running, name))))
}

const isGone = (thrown: unknown): boolean => thrown instanceof LabError && thrown.code === 'KNET_MACHINE_GONE'

const routersOf = ({ running }: Healing): string[] =>
  running.topology.machines.flatMap(({ name, router }) => (router ? [name] : []))

/** Without eth0 nothing reaches it, and only a new machine has one; from another k3s was removed; a third is on its way down. */
async function stateOf(machine: Machine, isServer: boolean): Promise<State> {
  const script = `${serviceFunctions(isServer)}
ip link show eth0 >/dev/null 2>&1 && [ -e /etc/rancher/k3s/config.yaml ] || { echo dead; exit; }
case "$(cat /proc/1/comm) $(systemctl is-system-running 2>/dev/null)" in
systemd-shutdow* | *' stopping') echo dead; exit ;;
esac
k3s_runs && echo runs || echo stopped`
  try {
    const { exitCode, stdout } = await machine.exec(['/bin/sh', '-c', script], { timeoutMs: 10_000 })
    if (exitCode !== 0) return 'dead'
    return stdout.trim() as State
  } catch (thrown) {
    if (isGone(thrown)) return 'dead'
    throw thrown
  }
}

async function setUpAgain(healing: Healing, node: MachineSpec): Promise<void> {
  const { plan, running, paths } = healing
  const machine = machineOf(running, node.name)
  if (node === plan.server) await bringBack(machine, paths, running.topology.name)
  await setUp(healing, node)
}

async function start(healing: Healing, node: MachineSpec): Promise<true> {
  await onNode(healing, node, 'k3s_start')
  return true
}

async function restart(healing: Healing, node: MachineSpec): Promise<true> {
  await onNode(healing, node, `${HIDE_ARCHIVES}\nk3s_stop; k3s_start`)
  return true
}

/** Pods that crashed while their network was broken wait for minutes before they try again: new ones don't. */
async function renewDns(kube: KubeClient): Promise<void> {
  const { items } = await kube.list(PODS, { namespace: 'kube-system', labelSelector: 'k8s-app=kube-dns' })
  const crashed = items.filter(({ status }) =>
    (status?.containerStatuses ?? []).some(({ state }) => state?.waiting?.reason === 'CrashLoopBackOff'),
  )
  await Promise.all(
    crashed.map(({ metadata: { namespace, name } }) =>
      kube.delete(PODS, { namespace, name }, { gracePeriodSeconds: 0 }),
    ),
  )
}

/** Somebody may have deleted a node: a kubelet tells of its node only when it starts. */
async function notRegistered(kube: KubeClient, nodes: readonly MachineSpec[]): Promise<MachineSpec[]> {
  const { items } = await kube.list(NODES)
  return nodes.filter(({ name }) => !items.some(({ metadata }) => metadata.name === name))
}

async function onNode({ plan, running, signal }: Healing, node: MachineSpec, script: string): Promise<void> {
  const words = ['/bin/sh', '-c', `${serviceFunctions(node === plan.server)}\n${script}`]
  const { exitCode, stderr } = await machineOf(running, node.name).exec(words, { timeoutMs: 90_000, signal })
  if (exitCode !== 0) throw trouble(`k3s on ${node.name} can't be stopped or started: ${stderr.trim()}`)
}
