/** Figures of labs with Calico: starts, the manifest, many pods, policies. Called by bench.mjs, whose words for running and reporting it gets. */
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { memoryOf } from './processes.mjs'

const MANIFEST = resolve(import.meta.dirname, '../../labs/calico/calico-k3s.yaml')
const POLICIES = 500

/** A pod on each node that answers, and asks; it does not wait for nodes to be ready. */
const EVERYWHERE = {
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name: 'everywhere' },
  spec: {
    selector: { matchLabels: { app: 'everywhere' } },
    template: {
      metadata: { labels: { app: 'everywhere' } },
      spec: {
        tolerations: [{ operator: 'Exists' }],
        containers: [
          { name: 'web', image: 'hello-kubernetes' },
          { name: 'ask', image: 'netshoot', command: ['sleep', 'infinity'] },
        ],
      },
    },
  },
}

const DEPLOYMENT = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image: 'hello-kubernetes' }] },
    },
  },
}

/** Lets whoever has the label `asks` in, and nobody else. */
const policy = (name, asks) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name },
  spec: {
    podSelector: { matchLabels: { app: 'web' } },
    ingress: [{ from: [{ podSelector: { matchLabels: { app: asks } } }], ports: [{ port: 8080 }] }],
  },
})

/**
 * @param bench.inLab runs a command with the KUBECONFIG of a lab, and `beginInLab` beside others
 * @param bench.cpuUsed seconds of CPU so far, given a lab's holder
 */
export async function benchCalico(bench) {
  const { report, knet, runs } = bench
  const starts = Array.from({ length: runs }, () => {
    const seconds = knet('start', 'calico', '--plain', '--yes').seconds
    const applied = secondsToNetwork(bench)
    knet('stop', 'calico')
    return { seconds, applied }
  })
  const of = (what) => starts.map((start) => start[what])
  report('calico: start to nodes without a network', '<= 1.0 s', of('seconds'))
  report('calico: apply to pods answering across nodes', '<= 3 s', of('applied'))
  await benchPolicyLab(bench)
}

function kubectlIn(bench, lab) {
  const kubectl = (...args) => bench.inLab(lab, ['kubectl', ...args])
  const create = (object) => bench.inLab(lab, ['kubectl', 'create', '-f', '-'], JSON.stringify(object))
  const addresses = (app) =>
    kubectl('get', 'pods', '-l', `app=${app}`, '-o', 'jsonpath={.items[*].status.podIP}').stdout.split(' ')
  return { kubectl, create, addresses }
}

/** From a pod on the first node. */
const ask = (...words) => ['exec', 'daemonset/everywhere', '-c', 'ask', '--', ...words]
const CURL = 'curl -sf -m 5 --retry 50 --retry-delay 0 --retry-all-errors -Z'.split(' ')
const curl = (addresses) => CURL.concat(addresses.flatMap((ip) => ['-o', '/dev/null', `http://${ip}:8080/`]))

function secondsToNetwork(bench) {
  const { kubectl, create, addresses } = kubectlIn(bench, 'calico')
  create(EVERYWHERE)
  const began = performance.now()
  kubectl('apply', '-f', MANIFEST)
  kubectl('wait', '--for=condition=Ready', 'nodes', '--all', '--timeout=60s')
  kubectl('rollout', 'status', 'daemonset/everywhere', '--timeout=60s')
  kubectl(...ask(...curl(addresses('everywhere'))))
  return (performance.now() - began) / 1000
}

