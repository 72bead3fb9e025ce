import { refuse, type BadField } from '../calico-error.ts'
import { layoutOf, partsOf, type Field } from '../layout/layout.ts'
import type { Resource } from '../layout/resource.ts'
import { isObject, listOf, type JsonObject } from '../layout/shape.ts'
import { CHECKS, PRINTED } from './checks.ts'
import { metadataRules } from './metadata-rules.ts'
import { policyRules } from './policy-rules.ts'
import { RULES } from './rules.ts'

/** @throws CalicoError naming every field that is not right, in Calico's words and order */
export function validate(resource: Resource): void {
  const parts: Readonly<Record<string, JsonObject | undefined>> = {
    spec: resource.spec,
    status: resource.status,
  }
  refuse([
    ...metadataRules(resource.metadata),
    ...partsOf(resource.kind).flatMap(({ name, structure }) => badFields(structure, parts[name] ?? {})),
    ...policyRules(resource),
  ])
}

/** Fields first, and then how they go together. */
function badFields(structure: string, value: JsonObject): BadField[] {
  const fields = (layoutOf(structure) ?? []).flatMap((field) => badValues(field, value[field.name]))
  return [...fields, ...(RULES[structure]?.(value) ?? [])]
}

function badValues(field: Field, value: unknown): BadField[] {
  const name = goName(field.name)
  if (field.isList && field.check?.name !== 'cidrs') {
    return listOf(value).flatMap((one, at) => badValue(field, `${name}[${at}]`, one))
  }
  return badValue(field, name, value)
}

function badValue({ type, check, keepsZero }: Field, name: string, value: unknown): BadField[] {
  const within = layoutOf(type) && isObject(value) ? badFields(type, value) : []
  const isLeftOut = value === undefined || (!keepsZero && value === '')
  if (!check || (isLeftOut && !check.ofZero)) return [...scalarRules(type, value), ...within]
  if (CHECKS[check.name]?.(value ?? '')) return within
  const tag = PRINTED[check.name] ?? check.name
  const why = `Reason: failed to validate Field: ${name} because of Tag: ${tag} `
  return [{ name, value: value ?? '', why }, ...within]
}

const PROTOCOLS = /^(TCP|UDP|ICMP|ICMPv6|SCTP|UDPLite)$/

function scalarRules(type: string, value: unknown): BadField[] {
  if (type === 'port' && value === 0) {
    return [{ name: 'Port', value, why: 'port range invalid, port number must be between 1 and 65535' }]
  }
  if (type !== 'protocol' || value === undefined) return []
  if (value === 0) return [{ name: 'Protocol', value, why: 'protocol number invalid' }]
  const isKnown = typeof value === 'number' || PROTOCOLS.test(String(value))
  return isKnown ? [] : [{ name: 'Protocol', value, why: 'protocol name invalid' }]
}

/** ipipMode is IPIPMode in Calico's code, which errors name. */
function goName(field: string): string {
  if (field === 'nat-outgoing') return 'NATOutgoingV1'
  const [, abbreviation = '', rest = ''] =
    /^((?:ipip|ipv|ip|vxlan|nat|cidr|as|bpf|bgp|mac|icmp)(?=[A-Z\d]|$)|.)(.*)$/.exec(field) ?? []
  return (abbreviation === 'ipv' ? 'IPv' : abbreviation.toUpperCase()) + rest
}
