import type { KubeClient } from '../../../kube/client.ts'
import { NODES, PODS } from '../../../kube/resources.ts'
import { syncLoop } from '../../sync-loop.ts'
import { BLOCK_AFFINITIES, IPAM_BLOCKS } from '../resources.ts'
import { garbageOf } from './garbage.ts'
import { releaseHandle, releaseNode } from './release.ts'

export interface CollectorOptions {
  readonly client: KubeClient
  /** How long an address may be without its pod before it is given back. */
  readonly graceMs: () => number
  /** Told of everything that is given back. */
  readonly say: (line: string) => void
  readonly onProblem: (problem: unknown) => void
}

/** Gives back what nodes and pods leave behind, as calico/kube-controllers does, until it is stopped. */
export function collectGarbage({ client, graceMs, say, onProblem }: CollectorOptions): { stop(): void } {
  const nodes = client.informer(NODES)
  const pods = client.informer(PODS)
  const blocks = client.informer(IPAM_BLOCKS)
  const affinities = client.informer(BLOCK_AFFINITIES)
  const informers = [nodes, pods, blocks, affinities]
  /** When each handle was first seen to have no pod. */
  let suspects: ReadonlyMap<string, number> = new Map()
  let timer: NodeJS.Timeout | undefined

  const loop = syncLoop({
    name: 'Calico’s garbage collection',
    sync,
    ready: Promise.all(informers.map(({ synced }) => synced)),
    onProblem,
  })
  for (const informer of informers) informer.onChange(() => loop.touch())

  async function sync(): Promise<void> {
    const garbage = garbageOf({
      nodes: new Set(nodes.list().map(({ metadata }) => metadata.name)),
      pod: (key) => pods.get(key),
      blocks: blocks.list(),
      affinities: affinities.list(),
    })
    for (const node of garbage.nodes) {
      await releaseNode(client, node)
      say(`Released all blocks and addresses of node ${node}, which is gone.`)
    }
    const now = performance.now()
    suspects = new Map(garbage.handles.map((handle) => [handle, suspects.get(handle) ?? now]))
    for (const [handle, since] of suspects) if (now - since >= graceMs()) await releaseLeak(handle)
    const oldest = Math.min(...suspects.values())
    clearTimeout(timer)
    if (suspects.size > 0) timer = setTimeout(() => loop.touch(), Math.max(oldest + graceMs() - now, 100))
  }

  async function releaseLeak(handle: string): Promise<void> {
    const addresses = await releaseHandle(client, handle)
    if (addresses.length > 0) say(`Released ${addresses.join(', ')}, leaked by ${handle}.`)
  }

  return {
    stop() {
      clearTimeout(timer)
      loop.stop()
      for (const informer of informers) informer.stop()
    },
  }
}
