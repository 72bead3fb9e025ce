/** Checks a name: undefined when it will do, else what is wrong, as apimachinery's util/validation says it. */
export type NameRule = (name: string) => string | undefined

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`
const LABEL_1035 = '[a-z]([-a-z0-9]*[a-z0-9])?'

const whole = (pattern: string) => new RegExp(`^${pattern}$`)
const SUBDOMAIN_RE = whole(SUBDOMAIN)
const LABEL_RE = whole(LABEL)
const LABEL_1035_RE = whole(LABEL_1035)
const PORT_NAME_RE = /^[-a-z0-9]+$/

function rule(regex: RegExp, max: number, message: string): NameRule {
  return (name) => {
    if (name.length > max) return `must be no more than ${max} bytes`
    return regex.test(name) ? undefined : message
  }
}

/** RFC 1123 subdomain, at most 253 characters: what most objects are named by. */
export const subdomain = rule(
  SUBDOMAIN_RE,
  253,
  `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${SUBDOMAIN}')`,
)

/** RFC 1123 label, at most 63 characters: namespaces, containers, volumes. */
export const label = rule(
  LABEL_RE,
  63,
  `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '${LABEL}')`,
)

/** RFC 1035 label, at most 63 characters: services. */
export const label1035 = rule(
  LABEL_1035_RE,
  63,
  `a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '${LABEL_1035}')`,
)

/** Whatever can be one part of a path: roles are called system:node. Upstream: apimachinery's IsValidPathSegmentName. */
export const pathSegment: NameRule = (name) => {
  if (name === '.' || name === '..') return `may not be '${name}'`
  const forbidden = ['/', '%'].find((one) => name.includes(one))
  return forbidden && `may not contain '${forbidden}'`
}

/** A port's name in a container (IANA_SVC_NAME, RFC 6335): every fault at once, as upstream lists them. */
export function portName(name: string): string[] {
  const faults: string[] = []
  if (name.length > 15) faults.push('must be no more than 15 characters')
  if (!PORT_NAME_RE.test(name)) {
    faults.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)')
  }
  if (!/[a-z]/.test(name)) faults.push('must contain at least one letter (a-z)')
  if (name.includes('--')) faults.push('must not contain consecutive hyphens')
  if (name.startsWith('-') || name.endsWith('-')) faults.push('must not begin or end with a hyphen')
  return faults
}
