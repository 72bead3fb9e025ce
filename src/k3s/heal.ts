import { LabError } from '../base/errors.ts'
import type { Paths } from '../base/paths.ts'
import type { KubeClient } from '../kube/client.ts'
import { NODES, PODS } from '../kube/resources.ts'
import type { Machine } from '../machine/machine.ts'
import type { MachineSpec } from '../machine/topology.ts'
import { mendNode, writeBaseline } from './baseline.ts'
import { clockOf } from './machine-clock.ts'
import { nodesIn } from './plan.ts'
import { machineOf, setUp, type Provisioning } from './provision.ts'
import { whenAnswers, whenReady } from './readiness.ts'
import { serviceFunctions } from './service.ts'
import { bringBack, hasSnapshot, PUT_BACK } from './snapshot.ts'
import { trouble } from './trouble.ts'

export interface Healing extends Provisioning {
  readonly paths: Paths
  readonly kube: KubeClient
}

/**
 * Makes machines and the cluster's network whole again: a machine that is dead or has no cable is made anew and joins again, k3s
 * that was stopped is started, and what is gone of a node's network is put back; k3s starts again where nothing else brings it back.
 */
export async function heal(healing: Healing): Promise<readonly string[]> {
  const { plan, running, kube } = healing
  const nodes = nodesIn(plan)
  const states = await Promise.all(
    nodes.map((node) => stateOf(machineOf(running, node.name), node === plan.server)),
  )
  const dead = nodes.filter((_, index) => states[index] === 'dead')
  await Promise.all(
    [...dead.map(({ name }) => name), ...routersOf(healing)].map((name) => running.rebuild(name)),
  )
  const since = await clockOf(machineOf(running, plan.server.name))
  const mended = dead.map(({ name }) => `${name}: made anew`)
  const begun = await Promise.all(
    nodes.map(async (node, index) => {
      if (states[index] === 'dead') return setUpAgain(healing, node)
      if (states[index] === 'stopped') {
        mended.push(`${node.name}: k3s started`)
        return start(healing, node)
      }
      // A server that was brought back knows of nodes what they were long ago: all have to say it again.
      if (dead.includes(plan.server)) return restart(healing, node)
      const { done, left } = await mendNode(machineOf(running, node.name))
      mended.push(...[...done, ...left].map((line) => `${node.name}: ${line}`))
      if (left.length === 0) return false
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
  // A node's VTEP may have another MAC now, which all have to know.
  await Promise.all(nodes.map(({ name }) => writeBaseline(machineOf(running, name))))
  return mended
}

/** Goes back to what the cluster was when it became ready: all that is in the API is as it was then. */
export async function restore(healing: Healing): Promise<void> {
  const { plan, running, kube } = healing
  const nodes = nodesIn(plan)
  await heal(healing)
  if (!(await hasSnapshot(machineOf(running, plan.server.name)))) return
  const since = await clockOf(machineOf(running, plan.server.name))
  await Promise.all(nodes.map((node) => onNode(healing, node, 'k3s_stop')))
  await onNode(healing, plan.server, PUT_BACK)
  await Promise.all(nodes.map((node) => onNode(healing, node, 'k3s_start')))
  await whenReady({ ...healing, fresh: { nodes: nodes.map(({ name }) => name), since } }, kube)
}

const routersOf = ({ running }: Healing): string[] =>
  running.topology.machines.flatMap(({ name, router }) => (router ? [name] : []))

/** Without eth0 nothing reaches it, and only a new machine has one; from another k3s was removed; a third is on its way down. */
async function stateOf(machine: Machine, isServer: boolean): Promise<'dead' | 'stopped' | 'runs'> {
  const script = `${serviceFunctions(isServer)}
ip link show eth0 >/dev/null 2>&1 && [ -e /etc/rancher/k3s/config.yaml ] || { echo dead; exit; }
case "$(cat /proc/1/comm) $(systemctl is-system-running 2>/dev/null)" in
systemd-shutdow* | *' stopping') echo dead; exit ;;
esac
k3s_runs && echo runs || echo stopped`
  try {
    const { exitCode, stdout } = await machine.exec(['/bin/sh', '-c', script], { timeoutMs: 10_000 })
    if (exitCode !== 0) return 'dead'
    return stdout.trim() as 'dead' | 'stopped' | 'runs'
  } catch (thrown) {
    if (thrown instanceof LabError && thrown.code === 'KNET_MACHINE_GONE') return 'dead'
    throw thrown
  }
}

async function setUpAgain(healing: Healing, node: MachineSpec): Promise<true> {
  const { plan, running, paths } = healing
  const machine = machineOf(running, node.name)
  if (node === plan.server) await bringBack(machine, paths, running.topology.name)
  await setUp(healing, node)
  return true
}

async function start(healing: Healing, node: MachineSpec): Promise<true> {
  await onNode(healing, node, 'k3s_start')
  return true
}

async function restart(healing: Healing, node: MachineSpec): Promise<true> {
  await onNode(healing, node, 'k3s_stop; k3s_start')
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

async function onNode({ plan, running }: Healing, node: MachineSpec, script: string): Promise<void> {
  const words = ['/bin/sh', '-c', `${serviceFunctions(node === plan.server)}\n${script}`]
  const { exitCode, stderr } = await machineOf(running, node.name).exec(words, { timeoutMs: 90_000 })
  if (exitCode !== 0) throw trouble(`k3s on ${node.name} can't be stopped or started: ${stderr.trim()}`)
}
