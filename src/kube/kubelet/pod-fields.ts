import type { Container, Pod } from '../objects.ts'
import { quantity } from '../scheduler/quantity.ts'

/** What the downward API may tell of a pod that its object does not have yet. */
export interface PodFacts {
  readonly podIP: string
  readonly hostIP: string
  readonly nodeName: string
}

/** The value that a fieldRef names; undefined for a path that is none. */
export function fieldValue(path: string, pod: Pod, facts: PodFacts): string | undefined {
  const subscript = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path)
  if (subscript) return pod.metadata[subscript[1] as 'labels' | 'annotations']?.[subscript[2] ?? ''] ?? ''
  switch (path) {
    case 'metadata.name':
      return pod.metadata.name
    case 'metadata.namespace':
      return pod.metadata.namespace ?? ''
    case 'metadata.uid':
      return pod.metadata.uid ?? ''
    case 'metadata.labels':
      return pairs(pod.metadata.labels)
    case 'metadata.annotations':
      return pairs(pod.metadata.annotations)
    case 'spec.nodeName':
      return facts.nodeName
    case 'spec.serviceAccountName':
      return pod.spec?.serviceAccountName ?? ''
    case 'status.hostIP':
    case 'status.hostIPs':
      return facts.hostIP
    case 'status.podIP':
    case 'status.podIPs':
      return facts.podIP
    default:
      return undefined
  }
}

function pairs(map: Readonly<Record<string, string>> = {}): string {
  return Object.entries(map)
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .sort()
    .join('\n')
}

/** The value of a resourceFieldRef such as limits.cpu, in units of its divisor, rounded up. */
export function resourceValue(
  ref: { resource: string; divisor?: string },
  container: Container | undefined,
): string {
  const [kind = '', name = ''] = ref.resource.split(/\.(.*)/)
  const amounts = kind === 'limits' ? container?.resources?.limits : container?.resources?.requests
  const divisor = quantity(ref.divisor) || 1
  return String(Math.ceil(quantity(amounts?.[name]) / divisor))
}
