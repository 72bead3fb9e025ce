import type Docker from 'dockerode'
import { EXIT, LabError } from '../../base/errors.ts'
import type { Topology } from '../../machine/topology.ts'
import { labelsOf, networkName } from './container-spec.ts'
import { saidBy, statusOf } from './docker-error.ts'
import { freeRanges, movedTo, rangesHere } from './free-range.ts'

/**
 * Makes the network of a lab, with the lab's own range or, where that is taken, with one that is free.
 * @returns the topology with the addresses that hold.
 */
export async function makeNetwork(
  docker: Docker,
  { owner, cluster, topology }: { owner: string; cluster: string; topology: Topology },
  isHere: boolean,
): Promise<Topology> {
  const wanted = topology.networks[0]?.subnet ?? ''
  const taken = [...(await rangesOf(docker)), ...(isHere ? rangesHere() : [])]
  for (const subnet of freeRanges(wanted, taken)) {
    const moved = subnet === wanted ? topology : movedTo(topology, subnet)
    const made = await docker
      .createNetwork({
        Name: networkName(cluster),
        CheckDuplicate: true,
        Driver: 'bridge',
        IPAM: { Config: [{ Subnet: subnet, Gateway: moved.networks[0]?.gateway ?? '' }] },
        Labels: labelsOf({ owner, topology }),
      })
      .then(() => true, clashed)
    if (made) return moved
  }
  throw new LabError('KNET_DOCKER_NETWORK', {
    message: `Docker has no free range of addresses for the machines: ${wanted} is taken, and so are all others.`,
    hint: 'docker network prune',
    exitCode: EXIT.unavailable,
  })
}

/** Ranges of networks that this list does not have, such as the host's own, show only in Docker's refusal. */
function clashed(thrown: unknown): false {
  if ([400, 403, 500].includes(statusOf(thrown) ?? 0) && /overlap|conflicts with/i.test(saidBy(thrown)))
    return false
  throw thrown
}

async function rangesOf(docker: Docker): Promise<string[]> {
  const networks = await docker.listNetworks()
  return networks.flatMap(({ IPAM }) => (IPAM?.Config ?? []).flatMap(({ Subnet }) => Subnet ?? []))
}
