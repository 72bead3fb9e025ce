import type { KernelSet } from '../rules/node-sets.ts'
import type { SetState } from './kernel-state.ts'

export interface SetChanges {
  /** For `ipset -exist restore`, before rules that name the sets are written. */
  readonly restore: readonly string[]
  /** Sets to destroy once no rule names them. */
  readonly gone: readonly string[]
}

/** Sets that are there under this name only until they take another one's. */
const TEMPORARY = 'cali4t'

/**
 * What turns the sets that are there into those wanted. Members are added in the sets' order, and then removed backwards. A set of another kind
 * or size is made anew and takes the place of the old one, whoever names that.
 * @param maxSize how many members a set may have
 */
export function setChanges(
  have: ReadonlyMap<string, SetState>,
  want: readonly KernelSet[],
  maxSize: number,
): SetChanges {
  const added = want.flatMap(({ name, type, members }, index) => {
    const before = have.get(name)
    const create = (called: string) => `create ${called} ${type} family inet maxelem ${maxSize}`
    if (!before) return [create(name), ...[...members].map((member) => `add ${name} ${member}`)]
    if (before.type === type && before.maxSize === maxSize) {
      return missing(members, before.members).map((member) => `add ${name} ${member}`)
    }
    const other = TEMPORARY + index
    const filled = [...members].map((member) => `add ${other} ${member}`)
    return [create(other), ...filled, `swap ${other} ${name}`, `destroy ${other}`]
  })
  const removed = want.toReversed().flatMap(({ name, type, members }) => {
    const before = have.get(name)
    const isAnew = before?.type !== type || before.maxSize !== maxSize
    return isAnew ? [] : missing(before.members, members).map((member) => `del ${name} ${member}`)
  })
  const wanted = new Set(want.map(({ name }) => name))
  const others = [...have.keys()].filter((name) => !wanted.has(name))
  const left = others.filter((name) => name.startsWith(TEMPORARY))
  return {
    restore: [...left.map((name) => `destroy ${name}`), ...added, ...removed],
    gone: others.filter((name) => !left.includes(name)),
  }
}

function missing(these: ReadonlySet<string>, those: ReadonlySet<string>): string[] {
  return these === those ? [] : [...these].filter((one) => !those.has(one))
}
