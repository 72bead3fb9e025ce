import type { ServicePort } from '../../objects.ts'
import type { FieldError } from '../definition.ts'
import { duplicate, invalid, required } from '../field-error.ts'
import { qualifiedNameFaults } from '../labels.ts'
import { label } from '../names.ts'
import { validatePort, validatePortOrName, validateProtocol } from '../ports.ts'

function validateName(ports: readonly ServicePort[], i: number): FieldError[] {
  const field = `spec.ports[${i}].name`
  const name = ports[i]?.name
  if (!name) return ports.length > 1 ? [required(field)] : []
  const fault = label(name)
  if (fault) return [invalid(field, name, fault)]
  return ports.findIndex((port) => port.name === name) < i ? [duplicate(field, name)] : []
}

function validateOne(ports: readonly ServicePort[], i: number, headless: boolean): FieldError[] {
  const { port, protocol, targetPort, appProtocol } = ports[i] ?? { port: 0 }
  const at = `spec.ports[${i}]`
  const target = `${at}.targetPort`
  return [
    ...validateName(ports, i),
    ...validatePort(port, `${at}.port`),
    ...validateProtocol(protocol, `${at}.protocol`),
    ...(headless && typeof targetPort === 'string' ? [] : validatePortOrName(targetPort, target)),
    ...(appProtocol ? qualifiedNameFaults(appProtocol) : []).map((fault) =>
      invalid(`${at}.appProtocol`, appProtocol, fault),
    ),
  ]
}

/** Rules of a service's ports, each and together. */
export function validateServicePorts(ports: readonly ServicePort[], headless: boolean): FieldError[] {
  const twins = ports.flatMap(({ port, protocol, nodePort }, i) => {
    const before = ports.slice(0, i).filter((one) => one.protocol === protocol)
    const key = { Name: '', Protocol: protocol, AppProtocol: null, Port: 0, TargetPort: 0, NodePort: 0 }
    return [
      ...(nodePort && before.some((one) => one.nodePort === nodePort)
        ? [duplicate(`spec.ports[${i}].nodePort`, { ...key, NodePort: nodePort })]
        : []),
      ...(before.some((one) => one.port === port)
        ? [duplicate(`spec.ports[${i}]`, { ...key, Port: port })]
        : []),
    ]
  })
  return [...ports.flatMap((_, i) => validateOne(ports, i, headless)), ...twins]
}
