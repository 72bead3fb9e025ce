import { messageOf } from '../../../src/base/errors.ts'
import { until } from '../../../src/base/until.ts'
import type { ContainerSpec, RunningContainer } from '../../../src/kube/kubelet/runtime.ts'
import type { NodePodRuntime } from '../../../src/runtime/pod-runtime.ts'
import {
  containerSpec,
  execIn,
  FLANNEL_CONF,
  logOf,
  podNodeProgram,
  podSpec,
  SUBNET_ENV,
  type PodNode,
} from '../../helpers/pod-node.ts'

const refused = (promise: Promise<unknown>) => promise.then(() => 'not refused', messageOf)

/** A node that gets its network late, as nodes do. */
async function beforeFlannel(node: PodNode, runtime: NodePodRuntime) {
  const uninitialised = await runtime.networkProblem()
  await node.writeFile('/etc/cni/net.d/10-flannel.conflist', FLANNEL_CONF)
  const initialised = await runtime.networkProblem()
  const noSubnet = await refused(runtime.createSandbox(podSpec('early')))
  await node.writeFile('/run/flannel/subnet.env', SUBNET_ENV)
  return { uninitialised, initialised: initialised ?? 'none', noSubnet }
}

async function pods(node: PodNode, runtime: NodePodRuntime) {
  const [web, client] = await Promise.all(
    ['web', 'client'].map((name) => runtime.createSandbox(podSpec(name))),
  )
  if (!web || !client) throw new Error('no sandboxes')
  const hello = await runtime.startContainer(
    web,
    containerSpec('web', { image: 'paulbouwer/hello-kubernetes:1.8' }),
  )
  const box = await runtime.startContainer(
    client,
    containerSpec('client', {
      image: 'busybox',
      command: ['sleep', '600'],
      env: { 'my.var': 'a b', PLAIN: `'"$x` },
      files: [{ path: '/etc/config/key', content: 'value\n', mode: 0o600 }],
      mounts: [{ hostPath: '/var/lib/volume', mountPath: '/data', readOnly: false }],
    }),
  )
  const inBox = async (script: string) => (await execIn(box, ['sh', '-c', script])).output
  const answer = () => inBox(`wget -qO- -T 3 http://${web.ip}:8080/ 2>&1`)
  await until(async () => (await answer()).startsWith('Hello'), { what: 'an answer', deadlineMs: 5000 })
  const attached = await Promise.all([
    attachTo(await runtime.startContainer(client, shell('piped', { stdin: true, stdinOnce: true }))),
    attachTo(await runtime.startContainer(client, shell('tty', { stdin: true, stdinOnce: true, tty: true }))),
  ])
  const seen = {
    attached,
    ips: [web.ip, client.ip],
    hello: await answer(),
    alpine: (await execIn(hello, ['sh', '-c', `\${PATH##*:}/wget -qO- http://${web.ip}:8080/`])).output,
    routes: await inBox('ip route'),
    hostname: await inBox('hostname; cat /etc/hostname'),
    environment: (await execIn(box, ['env'])).output
      .split('\n')
      .filter((line) => /^(my.var|PLAIN|HOSTNAME)=/.test(line))
      .sort(),
    file: await inBox('cat /etc/config/key; stat -c %a /etc/config/key'),
    processes: await inBox('ps -o pid,args | head -2'),
    write: await inBox('touch /made /data/made && echo ok'),
    writtenOnNode: await node.sh('ls /made /var/lib/volume 2>&1'),
    usr: await inBox('touch /usr/x 2>&1'),
    mounts: await inBox('grep -c netns /proc/mounts'),
    netns: await node.sh('ip netns list | wc -l'),
    listening: await node.sh(`nsenter --net=${web.netns} ss -Hltn | wc -l`),
    exit: (await execIn(box, ['sh', '-c', 'exit 3'])).exitCode,
    stdin: (await execIn(box, ['cat'], { input: 'through' })).output,
    ends: (await execIn(box, ['seq', '1', '5000'], { tty: true })).output.slice(-12),
    terminal: await execIn(box, ['sh'], { tty: true, input: 'tty; stty size; exit 4\n', size: [100, 40] }),
  }
  return { seen, web, hello, box }
}

const shell = (name: string, overrides: Partial<ContainerSpec>) =>
  containerSpec('client', { name, image: 'busybox', command: ['sh'], ...overrides })

/** What a client sees that attaches to a shell, types, interrupts a command if there is a terminal, and leaves. */
async function attachTo(container: RunningContainer) {
  const tty = container.attach({ stdin: false, tty: true }).stderr === undefined
  const client = container.attach({ stdin: true, tty })
  let output = ''
  client.stdout.on('data', (chunk) => (output += String(chunk)))
  client.resize(100, 40)
  if (tty) {
    // Said by the job itself: before it is in the foreground, Ctrl-C would be the shell's.
    client.stdin?.write("sh -c 'echo begun; exec sleep 600'\n")
    await until(() => output.includes('\nbegun'), { what: 'the command', deadlineMs: 5000 })
    client.stdin?.write('\x03')
  }
  client.stdin?.end('tty; stty size 2>&1; echo $((40 + 2)); exit 3\n')
  const exit = await container.exited
  return { output, exit: exit.exitCode, attachment: await client.exited }
}

