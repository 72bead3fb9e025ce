import { messageOf } from '../../../src/base/errors.ts'
import { until } from '../../../src/base/until.ts'
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
  /** The agent tidies in its own time: how many there are once there are no more than that, or in the end. */
  const settled = async (folder: string, most: number) => {
    const look = async () => (await count(folder)) <= most
    await until(look, { what: `${folder} to be tidy`, deadlineMs: 10_000 }).catch(() => {})
    return count(folder)
  }

  for (let restart = 0; restart < 6; restart++) {
    const crashed = await runtime.startContainer(sandbox, shell('crashing', restart, 'exit 1'))
    await crashed.exited
  }
  const missing = containerSpec('pod', { name: 'missing', image: 'busybox', command: ['/nope'] })
  for (let restart = 0; restart < 3; restart++)
    await runtime.startContainer(sandbox, missing).catch(messageOf)
  const crashes = {
    folders: await settled('/run/knet/containers', 2),
    logs: await settled('/var/log/pods/default_pod_uid-pod/crashing', 2),
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
    netns: await settled('/run/netns', 0),
    folders: await settled('/run/knet/containers', 0),
  }
  await runtime.removeSandbox(sandbox.id)
  return { crashes, log, stopped, logsAfterRemoval: await settled('/var/log/pods', 0) }
})
