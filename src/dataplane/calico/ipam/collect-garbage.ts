import type { KubeClient } from '../../../kube/client.ts'
import { NODES, PODS } from '../../../kube/resources.ts'
import { syncLoop } from '../../sync-loop.ts'
import { BLOCK_AFFINITIES, IPAM_BLOCKS, type IPAMBlock } from '../resources.ts'
import { releaseAffinity } from './affinity.ts'
import { ownerOf } from './block.ts'
import { garbageOf } from './garbage.ts'
import { releaseHandle, releaseNode } from './release.ts'
import { untilUndisturbed } from './store.ts'

export interface CollectorOptions {
  readonly client: KubeClient
  /** How long an address may be without its pod, and a needless block be empty, before it is given back; Infinity: for ever. */
  readonly graceMs: () => number
  /** Told of everything that is given back. */
  readonly say: (line: string) => void
  readonly onProblem: (problem: unknown) => void
}

/** What setTimeout can count to. */
const LONGEST_MS = 2 ** 31 - 1

/** Gives back what nodes and pods leave behind, as calico/kube-controllers does, until it is stopped. */
export function collectGarbage({ client, graceMs, say, onProblem }: CollectorOptions): { stop(): void } {
  const nodes = client.informer(NODES)
  const pods = client.informer(PODS)
  const blocks = client.informer(IPAM_BLOCKS)
  const affinities = client.informer(BLOCK_AFFINITIES)
  const informers = [nodes, pods, blocks, affinities]
  /** When each handle was first seen to have no pod, and each block to be needless. */
  let suspects: ReadonlyMap<string, { since: number; giveBack: () => Promise<void> }> = new Map()
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
      if (await releaseNode(client, node))
        say(`Released all blocks and addresses of node ${node}, which is gone.`)
    }
    const now = performance.now()
    const found = [
      ...garbage.handles.map((handle) => ({ key: handle, giveBack: () => releaseLeak(handle) })),
      ...garbage.blocks.map((block) => ({ key: block.spec.cidr, giveBack: () => releaseBlock(block) })),
    ]
    suspects = new Map(
      found.map(({ key, giveBack }) => [key, { since: suspects.get(key)?.since ?? now, giveBack }]),
    )
    const times = [...suspects.values()]
    for (const { since, giveBack } of times) if (now - since >= graceMs()) await giveBack()
    clearTimeout(timer)
    if (times.length === 0) return
    const due = Math.min(...times.map(({ since }) => since)) + graceMs() - now
    timer = setTimeout(() => loop.touch(), Math.min(Math.max(due, 100), LONGEST_MS))
  }

  async function releaseBlock({ spec }: IPAMBlock): Promise<void> {
    const node = ownerOf({ spec })
    const isReleased = await untilUndisturbed(() => releaseAffinity(client, node, spec.cidr, true))
    if (isReleased) say(`Released block ${spec.cidr}: it was empty, and ${node} has room elsewhere.`)
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
