import type { Service } from '../../objects.ts'
import { SERVICES } from '../../resources.ts'
import type { FieldError, RegistryContext } from '../definition.ts'
import { forbidden, invalid } from '../field-error.ts'
import { pickFree, type Random } from './allocator.ts'
import { needsHealthCheckNodePort, needsNodePorts, type ServiceSpec } from './needs.ts'

const FIRST = 30000
const SIZE = 2768
/** Upstream keeps min(max(16, size / 32), 128) ports for those who choose their own. */
const RESERVED = 86

function nodePortsOf(spec: ServiceSpec | undefined): number[] {
  const ports = [...(spec?.ports ?? []).map(({ nodePort }) => nodePort), spec?.healthCheckNodePort]
  return ports.filter((port): port is number => Boolean(port))
}

function takenByOthers(service: Service, context: RegistryContext): Set<number> {
  const { name, namespace } = service.metadata
  const others = context
    .list(SERVICES)
    .filter(({ metadata }) => metadata.name !== name || metadata.namespace !== namespace)
  return new Set(others.flatMap(({ spec }) => nodePortsOf(spec)))
}

/** The service with a node port for each port that needs one and has none. */
export function allocateNodePorts(service: Service, context: RegistryContext, random: Random): Service {
  const spec = structuredClone(service.spec ?? {})
  const ports = needsNodePorts(spec) ? (spec.ports ?? []) : []
  const wantsHealthPort = needsHealthCheckNodePort(spec) && !spec.healthCheckNodePort
  if (!wantsHealthPort && ports.every(({ nodePort }) => nodePort)) return service
  const taken = takenByOthers(service, context)
  for (const port of nodePortsOf(spec)) taken.add(port)
  const next = () => {
    const index = pickFree(SIZE, RESERVED, (index) => taken.has(FIRST + index), random)
    if (index === undefined) return undefined
    taken.add(FIRST + index)
    return FIRST + index
  }
  for (const port of ports) port.nodePort ||= sharedPort(port, ports) ?? next()
  if (wantsHealthPort) spec.healthCheckNodePort = next()
  return { ...service, spec }
}

/** DNS and its like: the same port by UDP and TCP gets the same node port. */
function sharedPort(
  { port, protocol }: { port: number; protocol?: string },
  ports: NonNullable<ServiceSpec['ports']>,
): number | undefined {
  return ports.find((twin) => twin.port === port && twin.protocol !== protocol && twin.nodePort)?.nodePort
}

/** Whether the service may have the node ports it has: in range, and nobody else's. */
export function validateNodePorts(service: Service, context: RegistryContext): FieldError[] {
  const { spec } = service
  if (!spec || nodePortsOf(spec).length === 0) return []
  const taken = takenByOthers(service, context)
  return (spec.ports ?? []).flatMap(({ nodePort }, i) => {
    const field = `spec.ports[${i}].nodePort`
    if (!nodePort) return []
    if (!needsNodePorts(spec) && spec.type !== 'LoadBalancer') {
      return [forbidden(field, `may not be used when \`type\` is '${spec.type}'`)]
    }
    if (nodePort < FIRST || nodePort >= FIRST + SIZE) {
      const range = `${FIRST}-${FIRST + SIZE - 1}`
      return [
        invalid(
          field,
          nodePort,
          `provided port is not in the valid range. The range of valid ports is ${range}`,
        ),
      ]
    }
    return taken.has(nodePort) ? [invalid(field, nodePort, 'provided port is already allocated')] : []
  })
}
