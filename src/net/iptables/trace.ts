import { chanceOf, isLocal } from './match.ts'
import type { Packet, Surroundings } from './packet.ts'
import type { Chain, Option, Rule, Ruleset, Target } from './rule.ts'

/** A rule that the packet met. */
export interface Step {
  readonly table: string
  readonly chain: string
  /** Counted from 1, as `iptables -L --line-numbers` does. */
  readonly line: number
  readonly rule: Rule
}

/** One way a packet can go. */
export interface Trace {
  readonly steps: readonly Step[]
  readonly end: 'accepted' | 'dropped' | 'rejected'
  /** Whether it ended on the machine itself or left it; undefined when it was dropped before that was decided. */
  readonly to: 'machine' | 'network' | undefined
  /** The packet as the last rule left it: after DNAT its destination is the new one. */
  readonly packet: Packet
  /** Its source becomes the address of the interface it leaves by. */
  readonly masqueraded: boolean
  /** How likely this way is: below 1 where `statistic` rules were met. */
  readonly probability: number
  /** Modules of matches that could not be judged, and were taken as not met. */
  readonly unknown: readonly string[]
}

export interface TraceOptions extends Surroundings {
  /** Decides a rule that throws dice; without it the trace takes every way. */
  readonly choose?: (rule: Rule, chain: string) => boolean
}

/** A trace under way. */
interface Way {
  readonly steps: readonly Step[]
  readonly packet: Packet
  readonly translated: boolean
  readonly masqueraded: boolean
  readonly probability: number
  readonly unknown: readonly string[]
}

interface Outcome {
  readonly way: Way
  /** Undefined: the chain's end was reached, so that the calling chain goes on. */
  readonly verdict?: Trace['end'] | undefined
}

/** What a rule's target did with a packet. */
interface Taken {
  readonly way: Way
  readonly verdict?: Outcome['verdict'] | 'returned'
}

type Hook = 'PREROUTING' | 'INPUT' | 'FORWARD' | 'OUTPUT' | 'POSTROUTING'

/** In which order tables see a packet at a hook: netfilter's priorities, DNAT before filter, SNAT after it. */
const TABLES: readonly string[] = ['raw', 'mangle', 'nat', 'filter', 'security']
const INPUT_TABLES: readonly string[] = ['mangle', 'filter', 'security', 'nat']

/**
 * Walks a packet through a machine's rules, from where it enters (PREROUTING when it has an `in`, else OUTPUT) to where
 * it leaves. More than one trace only where rules throw dice.
 */
export function trace(ruleset: Ruleset, packet: Packet, options: TraceOptions): Trace[] {
  const start: Way = {
    steps: [],
    packet,
    translated: false,
    masqueraded: false,
    probability: 1,
    unknown: [],
  }
  const first = passHook(ruleset, packet.in === undefined ? 'OUTPUT' : 'PREROUTING', start, options)
  return first.flatMap((outcome) => {
    if (outcome.verdict !== 'accepted') return [finished(outcome, undefined)]
    return afterRouting(ruleset, outcome.way, options)
  })
}

function afterRouting(ruleset: Ruleset, way: Way, options: TraceOptions): Trace[] {
  const to = isLocal(way.packet.destination, options) ? 'machine' : 'network'
  const arrives = way.packet.in !== undefined
  const passed: Outcome[] = arrives
    ? passHook(ruleset, to === 'machine' ? 'INPUT' : 'FORWARD', way, options)
    : [{ way, verdict: 'accepted' }]
  return passed.flatMap((outcome) => {
    if (outcome.verdict !== 'accepted' || (arrives && to === 'machine')) return [finished(outcome, to)]
    return passHook(ruleset, 'POSTROUTING', outcome.way, options).map((last) => finished(last, to))
  })
}

function finished({ way, verdict = 'accepted' }: Outcome, to: Trace['to']): Trace {
  const { steps, packet, masqueraded, probability, unknown } = way
  return { steps, end: verdict, to, packet, masqueraded, probability, unknown: [...new Set(unknown)] }
}

function passHook(ruleset: Ruleset, hook: Hook, start: Way, options: TraceOptions): Outcome[] {
  const first: Outcome[] = [{ way: start, verdict: 'accepted' }]
  return (hook === 'INPUT' ? INPUT_TABLES : TABLES).reduce(
    (outcomes, table) =>
      outcomes.flatMap((outcome) =>
        outcome.verdict === 'accepted' ? passTable(ruleset, table, hook, outcome.way, options) : [outcome],
      ),
    first,
  )
}

