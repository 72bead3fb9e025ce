import type Docker from 'dockerode'
import type { MachinePort } from '../../machine/driver.ts'
import type { MachineSpec } from '../../machine/topology.ts'
import { containerName } from './container-spec.ts'
import { saidBy } from './docker-error.ts'
import type { DockerRecord, PublishedPort } from './record.ts'

/** Numbers that firewalls can be told of: those that machines have themselves, or the next that no container has taken. */
export async function numbered(docker: Docker, published: readonly MachinePort[]): Promise<PublishedPort[]> {
  const listed = await docker.listContainers()
  const taken = new Set(listed.flatMap(({ Ports }) => Ports.map(({ PublicPort }) => PublicPort)))
  return published.map((wanted) => {
    let hostPort = wanted.port
    while (taken.has(hostPort)) hostPort++
    taken.add(hostPort)
    return { ...wanted, hostPort }
  })
}

/** Whether a container did not start because a port of its host is somebody else's. */
export const isPortTaken = (thrown: unknown): boolean =>
  /port is already allocated|address already in use/i.test(saidBy(thrown))

/** How far from a machine's own number is looked for one. */
const TRIES = 20

/** A record by which a machine gets other ports; undefined where there is none to try. */
export function onOtherPorts(record: DockerRecord, { name }: MachineSpec): DockerRecord | undefined {
  const { published = [], host } = record
  const moved = published.map((one) => {
    if (one.machine !== name || one.hostPort === undefined) return one
    return { ...one, hostPort: host === undefined ? undefined : one.hostPort + 1 }
  })
  const isOther = moved.some((one, index) => one.hostPort !== published[index]?.hostPort)
  const isNear = ({ port, hostPort = port }: PublishedPort) => hostPort < port + TRIES
  return isOther && moved.every(isNear) ? { ...record, published: moved } : undefined
}

/** The record with the ports that machines which are up have, for those that are made anew: whoever knows the way finds it still. */
export async function withHostPorts(docker: Docker, record: DockerRecord): Promise<DockerRecord> {
  if (!record.published) return record
  const published = await Promise.all(
    record.published.map(async (one) => ({ ...one, hostPort: await hostPortOf(docker, record, one) })),
  )
  return { ...record, published }
}

/** Which port of its host leads to a machine's now; undefined where none does. */
export async function hostPortOf(
  docker: Docker,
  { cluster }: DockerRecord,
  { machine, port }: MachinePort,
): Promise<number | undefined> {
  const { NetworkSettings } = await docker.getContainer(containerName(cluster, machine)).inspect()
  const [binding] = NetworkSettings.Ports[`${port}/tcp`] ?? []
  return binding && Number(binding.HostPort)
}
