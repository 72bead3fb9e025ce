import type { PodSpec, Toleration } from '../../objects.ts'
import type { FieldError } from '../definition.ts'
import { invalid, notSupported, required } from '../field-error.ts'
import { qualifiedNameFaults, validateLabels } from '../labels.ts'
import { label, subdomain, type NameRule } from '../names.ts'
import { validateContainers } from './validate-container.ts'
import { validateVolumes } from './validate-volume.ts'

const RESTART_POLICIES = ['Always', 'Never', 'OnFailure']
const DNS_POLICIES = ['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None']
const EFFECTS = ['NoExecute', 'NoSchedule', 'PreferNoSchedule']
const NOT_NEGATIVE = 'must be greater than or equal to 0'
const MAX_NAMESERVERS = 3
const ANY_KEY = 'operator must be Exists when `key` is empty, which means "match all values and all keys"'

function oneOf(value: string | undefined, supported: readonly string[], field: string): FieldError[] {
  if (!value) return [required(field)]
  return supported.includes(value) ? [] : [notSupported(field, value, supported)]
}

function named(value: string | undefined, rule: NameRule, field: string): FieldError[] {
  const fault = value ? rule(value) : undefined
  return fault ? [invalid(field, value, fault)] : []
}

function validateToleration(toleration: Toleration, at: string): FieldError[] {
  const { key, operator = 'Equal', value, effect, tolerationSeconds } = toleration
  const errors = key ? qualifiedNameFaults(key).map((fault) => invalid(`${at}.key`, key, fault)) : []
  if (!key && operator !== 'Exists') errors.push(invalid(`${at}.operator`, operator, ANY_KEY))
  if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
    errors.push(
      invalid(`${at}.effect`, effect ?? '', "effect must be 'NoExecute' when `tolerationSeconds` is set"),
    )
  }
  if (operator === 'Exists' && value) {
    errors.push(invalid(`${at}.operator`, value, "value must be empty when `operator` is 'Exists'"))
  }
  if (!['Equal', 'Exists'].includes(operator)) {
    errors.push(notSupported(`${at}.operator`, operator, ['Equal', 'Exists']))
  }
  return effect ? [...errors, ...oneOf(effect, EFFECTS, `${at}.effect`)] : errors
}

function validateDns({ dnsPolicy, dnsConfig }: PodSpec, at: string): FieldError[] {
  const errors = oneOf(dnsPolicy, DNS_POLICIES, `${at}.dnsPolicy`)
  const nameservers = dnsConfig?.nameservers ?? []
  if (dnsPolicy === 'None' && !dnsConfig) {
    const why = 'must provide `dnsConfig` when `dnsPolicy` is None'
    errors.push(required(`${at}.dnsConfig`, why))
  } else if (dnsPolicy === 'None' && nameservers.length === 0) {
    const why = 'must provide at least one DNS nameserver when `dnsPolicy` is None'
    errors.push(required(`${at}.dnsConfig.nameservers`, why))
  }
  if (nameservers.length > MAX_NAMESERVERS) {
    const why = `must not have more than ${MAX_NAMESERVERS} nameservers`
    errors.push(invalid(`${at}.dnsConfig.nameservers`, nameservers, why))
  }
  return errors
}

/** Rules of a pod's spec, or of a template's, that lies at `at`. As upstream's ValidatePodSpec. */
export function validatePodSpec(spec: PodSpec, at: string): FieldError[] {
  const grace = spec.terminationGracePeriodSeconds ?? 0
  const deadline = spec.activeDeadlineSeconds
  return [
    ...validateVolumes(spec.volumes ?? [], `${at}.volumes`),
    ...validateContainers(spec, at),
    ...oneOf(spec.restartPolicy, RESTART_POLICIES, `${at}.restartPolicy`),
    ...validateDns(spec, at),
    ...validateLabels(spec.nodeSelector, `${at}.nodeSelector`),
    ...(spec.hostPID && spec.shareProcessNamespace
      ? [
          invalid(
            `${at}.shareProcessNamespace`,
            true,
            'ShareProcessNamespace and HostPID cannot both be enabled',
          ),
        ]
      : []),
    ...named(spec.serviceAccountName, subdomain, `${at}.serviceAccountName`),
    ...named(spec.nodeName, subdomain, `${at}.nodeName`),
    ...(deadline !== undefined && deadline < 1
      ? [invalid(`${at}.activeDeadlineSeconds`, deadline, 'must be between 1 and 2147483647, inclusive')]
      : []),
    ...(grace < 0 ? [invalid(`${at}.terminationGracePeriodSeconds`, grace, NOT_NEGATIVE)] : []),
    ...named(spec.hostname, label, `${at}.hostname`),
    ...named(spec.subdomain, label, `${at}.subdomain`),
    ...(spec.tolerations ?? []).flatMap((one, i) => validateToleration(one, `${at}.tolerations[${i}]`)),
  ]
}
