import type { BuiltInRule, TableState } from './kernel-state.ts'
import type { WrittenChain, WrittenTable } from './written-chain.ts'

/**
 * How many lines go into one transaction. iptables-nft sends each as one netlink message, which in a user namespace must fit the socket's
 * default buffer of 416 KiB; a rule takes up to 1.1 KiB.
 */
const LINES_A_COMMIT = 250

/**
 * The shortest input for `iptables-restore --noflush` that turns what a table has into what it should; empty when there is nothing to do.
 * A chain is always whole: whatever meets a packet between two transactions, it finds the old or the new one. Chains come before those
 * that jump to them, and go after.
 */
export function tableChanges(have: TableState | undefined, want: WrittenTable): string {
  const wanted = new Set(want.chains.map(({ name }) => name))
  const gone = [...(have?.chains.keys() ?? [])].filter((name) => !wanted.has(name))
  const steps = [
    ...want.chains.flatMap((chain) => chainSteps(have?.chains.get(chain.name), chain)),
    ...builtInSteps(have, want),
    ...gone.map((name) => [declare(name)]),
    ...gone.map((name) => [`-X ${name}`]),
  ]
  return transactions(steps)
    .map((lines) => [`*${want.name}`, ...lines, 'COMMIT', ''].join('\n'))
    .join('')
}

/** Lines that belong into one transaction. */
type Step = readonly string[]

function chainSteps(have: readonly string[] | undefined, chain: WrittenChain): Step[] {
  const { name, hashes, lines } = chain
  if (have?.length === hashes.length && have.every((hash, index) => hash === hashes[index])) return []
  const rules = lines.map((line) => `-A ${name} ${line}`)
  if (rules.length < LINES_A_COMMIT) return [[declare(name), ...rules]]
  if (!have || have.length === 0) return [[declare(name)], ...inPieces(rules)]
  const old = have.map((_, index) => `-D ${name} ${have.length - index}`)
  return [...inPieces(rules), ...inPieces(old)]
}

/**
 * A chain that fits no transaction is new, and nobody jumps to it yet. Or else its new rules come after the old ones, and these go from
 * their end: what the old rules that are left don't decide, the new ones do.
 */
function inPieces(rules: readonly string[]): Step[] {
  const count = Math.ceil(rules.length / LINES_A_COMMIT)
  return Array.from({ length: count }, (_, i) => rules.slice(i * LINES_A_COMMIT, (i + 1) * LINES_A_COMMIT))
}

/** Where ours are not where they should be, all of them are put in anew. Upstream: felix/iptables, ChainInsertMode Insert. */
function builtInSteps(have: TableState | undefined, { first, last }: WrittenTable): Step[] {
  return first.map((chain) => {
    const end = last.find(({ name }) => name === chain.name)
    const rules = have?.builtIn.get(chain.name) ?? []
    if (isInPlace(rules, chain.hashes, end?.hashes ?? [])) return []
    return [
      ...rules.filter(({ hash }) => hash).map(({ line }) => `-D ${chain.name} ${line}`),
      ...chain.lines.map((line) => `-I ${chain.name} ${line}`).toReversed(),
      ...(end?.lines.map((line) => `-A ${chain.name} ${line}`) ?? []),
    ]
  })
}

function isInPlace(
  rules: readonly BuiltInRule[],
  first: readonly string[],
  last: readonly string[],
): boolean {
  const others = Array.from({ length: Math.max(0, rules.length - first.length - last.length) })
  const wanted = [...first, ...others, ...last]
  return rules.length === wanted.length && rules.every(({ hash }, index) => hash === wanted[index])
}

function transactions(steps: readonly Step[]): string[][] {
  const all: string[][] = []
  for (const step of steps) {
    const current = all.at(-1)
    if (step.length === 0) continue
    if (current && current.length + step.length <= LINES_A_COMMIT) current.push(...step)
    else all.push([...step])
  }
  return all
}

/** Makes a chain, and empties it if it is there. */
function declare(chain: string): string {
  return `:${chain} - [0:0]`
}
