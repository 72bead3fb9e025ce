import { messageOf } from '../../base/errors.ts'
import { ApiError, type KubeClient } from '../../kube/client.ts'
import type { Pod } from '../../kube/objects.ts'
import { NAMESPACES, NODES, PODS } from '../../kube/resources.ts'
import type { Attachment } from '../cni/attachment.ts'
import type { RemoteIpam } from '../cni/remote-ipam.ts'
import { assignAddress } from './ipam/assign.ts'
import { releaseHandle } from './ipam/release.ts'

const ANNOTATION = 'cni.projectcalico.org'

type Client = Pick<KubeClient, 'get' | 'list' | 'create' | 'update' | 'delete' | 'patch'>

/** What stands in for the plugin calico-ipam on one node: addresses by Calico's IPAM, told in the pods' annotations. */
export function calicoIpam(client: Client, node: string): RemoteIpam {
  // One after the other, as Calico's plugin does with a lock on the node: all want the same block.
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = last.then(work, work)
    last = done
    return done
  }
  return {
    async assign(attachment) {
      const address = await inTurn(() => assignTo(client, node, attachment)).catch((error: unknown) => {
        throw new Error(`failed to request IPv4 addresses: ${messageOf(error)}`, { cause: error })
      })
      await annotate(client, attachment, `${address}/32`)
      return address
    },
    async release(attachment) {
      const released = await inTurn(() => releaseHandle(client, handleOf(attachment)))
      if (released.length > 0) await annotate(client, attachment, '')
    },
  }
}

/** Upstream: cni-plugin utils, GetHandleID: the network's name and the container's id. */
function handleOf({ containerId }: Attachment): string {
  return `k8s-pod-network.${containerId}`
}

async function assignTo(client: Client, nodeName: string, attachment: Attachment): Promise<string> {
  const { podNamespace: namespace, podName: name } = attachment
  const [pod, home, node] = await Promise.all([
    client.get(PODS, { namespace, name }),
    client.get(NAMESPACES, { name: namespace }),
    client.get(NODES, { name: nodeName }),
  ])
  const pools = wantedPools(pod) ?? wantedPools(home)
  return assignAddress(client, {
    node: { name: nodeName, labels: node?.metadata.labels ?? {} },
    handleID: handleOf(attachment),
    about: { namespace, node: nodeName, pod: name, timestamp: goTime(new Date()) },
    pools,
    use: 'Workload',
  })
}

/** The annotation is a list of names or CIDRs, in JSON. @throws Error when it is none */
function wantedPools(object: Pick<Pod, 'metadata'> | undefined): string[] | undefined {
  const text = object?.metadata.annotations?.[`${ANNOTATION}/ipv4pools`]
  if (text === undefined) return undefined
  const list: unknown = JSON.parse(text)
  if (!Array.isArray(list)) throw new Error(`failed to parse '${text}' as a list of IP pools`)
  return list.map(String)
}

/** How Go prints a time: 2026-11-21 10:33:13.105 +0000 UTC. */
function goTime(date: Date): string {
  return `${date.toISOString().replace('T', ' ').replace('Z', '')} +0000 UTC`
}

/** A pod that is gone has no use for it. */
async function annotate(client: Client, attachment: Attachment, address: string): Promise<void> {
  const { podNamespace: namespace, podName: name, containerId } = attachment
  const annotations = {
    [`${ANNOTATION}/containerID`]: containerId,
    [`${ANNOTATION}/podIP`]: address,
    [`${ANNOTATION}/podIPs`]: address,
  }
  try {
    await client.patch(PODS, { namespace, name }, { metadata: { annotations } }, { type: 'merge' })
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 404) throw error
  }
}
