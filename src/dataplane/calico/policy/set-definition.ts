import { readSelector, type Selector } from '../selector.ts'
import { uniqueId } from '../selector/expression.ts'

/** tcp, udp, sctp: those that have ports which pods can name. */
export type PortProtocol = 'tcp' | 'udp' | 'sctp'

/** What a set of addresses stands for. Equal ones have equal ids (upstream: felix calc/rule_scanner.go, UniqueID). */
export type SetDefinition =
  | { readonly id: string; readonly of: 'selector'; readonly selector: Selector }
  | {
      readonly id: string
      readonly of: 'named-port'
      readonly selector: Selector
      readonly protocol: PortProtocol
      readonly port: string
    }
  /** `service` is NAMESPACE/NAME. */
  | { readonly id: string; readonly of: 'service'; readonly service: string; readonly withPorts: boolean }

/** Every endpoint and network set that is selected. */
export function selectorSet(selector: Selector): SetDefinition {
  return { id: selector.id, of: 'selector', selector }
}

/** Ports of that name of endpoints that are selected; of all when there is no selector. */
export function namedPortSet(
  port: string,
  protocol: PortProtocol,
  selector = readSelector('all()'),
): SetDefinition {
  const id = uniqueId('n', `${selector.id},${protocol},${port}`)
  return { id, of: 'named-port', selector, protocol, port }
}

/** What stands behind a service: addresses, with or without ports. */
export function serviceSet(service: string, withPorts: boolean): SetDefinition {
  const id = uniqueId(withPorts ? 'svc' : 'svcnoport', service)
  return { id, of: 'service', service, withPorts }
}
