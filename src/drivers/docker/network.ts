import type Docker from 'dockerode'
import { EXIT, LabError } from '../../base/errors.ts'
import type { NetworkSpec, Topology } from '../../machine/topology.ts'
import { addressAt, parseCidr } from '../../net/cidr.ts'
import { isRouter } from './boot-script.ts'
import { labelsOf, networkName } from './container-spec.ts'
import { saidBy, statusOf } from './docker-error.ts'
import { freeRanges, movedTo, rangesHere } from './free-range.ts'
import type { DockerRecord } from './record.ts'

/** What is known of a lab before its networks are there. */
type Wanted = Pick<DockerRecord, 'owner' | 'cluster' | 'topology' | 'given'>

/**
 * Makes the networks of a lab, each with the lab's own range or, where that is taken, with one that is free.
 * @returns the topology with the addresses that hold.
 */
export async function makeNetworks(docker: Docker, wanted: Wanted, isHere: boolean): Promise<Topology> {
  const { networks } = wanted.topology
  const there = wanted.given?.network === undefined ? undefined : await rangeOf(docker, wanted.given.network)
  if (there !== undefined) return movedTo(wanted.topology, [there])
  const taken = [...(await rangesOf(docker)), ...(isHere ? rangesHere() : [])]
  const made: string[] = []
  for (const network of networks) {
    const others = networks.flatMap(({ subnet }) => (subnet === network.subnet ? [] : [subnet]))
    made.push(await makeNetwork(docker, wanted, network, [...taken, ...others, ...made]))
  }
  const moved = made.some((subnet, index) => subnet !== networks[index]?.subnet)
  return moved ? movedTo(wanted.topology, made) : wanted.topology
}

/** @returns its range. */
async function makeNetwork(
  docker: Docker,
  wanted: Wanted,
  network: NetworkSpec,
  taken: readonly string[],
): Promise<string> {
  const alone = { ...wanted.topology, networks: [network] }
  for (const subnet of freeRanges(network.subnet, taken)) {
    const made = await docker
      .createNetwork({
        Name: networkName(wanted, network),
        CheckDuplicate: true,
        Driver: 'bridge',
        IPAM: { Config: [{ Subnet: subnet, Gateway: dockerSide(movedTo(alone, [subnet])) }] },
        Labels: labelsOf(wanted),
      })
      .then(() => true, clashed)
    if (made) return subnet
  }
  throw new LabError('KNET_DOCKER_NETWORK', {
    message: `Docker has no free range of addresses for the machines: ${network.subnet} is taken, and so are all others.`,
    hint: 'docker network prune',
    exitCode: EXIT.unavailable,
  })
}

/** Docker's own address in a network: the gateway, or where that is a router's, the first that no machine has. */
function dockerSide(topology: Topology): string {
  const [network] = topology.networks
  const range = parseCidr(network?.subnet ?? '')
  if (!network || !range) return ''
  if (!isRouter(topology, network.gateway)) return network.gateway
  const taken = new Set(topology.machines.flatMap(({ address, router }) => router?.addresses ?? [address]))
  let place = 1
  while (taken.has(addressAt(range, place))) place++
  return addressAt(range, place)
}

/** Ranges of networks that this list does not have, such as the host's own, show only in Docker's refusal. */
function clashed(thrown: unknown): false {
  if ([400, 403, 500].includes(statusOf(thrown) ?? 0) && /overlap|conflicts with/i.test(saidBy(thrown)))
    return false
  throw thrown
}

/** The range of a network that somebody has made, as footloose's users do. */
async function rangeOf(docker: Docker, name: string): Promise<string | undefined> {
  const networks = await docker.listNetworks({ filters: { name: [name] } })
  const configs = networks.find(({ Name }) => Name === name)?.IPAM?.Config ?? []
  return configs.map(({ Subnet }) => Subnet).find((subnet) => subnet?.includes('.'))
}

async function rangesOf(docker: Docker): Promise<string[]> {
  const networks = await docker.listNetworks()
  return networks.flatMap(({ IPAM }) => (IPAM?.Config ?? []).flatMap(({ Subnet }) => Subnet ?? []))
}
