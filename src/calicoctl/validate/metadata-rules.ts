import type { BadField } from '../calico-error.ts'
import type { Metadata } from '../layout/resource.ts'
import { LABEL, SUBDOMAIN } from './checks.ts'

const NAME_MAX = 253

const QUALIFIED_NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/

export function metadataRules({ name = '', labels = {}, annotations = {} }: Metadata): BadField[] {
  return [
    ...nameRules(name, SUBDOMAIN, "name must consist of lower case alphanumeric characters, '-' or '.'"),
    ...Object.keys(annotations).flatMap((key) => keyRules('Metadata.Annotations (key)', key)),
    ...Object.entries(labels).flatMap(([key, value]) => [
      ...keyRules('Metadata.Labels (label)', key),
      ...valueRules(value),
    ]),
  ]
}

/** Of policies, whose names are shorter. */
export function policyNameRules(name: string, foreign: RegExp): BadField[] {
  if (foreign.test(name)) return []
  return nameRules(name, LABEL, "name must consist of lower case alphanumeric characters or '-'")
}

function nameRules(name: string, pattern: string, why: string): BadField[] {
  const field = { name: 'Metadata.Name', value: name }
  const tooLong = name.length - NAME_MAX
  return [
    ...(tooLong > 0 ? [{ ...field, why: `name is too long by ${tooLong} bytes` }] : []),
    ...(new RegExp(`^(${pattern})$`).test(name) ? [] : [{ ...field, why: `${why} (regex: ${pattern})` }]),
  ]
}

function keyRules(name: string, key: string): BadField[] {
  const parts = key.split('/')
  const last = parts.at(-1) ?? ''
  const isDomain = parts.length < 2 || new RegExp(`^${SUBDOMAIN}$`).test(parts[0] ?? '')
  if (parts.length <= 2 && isDomain && last.length <= 63 && QUALIFIED_NAME.test(last)) return []
  const why = `name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`
  return [{ name, value: key, why }]
}

function valueRules(value: string): BadField[] {
  if (value.length <= 63 && LABEL_VALUE.test(value)) return []
  const why = `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`
  return [{ name: 'Metadata.Labels (value)', value, why }]
}
