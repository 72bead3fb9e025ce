import { LabError } from '../base/errors.ts'
import type { KubeClient } from '../kube/client.ts'
import type { Pod } from '../kube/objects.ts'
import { PODS } from '../kube/resources.ts'
import type { Machine } from '../machine/machine.ts'
import { inFolder } from '../machine/quote.ts'
import type { Running } from '../machine/driver.ts'

/**
 * A pod's container as a machine: by its node, whose containerd knows its first process.
 * @throws LabError KNET_NO_SUCH_POD when there is no such running container.
 */
export async function podMachine(
  kube: KubeClient,
  running: Running,
  { namespace, name, container }: { namespace: string; name: string; container: string | undefined },
): Promise<Machine> {
  const pod = await kube.get(PODS, { namespace, name })
  const id = pod && runningContainer(pod, container)
  const node = running.machines.find((machine) => machine.name === pod?.spec?.nodeName)
  if (id === undefined || !node) {
    const what =
      container === undefined ? `pod ${namespace}/${name}` : `container ${container} of ${namespace}/${name}`
    throw new LabError('KNET_NO_SUCH_POD', {
      message: `There is no running ${what}.`,
      hint: 'knet-labs kubectl get pods -A',
    })
  }
  return containerMachine(node, id, name)
}

/** Containerd's id of it. */
function runningContainer({ status }: Pod, wanted: string | undefined): string | undefined {
  const found = (status?.containerStatuses ?? []).find(
    ({ name, state }) => state?.running && (wanted === undefined || name === wanted),
  )
  return /^containerd:\/\/(.+)$/.exec(found?.containerID ?? '')?.[1]
}

/**
 * Runs the words after the container's id in all of its namespaces. What its image has not got is the node's own program, in
 * the pod's network and with its names: few images have ping or tcpdump.
 */
const ENTER = `
id=$1; shift
pid=$(cat "/run/k3s/containerd/io.containerd.runtime.v2.task/k8s.io/$id/init.pid" 2>/dev/null) ||
  pid=$(k3s crictl inspect --output go-template --template '{{.info.pid}}' "$id") || exit 125
has() {
  case $1 in
  /*) [ -x "/proc/$pid/root$1" ] || [ -L "/proc/$pid/root$1" ] ;;
  *) for folder in /usr/local/sbin /usr/local/bin /usr/sbin /usr/bin /sbin /bin; do has "$folder/$1" && return; done
     false ;;
  esac
}
if has "$1"; then exec nsenter --target "$pid" --mount --net --uts --ipc --pid -- "$@"; fi
exec nsenter --target "$pid" --net --uts --ipc -- unshare --mount -- /bin/sh -c '
  for file in resolv.conf hosts; do
    [ -s "/proc/$0/root/etc/$file" ] && mount --bind "/proc/$0/root/etc/$file" "/etc/$file"
  done
  mount -t sysfs sysfs /sys
  exec "$@"' "$pid" "$@"
`

function containerMachine(node: Machine, id: string, name: string): Machine {
  const entering = (argv: readonly string[], cwd: string | undefined) => [
    '/bin/sh',
    '-c',
    ENTER,
    'sh',
    id,
    ...inFolder(argv, cwd),
  ]
  return {
    name,
    exec: async (argv, { cwd, ...options } = {}) => ({
      ...(await node.exec(entering(argv, cwd), options)),
      argv,
    }),
    spawn: (argv, { cwd, ...options } = {}) => node.spawn(entering(argv, cwd), options),
    attach: (argv, { cwd, env } = {}) => node.attach(entering(argv, cwd), { ...(env && { env }), cwd: '/' }),
    terminalCommand: (argv, { cwd, env } = {}) =>
      node.terminalCommand(entering(argv, cwd), { ...(env && { env }), cwd: '/' }),
  }
}
