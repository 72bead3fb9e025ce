import { type Change, type KubeClient, keyOf } from '../../kube/client.ts'
import type { EndpointSlice, Service } from '../../kube/objects.ts'
import { ENDPOINT_SLICES, SERVICES } from '../../kube/resources.ts'
import { type ServicePort, servicePortsOf } from './service-port.ts'

const SERVICE_NAME = 'kubernetes.io/service-name'

/** All service ports of the cluster, kept up to date. */
export interface ServicePorts {
  /** Resolves when services and slices are in. */
  readonly synced: Promise<unknown>
  /** By namespace and name, then as the service lists them. A port is the same object for as long as nothing about it changes. */
  list(): readonly ServicePort[]
  /** Calls back after each change of a service or its slices; returns the unsubscriber. */
  onChange(handler: () => void): () => void
  stop(): void
}

export function watchServicePorts(client: KubeClient): ServicePorts {
  const services = client.informer(SERVICES)
  const slices = client.informer(ENDPOINT_SLICES)
  const slicesOf = new Map<string, Map<string, EndpointSlice>>()
  const portsOf = new Map<string, readonly ServicePort[]>()
  const stale = new Set<string>()
  const handlers = new Set<() => void>()
  let listed: readonly ServicePort[] = []

  function touch(service: string): void {
    stale.add(service)
    for (const handler of handlers) handler()
  }

  services.onChange(({ object }) => touch(keyOf(object)))
  slices.onChange((change) => {
    const service = serviceOf(change.object)
    const known = slicesOf.get(service) ?? new Map<string, EndpointSlice>()
    slicesOf.set(service, known)
    applyChange(known, change)
    touch(service)
  })

  function refresh(key: string): void {
    const [namespace, name = ''] = key.split('/')
    const service: Service | undefined = services.get({ namespace, name })
    if (service) portsOf.set(key, servicePortsOf(service, [...(slicesOf.get(key)?.values() ?? [])]))
    else portsOf.delete(key)
    if (slicesOf.get(key)?.size === 0) slicesOf.delete(key)
  }

  return {
    synced: Promise.all([services.synced, slices.synced]),
    list() {
      if (stale.size === 0) return listed
      for (const key of stale) refresh(key)
      stale.clear()
      listed = [...portsOf.keys()].sort().flatMap((key) => portsOf.get(key) ?? [])
      return listed
    },
    onChange(handler) {
      handlers.add(handler)
      return () => void handlers.delete(handler)
    },
    stop() {
      services.stop()
      slices.stop()
    },
  }
}

function serviceOf({ metadata }: EndpointSlice): string {
  return keyOf({ namespace: metadata.namespace, name: metadata.labels?.[SERVICE_NAME] ?? '' })
}

function applyChange(known: Map<string, EndpointSlice>, { type, object }: Change<EndpointSlice>): void {
  if (type === 'deleted') known.delete(object.metadata.name)
  else known.set(object.metadata.name, object)
}
