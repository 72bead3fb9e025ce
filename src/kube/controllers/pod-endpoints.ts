import type { Endpoint, Pod, Service, ServicePort } from '../objects.ts'
import { matchesLabels } from './labels.ts'
import { isReady, isTerminal } from './pods.ts'

export interface ResolvedPort {
  readonly name?: string
  readonly port?: number
  readonly protocol: string
  readonly appProtocol?: string
}

const HEADLESS_LABEL = 'service.kubernetes.io/headless'
export const TRIGGER_TIME = 'endpoints.kubernetes.io/last-change-trigger-time'

/** Without a selector, somebody else keeps the endpoints. */
export function hasPods(service: Service): boolean {
  return Object.keys(service.spec?.selector ?? {}).length > 0 && service.spec?.type !== 'ExternalName'
}

export const isHeadless = (service: Service): boolean => service.spec?.clusterIP === 'None'

export function selects(service: Service, pod: Pod): boolean {
  return hasPods(service) && matchesLabels(service.spec?.selector ?? {}, pod.metadata.labels)
}

/** Pods with an address that have not ended, in the order of their addresses. Upstream: ShouldPodBeInEndpoints. */
export function podsOf(service: Service, pods: readonly Pod[]): Pod[] {
  return pods.filter((pod) => pod.status?.podIP && !isTerminal(pod) && selects(service, pod))
}

/** What an EndpointSlice says of a pod. Upstream: podToEndpoint. */
export function endpointOf(service: Service, pod: Pod): Endpoint {
  const serving = isReady(pod)
  const terminating = pod.metadata.deletionTimestamp !== undefined
  const ready = service.spec?.publishNotReadyAddresses === true || (serving && !terminating)
  const hostname = hostnameIn(service, pod)
  return {
    addresses: [pod.status?.podIP ?? ''],
    conditions: { ready, serving, terminating },
    ...(hostname && { hostname }),
    ...(pod.spec?.nodeName && { nodeName: pod.spec.nodeName }),
    targetRef: targetOf(pod),
  }
}

export function targetOf(pod: Pod): NonNullable<Endpoint['targetRef']> {
  const { namespace, name, uid } = pod.metadata
  return { kind: 'Pod', ...(namespace && { namespace }), name, ...(uid && { uid }) }
}

/** A pod has its own DNS name under a service that it names as its subdomain. */
export function hostnameIn(service: Service, pod: Pod): string | undefined {
  return pod.spec?.subdomain === service.metadata.name ? pod.spec.hostname : undefined
}

/** The service's ports as this pod has them; a named target port that the pod lacks is left out. */
export function portsOf(service: Service, pod: Pod): ResolvedPort[] {
  const ports: ResolvedPort[] = []
  for (const port of service.spec?.ports ?? []) {
    const number = targetPort(port, pod)
    if (number !== undefined) {
      ports.push({
        name: port.name ?? '',
        port: number,
        protocol: port.protocol ?? 'TCP',
        ...(port.appProtocol && { appProtocol: port.appProtocol }),
      })
    }
  }
  return ports
}

function targetPort(port: ServicePort, pod: Pod): number | undefined {
  const target = port.targetPort ?? port.port
  if (typeof target === 'number') return target
  const containers = [...(pod.spec?.containers ?? []), ...restartableInits(pod)]
  const named = containers
    .flatMap((container) => container.ports ?? [])
    .find((one) => one.name === target && (one.protocol ?? 'TCP') === (port.protocol ?? 'TCP'))
  return named?.containerPort
}

function restartableInits(pod: Pod) {
  return (pod.spec?.initContainers ?? []).filter((container) => container.restartPolicy === 'Always')
}

/** Labels that the service hands down, and the mark of a headless one. */
export function inheritedLabels(service: Service): Record<string, string> {
  const { [HEADLESS_LABEL]: _, ...labels } = service.metadata.labels ?? {}
  return isHeadless(service) ? { ...labels, [HEADLESS_LABEL]: '' } : labels
}

/** The newest change that the endpoints show: kube-proxy measures its own delay from it. */
export function triggerTime(service: Service, pods: readonly Pod[]): string | undefined {
  let newest = service.metadata.creationTimestamp ?? ''
  for (const { status } of pods) {
    const { lastTransitionTime = '' } = status?.conditions?.find(({ type }) => type === 'Ready') ?? {}
    if (lastTransitionTime > newest) newest = lastTransitionTime
  }
  return newest || undefined
}
