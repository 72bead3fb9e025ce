/**
 * What calico/node leaves on a node for its plugin, by path: which node it is, and how large pods' packets may be.
 * @param mtu what fits into the node's tunnels
 */
export function nodeFiles(node: string, mtu: number): ReadonlyMap<string, string> {
  return new Map([
    ['/var/lib/calico/nodename', node],
    ['/var/lib/calico/mtu', String(mtu)],
  ])
}