async function endings(
  node: PodNode,
  runtime: NodePodRuntime,
  { web, hello, box }: Awaited<ReturnType<typeof pods>>,
) {
  const start = (name: string, image: string, command: string[]) =>
    runtime.startContainer(web, containerSpec('web', { name, image, command }))
  const short = await start('short', 'busybox', [
    'sh',
    '-c',
    'echo out; echo err >&2; printf partial; exit 7',
  ])
  const missing = await refused(start('missing', 'busybox', ['/nope']))
  const stubborn = await start('stubborn', 'busybox', ['sh', '-c', 'trap "" TERM; while :; do sleep 1; done'])
  const polite = await start('polite', 'busybox', [
    'sh',
    '-c',
    'trap "exit 5" TERM; while :; do sleep 0.05; done',
  ])
  await polite.stop(30)
  await stubborn.stop(1)
  await node.sh('kill $(pgrep -of "^/bin/sh /app/serve[r]")')
  return {
    short: [(await short.exited).exitCode, (await logOf(short)).sort()],
    file: (await node.sh('cat /var/log/pods/default_web_uid-web/short/0.log')).replaceAll(/^\S+Z/gm, 'TIME'),
    missing,
    polite: (await polite.exited).exitCode,
    stubborn: (await stubborn.exited).exitCode,
    killed: (await hello.exited).exitCode,
    netnsAfterKill: (await node.sh(`nsenter --net=${web.netns} ip -br -4 addr show eth0`)).split(/\s+/)[2],
    pauseAfterKill: await node.sh('pgrep -xc sleep').then((count) => Number(count) >= 2),
    box: await execIn(box, ['true']).then(({ exitCode }) => exitCode),
  }
}

async function hostNetwork(node: PodNode, runtime: NodePodRuntime) {
  const sandbox = await runtime.createSandbox(podSpec('host', { hostNetwork: true, hostname: 'node0' }))
  const container = await runtime.startContainer(
    sandbox,
    containerSpec('host', { image: 'nginx', name: 'n' }),
  )
  await until(async () => (await node.sh('curl -s http://127.0.0.1/')).includes('stand-in'), {
    what: 'the page on the node',
    deadlineMs: 5000,
  })
  await runtime.removeSandbox(sandbox.id)
  return { ip: sandbox.ip, netns: sandbox.netns, exit: (await container.exited).exitCode }
}

/** The pause process is killed behind everybody's back. */
async function pauseDeath(node: PodNode, runtime: NodePodRuntime) {
  const sandbox = await runtime.createSandbox(podSpec('lost'))
  const container = await runtime.startContainer(
    sandbox,
    containerSpec('lost', { image: 'nginx', name: 'n' }),
  )
  process.kill(sandbox.pausePid, 'SIGKILL')
  const late = await refused(
    runtime.startContainer(sandbox, containerSpec('lost', { image: 'nginx', name: 'late' })),
  )
  await sandbox.lost
  const goesOn = (await execIn(container, ['true'])).exitCode
  await runtime.removeSandbox(sandbox.id)
  return {
    late: late.replace(sandbox.id, 'ID'),
    goesOn,
    netns: await node.sh(`ls ${sandbox.netns} 2>&1 | grep -c '^ls: cannot'`),
  }
}

async function agentDeath(node: PodNode, runtime: NodePodRuntime) {
  await node.sh('kill -9 $(pgrep -f "^sh /run/knet/agent")')
  await runtime.agentExited
  const after = await refused(runtime.createSandbox(podSpec('late')))
  const shims = await node.sh('pgrep -fc "^sh /run/knet/shim"')
  const again = await node.startRuntime()
  const left = {
    netns: await node.sh('ip netns list'),
    allocations: await node.sh('ls /var/lib/cni/networks/cbr0 /var/lib/cni/results /var/lib/cni/flannel'),
    shims: await node.sh('pgrep -fc "^sh /run/knet/shim"'),
    veths: await node.sh('ip -o link show type veth'),
  }
  const fresh = await again.createSandbox(podSpec('fresh'))
  await node.sh('kill -9 -1')
  await again.agentExited
  return { after, shims, left, fresh: fresh.ip }
}

await podNodeProgram(async (node) => {
  const runtime = await node.startRuntime()
  const early = await beforeFlannel(node, runtime)
  const made = await pods(node, runtime)
  const ends = await endings(node, runtime, made)
  const host = await hostNetwork(node, runtime)
  const lost = await pauseDeath(node, runtime)
  const death = await agentDeath(node, runtime)
  return { early, pods: made.seen, ends, host, lost, death }
})
