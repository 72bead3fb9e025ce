import { customResourceType } from '../kube/custom-resource-type.ts'
import type { KubeClient } from '../kube/client.ts'
import * as resources from '../kube/resources.ts'
import type { ResourceType } from '../kube/resources.ts'
import type { Step } from '../lab/lab.ts'
import { builtInType, isCalled } from './resource-types.ts'

/** What templates and checks of every step look at. */
const ALWAYS = [
  resources.NODES,
  resources.PODS,
  resources.SERVICES,
  resources.DEPLOYMENTS,
  resources.DAEMON_SETS,
  resources.ENDPOINT_SLICES,
  resources.CONFIG_MAPS,
  resources.NETWORK_POLICIES,
] as ResourceType[]

/**
 * Tells of every change of what a step looks at in the cluster: kinds that the cluster defines itself come, and go, with
 * their definitions. Gives the end of it.
 */
export function watchCluster(kube: KubeClient, step: Step, notify: () => void): () => void {
  const names = step.checks.flatMap((check) => (check.kind === 'kube' ? check.resource : []))
  const asked = names.flatMap((name) => builtInType(name) ?? [])
  const stops = [...new Set([...ALWAYS, ...asked])].map((type) => watchKind(kube, type, notify))
  const own = names.filter((name) => !builtInType(name))
  if (own.length > 0) stops.push(watchOwnKinds(kube, own, notify))
  return () => stops.forEach((stop) => stop())
}

function watchKind(kube: KubeClient, type: ResourceType, notify: () => void): () => void {
  const informer = kube.informer(type)
  informer.onChange(notify)
  return () => informer.stop()
}

function watchOwnKinds(kube: KubeClient, names: readonly string[], notify: () => void): () => void {
  const watched = new Map<string, () => void>()
  const definitions = kube.informer(resources.CUSTOM_RESOURCE_DEFINITIONS)
  definitions.onChange(({ type: change, object }) => {
    const type = customResourceType(object)
    if (!type || !names.some((name) => isCalled(name)(type))) return
    watched.get(object.metadata.name)?.()
    watched.delete(object.metadata.name)
    if (change !== 'deleted') watched.set(object.metadata.name, watchKind(kube, type, notify))
    notify()
  })
  return () => {
    definitions.stop()
    for (const stop of watched.values()) stop()
  }
}
