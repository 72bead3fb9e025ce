import type { Node } from '../objects.ts'
import { NODES } from '../resources.ts'
import type { ControllerContext } from './context.ts'

export interface NodeIpamConfig {
  /** The cluster's pods, such as 10.42.0.0/16. */
  readonly podCIDR: string
  /** Prefix length of a node's share. */
  readonly nodeMaskSize: number
}

/** Gives each node its range of pod addresses, first come first served. Upstream: pkg/controller/nodeipam. */
export function startNodeIpam(context: ControllerContext, config: NodeIpamConfig): void {
  const queue = context.queue('node-ipam', { sync })
  const nodes = context.watch(NODES, ({ object }) => {
    if (!object.spec?.podCIDR) queue.add(object.metadata.name)
  })
  /** Given out, but perhaps not in the informer yet. */
  const given = new Map<string, string>()

  async function sync(name: string): Promise<void> {
    const node = nodes.get({ name })
    if (!node || node.spec?.podCIDR) return
    const podCIDR = given.get(name) ?? firstFree(config, taken(nodes.list()))
    if (!podCIDR) throw new Error(`no range of ${config.podCIDR} is free for ${name}`)
    given.set(name, podCIDR)
    const spec = { podCIDR, podCIDRs: [podCIDR] }
    await context.client.patch(NODES, { name }, { spec }, { type: 'merge' })
  }

  function taken(all: readonly Node[]): Set<string> {
    const alive = new Set(all.map((node) => node.metadata.name))
    for (const name of given.keys()) if (!alive.has(name)) given.delete(name)
    return new Set([...given.values(), ...all.flatMap((node) => node.spec?.podCIDR ?? [])])
  }
}

/** The lowest range of the size that is not taken. */
export function firstFree(
  { podCIDR, nodeMaskSize }: NodeIpamConfig,
  taken: ReadonlySet<string>,
): string | undefined {
  const [address = '', prefix = '32'] = podCIDR.split('/')
  const base = address.split('.').reduce((number, octet) => number * 256 + Number(octet), 0)
  for (let i = 0; i < 2 ** (nodeMaskSize - Number(prefix)); i++) {
    const start = base + i * 2 ** (32 - nodeMaskSize)
    const octets = [24, 16, 8, 0].map((shift) => (start >>> shift) & 255)
    const range = `${octets.join('.')}/${nodeMaskSize}`
    if (!taken.has(range)) return range
  }
  return undefined
}
