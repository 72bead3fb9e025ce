import type { KubeClient } from '../../../kube/client.ts'
import type { Node } from '../../../kube/objects.ts'
import { NODES } from '../../../kube/resources.ts'
import { assignAddress } from '../ipam/assign.ts'
import { releaseHandle } from '../ipam/release.ts'
import { IPAM_HANDLES } from '../resources.ts'

const ANNOTATION = 'projectcalico.org/IPv4IPIPTunnelAddr'

type Client = Pick<KubeClient, 'get' | 'list' | 'create' | 'update' | 'delete' | 'patch'>

/** The address of a node's tunl0: the one that it has, or a new one of the node's own block. Upstream: node, allocateip. */
export async function tunnelAddress(client: Client, node: Node): Promise<string> {
  const { name, labels = {}, annotations = {} } = node.metadata
  const handleID = handleOf(name)
  const before = annotations[ANNOTATION]
  if (before && (await client.get(IPAM_HANDLES, { name: handleID }))) return before
  await releaseHandle(client, handleID)
  const about = { node: name, type: 'ipipTunnelAddress' }
  const address = await assignAddress(client, { node: { name, labels }, handleID, about, use: 'Tunnel' })
  await annotate(client, name, address)
  return address
}

/** For a node whose pools don't travel in IP-in-IP any more. */
export async function releaseTunnelAddress(client: Client, node: Node): Promise<void> {
  await releaseHandle(client, handleOf(node.metadata.name))
  if (node.metadata.annotations?.[ANNOTATION]) await annotate(client, node.metadata.name, null)
}

function handleOf(node: string): string {
  return `ipip-tunnel-addr-${node}`
}

async function annotate(client: Client, name: string, address: string | null): Promise<void> {
  const patch = { metadata: { annotations: { [ANNOTATION]: address } } }
  await client.patch(NODES, { name }, patch, { type: 'merge' })
}
