import type { PodAddress } from '../runtime/pod-runtime.ts'

/** A node's pods, and how to run something beside them. */
export interface PathEnd {
  pods(): readonly PodAddress[]
  run(script: string): Promise<{ exitCode: number; output: string }>
}

/** Of one node's pods to the next one's: enough for a lab's, and no storm where there are hundreds. */
const MOST = 8

interface Path {
  readonly from: PodAddress
  readonly to: PodAddress
}

/**
 * Sends a packet from pods of each node to pods of the next, in a ring, so that each pair of neighbours and every pod of a small
 * cluster is tried in both directions. Only for networks in which all pods may speak with each other.
 * @returns the paths by which no packet came back, twice in a row: "10.42.0.2 to 10.42.1.3".
 */
export async function brokenPaths(nodes: readonly PathEnd[]): Promise<string[]> {
  const first = await lookOnce(nodes)
  // A pod may have ended meanwhile, or a neighbour been asked for the first time.
  return first.length === 0 ? [] : lookOnce(nodes)
}

async function lookOnce(nodes: readonly PathEnd[]): Promise<string[]> {
  const lives = nodes.filter((node) => node.pods().length > 0)
  const broken = await Promise.all(
    lives.map((node, index) => brokenBetween(node, lives[(index + 1) % lives.length] ?? node)),
  )
  return broken.flat()
}

async function brokenBetween(node: PathEnd, next: PathEnd): Promise<string[]> {
  const [ours, theirs] = [node.pods(), next.pods()]
  const count = Math.min(MOST, Math.max(ours.length, theirs.length))
  const paths = Array.from({ length: count }, (_, index): Path[] => {
    const [from, to] = [ours[index % ours.length], theirs[index % theirs.length]]
    return from && to && from !== to ? [{ from, to }] : []
  }).flat()
  if (paths.length === 0) return []
  const { output } = await node.run([...paths.map(ping), 'wait'].join('\n'))
  return output.split('\n').filter(Boolean)
}

function ping({ from, to }: Path): string {
  const command = `nsenter --net=${from.netns} busybox ping -q -c 1 -W 1 ${to.address}`
  return `${command} >/dev/null 2>&1 || echo ${from.address} to ${to.address} &`
}
