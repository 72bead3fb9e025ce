import type { KubeClient } from '../../kube/client.ts'
import type { Node } from '../../kube/objects.ts'
import { NODES } from '../../kube/resources.ts'
import { fromApi, missing, unsupported } from '../calico-error.ts'
import { resourceFrom, type Resource } from '../layout/resource.ts'
import { objectOf, type JsonObject } from '../layout/shape.ts'
import { identity, type ResourceStore } from './resource-store.ts'

const PREFIX = 'projectcalico.org/'
/** Labels and annotations that are Calico's and not Kubernetes', and those of Kubernetes beside the former. */
const LABELS = `${PREFIX}labels`
const ANNOTATIONS = `${PREFIX}annotations`
const KUBE_LABELS = `${PREFIX}kube-labels`

/** Where a node's annotations say what, by field. */
const BGP_FIELDS = {
  asNumber: 'ASNumber',
  ipv4Address: 'IPv4Address',
  ipv6Address: 'IPv6Address',
  ipv4IPIPTunnelAddr: 'IPv4IPIPTunnelAddr',
  routeReflectorClusterID: 'RouteReflectorClusterID',
}
const SPEC_FIELDS = {
  ipv4VXLANTunnelAddr: 'IPv4VXLANTunnelAddr',
  vxlanTunnelMACAddr: 'VXLANTunnelMACAddr',
  ipv6VXLANTunnelAddr: 'IPv6VXLANTunnelAddr',
  vxlanTunnelMACAddrV6: 'VXLANTunnelMACAddrV6',
}
const WIREGUARD_FIELDS = { interfaceIPv4Address: 'IPv4WireguardInterfaceAddr' }
const STATUS_FIELDS = { wireguardPublicKey: 'WireguardPublicKey' }

type Notes = Readonly<Record<string, string>>

/** Nodes: Kubernetes' own, and what Calico has written on them. Upstream: libcalico-go, K8sNodeToCalico. */
export function nodes(client: KubeClient): ResourceStore {
  const find = async (name: string): Promise<Node> => {
    const what = identity('Node', { name })
    const node = await client.get(NODES, { name }).catch((thrown: unknown) => {
      throw fromApi(thrown, what)
    })
    if (node) return node
    throw missing(what, `nodes "${name}" not found`)
  }
  return {
    get: async ({ name }) => toCalico(await find(name)),
    list: async () => {
      const { items, resourceVersion } = await client.list(NODES)
      return { items: items.map(toCalico), resourceVersion }
    },
    create: async ({ metadata }) => {
      throw unsupported('Create', identity('Node', { name: metadata.name ?? '' }))
    },
    update: async (resource) => {
      const name = resource.metadata.name ?? ''
      const node = await find(name)
      const changed = { ...node, metadata: { ...node.metadata, annotations: annotationsOf(resource, node) } }
      return toCalico(
        await client.update(NODES, changed, 'status').catch((thrown: unknown) => {
          throw fromApi(thrown, identity('Node', { name }))
        }),
      )
    },
    delete: async () => {
      // Its first step, looking for the node's endpoints by a part of their names, is none that Kubernetes knows.
      throw missing('WorkloadEndpoint', 'malformed WorkloadEndpoint name - unable to determine Pod name')
    },
  }
}

function toCalico({ metadata, spec, status }: Node): Resource {
  const notes = metadata.annotations ?? {}
  const bgp = readFields(BGP_FIELDS, notes)
  const wireguard = readFields(WIREGUARD_FIELDS, notes)
  const own = [bgp['ipv4Address'], bgp['ipv6Address']].filter(Boolean)
  const kubernetes = (status?.addresses ?? []).filter(({ type }) => /^(Internal|External)IP$/.test(type))
  const { name, uid, resourceVersion, creationTimestamp } = metadata
  return resourceFrom(
    'Node',
    {
      metadata: {
        name,
        uid,
        resourceVersion,
        creationTimestamp,
        labels: { ...parsed(notes[LABELS]), ...metadata.labels },
        annotations: { ...parsed(notes[ANNOTATIONS]), [KUBE_LABELS]: sortedJson(metadata.labels ?? null) },
      },
      spec: {
        ...(Object.keys(bgp).length > 0 ? { bgp } : {}),
        ...readFields(SPEC_FIELDS, notes),
        orchRefs: [{ nodeName: name, orchestrator: 'k8s' }],
        ...(Object.keys(wireguard).length > 0 ? { wireguard } : {}),
        addresses: [...own.map((address) => ({ address, type: 'CalicoNodeIP' })), ...kubernetes],
      },
      status: { ...readFields(STATUS_FIELDS, notes), podCIDRs: spec?.podCIDRs ?? [] },
    },
    false,
  )
}

function readFields(fields: Notes, notes: Notes): JsonObject {
  const found = Object.entries(fields).map(([field, note]) => [field, notes[PREFIX + note]] as const)
  return Object.fromEntries(found.filter(([, value]) => value !== undefined && value !== ''))
}

/** A Kubernetes node's annotations with what a Calico node says now, and without what it no longer says. */
function annotationsOf({ metadata, spec, status }: Resource, node: Node): Record<string, string> {
  const { [KUBE_LABELS]: inherited, ...annotations } = metadata.annotations ?? {}
  const fromKubernetes = Object.keys(parsed(inherited))
  const labels = Object.entries(metadata.labels ?? {}).filter(([key]) => !fromKubernetes.includes(key))
  const said = {
    [LABELS]: labels.length > 0 ? sortedJson(Object.fromEntries(labels)) : undefined,
    [ANNOTATIONS]: Object.keys(annotations).length > 0 ? sortedJson(annotations) : undefined,
    ...writeFields(BGP_FIELDS, spec['bgp']),
    ...writeFields(SPEC_FIELDS, spec),
    ...writeFields(WIREGUARD_FIELDS, spec['wireguard']),
    ...writeFields(STATUS_FIELDS, status),
  }
  const all: Readonly<Record<string, string | undefined>> = { ...node.metadata.annotations, ...said }
  return Object.fromEntries(
    Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined),
  )
}

function writeFields(fields: Notes, values: unknown): Record<string, string | undefined> {
  const from = objectOf(values)
  return Object.fromEntries(
    Object.entries(fields).map(([field, note]) => {
      const value = from[field]
      return [PREFIX + note, value === undefined || value === '' ? undefined : String(value)]
    }),
  )
}

function parsed(json: string | undefined): JsonObject {
  try {
    const value: unknown = JSON.parse(json ?? '{}')
    return objectOf(value)
  } catch {
    return {}
  }
}

function sortedJson(map: Readonly<Record<string, unknown>> | null): string {
  return JSON.stringify(map && Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1))))
}
