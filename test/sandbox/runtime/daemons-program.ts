import { Daemon, type RunningDaemon, type ServedContainer } from '../../../src/runtime/daemon.ts'
import {
  containerSpec,
  execIn,
  logOf,
  podNodeProgram,
  podSpec,
  type PodNode,
} from '../../helpers/pod-node.ts'

const CNI_ENV = {
  CNI_NETWORK_CONFIG:
    '{"nodename": "__KUBERNETES_NODE_NAME__", "mtu": __CNI_MTU__, "k": "__KUBECONFIG_FILEPATH__"}',
  KUBERNETES_NODE_NAME: 'node0',
  CNI_MTU: '0',
  KUBERNETES_SERVICE_HOST: '10.43.0.1',
  KUBERNETES_SERVICE_PORT: '443',
}
const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount'
const MOUNTS = [
  { hostPath: '/run/xtables.lock', mountPath: '/run/xtables.lock', readOnly: false, isFile: true },
  { hostPath: '/lib/not-there', mountPath: '/lib/modules', readOnly: true },
  { hostPath: '/var/run/calico', mountPath: '/var/run/calico', readOnly: false },
]

/** What a daemon is asked, and when; it talks as its container's environment tells it to. */
function recorder() {
  const events: string[] = []
  const served: ServedContainer[] = []
  const start = (container: ServedContainer): RunningDaemon => {
    const { NAME: name } = container.environment
    events.push(`start ${name} ${container.image}`)
    served.push(container)
    return {
      stop: async () => {
        events.push(`stopping ${name}`)
        await new Promise((resolve) => setTimeout(resolve, 100))
        events.push(`stopped ${name}`)
      },
    }
  }
  return { events, served, daemons: new Map([['calico-node', new Daemon(start, () => {})]]) }
}

async function observe(node: PodNode) {
  const { events, served, daemons } = recorder()
  const runtime = await node.startRuntime(new Map(), daemons)
  const sandbox = await runtime.createSandbox(podSpec('calico', { hostNetwork: true }))
  const start = (name: string, overrides: object = {}) =>
    runtime.startContainer(
      sandbox,
      containerSpec('calico', {
        image: 'docker.io/calico/node:v3.23.5',
        name,
        env: { NAME: name },
        privileged: true,
        mounts: MOUNTS,
        ...overrides,
      }),
    )

  const install = await start('install', {
    image: 'calico/cni:v3.23.5',
    command: ['/opt/cni/bin/install'],
    env: CNI_ENV,
    files: [
      { path: `${ACCOUNT}/token`, content: 'secret' },
      { path: `${ACCOUNT}/ca.crt`, content: 'authority\n' },
    ],
    mounts: [{ hostPath: '/etc/cni/net.d', mountPath: '/host/etc/cni/net.d', readOnly: false }],
  })
  const installed = (await install.exited).exitCode
  const conf = await node.sh(
    'cd /etc/cni/net.d; ls -A; cat 10-calico.conflist; stat -c %a calico-kubeconfig; cat calico-kubeconfig',
  )

  const first = await start('first')
  const notReady = await execIn(first, ['/bin/calico-node', '-felix-ready'])
  served[0]?.say('two\nlines')
  served[0]?.report('felix', 'ready')
  served[0]?.say('and $more `than` that')
  const ready = await execIn(first, [
    'sh',
    '-c',
    'until calico-node -felix-ready >/dev/null; do :; done; calico-node -bird-ready',
  ])
  const mounts = await execIn(first, [
    'sh',
    '-c',
    'test -f /run/xtables.lock && ls -A /lib/modules && echo x >/var/run/calico/x',
  ])
  const aside = await start('aside', { command: ['sh', '-c', 'echo only this'] })
  const asideLog = await logOf(aside)
  await first.stop(30)
  const firstEnd = (await first.exited).exitCode
  const firstLog = await logOf(first)
  const second = await start('second')
  served[1]?.fail('it is over')
  const failed = await second.exited
  const log = await logOf(second)
  await runtime.removeSandbox(sandbox.id)
  const onNode = await node.sh('ls -l /run/xtables.lock; ls /var/run/calico')
  runtime.stop()
  return {
    installed,
    conf,
    notReady,
    ready,
    mounts,
    asideLog,
    firstLog,
    firstEnd,
    failed: failed.exitCode,
    log,
    events,
    onNode,
  }
}

await podNodeProgram(observe)
