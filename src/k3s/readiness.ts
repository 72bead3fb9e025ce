import { messageOf, type LabError } from '../base/errors.ts'
import { until } from '../base/until.ts'
import type { KubeClient } from '../kube/client.ts'
import type { Node } from '../kube/objects.ts'
import { ENDPOINTS, NODES } from '../kube/resources.ts'
import type { Running } from '../machine/driver.ts'
import type { Machine } from '../machine/machine.ts'
import { CLUSTER_DEFAULTS } from '../cluster/spec.ts'
import { STARTING_TAINT } from './config.ts'
import { nodesIn, type K3sPlan } from './plan.ts'
import type { Progress } from './progress.ts'
import { machineOf } from './provision.ts'
import { lastWords, trouble } from './trouble.ts'

/** Far beyond what a slow machine takes for three nodes at once. */
const DEADLINE_MS = 300_000

export interface Waiting {
  readonly plan: K3sPlan
  readonly running: Running
  readonly progress: Progress
  readonly signal: AbortSignal
  /** Nodes whose k3s was started again, and when (seconds since 1970): what the API knew of them before says nothing. */
  readonly fresh?: { readonly nodes: readonly string[]; readonly since: number }
}

/** Waits until k3s has written the way to its API. @returns that kubeconfig. @throws LabError KNET_K3S with what k3s said last. */
export async function serverConfig({ plan, running, progress, signal }: Waiting): Promise<string> {
  const server = machineOf(running, plan.server.name)
  const script = `until [ -s /etc/rancher/k3s/k3s.yaml ]; do
  [ "$(systemctl show --property NRestarts --value k3s 2>/dev/null || echo 0)" -lt 3 ] || exit 1
  sleep 0.05
done
cat /etc/rancher/k3s/k3s.yaml`
  const { exitCode, stdout } = await server.exec(['/bin/sh', '-c', script], {
    timeoutMs: DEADLINE_MS,
    signal,
  })
  if (exitCode !== 0) throw await notReady(server, true, 'k3s does not start')
  progress.say('k3s has its certificates', plan.server.name)
  return stdout
}

/**
 * Waits until the cluster is what its lab finds: nodes are Ready, each with its part of the pod network, and DNS answers on all of them. Without
 * a pod network, nodes are there and wait for one.
 * @throws LabError KNET_K3S with what k3s said last where it is stuck.
 */
export async function whenReady(waiting: Waiting, kube: KubeClient): Promise<void> {
  const { plan, running, progress, signal } = waiting
  await whenAnswers(waiting, kube)
  progress.say('API server answers', plan.server.name)
  progress.done('the API')
  const hasNetwork = plan.podNetwork.kind !== 'none'
  await whenNodes(waiting, kube, hasNetwork ? isReady : () => true)
  if (!hasNetwork) return
  await whenDnsHasEndpoint(waiting, kube)
  progress.say('DNS pod ready')
  await Promise.all(nodesIn(plan).map(({ name }) => dnsAnswers(machineOf(running, name), signal)))
}

/** Waits for the API. @throws LabError KNET_K3S with what k3s said last. */
export async function whenAnswers({ plan, running, signal }: Waiting, kube: KubeClient): Promise<void> {
  const server = machineOf(running, plan.server.name)
  let why: unknown
  const look = () =>
    kube.list(NODES).then(
      () => true,
      (refused: unknown) => {
        why = refused
        return false
      },
    )
  try {
    await until(look, { what: 'the API', deadlineMs: DEADLINE_MS, everyMs: 50, maxEveryMs: 100, signal })
  } catch {
    signal.throwIfAborted()
    throw await notReady(server, true, `The API does not answer: ${messageOf(why)}`)
  }
}

/** Each node on its own: as soon as one can take pods, it may. */
async function whenNodes(waiting: Waiting, kube: KubeClient, wanted: (node: Node) => boolean): Promise<void> {
  const { plan, running, progress, signal } = waiting
  const informer = kube.informer(NODES)
  try {
    await Promise.all(
      nodesIn(plan).map(async ({ name }) => {
        const machine = machineOf(running, name)
        const isServer = name === plan.server.name
        const seen = within(signal, (resolve) =>
          informer.onChange(({ object }) => {
            if (object.metadata.name === name && wanted(object) && isFresh(waiting, object)) resolve()
          }),
        )
        const stuck = async () => notReady(machine, isServer, `The node ${name} does not become ready`)
        const hasSubnet = plan.podNetwork.kind === 'flannel' ? whenFlannelIsUp(machine, signal) : undefined
        // Both refuse when they are interrupted, and only the first is heard.
        hasSubnet?.catch(() => {})
        if (!(await seen)) throw await stuck()
        progress.say('node Ready', name)
        if ((await hasSubnet) === false) throw await stuck()
        if (hasSubnet) await mayTakePods(kube, name)
        progress.done(name)
        progress.say(hasSubnet ? 'flannel has its subnet' : 'node registered', name)
      }),
    )
  } finally {
    informer.stop()
  }
}

