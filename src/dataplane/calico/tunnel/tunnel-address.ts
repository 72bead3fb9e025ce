import type { KubeClient } from '../../../kube/client.ts'
import type { Node } from '../../../kube/objects.ts'
import { NODES } from '../../../kube/resources.ts'
import { contains } from '../../../net/cidr.ts'
import { TUNNEL_ANNOTATIONS } from '../bgp/speaker.ts'
import { encapsulationOf, type Tunnel } from '../encapsulation.ts'
import { assignAddress } from '../ipam/assign.ts'
import { selects } from '../ipam/pools.ts'
import { releaseHandle } from '../ipam/release.ts'
import { IPAM_HANDLES, type IPPool } from '../resources.ts'

type Client = Pick<KubeClient, 'get' | 'list' | 'create' | 'update' | 'delete' | 'patch'>

/**
 * The address of a node's tunnel: the one that it has, or a new one of the node's own block in a pool that travels in such a tunnel.
 * Upstream: node, allocateip. @throws Error in Calico's words when there is none
 */
export async function tunnelAddress(
  client: Client,
  node: Node,
  tunnel: Tunnel,
  pools: readonly IPPool[],
): Promise<string> {
  const { name, labels = {}, annotations = {} } = node.metadata
  const handleID = handleOf(tunnel, name)
  const fitting = pools.filter(
    (pool) => !pool.spec.disabled && encapsulationOf(pool).tunnel === tunnel && selects(pool, labels),
  )
  const before = annotations[TUNNEL_ANNOTATIONS[tunnel]]
  // A pool that gives out no more addresses has pods still.
  const fits = before && (fitting.length === 0 || fitting.some(({ spec }) => contains(spec.cidr, before)))
  if (fits && (await client.get(IPAM_HANDLES, { name: handleID }))) return before
  await releaseHandle(client, handleID)
  const wish = {
    node: { name, labels },
    handleID,
    about: { node: name, type: `${tunnel}TunnelAddress` },
    pools: fitting.map(({ metadata }) => metadata.name),
    use: 'Tunnel',
  } as const
  return assignAddress(client, wish)
}

/** Tells the other nodes, which may send packets into the tunnel from now on. */
export async function announceTunnel(
  client: Client,
  node: Node,
  tunnel: Tunnel,
  address: string,
): Promise<void> {
  if (node.metadata.annotations?.[TUNNEL_ANNOTATIONS[tunnel]] === address) return
  await annotate(client, node, tunnel, address)
}

/** For a node that sends nothing into that tunnel any more. */
export async function releaseTunnelAddress(client: Client, node: Node, tunnel: Tunnel): Promise<void> {
  await releaseHandle(client, handleOf(tunnel, node.metadata.name))
  if (node.metadata.annotations?.[TUNNEL_ANNOTATIONS[tunnel]]) await annotate(client, node, tunnel, null)
}

function handleOf(tunnel: Tunnel, node: string): string {
  return `${tunnel}-tunnel-addr-${node}`
}

async function annotate(client: Client, node: Node, tunnel: Tunnel, address: string | null): Promise<void> {
  const patch = { metadata: { annotations: { [TUNNEL_ANNOTATIONS[tunnel]]: address } } }
  await client.patch(NODES, { name: node.metadata.name }, patch, { type: 'merge' })
}
