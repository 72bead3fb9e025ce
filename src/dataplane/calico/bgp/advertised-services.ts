import type { EndpointSlice, Service } from '../../../kube/objects.ts'
import { contains } from '../../../net/cidr.ts'
import type { BGPConfiguration } from '../resources.ts'
import { cidrIn } from './settings.ts'
import type { Speaker } from './speaker.ts'

export interface ServiceView {
  readonly services: readonly Service[]
  readonly slices: readonly EndpointSlice[]
}

const EXCLUDED = 'node.kubernetes.io/exclude-from-external-load-balancers'

/** The networks of services that BGPConfiguration says to tell of; no kernel gets routes to them. */
export function serviceNetworks(spec: BGPConfiguration['spec']): string[] {
  const { serviceClusterIPs = [], serviceExternalIPs = [], serviceLoadBalancerIPs = [] } = spec
  const all = [...serviceClusterIPs, ...serviceExternalIPs, ...serviceLoadBalancerIPs]
  return [...new Set(all.flatMap(({ cidr }) => cidrIn(cidr) ?? []))]
}

/**
 * What a node tells of services: their networks, and single addresses of those with externalTrafficPolicy Local that it has pods of.
 * Upstream: confd, routeGenerator.
 */
export function advertisedServices(
  own: Speaker,
  spec: BGPConfiguration['spec'],
  { services, slices }: ServiceView,
): string[] {
  const networks = serviceNetworks(spec)
  if (own.labels[EXCLUDED] !== undefined) return networks
  const local = services.filter(
    (service) => service.spec?.externalTrafficPolicy === 'Local' && hasPodOn(own.name, service, slices),
  )
  const addresses = local.flatMap((service) => addressesOf(service, spec))
  return [...networks, ...new Set(addresses.flatMap((address) => cidrIn(`${address}/32`) ?? []))]
}

function addressesOf({ spec, status }: Service, configuration: BGPConfiguration['spec']): string[] {
  const within = (networks: readonly { readonly cidr?: string }[] | undefined, address: string) =>
    (networks ?? []).some(({ cidr }) => cidr !== undefined && contains(cidr, address))
  const balanced = (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => ip ?? [])
  return [
    ...(configuration.serviceClusterIPs?.length && spec?.clusterIP ? [spec.clusterIP] : []),
    ...(spec?.externalIPs ?? []).filter((ip) => within(configuration.serviceExternalIPs, ip)),
    ...balanced.filter((ip) => within(configuration.serviceLoadBalancerIPs, ip)),
  ]
}

function hasPodOn(node: string, { metadata }: Service, slices: readonly EndpointSlice[]): boolean {
  return slices
    .filter(
      (slice) =>
        slice.metadata?.namespace === metadata?.namespace &&
        slice.metadata?.labels?.['kubernetes.io/service-name'] === metadata?.name,
    )
    .some(({ endpoints }) =>
      (endpoints ?? []).some(({ nodeName, conditions }) => nodeName === node && conditions?.ready !== false),
    )
}
