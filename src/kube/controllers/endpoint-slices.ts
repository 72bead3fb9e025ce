import { keyOf } from '../client.ts'
import type { EndpointSlice, Service } from '../objects.ts'
import { sameValue } from '../registry/same-value.ts'
import { ENDPOINT_SLICES, PODS, SERVICES } from '../resources.ts'
import { type ControllerContext, splitKey } from './context.ts'
import { randomSuffix } from '../random-name.ts'
import { keyFrom, ownedBy } from './owners.ts'
import { hasPods, inheritedLabels, podsOf, TRIGGER_TIME, triggerTime } from './pod-endpoints.ts'
import { addServicesOf } from './services-of-pod.ts'
import { packSlices, type WantedSlice } from './slice-packing.ts'

const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by'
const SERVICE_NAME = 'kubernetes.io/service-name'
const MANAGER = 'endpointslice-controller.k8s.io'
/** Least time between two looks at one service: pods that get ready together are one write. */
const REST_MS = 20

/** Keeps EndpointSlices for services with a selector. Upstream: pkg/controller/endpointslice. */
export function startEndpointSlices(context: ControllerContext): void {
  const { client } = context
  const queue = context.queue('endpointslice', { sync, minIntervalMs: REST_MS })
  const services = context.watch(SERVICES, ({ object }) => queue.add(keyOf(object)))
  const pods = context.watch(PODS, (change) => addServicesOf(change, services, queue))
  const slices = context.watch(ENDPOINT_SLICES, ({ object }) => {
    const { labels = {}, namespace } = object.metadata
    const name = labels[SERVICE_NAME]
    if (name && labels[MANAGED_BY] === MANAGER) queue.add(keyOf({ namespace, name }))
  })

  async function sync(key: string): Promise<void> {
    const { namespace, name } = splitKey(key)
    const service = services.get({ namespace, name })
    const existing = slices
      .list(namespace)
      .filter(
        ({ metadata }) => metadata.labels?.[SERVICE_NAME] === name && metadata.labels[MANAGED_BY] === MANAGER,
      )
    if (!service) {
      await Promise.all(existing.map((slice) => client.delete(ENDPOINT_SLICES, keyFrom(slice))))
      return
    }
    if (!hasPods(service) || service.metadata.deletionTimestamp) return
    const backends = podsOf(service, pods.list(namespace))
    const wanted = packSlices(service, backends, existing)
    const trigger = triggerTime(service, backends)
    await Promise.all(wanted.map((slice) => write(service, slice, trigger)))
    const kept = new Set(wanted.map((slice) => slice.existing))
    const surplus = existing.filter((slice) => !kept.has(slice))
    await Promise.all(surplus.map((slice) => client.delete(ENDPOINT_SLICES, keyFrom(slice))))
  }

  async function write(service: Service, slice: WantedSlice, trigger: string | undefined): Promise<void> {
    const { existing } = slice
    const next = buildSlice(service, slice, trigger)
    if (!existing) await client.create(ENDPOINT_SLICES, next)
    else if (!sameValue(content(existing), content(next))) await client.update(ENDPOINT_SLICES, next)
  }
}

const content = ({ endpoints, ports, metadata }: EndpointSlice) => [endpoints, ports, metadata.labels]

function buildSlice(service: Service, slice: WantedSlice, trigger: string | undefined): EndpointSlice {
  const { name, namespace } = service.metadata
  const generateName = `${name}-`
  const empty = slice.endpoints.length === 0
  const metadata = slice.existing?.metadata ?? {
    name: generateName + randomSuffix(),
    generateName,
    ...(namespace && { namespace }),
    ownerReferences: [ownedBy(service)],
  }
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      ...metadata,
      labels: { ...inheritedLabels(service), [SERVICE_NAME]: name, [MANAGED_BY]: MANAGER },
      ...(trigger && { annotations: { ...metadata.annotations, [TRIGGER_TIME]: trigger } }),
    },
    addressType: 'IPv4',
    // Upstream writes null for none.
    endpoints: empty ? (null as unknown as []) : [...slice.endpoints],
    ports: empty ? (null as unknown as []) : [...slice.ports],
  }
}
