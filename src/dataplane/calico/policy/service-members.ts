import { keyOf } from '../../../kube/client.ts'
import type { EndpointSlice } from '../../../kube/objects.ts'
import type { ServiceMembers } from './live-sets.ts'
import { netsOf } from './member.ts'

const SERVICE_NAME = 'kubernetes.io/service-name'

/** NAMESPACE/NAME of the service that a slice belongs to. */
export function serviceOfSlice({ metadata }: EndpointSlice): string {
  return keyOf({ namespace: metadata.namespace, name: metadata.labels?.[SERVICE_NAME] ?? '' })
}

/** Every address, ready or not (Go writes empty lists as null); a port without a number is none (upstream: felix serviceindex). */
export function serviceMembers({ endpoints, ports }: EndpointSlice): ServiceMembers {
  const nets = (endpoints ?? []).flatMap(({ addresses }) => addresses.flatMap(netsOf))
  return {
    nets,
    netsAndPorts: (ports ?? []).flatMap(({ port, protocol = 'TCP' }) =>
      port === undefined ? [] : nets.map((net) => `${net.split('/')[0]},${protocol.toLowerCase()}:${port}`),
    ),
  }
}
