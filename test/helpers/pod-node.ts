import type {
  ContainerSpec,
  RunningContainer,
  SandboxSpec,
  StreamOptions,
} from '../../src/kube/kubelet/runtime.ts'
import type { RemoteIpams } from '../../src/dataplane/cni/remote-ipam.ts'
import type { Machine } from '../../src/machine/machine.ts'
import { enterArgv, MACHINE_NAMESPACES, namespaceMachine } from '../../src/machine/namespace-machine.ts'
import { NODE_BINARY, PROGRAMS } from '../../src/machine/places.ts'
import type { Daemon } from '../../src/runtime/daemon.ts'
import { createPodRuntime, type NodePodRuntime } from '../../src/runtime/pod-runtime.ts'
import { imageCatalogue } from '../../src/workloads/images.ts'
import { runWorkload } from '../../src/workloads/run.ts'

/** What a test program of `runInHolder` has: the node beside it, where kubelet and flannel would have been. */
export interface PodNode {
  readonly machine: Machine
  /** A shell command on the node: what it printed, stderr too. */
  sh(script: string): Promise<string>
  writeFile(path: string, content: string): Promise<void>
  startRuntime(ipams?: RemoteIpams, daemons?: ReadonlyMap<string, Daemon>): Promise<NodePodRuntime>
}

export const FLANNEL_CONF = JSON.stringify({
  name: 'cbr0',
  cniVersion: '0.3.1',
  plugins: [
    { type: 'flannel', delegate: { hairpinMode: true, forceAddress: true, isDefaultGateway: true } },
    { type: 'portmap', capabilities: { portMappings: true } },
  ],
})
export const SUBNET_ENV =
  'FLANNEL_NETWORK=10.42.0.0/16\nFLANNEL_SUBNET=10.42.1.1/24\nFLANNEL_MTU=1450\nFLANNEL_IPMASQ=true\n'

/** The main of a test program: prints as JSON what `observe` saw. As a pod's program it is the workload instead. */
export async function podNodeProgram(observe: (node: PodNode) => Promise<unknown>): Promise<void> {
  const [first = '', ...rest] = process.argv.slice(2)
  if (!/^\d+$/.test(first)) process.exit(await runWorkload(first, rest))
  const machine = namespaceMachine('node0', () => enterArgv([[`/proc/${first}`, MACHINE_NAMESPACES]]))
  const sh = async (script: string) => {
    const { stdout, stderr } = await machine.exec(['sh', '-c', script])
    return stdout + stderr
  }
  const own = { node: NODE_BINARY, bundle: `${PROGRAMS}/cli.mjs`, folder: PROGRAMS }
  const seen = await observe({
    machine,
    sh,
    writeFile: async (path, content) => {
      await machine.exec(['sh', '-c', 'mkdir -p "$(dirname "$0")"; cat >"$0"', path], { stdin: content })
    },
    startRuntime: (ipams = new Map(), daemons = new Map()) =>
      createPodRuntime({ machine, images: imageCatalogue('node0', own), ipams, daemons }),
  })
  process.stdout.write(`${JSON.stringify(seen)}\n`, () => process.exit(0))
}

export function podSpec(name: string, overrides: Partial<SandboxSpec> = {}): SandboxSpec {
  return {
    namespace: 'default',
    name,
    uid: `uid-${name}`,
    hostname: name,
    hostNetwork: false,
    resolvConf: 'nameserver 10.43.0.10\nsearch default.svc.cluster.local\noptions ndots:5\n',
    hostAliases: [],
    hostPorts: [],
    ...overrides,
  }
}

export function containerSpec(
  pod: string,
  overrides: Partial<ContainerSpec> & { image: string },
): ContainerSpec {
  const name = overrides.name ?? 'c'
  const logPath = `/var/log/pods/default_${pod}_uid-${pod}/${name}/0.log`
  const none = {
    env: {},
    files: [],
    mounts: [],
    privileged: false,
    tty: false,
    stdin: false,
    stdinOnce: false,
  }
  return { name, logPath, ...none, ...overrides }
}

/** Runs a command in a container; what it printed on both streams. */
export async function execIn(
  container: RunningContainer,
  argv: readonly string[],
  options: Partial<StreamOptions> & { input?: string; size?: readonly [number, number] } = {},
): Promise<{ exitCode: number; output: string }> {
  const running = container.exec(argv, { stdin: options.input !== undefined, tty: options.tty ?? false })
  let output = ''
  const collect = async (stream: AsyncIterable<unknown>) => {
    for await (const chunk of stream) output += String(chunk)
  }
  const ends = [collect(running.stdout), ...(running.stderr ? [collect(running.stderr)] : [])]
  if (options.size) running.resize(...options.size)
  running.stdin?.end(options.input)
  const exitCode = await running.exited
  await Promise.all(ends)
  return { exitCode, output }
}

export async function logOf(container: RunningContainer): Promise<string[]> {
  const lines: string[] = []
  for await (const { stream, line } of container.logs({ follow: true })) lines.push(`${stream}: ${line}`)
  return lines
}
