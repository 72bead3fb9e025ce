import { messageOf } from '../../../src/base/errors.ts'
import { until } from '../../../src/base/until.ts'
import { createCni } from '../../../src/dataplane/cni/cni.ts'
import { podNodeProgram, podSpec, SUBNET_ENV } from '../../helpers/pod-node.ts'

const CONF = JSON.stringify({
  name: 'cbr0',
  cniVersion: '1.0.0',
  plugins: [
    { type: 'flannel', delegate: { isDefaultGateway: true } },
    { type: 'recorder', capabilities: { portMappings: true }, mine: 'kept' },
  ],
})

/** Writes down how it was called, and hands prevResult on. */
const RECORDER = `#!/bin/sh
cat >/run/stdin-$CNI_COMMAND
env | grep ^CNI_ | sort >/run/env-$CNI_COMMAND
case $CNI_COMMAND in
  ADD) sed 's/.*"prevResult":\\(.*\\),"runtimeConfig".*/\\1/' /run/stdin-ADD ;;
  VERSION) echo '{"cniVersion":"1.0.0","supportedVersions":["0.4.0","1.0.0"]}' ;;
esac
`
const BROKEN = `#!/bin/sh
echo '{"cniVersion":"1.0.0","code":11,"msg":"try again","details":"the pool is empty"}'
exit 1
`

await podNodeProgram(async (node) => {
  await node.writeFile('/etc/cni/net.d/10.conflist', CONF)
  await node.writeFile('/run/flannel/subnet.env', SUBNET_ENV)
  await node.writeFile('/opt/cni/bin/recorder', RECORDER)
  await node.sh('chmod +x /opt/cni/bin/recorder')
  const runtime = await node.startRuntime()
  const pod = podSpec('web', { hostPorts: [{ hostPort: 80, containerPort: 8080, protocol: 'TCP' }] })
  const sandbox = await runtime.createSandbox(pod)
  const added = {
    ip: sandbox.ip,
    stdin: JSON.parse(await node.sh('cat /run/stdin-ADD')) as unknown,
    environment: (await node.sh('cat /run/env-ADD'))
      .replaceAll(sandbox.id, 'ID')
      .replaceAll(/cni-[0-9a-f-]{36}/g, 'NETNS'),
  }
  await runtime.removeSandbox(sandbox.id)
  const deleted = await node.sh('grep COMMAND /run/env-DEL; ls /var/lib/cni/networks/cbr0 /run/netns')
  const shell = {
    run: async (script: string) => ({ exitCode: 0, output: await node.sh(script) }),
  }
  const versions = await createCni({ shell, machine: node.machine, ipams: new Map() }).versions('recorder')
  await node.writeFile('/opt/cni/bin/recorder', BROKEN)
  const refused = await runtime.createSandbox(podSpec('other')).then(() => 'not refused', messageOf)
  await node.sh('rm /opt/cni/bin/recorder')
  const missing = await runtime.createSandbox(podSpec('third')).then(() => 'not refused', messageOf)
  // The kernel drops a veth some time after the namespace of its other end.
  await until(async () => (await node.sh('ip -o link show type veth')) === '', {
    what: 'no veth',
    deadlineMs: 5000,
  })
  const left = await node.sh('ls /var/lib/cni/networks/cbr0 /run/netns; pgrep -xc sleep')
  return { added, deleted, versions, refused, missing, left }
})
