/** A line of /proc/<pid>/uid_map (user_namespaces(7)): `count` ids from `inside` on are those from `outside` on. */
export interface IdRange {
  readonly inside: number
  readonly outside: number
  readonly count: number
}

/** How ids of the sandbox's user namespace become ids of the host. Inside, 0 is always root. */
export type IdPlan =
  /** By real root, who gives root inside an id that owns nothing on the host. */
  | { readonly by: 'root'; readonly ranges: readonly [IdRange] }
  /** By newuidmap(1), from the ranges of /etc/subuid and /etc/subgid; the caller is root inside. */
  | { readonly by: 'newuidmap'; readonly uids: readonly IdRange[]; readonly gids: readonly IdRange[] }
  /** None, and no user namespace: root inside is the host's, as programs that run containers want. */
  | { readonly by: 'none' }
  /** The caller's id alone: what a kernel allows everybody. */
  | { readonly by: 'caller'; readonly uid: number; readonly gid: number }

/** As many ids as a distribution uses. */
const WANTED = 65_536

/** Far from what people, packages and container engines are given: "KN" and sixteen zero bits. */
const OWN_RANGE = 0x4b4e_0000

export function parseIdMap(text: string): IdRange[] {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => line.trim().split(/\s+/).map(Number))
    .map(([inside = 0, outside = 0, count = 0]) => ({ inside, outside, count }))
}

export function formatIdMap(ranges: readonly IdRange[]): string {
  return ranges.map(({ inside, outside, count }) => `${inside} ${outside} ${count}\n`).join('')
}

/** The first range of subuid(5) text that belongs to a user, by name or number. */
export function subordinateIds(text: string, user: string, uid: number): IdRange | undefined {
  for (const line of text.split('\n')) {
    const [owner, start, count] = line.split(':')
    if ((owner === user || owner === String(uid)) && Number(count) > 0) {
      return { inside: 1, outside: Number(start), count: Math.min(Number(count), WANTED) }
    }
  }
  return undefined
}

/**
 * The range that real root gives to a sandbox: one that owns nothing, so that root inside is nobody on the host. In a
 * container with fewer ids it is whatever the container has but 0. Undefined when it has no other than 0.
 * @param own ranges of /proc/self/uid_map: the ids that there are.
 */
export function rangeForRoot(own: readonly IdRange[]): IdRange | undefined {
  const apart = own.some((r) => r.inside <= OWN_RANGE && r.inside + r.count >= OWN_RANGE + WANTED)
  if (apart) return { inside: 0, outside: OWN_RANGE, count: WANTED }
  const [best] = own
    .map((r) => (r.inside === 0 ? { ...r, inside: 1, count: r.count - 1 } : r))
    .filter((r) => r.count > 0)
    .sort((a, b) => b.count - a.count)
  return best && { inside: 0, outside: best.inside, count: Math.min(best.count, WANTED) }
}

export interface Identity {
  readonly uid: number
  readonly gid: number
  readonly user: string
  /** Texts of /proc/self/uid_map, /etc/subuid and /etc/subgid; empty when there is no such file. */
  readonly uidMap: string
  readonly subuid: string
  readonly subgid: string
  /** Whether newuidmap and newgidmap are installed. */
  readonly hasNewuidmap: boolean
}

export function planIds(who: Identity): IdPlan {
  const { uid, gid } = who
  if (uid === 0) {
    const range = rangeForRoot(parseIdMap(who.uidMap))
    return range ? { by: 'root', ranges: [range] } : { by: 'caller', uid, gid }
  }
  const uids = subordinateIds(who.subuid, who.user, uid)
  const gids = subordinateIds(who.subgid, who.user, uid)
  if (!who.hasNewuidmap || !uids || !gids) return { by: 'caller', uid, gid }
  return {
    by: 'newuidmap',
    uids: [{ inside: 0, outside: uid, count: 1 }, uids],
    gids: [{ inside: 0, outside: gid, count: 1 }, gids],
  }
}
