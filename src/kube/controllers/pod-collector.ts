import { ApiError } from '../client.ts'
import type { Pod } from '../objects.ts'
import { NODES, PODS } from '../resources.ts'
import type { ControllerContext } from './context.ts'
import { keyFrom } from './owners.ts'

/** Removes the pods of a node that has been deleted: no kubelet will. Upstream: podgc, which waits 40 s first. */
export function startPodCollector(context: ControllerContext): void {
  const queue = context.queue('pod-collector', { sync })
  const pods = context.informer(PODS)
  const nodes = context.watch(NODES, ({ type, object }) => {
    if (type === 'deleted') queue.add(object.metadata.name)
  })

  async function sync(node: string): Promise<void> {
    if (nodes.get({ name: node })) return
    const left = pods.list().filter((pod) => pod.spec?.nodeName === node)
    await Promise.all(left.map(remove))
  }

  async function remove(pod: Pod): Promise<void> {
    try {
      await context.client.delete(PODS, keyFrom(pod), { gracePeriodSeconds: 0 })
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 404) throw error
    }
  }
}