async function benchPolicyLab(bench) {
  const { report, knet, runs, cpuUsed, holderOf } = bench
  const { kubectl, create, addresses } = kubectlIn(bench, 'policy')
  const starts = Array.from({ length: runs }, (_, i) => {
    if (i > 0) knet('stop', 'policy')
    const before = cpuUsed()
    const { seconds } = knet('start', 'policy', '--plain', '--yes')
    return { seconds, cpu: cpuUsed(holderOf('policy')) - before }
  })
  const of = (what) => starts.map((start) => start[what])
  report('calico: start with Calico to ready', 'about 2 s: BGP takes 0.8', of('seconds'))
  report('calico: CPU of that', '-', of('cpu'))
  report('calico: memory of the idle lab (PSS)', '<= 200 MB', [memoryOf(holderOf('policy'))], 'MB')

  create(EVERYWHERE)
  create(DEPLOYMENT)
  kubectl('rollout', 'status', 'daemonset/everywhere')
  kubectl('rollout', 'status', 'deployment/web')
  const scale = (replicas) => {
    const [cpu, began] = [cpuUsed(holderOf('policy')), performance.now()]
    kubectl('scale', 'deployment/web', `--replicas=${replicas}`)
    kubectl('rollout', 'status', 'deployment/web', '--timeout=120s')
    kubectl(...ask(...curl(addresses('web'))))
    return { seconds: (performance.now() - began) / 1000, cpu: cpuUsed(holderOf('policy')) - cpu }
  }
  const many = scale(200)
  report('calico: scale to 200, all answering', '<= 8 s', [many.seconds])
  report('calico: CPU of that, kubectl included', '-', [many.cpu])

  kubectl('scale', 'deployment/web', '--replicas=50')
  kubectl('wait', '--for=jsonpath={.status.replicas}=50', 'deployment/web', '--timeout=60s')
  create(policy('nobody', 'nobody'))
  const effects = []
  for (let i = 0; i < runs; i++) effects.push(await secondsToEffect(bench, `all-${i}`))
  report('calico: policy in force after its creation', '<= 0.2 s', effects)

  const file = join(bench.home, 'policies.json')
  const items = Array.from({ length: POLICIES }, (_, i) => policy(`one-of-many-${i}`, `client-${i}`))
  writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
  kubectl('create', '-f', file)
  report(`calico: ${POLICIES} policies for 50 pods in force`, '<= 1 s', [
    await secondsToEffect(bench, 'after-all'),
  ])
  report(`calico: resync of ${POLICIES} policies for 50 pods`, '<= 1 s', await secondsToResync(bench))
  const among = []
  for (let i = 0; i < runs; i++) among.push(await secondsToEffect(bench, `more-${i}`))
  report(`calico: one more than ${POLICIES} policies in force`, '<= 0.2 s', among)
}

/**
 * A change of Felix's configuration makes it read all that there is and compare it with all that should be, as at its start. From the
 * return of that command until the nodes' first rule has gone to where the change wants it; one figure each for there and back.
 */
async function secondsToResync(bench) {
  const { kubectl } = kubectlIn(bench, 'policy')
  const nodes = kubectl('get', 'nodes', '-o', 'jsonpath={.items[*].metadata.name}').stdout.split(' ')
  const until = { Append: '!', Insert: '' }
  const seconds = []
  for (const [chainInsertMode, not] of Object.entries(until)) {
    const isDone = `${not} iptables -S FORWARD 1 | grep -q cali-FORWARD`
    const loop = `echo asking; until ${isDone}; do sleep 0.02; done; date +%s.%N`
    const argv = (node) => [
      process.execPath,
      bench.cli,
      '--lab',
      'policy',
      'exec',
      node,
      '--',
      'sh',
      '-c',
      loop,
    ]
    const asking = nodes.map((node) => bench.beginInLab('policy', argv(node)))
    await Promise.all(asking.map(({ said }) => said))
    const patch = JSON.stringify({ spec: { chainInsertMode } })
    kubectl('patch', 'felixconfiguration', 'default', '--type=merge', '-p', patch)
    const patched = Date.now() / 1000
    const ends = await Promise.all(asking.map(({ ended }) => ended))
    seconds.push(Math.max(...ends.map((text) => Number(text.trim().split('\n').at(-1)))) - patched)
  }
  return seconds
}

/** From the return of the command that creates a policy to the first answer that needs it. */
async function secondsToEffect(bench, name) {
  const { kubectl, create, addresses } = kubectlIn(bench, 'policy')
  const [ip] = addresses('web')
  const loop = `echo asking; until curl -sf -m 0.05 -o /dev/null http://${ip}:8080/; do :; done; date +%s.%N`
  const asking = bench.beginInLab('policy', ['kubectl', ...ask('sh', '-c', loop)])
  await asking.said
  create(policy(name, 'everywhere'))
  const created = Date.now() / 1000
  const answered = Number((await asking.ended).trim().split('\n').at(-1))
  kubectl('delete', 'networkpolicy', name)
  // The next one's effect can be seen only when this one's has ended.
  kubectl(...ask('sh', '-c', `while curl -sf -m 0.05 -o /dev/null http://${ip}:8080/; do :; done`))
  return Math.max(0, answered - created)
}
