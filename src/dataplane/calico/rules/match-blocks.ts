import type { ActiveRule, Side } from '../felix/active.ts'
import type { FelixRule } from './felix-chain.ts'
import { clear, isClear, type Marks, set, setMasked } from './marks.ts'
import { type End, namedPortMatch, netMatch, portsMatch, protocolMatch, splitPorts } from './rule-match.ts'

interface Block {
  /** `any`: one of the matches has to hold; `none`: none may. */
  readonly kind: 'any' | 'none'
  readonly matches: readonly string[]
}

const ENDS: readonly End[] = ['src', 'dst']

/**
 * What of a rule iptables can't say in one: lists of nets, and more ports than a multiport match takes. Each list becomes a block of rules;
 * after them the first scratch mark is set on packets for which all lists hold, and `rest` is the rule without those lists. Upstream:
 * felix/rules, matchBlockBuilder.
 */
export function matchBlocks(
  rule: ActiveRule,
  marks: Marks,
): {
  readonly blocks: readonly FelixRule[]
  readonly rest: ActiveRule
} {
  const listed = { src: listsOf('src', rule), dst: listsOf('dst', rule) }
  const each = (list: 'ports' | 'nets' | 'notNets') => ENDS.map((end) => listed[end][list])
  const blocks = [...each('ports'), ...each('nets'), ...each('notNets')].filter(
    (block) => block !== undefined,
  )
  return {
    blocks: rulesOf(blocks, marks),
    rest: { ...rule, src: without(rule.src, listed.src), dst: without(rule.dst, listed.dst) },
  }
}

interface Lists {
  readonly ports: Block | undefined
  readonly nets: Block | undefined
  readonly notNets: Block | undefined
}

function listsOf(end: End, rule: ActiveRule): Lists {
  const side = rule[end]
  const { nets, notNets, namedPorts } = side
  const groups = splitPorts(side.ports)
  const ports = [
    ...groups.map((group) => [...protocolMatch(rule.protocol), portsMatch(end, group)].join(' ')),
    ...namedPorts.map((id) => namedPortMatch(end, id)),
  ]
  const left = nets.length === 1 ? 1 : 0
  return {
    ports: ports.length > 1 ? { kind: 'any', matches: ports } : undefined,
    nets: nets.length > 1 ? { kind: 'any', matches: nets.map((cidr) => netMatch(end, cidr)) } : undefined,
    notNets:
      notNets.length > 0 && left + notNets.length > 1
        ? { kind: 'none', matches: notNets.map((cidr) => netMatch(end, cidr)) }
        : undefined,
  }
}

function without(side: Side, lists: Lists): Side {
  return {
    ...side,
    ...(lists.ports && { ports: [], namedPorts: [] }),
    ...(lists.nets && { nets: [] }),
    ...(lists.notNets && { notNets: [] }),
  }
}

/**
 * The first list writes into the mark for all of them; the others into the second one, which is then taken into account. Before a third
 * list the second mark is cleared: upstream forgets to, and lets packets through for which the third does not hold.
 */
function rulesOf(blocks: readonly Block[], marks: Marks): FelixRule[] {
  const [first] = blocks
  if (!first) return []
  const begin = setMasked(first.kind === 'any' ? 0 : marks.scratch, marks.scratch + marks.otherScratch)
  return [{ action: begin }, ...blocks.flatMap((block, index) => blockRules(block, index, marks))]
}

function blockRules({ kind, matches }: Block, index: number, marks: Marks): FelixRule[] {
  if (kind === 'none') return matches.map((match) => ({ match, action: clear(marks.scratch) }))
  if (index === 0) return matches.map((match) => ({ match, action: set(marks.scratch) }))
  return [
    ...(index > 1 ? [{ action: clear(marks.otherScratch) }] : []),
    ...matches.map((match) => ({ match, action: set(marks.otherScratch) })),
    { match: isClear(marks.otherScratch), action: clear(marks.scratch) },
  ]
}
