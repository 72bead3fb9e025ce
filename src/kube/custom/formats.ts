import { isIP, isIPv4, isIPv6 } from 'node:net'

type FormatRule = (text: string) => boolean

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'

/** A function, so that nothing is compiled before a schema has such a format. */
const matches =
  (pattern: string): FormatRule =>
  (text) =>
    new RegExp(pattern, 'i').test(text)

function isCidr(text: string): boolean {
  const [address = '', length = '', ...more] = text.split('/')
  const family = isIP(address)
  if (family === 0 || more.length > 0 || !/^\d{1,3}$/.test(length)) return false
  return Number(length) <= (family === 4 ? 32 : 128)
}

function isDate(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text))
}

function isDateTime(text: string): boolean {
  const shape = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:?\d\d)?$/
  return shape.test(text) && !Number.isNaN(Date.parse(text))
}

const uuid = (version: string) => matches(`^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}-?[0-9a-f]{4}-?[0-9a-f]{12}$`)

/** By name without hyphens, as kube-openapi's strfmt compares them. */
const FORMATS: Readonly<Record<string, FormatRule>> = {
  cidr: isCidr,
  ipv4: isIPv4,
  ipv6: isIPv6,
  mac: matches(
    '^([0-9a-f]{2}([:-][0-9a-f]{2}){5}|([0-9a-f]{2}[:-]){7}[0-9a-f]{2}|([0-9a-f]{4}\\.){2}[0-9a-f]{4})$',
  ),
  uuid: uuid('[0-9a-f]{4}'),
  uuid3: uuid('3[0-9a-f]{3}'),
  uuid4: uuid('4[0-9a-f]{3}'),
  uuid5: uuid('5[0-9a-f]{3}'),
  byte: matches('^[A-Za-z0-9+/]*={0,2}$'),
  date: isDate,
  datetime: isDateTime,
  duration: matches('^[-+]?(\\d+(\\.\\d+)? ?(ns|us|µs|ms|s|m|h|d|w))+$'),
  email: matches('^[^@\\s<>]+@[^@\\s<>]+$'),
  hostname: matches(`^${LABEL}(\\.${LABEL})*\\.?$`),
  uri: matches('^([a-z][a-z0-9+.-]*:\\S+|/\\S*)$'),
  k8sshortname: (text) => text.length <= 63 && new RegExp(`^${LABEL}$`).test(text),
  k8slongname: (text) => text.length <= 253 && new RegExp(`^${LABEL}(\\.${LABEL})*$`).test(text),
}

/** Whether a text is of a format; undefined when the format is none that is checked. */
export function hasFormat(format: string, text: string): boolean | undefined {
  return FORMATS[format.replaceAll('-', '')]?.(text)
}
