import { isIPv4, isIPv6 } from 'node:net'
import type { Endpoint, EndpointSlice } from '../objects.ts'
import { ENDPOINT_SLICES } from '../resources.ts'
import { validateEndpointIp } from './addresses.ts'
import { AGE, listed, NAME, text } from './columns.ts'
import { define } from './define.ts'
import type { FieldError } from './definition.ts'
import { duplicate, invalid, notSupported, required } from './field-error.ts'
import { firstGeneration, nextGeneration } from './generation.ts'
import { validatePort, validateProtocol } from './ports.ts'

const ADDRESS_TYPES = ['FQDN', 'IPv4', 'IPv6']
const UNSET = '<unset>'

function withDefaults(slice: EndpointSlice): EndpointSlice {
  if (!slice.ports) return slice
  return {
    ...slice,
    ports: slice.ports.map((port) => ({ ...port, name: port.name ?? '', protocol: port.protocol ?? 'TCP' })),
  }
}

function validateAddress(address: string, type: string, field: string): FieldError[] {
  if (type === 'FQDN') return []
  const isOfType = type === 'IPv6' ? isIPv6 : isIPv4
  if (!isOfType(address)) return [invalid(field, address, `must be a valid ${type} address`)]
  return validateEndpointIp(address, field)
}

function validateEndpoint({ addresses }: Endpoint, type: string, at: string): FieldError[] {
  if (!addresses?.length) return [required(`${at}.addresses`, 'must contain at least 1 address')]
  return addresses.flatMap((address, i) => validateAddress(address, type, `${at}.addresses[${i}]`))
}

function validatePorts(slice: EndpointSlice): FieldError[] {
  const ports = slice.ports ?? []
  const names = ports.map((port) => port.name ?? '')
  return ports.flatMap(({ port, protocol }, i) => [
    ...(names.indexOf(names[i] ?? '') < i ? [duplicate(`ports[${i}].name`, names[i])] : []),
    ...validateProtocol(protocol, `ports[${i}].protocol`),
    ...(port === undefined ? [] : validatePort(port, `ports[${i}].port`)),
  ])
}

function validateAddressType(type: string): FieldError[] {
  if (!type) return [required('addressType')]
  return ADDRESS_TYPES.includes(type) ? [] : [notSupported('addressType', type, ADDRESS_TYPES)]
}

export const endpointSlices = define<EndpointSlice>(ENDPOINT_SLICES, {
  singular: 'endpointslice',
  columns: [
    NAME,
    text('AddressType', 'IPv4, IPv6 or FQDN.', (slice) => slice.addressType),
    text(
      'Ports',
      'Ports that every endpoint of the slice has.',
      ({ ports }) => listed((ports ?? []).map(({ port, name }) => String(port ?? (name || '*')))) || UNSET,
    ),
    text(
      'Endpoints',
      'Addresses of the endpoints.',
      (slice) => listed((slice.endpoints ?? []).flatMap(({ addresses }) => addresses)) || UNSET,
    ),
    AGE,
  ],
  prepareForCreate: (slice) => firstGeneration(withDefaults(slice)),
  prepareForUpdate: (slice, current) =>
    nextGeneration(withDefaults(slice), current, ({ metadata, ports, endpoints }) => [
      metadata.labels,
      metadata.annotations,
      ports,
      endpoints,
    ]),
  validate: (slice) => [
    ...validateAddressType(slice.addressType),
    ...(slice.endpoints ?? []).flatMap((endpoint, i) =>
      validateEndpoint(endpoint, slice.addressType, `endpoints[${i}]`),
    ),
    ...validatePorts(slice),
  ],
  validateUpdate: (slice, current) =>
    slice.addressType === current.addressType
      ? []
      : [invalid('addressType', slice.addressType, 'field is immutable')],
})
