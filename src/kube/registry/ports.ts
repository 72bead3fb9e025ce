import type { FieldError } from './definition.ts'
import { invalid, notSupported, required } from './field-error.ts'
import { portName } from './names.ts'

const PROTOCOLS = ['SCTP', 'TCP', 'UDP']

/** Rules of a port number. */
export function validatePort(port: number | undefined, field: string): FieldError[] {
  if (port !== undefined && Number.isInteger(port) && port >= 1 && port <= 65535) return []
  return [invalid(field, port ?? 0, 'must be between 1 and 65535, inclusive')]
}

/** Rules of a port given by number or by the name it has in a container. */
export function validatePortOrName(port: number | string | undefined, field: string): FieldError[] {
  if (typeof port !== 'string') return validatePort(port, field)
  return portName(port).map((fault) => invalid(field, port, fault))
}

/** Rules of a transport protocol. */
export function validateProtocol(protocol: string | undefined, field: string): FieldError[] {
  if (!protocol) return [required(field)]
  return PROTOCOLS.includes(protocol) ? [] : [notSupported(field, protocol, PROTOCOLS)]
}
