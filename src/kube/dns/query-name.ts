/** The cluster's domain. */
export const ZONE = 'cluster.local'

/** What a name below the cluster's domain asks for (Kubernetes' DNS schema 1.1.0). */
export type QueryName =
  /** The domain itself, or svc or pod below it: names that are there and have nothing. */
  | { readonly kind: 'apex'; readonly isZone: boolean }
  | { readonly kind: 'version' }
  /** ns.dns: what the SOA record calls the name server. */
  | { readonly kind: 'nameServer' }
  | { readonly kind: 'namespace'; readonly namespace: string }
  | { readonly kind: 'pod'; readonly namespace: string; readonly address: string | undefined }
  | ServiceName

export interface ServiceName {
  readonly kind: 'service'
  readonly namespace: string
  readonly service: string
  /** hostname or dashed address: one endpoint of the service. */
  readonly endpoint?: string
  /** _port._protocol, without the underscores. */
  readonly port?: { readonly name: string; readonly protocol: string }
}

/** 10-42-0-5 → 10.42.0.5, fd00--5 → fd00::5. Undefined when it is no address. */
function dashedAddress(label: string): string | undefined {
  if (/^\d{1,3}(-\d{1,3}){3}$/.test(label)) {
    const bytes = label.split('-')
    return bytes.every((byte) => Number(byte) <= 255) ? bytes.join('.') : undefined
  }
  return /^[0-9a-f-]+$/.test(label) && label.split('-').length > 2 ? label.replaceAll('-', ':') : undefined
}

function bare(label: string): string {
  return label.replace(/^_/, '')
}

function belowService(namespace: string, service: string, labels: readonly string[]): QueryName | undefined {
  const name = { kind: 'service', namespace, service } as const
  const [first = '', second = '', ...rest] = labels
  if (rest.length > 0) return undefined
  if (labels.length === 2) return { ...name, port: { name: bare(first), protocol: bare(second) } }
  return first ? { ...name, endpoint: first } : name
}

/**
 * Reads a name (lower case, without the final dot) that is the zone or below it.
 * Undefined when there can be no such name.
 */
export function parseQueryName(name: string): QueryName | undefined {
  if (name === ZONE) return { kind: 'apex', isZone: true }
  const labels = name.slice(0, -ZONE.length - 1).split('.')
  const path = labels.join('.')
  if (path === 'dns-version') return { kind: 'version' }
  if (path === 'ns.dns') return { kind: 'nameServer' }
  const branch = labels.pop()
  const namespace = labels.pop()
  const leaf = labels.pop()
  if (branch !== 'svc' && branch !== 'pod') return undefined
  if (namespace === undefined) return { kind: 'apex', isZone: false }
  if (leaf === undefined) return { kind: 'namespace', namespace }
  if (branch === 'svc') return belowService(namespace, leaf, labels)
  return labels.length === 0 ? { kind: 'pod', namespace, address: dashedAddress(leaf) } : undefined
}

/** The address a reverse name stands for: 5.0.42.10.in-addr.arpa → 10.42.0.5. Undefined when it is not a whole one. */
export function reverseAddress(name: string): string | undefined {
  const v4 = /^((?:\d{1,3}\.){4})in-addr\.arpa$/.exec(name)?.[1]
  if (v4) return v4.slice(0, -1).split('.').reverse().join('.')
  return undefined
}
