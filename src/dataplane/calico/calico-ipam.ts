import { isIP, isIPv4 } from 'node:net'
import { messageOf } from '../../base/errors.ts'
import { ApiError, type KubeClient } from '../../kube/client.ts'
import type { Pod } from '../../kube/objects.ts'
import { NAMESPACES, NODES, PODS } from '../../kube/resources.ts'
import type { Attachment } from '../cni/attachment.ts'
import type { RemoteIpam } from '../cni/remote-ipam.ts'
import { assignAddress, NoAddressLeft } from './ipam/assign.ts'
import { assignGivenAddress } from './ipam/assign-given.ts'
import { releaseHandle } from './ipam/release.ts'
import { CLUSTER_INFORMATIONS } from './resources.ts'

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
      await requireDatastore(client)
      const address = await inTurn(() => assignTo(client, node, attachment)).catch((error: unknown) => {
        if (!(error instanceof NoAddressLeft)) throw error
        throw new Error(`failed to request IPv4 addresses: ${error.message}`, { cause: error })
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

/** Upstream: cni-plugin, CmdAddK8s' first question. @throws Error in its words */
async function requireDatastore(client: Client): Promise<void> {
  const found = await client.list(CLUSTER_INFORMATIONS).catch((error: unknown) => {
    if (error instanceof ApiError && error.code === 404) return undefined
    throw error
  })
  const information = found?.items.find(({ metadata }) => metadata.name === 'default')
  if (!information) {
    const why = found
      ? 'clusterinformations.crd.projectcalico.org "default" not found'
      : 'the server could not find the requested resource (get ClusterInformations.crd.projectcalico.org default)'
    const absent = `resource does not exist: ClusterInformation(default) with error: ${why}`
    throw new Error(`error getting ClusterInformation: ${absent}`)
  }
  if (!information.spec.datastoreReady) throw new Error('Calico is currently not ready to process requests')
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
  const holder = {
    handleID: handleOf(attachment),
    about: { namespace, node: nodeName, pod: name, timestamp: goTime(new Date()) },
  }
  const given = wantedAddress(pod)
  if (given) return assignGiven(client, given, { ...holder, node: nodeName })
  return assignAddress(client, {
    ...holder,
    node: { name: nodeName, labels: node?.metadata.labels ?? {} },
    pools: wantedPools(pod) ?? wantedPools(home),
    use: 'Workload',
  })
}

/** The annotation is a list of names or CIDRs, in JSON. @throws Error when it is none */
function wantedPools(object: Pick<Pod, 'metadata'> | undefined): string[] | undefined {
  return listIn(object, 'ipv4pools')
}

function assignGiven(...args: Parameters<typeof assignGivenAddress>): Promise<string> {
  return assignGivenAddress(...args).catch((error: unknown) => {
    throw new Error(`error getting IP from IPAM: ${messageOf(error)}`, { cause: error })
  })
}

/** The one IPv4 address that the annotation asks for. Upstream: cni-plugin k8s.go, validateAndExtractIPs. @throws Error in its words */
function wantedAddress(pod: Pick<Pod, 'metadata'> | undefined): string | undefined {
  const annotation = `${ANNOTATION}/ipAddrs`
  const list = listIn(pod, 'ipAddrs')
  if (!list) return undefined
  if (list.length === 0) throw new Error(`annotation "${annotation}" specified but empty`)
  const wrong = list.find((one) => isIP(one) === 0)
  if (wrong !== undefined) throw new Error(`invalid IP format: ${wrong}`)
  const addresses = list.filter((one) => isIPv4(one))
  if (addresses.length > 1) {
    throw new Error(`cannot have more than one IPv4 address for "${annotation}" annotation`)
  }
  return addresses[0]
}

/** A list of texts in JSON, as an annotation has it. */
function listIn(object: Pick<Pod, 'metadata'> | undefined, name: string): string[] | undefined {
  const text = object?.metadata.annotations?.[`${ANNOTATION}/${name}`]
  if (!text) return undefined
  const list = parsed(text)
  if (Array.isArray(list) && list.every((one) => typeof one === 'string')) return list
  throw new Error(
    `failed to parse '${text}' as JSON: json: cannot unmarshal it into Go value of type []string`,
  )
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Error(`failed to parse '${text}' as JSON: ${messageOf(error)}`, { cause: error })
  }
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
