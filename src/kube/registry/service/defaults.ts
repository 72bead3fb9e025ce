import { isExternallyAccessible, isExternalName, isHeadless, type ServiceSpec } from './needs.ts'

const CLIENT_IP_SECONDS = 10800

/** A service's spec with upstream's defaults (pkg/apis/core/v1/defaults.go SetDefaults_Service), addresses excepted. */
export function defaultServiceSpec(given: ServiceSpec): ServiceSpec {
  const spec = structuredClone(given)
  spec.sessionAffinity ||= 'None'
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig
  if (spec.sessionAffinity === 'ClientIP') {
    spec.sessionAffinityConfig ??= {}
    spec.sessionAffinityConfig.clientIP ??= {}
    spec.sessionAffinityConfig.clientIP.timeoutSeconds ??= CLIENT_IP_SECONDS
  }
  spec.type ||= 'ClusterIP'
  for (const port of spec.ports ?? []) {
    port.protocol ||= 'TCP'
    port.targetPort ||= port.port
  }
  if (isExternallyAccessible(spec)) spec.externalTrafficPolicy ||= 'Cluster'
  if (!isExternalName(spec)) spec.internalTrafficPolicy ??= 'Cluster'
  if (spec.type === 'LoadBalancer') spec.allocateLoadBalancerNodePorts ??= true
  return spec
}

/** ipFamilies and ipFamilyPolicy on a cluster that has IPv4 only, as upstream's initIPFamilyFields. */
export function defaultFamilies(spec: ServiceSpec): ServiceSpec {
  if (isExternalName(spec)) return spec
  const noSelector = Object.keys(spec.selector ?? {}).length === 0
  // Whoever makes the endpoints of a headless service without selector may give it addresses of both families.
  if (isHeadless(spec) && noSelector) {
    const ipFamilyPolicy = spec.ipFamilyPolicy ?? 'RequireDualStack'
    const families = spec.ipFamilies?.length ? spec.ipFamilies : ['IPv4']
    const other = families[0] === 'IPv4' ? 'IPv6' : 'IPv4'
    const both = ipFamilyPolicy === 'SingleStack' || families.length > 1 ? families : [...families, other]
    return { ...spec, ipFamilyPolicy, ipFamilies: both }
  }
  return {
    ...spec,
    ipFamilyPolicy: spec.ipFamilyPolicy ?? 'SingleStack',
    ipFamilies: spec.ipFamilies?.length ? spec.ipFamilies : ['IPv4'],
  }
}
