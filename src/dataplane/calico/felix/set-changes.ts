import type { KernelSet } from '../rules/node-sets.ts'
import type { SetState } from './kernel-state.ts'

/** Members of a set that is created without this are at most 65 536. Upstream: felix, MaxIpsetSize. */
const MAX_MEMBERS = 1_048_576

export interface SetChanges {
  /** For `ipset -exist restore`, before rules that name the sets are written. */
  readonly restore: readonly string[]
  /** Sets to destroy once no rule names them. */
  readonly gone: readonly string[]
}

/** What turns the sets that are there into those wanted. Members are added in the sets' order, and then removed backwards. */
export function setChanges(have: ReadonlyMap<string, SetState>, want: readonly KernelSet[]): SetChanges {
  const added = want.flatMap(({ name, type, members }) => {
    const before = have.get(name)
    const created = before ? [] : [`create ${name} ${type} family inet maxelem ${MAX_MEMBERS}`]
    return [...created, ...missing(members, before?.members).map((member) => `add ${name} ${member}`)]
  })
  const removed = want.toReversed().flatMap(({ name, members }) => {
    return missing(have.get(name)?.members, members).map((member) => `del ${name} ${member}`)
  })
  const wanted = new Set(want.map(({ name }) => name))
  return { restore: [...added, ...removed], gone: [...have.keys()].filter((name) => !wanted.has(name)) }
}

function missing(these: ReadonlySet<string> = new Set(), those: ReadonlySet<string> = new Set()): string[] {
  return these === those ? [] : [...these].filter((one) => !those.has(one))
}