/** A kubelet says whether it is ready as soon as it runs. Flannel says that the network is there before that. */
function isFresh({ fresh }: Waiting, { metadata, status }: Node): boolean {
  if (!fresh?.nodes.includes(metadata.name)) return true
  const heard = status?.conditions?.find(({ type }) => type === 'Ready')?.lastHeartbeatTime
  return heard !== undefined && Date.parse(heard) / 1000 >= fresh.since
}

const isReady = (node: Node): boolean =>
  (node.status?.conditions ?? []).some(({ type, status }) => type === 'Ready' && status === 'True')

/** Whether it came to be before the deadline. */
function within(signal: AbortSignal, begin: (resolve: () => void) => () => void): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      finish()
      stop?.()
    }
    const timer = setTimeout(
      settle(() => resolve(false)),
      DEADLINE_MS,
    )
    const onAbort = settle(() => reject(signal.reason as Error))
    signal.addEventListener('abort', onAbort, { once: true })
    let stop: (() => void) | undefined = undefined
    stop = begin(settle(() => resolve(true)))
  })
}

/** The CNI plugin reads this file: a pod that comes before it fails. From then on a node that registers needs no taint. */
async function whenFlannelIsUp(machine: Machine, signal: AbortSignal): Promise<boolean> {
  const script = `until [ -s /run/flannel/subnet.env ]; do sleep 0.05; done
sed -i '/^node-taint:/,$d' /etc/rancher/k3s/config.yaml`
  const { exitCode } = await machine.exec(['/bin/sh', '-c', script], { timeoutMs: DEADLINE_MS, signal })
  return exitCode === 0
}

async function mayTakePods(kube: KubeClient, name: string): Promise<void> {
  await until(
    async () => {
      const node = await kube.get(NODES, { name })
      const taints = node?.spec?.taints ?? []
      const rest = taints.filter(({ key }) => key !== STARTING_TAINT.key)
      if (!node || rest.length === taints.length) return true
      const patch = { metadata: { resourceVersion: node.metadata.resourceVersion }, spec: { taints: rest } }
      // Others write to a node that has just come: then once more.
      return kube.patch(NODES, { name }, patch, { type: 'merge' }).then(
        () => true,
        () => false,
      )
    },
    { what: `${name} to take pods`, deadlineMs: 30_000 },
  )
}

async function whenDnsHasEndpoint({ plan, running, signal }: Waiting, kube: KubeClient): Promise<void> {
  const informer = kube.informer(ENDPOINTS, { namespace: 'kube-system' })
  const seen = await within(signal, (resolve) =>
    informer.onChange(({ type, object }) => {
      const addresses = (object.subsets ?? []).flatMap((subset) => subset.addresses ?? [])
      if (type !== 'deleted' && object.metadata.name === 'kube-dns' && addresses.length > 0) resolve()
    }),
  ).finally(() => informer.stop())
  if (!seen)
    throw await notReady(machineOf(running, plan.server.name), true, 'The DNS pod does not become ready')
}

/** The whole path, from a node by way of kube-proxy's rules and the pod network. */
async function dnsAnswers(machine: Machine, signal: AbortSignal): Promise<void> {
  const question = `dig +short +tries=1 +time=1 @${CLUSTER_DEFAULTS.dnsServiceIP} kubernetes.default.svc.cluster.local`
  const script = `for try in $(seq 60); do
  [ "$(${question})" = ${CLUSTER_DEFAULTS.apiServiceIP} ] && exit 0
  sleep 0.1
done
exit 1`
  const { exitCode } = await machine.exec(['/bin/sh', '-c', script], { timeoutMs: 90_000, signal })
  if (exitCode !== 0) throw trouble(`DNS does not answer on ${machine.name}.`)
}

async function notReady(machine: Machine, isServer: boolean, what: string): Promise<LabError> {
  const said = await lastWords(machine, isServer)
  return trouble(`${what} on ${machine.name}.${said ? ` k3s said last:\n${said}` : ''}`)
}
