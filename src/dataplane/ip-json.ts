/** What iproute2 prints with -json, as far as the programs of tunnels read it. */

export interface VxlanJson {
  readonly address: string
  readonly mtu: number
  readonly flags: readonly string[]
  readonly linkinfo?: {
    readonly info_data?: {
      readonly id?: number
      readonly local?: string
      readonly link?: string
      readonly port?: number
      readonly learning?: boolean
    }
  }
  readonly addr_info?: readonly {
    readonly family: string
    readonly local: string
    readonly prefixlen: number
  }[]
}

export interface RouteJson {
  readonly type?: string
  readonly dst: string
  readonly gateway?: string
  readonly dev?: string
  readonly protocol?: string
  readonly flags?: readonly string[]
}

/** Programs that find nothing print nothing, or an empty object. */
export function jsonList<T extends object>(text: string): T[] {
  const list: unknown = text.trim() ? JSON.parse(text) : []
  return Array.isArray(list) ? (list as T[]).filter((one) => Object.keys(one).length > 0) : []
}

/** Address → MAC, of `ip -json neighbour show`. */
export function neighboursIn(text: string): Map<string, string> {
  const neighbours = jsonList<{ readonly dst: string; readonly lladdr?: string }>(text)
  return new Map(neighbours.map(({ dst, lladdr = '' }) => [dst, lladdr]))
}

/** MAC → node, of `bridge -json fdb show`, without entries that name no node: groups and the device's own. */
export function fdbIn(text: string): Map<string, string> {
  const entries = jsonList<{ readonly mac: string; readonly dst?: string }>(text)
  return new Map(entries.flatMap(({ mac, dst }) => (dst === undefined ? [] : [[mac, dst] as const])))
}
