import type { MachinePort } from '../../machine/driver.ts'
import type { Daemon } from './command.ts'
import { containerName } from './container-spec.ts'
import type { DockerRecord } from './record.ts'

/**
 * Where this host reaches a published port: at the machine's own address where the daemon shares this host's network, else
 * where Docker forwards it from. Docker Desktop brings that to this host; what a daemon on another host forwards stays there.
 */
export async function reach(
  { docker, endpoint }: Daemon,
  { cluster, topology }: DockerRecord,
  { machine, port }: MachinePort,
): Promise<string | undefined> {
  const address = topology.machines.find(({ name }) => name === machine)?.address
  if (!endpoint.host.startsWith('unix:')) return undefined
  const info = (await docker.info()) as DaemonInfo
  if (process.platform === 'linux' && sharesNetwork(info)) return `${address}:${port}`
  const { NetworkSettings } = await docker.getContainer(containerName(cluster, machine)).inspect()
  const [binding] = NetworkSettings.Ports[`${port}/tcp`] ?? []
  return binding && `127.0.0.1:${binding.HostPort}`
}

interface DaemonInfo {
  readonly OperatingSystem?: string
  readonly SecurityOptions?: readonly string[] | null
}

/** Neither in a virtual machine, as Docker Desktop's, nor in a network namespace of its user's. */
const sharesNetwork = ({ OperatingSystem = '', SecurityOptions }: DaemonInfo): boolean =>
  !/Docker Desktop/i.test(OperatingSystem) &&
  !(SecurityOptions ?? []).some((one) => one.includes('name=rootless'))
