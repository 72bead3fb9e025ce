import type { FelixChain, FelixRule } from './felix-chain.ts'
import { chainName, CHAIN, type Direction, PREFIX } from './names.ts'

const UNKNOWN: FelixRule = { comments: ['Unknown interface'], action: '--jump DROP' }

/**
 * The chains that send a packet to its pod's chain by the name of the interface; packets of an interface that Felix does not know yet are
 * dropped. Names that share their first different letter have a chain of their own, so that a packet meets few rules. Upstream: felix/rules,
 * dispatch.go.
 */
export function dispatchChains(direction: Direction, interfaces: readonly string[]): FelixChain[] {
  const name = direction === 'to' ? CHAIN.toWorkloads : CHAIN.fromWorkloads
  const names = [...new Set(interfaces)].sort()
  const common = commonPrefix(names)
  const groups = new Map<string, string[]>()
  for (const one of names) {
    const prefix = one.slice(0, common.length + 1)
    groups.set(prefix, [...(groups.get(prefix) ?? []), one])
  }
  const ways: FelixRule[] = []
  const children: FelixChain[] = []
  for (const [prefix, members] of groups) {
    if (members.length === 1) {
      ways.push(...members.map((one) => toEndpoint(direction, one)))
      continue
    }
    const child = `${name}-${prefix.slice(common.length)}`
    ways.push({ match: matchInterface(direction, `${prefix}+`), action: `--goto ${child}` })
    children.push({ name: child, rules: [...members.map((one) => toEndpoint(direction, one)), UNKNOWN] })
  }
  return [...children, { name, rules: [...ways, UNKNOWN] }]
}

function toEndpoint(direction: Direction, name: string): FelixRule {
  return {
    match: matchInterface(direction, name),
    action: `--goto ${chainName(PREFIX[direction].endpoint, name)}`,
  }
}

function matchInterface(direction: Direction, name: string): string {
  return `--${direction === 'to' ? 'out' : 'in'}-interface ${name}`
}

/** Of sorted names. */
function commonPrefix(names: readonly string[]): string {
  const [first = '', last = ''] = [names[0], names.at(-1)]
  let length = 0
  while (length < first.length && first[length] === last[length]) length += 1
  return first.slice(0, length)
}