function passTable(ruleset: Ruleset, table: string, hook: Hook, way: Way, options: TraceOptions): Outcome[] {
  const chain = ruleset.get(table)?.get(hook)
  const translatedBefore = table === 'nat' && (way.packet.state ?? 'NEW') !== 'NEW'
  // Only the first packet of a connection meets the nat table: conntrack remembers for the others.
  if (!chain || translatedBefore) return [{ way, verdict: 'accepted' }]
  const byPolicy = chain.policy === 'DROP' ? 'dropped' : 'accepted'
  return walkChain({ ruleset, table, options }, chain, way).map(({ way, verdict }) => ({
    way,
    verdict: verdict ?? byPolicy,
  }))
}

interface Place {
  readonly ruleset: Ruleset
  readonly table: string
  readonly options: TraceOptions
}

function walkChain(place: Place, chain: Chain, start: Way): Outcome[] {
  const done: Outcome[] = []
  let open: Way[] = [start]
  for (const [index, rule] of chain.rules.entries()) {
    const passing: Way[] = []
    const step: Step = { table: place.table, chain: chain.name, line: index + 1, rule }
    for (const way of open) {
      const unknown: string[] = []
      const chance = settled(
        chanceOf(rule, way, place.options, (module) => unknown.push(module)),
        step,
        place,
      )
      if (chance < 1) passing.push(missed(way, chance, unknown))
      if (chance === 0) continue
      for (const outcome of take(place, rule.target, met(way, chance, step))) {
        if (outcome.verdict || rule.target?.goto) done.push(leftBy(outcome))
        else passing.push(outcome.way)
      }
    }
    open = passing
  }
  return [...done, ...open.map((way) => ({ way }))]
}

function leftBy({ way, verdict }: Taken): Outcome {
  return verdict === 'returned' ? { way } : { way, verdict }
}

/** The chance, or with a given choice certainty. */
function settled(chance: number, step: Step, { options }: Place): number {
  if (chance === 0 || chance === 1 || !options.choose) return chance
  return options.choose(step.rule, step.chain) ? 1 : 0
}

function met(way: Way, chance: number, step: Step): Way {
  return { ...way, steps: [...way.steps, step], probability: way.probability * chance }
}

function missed(way: Way, chance: number, unknown: readonly string[]): Way {
  if (chance === 0 && unknown.length === 0) return way
  return { ...way, probability: way.probability * (1 - chance), unknown: [...way.unknown, ...unknown] }
}

function take(place: Place, target: Target | undefined, way: Way): Taken[] {
  switch (target?.name) {
    case 'ACCEPT':
      return [{ way, verdict: 'accepted' }]
    case 'DROP':
      return [{ way, verdict: 'dropped' }]
    case 'REJECT':
      return [{ way, verdict: 'rejected' }]
    case 'RETURN':
      return [{ way, verdict: 'returned' }]
    case 'DNAT':
      return [{ way: redirected(way, valueOf(target.options, '--to-destination')), verdict: 'accepted' }]
    case 'MASQUERADE':
      return [{ way: { ...way, masqueraded: true }, verdict: 'accepted' }]
    case 'MARK':
      return [{ way: marked(way, valueOf(target.options, '--set-xmark')) }]
    default: {
      // LOG and its like only look; a name that is a chain is walked.
      const chain = place.ruleset.get(place.table)?.get(target?.name ?? '')
      return chain ? walkChain(place, chain, way) : [{ way }]
    }
  }
}

function valueOf(options: readonly Option[], flag: string): string {
  return options.find((one) => one.flag === flag)?.values[0] ?? ''
}

function redirected(way: Way, to: string): Way {
  const [address = '', port] = to.split(':')
  const packet = {
    ...way.packet,
    ...(address && { destination: address }),
    ...(port && { destinationPort: Number(port) }),
  }
  return { ...way, packet, translated: true }
}

/** `--set-xmark value/mask`: clears the bits of the mask, then flips those of the value. */
function marked(way: Way, setting: string): Way {
  const [value = 0, mask = 0xffffffff] = setting.split('/').map(Number)
  const mark = (((way.packet.mark ?? 0) & ~mask) ^ value) >>> 0
  return { ...way, packet: { ...way.packet, mark } }
}
