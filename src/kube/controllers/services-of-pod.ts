import { keyOf, type Change, type Informer } from '../client.ts'
import type { Pod, Service } from '../objects.ts'
import { stableJson } from './names.ts'
import { endpointOf, selects } from './pod-endpoints.ts'
import { isTerminal } from './pods.ts'
import type { WorkQueue } from './work-queue.ts'

/** Queues the services whose endpoints a change of a pod may have changed; of other changes of pods they know nothing. */
export function addServicesOf(
  { type, object, previous }: Change<Pod>,
  services: Informer<Service>,
  queue: WorkQueue,
): void {
  if (type === 'updated' && previous && facts(previous) === facts(object)) return
  for (const service of services.list(object.metadata.namespace)) {
    if (selects(service, object) || (previous && selects(service, previous))) queue.add(keyOf(service))
  }
}

const NO_SERVICE = { metadata: { name: '' } } as Service

/** What endpoints are made of. */
function facts(pod: Pod): string {
  const { hostname, subdomain } = pod.spec ?? {}
  const { conditions, addresses, nodeName } = endpointOf(NO_SERVICE, pod)
  return stableJson([
    pod.metadata.labels,
    conditions,
    addresses,
    nodeName,
    isTerminal(pod),
    hostname,
    subdomain,
  ])
}
