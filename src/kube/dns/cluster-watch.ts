import type { KubeClient } from '../client.ts'
import { ENDPOINT_SLICES, NAMESPACES, SERVICES } from '../resources.ts'
import { viewOf, type ClusterView } from './view.ts'

/** The cluster as DNS sees it, kept up to date. */
export interface ClusterWatch {
  /** Resolves when all that is needed has been read once. */
  readonly synced: Promise<void>
  /** As it is now; undefined until it is synced. */
  view(): ClusterView | undefined
  stop(): void
}

/** Watches what names come from. The index is made anew by the first question after a change. */
export function watchCluster(client: KubeClient, now: () => number): ClusterWatch {
  const namespaces = client.informer(NAMESPACES)
  const services = client.informer(SERVICES)
  const slices = client.informer(ENDPOINT_SLICES)
  const informers = [namespaces, services, slices]
  let isSynced = false
  const sync = async () => {
    await Promise.all(informers.map(({ synced }) => synced))
    isSynced = true
  }
  let changedAt = now()
  let view: ClusterView | undefined
  for (const informer of informers) {
    informer.onChange(() => {
      changedAt = now()
      view = undefined
    })
  }
  return {
    synced: sync(),
    view() {
      if (!isSynced) return undefined
      const objects = { namespaces: namespaces.list(), services: services.list(), slices: slices.list() }
      view ??= viewOf(objects, Math.floor(changedAt / 1000))
      return view
    },
    stop: () => informers.forEach((informer) => informer.stop()),
  }
}
