import { keyOf } from '../client.ts'
import type { Endpoints, Pod, Service } from '../objects.ts'
import { sameValue } from '../registry/same-value.ts'
import { ENDPOINTS, PODS, SERVICES } from '../resources.ts'
import { type ControllerContext, splitKey } from './context.ts'
import { keyFrom } from './owners.ts'
import {
  hasPods,
  hostnameIn,
  inheritedLabels,
  podsOf,
  portsOf,
  targetOf,
  TRIGGER_TIME,
  triggerTime,
  type ResolvedPort,
} from './pod-endpoints.ts'
import { isReady } from './pods.ts'
import { addServicesOf } from './services-of-pod.ts'

type Subset = NonNullable<Endpoints['subsets']>[number]
type Address = NonNullable<Subset['addresses']>[number]

const MANAGED_BY = 'endpoints.kubernetes.io/managed-by'
/** Least time between two looks at one service. */
const REST_MS = 40

/** Keeps the legacy Endpoints of services with a selector. Upstream: pkg/controller/endpoint. */
export function startEndpoints(context: ControllerContext): void {
  const { client } = context
  const queue = context.queue('endpoint', { sync, minIntervalMs: REST_MS })
  const services = context.watch(SERVICES, ({ object }) => queue.add(keyOf(object)))
  const pods = context.watch(PODS, (change) => addServicesOf(change, services, queue))
  const endpoints = context.watch(ENDPOINTS, ({ type, object }) => {
    if (type === 'deleted') queue.add(keyOf(object))
  })

  async function sync(key: string): Promise<void> {
    const { namespace, name } = splitKey(key)
    const service = services.get({ namespace, name })
    const current = endpoints.get({ namespace, name })
    if (!service) {
      if (current?.metadata.labels?.[MANAGED_BY]) await client.delete(ENDPOINTS, keyFrom(current))
      return
    }
    if (!hasPods(service) || service.metadata.deletionTimestamp) return
    const next = buildEndpoints(service, pods.list(namespace), current)
    if (!current) await client.create(ENDPOINTS, next)
    else if (!sameValue(content(next), content(current))) await client.update(ENDPOINTS, next)
  }
}

const content = ({ subsets, metadata }: Endpoints) => [subsets, metadata.labels]

function buildEndpoints(service: Service, pods: readonly Pod[], current: Endpoints | undefined): Endpoints {
  const { name, namespace } = service.metadata
  const tolerateUnready = service.spec?.publishNotReadyAddresses === true
  const backends = podsOf(service, pods).filter((pod) => tolerateUnready || !pod.metadata.deletionTimestamp)
  const trigger = triggerTime(service, backends)
  const metadata = current?.metadata ?? { name, ...(namespace && { namespace }) }
  const subsets = subsetsOf(service, backends)
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: {
      ...metadata,
      labels: { ...inheritedLabels(service), [MANAGED_BY]: 'endpoint-controller' },
      ...(trigger && { annotations: { ...metadata.annotations, [TRIGGER_TIME]: trigger } }),
    },
    ...(subsets.length > 0 && { subsets }),
  }
}

/** Addresses grouped by the ports they serve, ready and not ready apart. Upstream: RepackSubsets. */
export function subsetsOf(service: Service, backends: readonly Pod[]): Subset[] {
  const groups = new Map<string, { ports: ResolvedPort[]; ready: Address[]; notReady: Address[] }>()
  for (const pod of backends) {
    const ports = portsOf(service, pod)
    const key = JSON.stringify(ports)
    const group = groups.get(key) ?? { ports, ready: [], notReady: [] }
    const ready = isReady(pod) || service.spec?.publishNotReadyAddresses === true
    const hostname = hostnameIn(service, pod)
    group[ready ? 'ready' : 'notReady'].push({
      ip: pod.status?.podIP ?? '',
      ...(hostname && { hostname }),
      ...(pod.spec?.nodeName && { nodeName: pod.spec.nodeName }),
      targetRef: targetOf(pod),
    })
    groups.set(key, group)
  }
  return [...groups.values()].map(({ ports, ready, notReady }) => ({
    ...(ready.length > 0 && { addresses: ready.sort(byAddress) }),
    ...(notReady.length > 0 && { notReadyAddresses: notReady.sort(byAddress) }),
    ...(ports.length > 0 && { ports: ports.map(legacyPort).sort((a, b) => a.port - b.port) }),
  }))
}

const byAddress = (a: Address, b: Address): number => (a.ip < b.ip ? -1 : 1)

/** The legacy object leaves an empty name out. */
function legacyPort({ name, port = 0, protocol, appProtocol }: ResolvedPort) {
  return { ...(name && { name }), port, protocol, ...(appProtocol && { appProtocol }) }
}
