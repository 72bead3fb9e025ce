import type Docker from 'dockerode'
import type { Topology } from '../../machine/topology.ts'
import { containerName, OWNER, ownedBy } from './container-spec.ts'
import { footlooseError } from './footloose-error.ts'
import type { DockerRecord } from './record.ts'

/** Machines that the real footloose has made, for a lab to use and to leave as they are. */
export interface Adopted {
  /** The lab's, with their addresses. */
  readonly topology: Topology
  /** Names of those that are not where the lab's texts have them. */
  readonly elsewhere: readonly string[]
}

const CLUSTER = 'works.weave.cluster'

const inCluster = (cluster: string): string => `${CLUSTER}=${cluster}`

/** By which a lab's machines are found. */
export const labelOf = ({ adopted, cluster, owner }: DockerRecord): string =>
  adopted ? inCluster(cluster) : ownedBy(owner)

/**
 * Looks for a lab's machines among footloose's of a cluster, and starts those that are stopped.
 * @returns undefined where there is none of them.
 * @throws LabError KNET_FOOTLOOSE when only some are there, or the network is not the kind that a lab has.
 */
export async function adopt(
  docker: Docker,
  { path, cluster, topology }: { path: string; cluster: string; topology: Topology },
): Promise<Adopted | undefined> {
  const listed = await docker.listContainers({ all: true, filters: { label: [inCluster(cluster)] } })
  const theirs = new Set(
    listed.flatMap(({ Names, Labels }) => (OWNER in Labels ? [] : Names.map((name) => name.slice(1)))),
  )
  const there = topology.machines.filter(({ name }) => theirs.has(containerName(cluster, name)))
  if (there.length === 0) return undefined
  if (there.length < topology.machines.length) {
    const names = there.map(({ name }) => name).join(', ')
    throw footlooseError(
      path,
      `of the lab's machines footloose has made only ${names}: "footloose create" makes all.`,
    )
  }
  await Promise.all(there.map(({ name }) => started(docker, containerName(cluster, name))))
  return await asTheyAre(docker, { path, cluster, topology })
}

async function started(docker: Docker, container: string): Promise<void> {
  const { State } = await docker.getContainer(container).inspect()
  if (!State.Running) await docker.getContainer(container).start()
}

async function asTheyAre(
  docker: Docker,
  { path, cluster, topology }: { path: string; cluster: string; topology: Topology },
): Promise<Adopted> {
  const [wanted, ...others] = topology.networks
  if (!wanted || others.length > 0) {
    throw footlooseError(
      path,
      `the lab ${topology.name} has several networks, which footloose's machines don't.`,
    )
  }
  const found = await Promise.all(
    topology.machines.map(async (machine) => {
      const { NetworkSettings } = await docker.getContainer(containerName(cluster, machine.name)).inspect()
      return { machine, networks: NetworkSettings.Networks }
    }),
  )
  const names = Object.keys(found[0]?.networks ?? {})
  const network = names.find((name) => found.every(({ networks }) => networks[name]?.IPAddress))
  if (!network) throw footlooseError(path, 'its machines have no network in common, or are not running.')
  const { IPAM } = await docker.getNetwork(network).inspect()
  const subnet = IPAM?.Config?.find(({ Subnet }) => Subnet?.includes('.'))?.Subnet ?? ''
  const gateway = found[0]?.networks[network]?.Gateway || wanted.gateway
  const machines = found.map(({ machine, networks }) => ({
    ...machine,
    address: networks[network]?.IPAddress ?? '',
  }))
  const elsewhere = machines.flatMap(({ name, address }, index) => {
    const written = topology.machines[index]?.address ?? ''
    return sameHost(address, written) ? [] : [name]
  })
  return {
    topology: {
      ...topology,
      networks: [{ ...wanted, subnet, gateway }],
      machines,
    },
    elsewhere,
  }
}

/** Whether two addresses have the same last number, which texts of a lab in another range go by. */
const sameHost = (one: string, other: string): boolean => one.split('.').at(-1) === other.split('.').at(-1)
