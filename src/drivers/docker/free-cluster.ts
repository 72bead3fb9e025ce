import type Docker from 'dockerode'
import type { Topology } from '../../machine/topology.ts'
import { containerName, networkName } from './container-spec.ts'

/** The lab's name, or with a number where containers or a network of that name are somebody else's. */
export async function freeCluster(docker: Docker, topology: Topology): Promise<string> {
  const [containers, networks] = await Promise.all([
    docker.listContainers({ all: true }),
    docker.listNetworks(),
  ])
  const taken = new Set([
    ...containers.flatMap(({ Names }) => Names.map((one) => one.slice(1))),
    ...networks.map(({ Name }) => Name),
  ])
  const isFree = (cluster: string) =>
    topology.networks.every((one) => !taken.has(networkName({ cluster, topology }, one))) &&
    topology.machines.every((one) => !taken.has(containerName(cluster, one.name)))
  for (let n = 1; ; n++) {
    const cluster = n === 1 ? topology.name : `${topology.name}-${n}`
    if (isFree(cluster)) return cluster
  }
}
