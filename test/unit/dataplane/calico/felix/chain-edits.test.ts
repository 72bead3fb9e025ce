import { expect, test } from 'vitest'
import { chainEdits, type ChainEdits } from '../../../../../src/dataplane/calico/felix/chain-edits.ts'

/** As iptables does them. */
function applied(have: readonly string[], want: readonly string[], { edits }: ChainEdits): string[] {
  const rules = [...have]
  for (const { at, put } of edits) {
    if (put === undefined) rules.splice(at - 1, 1)
    else rules.splice(at - 1, 0, want[put] ?? '')
  }
  return rules
}

/** A chain that asks policies: each jump has the same rule after it. */
const asking = (policies: readonly number[]) => [
  'clear',
  ...policies.flatMap((of) => [`jump ${of}`, 'return']),
  'drop',
]

/** A generator of its own, so that a failure can be seen again. */
function numbers(seed: number): () => number {
  let state = seed
  return () => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648
}

test('edits lead from any choice of policies to any other, and touch none that stays', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const next = numbers(seed)
    const choice = () => Array.from({ length: 40 }, (_, i) => i).filter(() => next() < 0.6)
    const [before, after] = [choice(), choice()]
    const [have, want] = [asking(before), asking(after)]
    const change = chainEdits(have, want)
    if (!change) throw new Error('expected edits')
    expect(applied(have, want, change), `seed ${seed}`).toEqual(want)
    expect(change.left.map((from, index) => (from === undefined ? want[index] : have[from]))).toEqual(want)
    const moved = [
      ...before.filter((one) => !after.includes(one)),
      ...after.filter((one) => !before.includes(one)),
    ]
    expect(change.edits.length).toBeLessThanOrEqual(2 * moved.length + 4)
  }
})

test('nothing is said of rules in another order', () => {
  expect(chainEdits(['a', 'b', 'c'], ['c', 'b', 'a'])).toBeUndefined()
})
