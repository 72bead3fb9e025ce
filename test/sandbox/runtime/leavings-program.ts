import { messageOf } from '../../../src/base/errors.ts'
import {
  containerSpec,
  FLANNEL_CONF,
  logOf,
  podNodeProgram,
  podSpec,
  SUBNET_ENV,
} from '../../helpers/pod-node.ts'

const shell = (name: string, restart: number, script: string) =>
  containerSpec('pod', {
    name,
    image: 'busybox',
    command: ['sh', '-c', script],
    logPath: `/var/log/pods/default_pod_uid-pod/${name}/${restart}.log`,
  })

await podNodeProgram(async (node) => {
  await node.writeFile('/etc/cni/net.d/10-flannel.conflist', FLANNEL_CONF)
  await node.writeFile('/run/flannel/subnet.env', SUBNET_ENV)
  const runtime = await node.startRuntime()
  const sandbox = await runtime.createSandbox(podSpec('pod'))
  const count = async (folder: string) => Number(await node.sh(`ls ${folder} 2>/dev/null | wc -l`))

  for (let restart = 0; restart < 6; restart++) {
    const crashed = await runtime.startContainer(sandbox, shell('crashing', restart, 'exit 1'))
    await crashed.exited
  }
  const missing = containerSpec('pod', { name: 'missing', image: 'busybox', command: ['/nope'] })
  for (let restart = 0; restart < 3; restart++)
    await runtime.startContainer(sandbox, missing).catch(messageOf)
  // Scripts of the agent run one after the other: this one sees what those before it left.
  const crashes = {
    folders: await count('/run/knet/containers'),
    logs: await count('/var/log/pods/default_pod_uid-pod/crashing'),
  }

  const talkative = await runtime.startContainer(
    sandbox,
    shell('talkative', 0, 'yes | head -n 800000; echo last'),
  )
  await talkative.exited
  const lines = await logOf(talkative)
  const size = Number(await node.sh('stat -c %s /var/log/pods/default_pod_uid-pod/talkative/0.log'))
  const log = { last: lines.at(-1), isWhole: lines.length > 800_000, isCapped: size <= 11 * 1024 * 1024 }

  await runtime.stopSandbox(sandbox.id)
  const stopped = {
    last: (await logOf(talkative)).at(-1),
    netns: await count('/run/netns'),
    folders: await count('/run/knet/containers'),
  }
  await runtime.removeSandbox(sandbox.id)
  return { crashes, log, stopped, logsAfterRemoval: await count('/var/log/pods') }
})
