import { isIP, isIPv4 } from 'node:net'
import type { Service } from '../../objects.ts'
import { NOT_AN_IP, validateEndpointIp } from '../addresses.ts'
import type { FieldError } from '../definition.ts'
import { forbidden, invalid, notSupported, required } from '../field-error.ts'
import { validateLabels } from '../labels.ts'
import { subdomain } from '../names.ts'
import { sameValue } from '../same-value.ts'
import { isExternallyAccessible, isExternalName, isHeadless, type ServiceSpec } from './needs.ts'
import { validateServicePorts } from './validate-port.ts'

const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']
const DAY_SECONDS = 86400

function oneOf(value: string | undefined, supported: readonly string[], field: string): FieldError[] {
  if (value === undefined) return []
  return supported.includes(value) ? [] : [notSupported(field, value, supported)]
}

function validateExternalName({ clusterIP, externalName }: ServiceSpec): FieldError[] {
  if (clusterIP) return [forbidden('spec.clusterIPs[0]', 'may not be set for ExternalName services')]
  if (!externalName) return [required('spec.externalName')]
  const fault = subdomain(externalName.replace(/\.$/, ''))
  return fault ? [invalid('spec.externalName', externalName, fault)] : []
}

function validateSessionAffinity({ sessionAffinity, sessionAffinityConfig }: ServiceSpec): FieldError[] {
  const errors = oneOf(sessionAffinity, ['ClientIP', 'None'], 'spec.sessionAffinity')
  const seconds = sessionAffinityConfig?.clientIP?.timeoutSeconds
  if (seconds === undefined || (seconds > 0 && seconds <= DAY_SECONDS)) return errors
  const field = 'spec.sessionAffinityConfig.clientIP.timeoutSeconds'
  return [...errors, invalid(field, seconds, `must be greater than 0 and less than ${DAY_SECONDS}`)]
}

function validateClusterIps({ clusterIP, clusterIPs = [], ipFamilies = [] }: ServiceSpec): FieldError[] {
  if (clusterIPs.length && !clusterIP) {
    return [invalid('spec.clusterIPs', clusterIPs, 'must be empty when `clusterIP` is not specified')]
  }
  if (clusterIPs.length && clusterIPs[0] !== clusterIP) {
    return [invalid('spec.clusterIPs', clusterIPs, 'first value must match `clusterIP`')]
  }
  return clusterIPs.flatMap((address, i) => {
    const field = `spec.clusterIPs[${i}]`
    if (address === 'None') return []
    if (!isIP(address)) return [invalid(field, address, NOT_AN_IP)]
    const family = isIPv4(address) ? 'IPv4' : 'IPv6'
    if (!ipFamilies[i] || ipFamilies[i] === family) return []
    return [
      invalid(field, address, `expected an ${ipFamilies[i]} value as indicated by \`ipFamilies[${i}]\``),
    ]
  })
}

function validateFamilies(spec: ServiceSpec): FieldError[] {
  const { ipFamilyPolicy, ipFamilies = [], selector } = spec
  const supported = ['SingleStack', 'PreferDualStack', 'RequireDualStack']
  const errors = oneOf(ipFamilyPolicy, supported, 'spec.ipFamilyPolicy')
  if (isHeadless(spec) && Object.keys(selector ?? {}).length === 0) return errors
  if (ipFamilyPolicy === 'RequireDualStack') {
    const text = 'this cluster is not configured for dual-stack services'
    errors.push(invalid('spec.ipFamilyPolicy', ipFamilyPolicy, text))
  }
  const foreign = ipFamilies.findIndex((family) => family !== 'IPv4')
  if (foreign >= 0) {
    const text = 'not configured on this cluster'
    errors.push(invalid(`spec.ipFamilies[${foreign}]`, ipFamilies[foreign], text))
  }
  return errors
}

function validatePolicies(spec: ServiceSpec): FieldError[] {
  const { externalTrafficPolicy, internalTrafficPolicy, trafficDistribution } = spec
  const external = 'spec.externalTrafficPolicy'
  return [
    ...(externalTrafficPolicy && !isExternallyAccessible(spec)
      ? [invalid(external, externalTrafficPolicy, 'may only be set for externally-accessible services')]
      : oneOf(externalTrafficPolicy, ['Cluster', 'Local'], external)),
    ...oneOf(internalTrafficPolicy, ['Cluster', 'Local'], 'spec.internalTrafficPolicy'),
    ...oneOf(
      trafficDistribution,
      ['PreferClose', 'PreferSameNode', 'PreferSameZone'],
      'spec.trafficDistribution',
    ),
  ]
}

/** Rules of a service by itself, as upstream's ValidateService. What it shares with other services is not looked at. */
export function validateServiceSpec(spec: ServiceSpec): FieldError[] {
  const ports = spec.ports ?? []
  return [
    ...(ports.length || isHeadless(spec) || isExternalName(spec) ? [] : [required('spec.ports')]),
    ...(isExternalName(spec) ? validateExternalName(spec) : []),
    ...validateServicePorts(ports, isHeadless(spec)),
    ...validateLabels(spec.selector, 'spec.selector'),
    ...validateSessionAffinity(spec),
    ...(isExternalName(spec) ? [] : validateClusterIps(spec)),
    ...(spec.externalIPs ?? []).flatMap((ip, i) => validateEndpointIp(ip, `spec.externalIPs[${i}]`)),
    ...oneOf(spec.type, TYPES, 'spec.type'),
    ...(isExternalName(spec) ? [] : validateFamilies(spec)),
    ...validatePolicies(spec),
  ]
}

/** What may not change in a service that has an address. */
export function validateServiceUpdate({ spec }: Service, { spec: current }: Service): FieldError[] {
  if (!spec || !current || isExternalName(spec) || isExternalName(current)) return []
  const immutable = (field: 'clusterIPs' | 'ipFamilies') =>
    sameValue(spec[field]?.[0], current[field]?.[0])
      ? []
      : [invalid(`spec.${field}[0]`, spec[field], 'may not change once set')]
  return [...immutable('clusterIPs'), ...immutable('ipFamilies')]
}
