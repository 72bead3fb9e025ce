import type { Endpoints } from '../objects.ts'
import { ENDPOINTS } from '../resources.ts'
import { hostPort, validateEndpointIp } from './addresses.ts'
import { AGE, listed, NAME, NONE, text } from './columns.ts'
import { define } from './define.ts'
import type { FieldError } from './definition.ts'
import { required } from './field-error.ts'
import { validatePort, validateProtocol } from './ports.ts'

type Subset = NonNullable<Endpoints['subsets']>[number]

function endpointsText({ subsets }: Endpoints): string {
  if (!subsets?.length) return NONE
  return listed(
    subsets.flatMap(({ addresses = [], ports = [] }) =>
      ports.length
        ? ports.flatMap(({ port }) => addresses.map(({ ip }) => hostPort(ip, port)))
        : addresses.map(({ ip }) => ip),
    ),
  )
}

function withDefaults(endpoints: Endpoints): Endpoints {
  if (!endpoints.subsets) return endpoints
  return {
    ...endpoints,
    subsets: endpoints.subsets.map((subset) => ({
      ...subset,
      ...(subset.ports && {
        ports: subset.ports.map((port) => ({ ...port, protocol: port.protocol ?? 'TCP' })),
      }),
    })),
  }
}

function validateSubset(
  { addresses = [], notReadyAddresses = [], ports = [] }: Subset,
  at: string,
): FieldError[] {
  if (addresses.length + notReadyAddresses.length === 0) {
    return [required(at, 'must specify `addresses` or `notReadyAddresses`')]
  }
  return [
    ...addresses.flatMap(({ ip }, i) => validateEndpointIp(ip, `${at}.addresses[${i}].ip`)),
    ...notReadyAddresses.flatMap(({ ip }, i) => validateEndpointIp(ip, `${at}.notReadyAddresses[${i}].ip`)),
    ...ports.flatMap(({ name, port, protocol }, i) => [
      ...(ports.length > 1 && !name ? [required(`${at}.ports[${i}].name`)] : []),
      ...validatePort(port, `${at}.ports[${i}].port`),
      ...validateProtocol(protocol, `${at}.ports[${i}].protocol`),
    ]),
  ]
}

export const endpoints = define<Endpoints>(ENDPOINTS, {
  singular: 'endpoints',
  shortNames: ['ep'],
  columns: [NAME, text('Endpoints', 'Addresses and ports that answer for the service.', endpointsText), AGE],
  prepareForCreate: withDefaults,
  prepareForUpdate: withDefaults,
  validate: ({ subsets = [] }) =>
    subsets.flatMap((subset, index) => validateSubset(subset, `subsets[${index}]`)),
})
