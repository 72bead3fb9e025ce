import { isIPv6 } from 'node:net'
import type { MachinePort } from '../../machine/driver.ts'
import type { Daemon } from './command.ts'
import { hostPortOf } from './published-ports.ts'
import type { DockerRecord } from './record.ts'

/**
 * Where this host reaches a published port: at the machine's own address where the daemon shares this host's network, else
 * where Docker forwards it from. That is the daemon's host where it is another one; what Docker Desktop forwards, it brings here.
 */
export async function reach(
  { docker, endpoint }: Daemon,
  record: DockerRecord,
  wanted: MachinePort,
): Promise<string | undefined> {
  const isHere = endpoint.host.startsWith('unix:') && process.platform === 'linux'
  if (isHere && sharesNetwork((await docker.info()) as DaemonInfo)) {
    const address = record.topology.machines.find(({ name }) => name === wanted.machine)?.address
    return `${address}:${wanted.port}`
  }
  const port = await hostPortOf(docker, record, wanted)
  const { host = '127.0.0.1' } = record
  return port === undefined ? undefined : `${isIPv6(host) ? `[${host}]` : host}:${port}`
}

interface DaemonInfo {
  readonly OperatingSystem?: string
  readonly SecurityOptions?: readonly string[] | null
}

/** Neither in a virtual machine, as Docker Desktop's, nor in a network namespace of its user's. */
const sharesNetwork = ({ OperatingSystem = '', SecurityOptions }: DaemonInfo): boolean =>
  !/Docker Desktop/i.test(OperatingSystem) &&
  !(SecurityOptions ?? []).some((one) => one.includes('name=rootless'))
