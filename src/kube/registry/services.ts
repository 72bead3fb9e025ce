import type { Service } from '../objects.ts'
import { SERVICES } from '../resources.ts'
import { AGE, labelsText, NAME, NONE, text, wide } from './columns.ts'
import { define, keepStatus, onlyStatus } from './define.ts'
import type { RegistryContext, ResourceDefinition } from './definition.ts'
import { label1035 } from './names.ts'
import type { Random } from './service/allocator.ts'
import { dropUnused, keepAllocated } from './service/carry-over.ts'
import { allocateClusterIp, normalizeClusterIps, validateClusterIp } from './service/cluster-ip.ts'
import { defaultFamilies, defaultServiceSpec } from './service/defaults.ts'
import { allocateNodePorts, validateNodePorts } from './service/node-port.ts'
import { validateServiceSpec, validateServiceUpdate } from './service/validate.ts'

function externalIpText({ spec, status }: Service): string {
  if (spec?.type === 'ExternalName') return spec.externalName ?? ''
  const ingress = status?.loadBalancer?.ingress ?? []
  const balancer =
    spec?.type === 'LoadBalancer' ? ingress.map(({ ip, hostname }) => ip || hostname || '') : []
  const addresses = [...new Set(balancer.filter(Boolean))].sort().concat(spec?.externalIPs ?? [])
  return addresses.join(',') || (spec?.type === 'LoadBalancer' ? '<pending>' : NONE)
}

function portsText({ spec }: Service): string {
  const ports = (spec?.ports ?? []).map(({ port, nodePort, protocol }) =>
    nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`,
  )
  return ports.join(',') || NONE
}

const COLUMNS: ResourceDefinition<Service>['columns'] = [
  NAME,
  text('Type', 'ClusterIP, NodePort, LoadBalancer or ExternalName.', (service) => service.spec?.type ?? ''),
  text('Cluster-IP', 'Virtual address inside the cluster; None is a headless service.', ({ spec }) => {
    return spec?.clusterIPs?.[0] ?? NONE
  }),
  text('External-IP', 'Addresses from outside the cluster that nodes take traffic for.', externalIpText),
  text('Port(s)', 'port:nodePort/protocol of each port.', portsText),
  AGE,
  wide(text('Selector', 'Labels of the pods behind it.', ({ spec }) => labelsText(spec?.selector))),
]

/** @param random where dynamically allocated addresses and ports come from */
export function services(random: Random): ResourceDefinition<Service> {
  const allocate = (service: Service, context: RegistryContext) =>
    allocateNodePorts(allocateClusterIp(service, context, random), context, random)
  return define<Service>(SERVICES, {
    singular: 'service',
    shortNames: ['svc'],
    categories: ['all'],
    subresources: ['status'],
    name: label1035,
    columns: COLUMNS,
    assigned: [
      ['spec', 'clusterIP'],
      ['spec', 'clusterIPs'],
      ['spec', 'ipFamilies'],
      ['spec', 'ipFamilyPolicy'],
      ['spec', 'ports', '*', 'nodePort'],
    ],
    prepareForCreate(service, context) {
      const spec = defaultFamilies(normalizeClusterIps(defaultServiceSpec(service.spec ?? {})))
      return allocate({ ...service, spec, status: { loadBalancer: {} } }, context)
    },
    prepareForUpdate(service, current, context, subresource) {
      if (subresource === 'status') return onlyStatus(service, current)
      const before = current.spec ?? {}
      const given = normalizeClusterIps(defaultServiceSpec(service.spec ?? {}), before)
      const spec = defaultFamilies(dropUnused(keepAllocated(given, before), before))
      return allocate(keepStatus({ ...service, spec }, current), context)
    },
    validate(service, context) {
      const errors = validateServiceSpec(service.spec ?? {})
      if (errors.length) return errors
      return [...validateClusterIp(service, context), ...validateNodePorts(service, context)]
    },
    validateUpdate: validateServiceUpdate,
    selectableFields: ({ spec }) => ({
      'spec.clusterIP': spec?.clusterIP ?? '',
      'spec.type': spec?.type ?? '',
    }),
  })
}
