/** A value that a rule asks for, or with `not` asks to be otherwise: `! -s 10.42.0.0/16`. */
export interface Term {
  readonly value: string
  readonly not?: boolean
}

/** One option of a match or a target in iptables-save's words: `! --ctstate RELATED,ESTABLISHED`. */
export interface Option {
  /** With its dashes. */
  readonly flag: string
  readonly values: readonly string[]
  readonly not?: boolean
}

/** `-m module options…` */
export interface Match {
  readonly module: string
  readonly options: readonly Option[]
}

/** `-j name options…`, or with `goto` `-g name`. A name that is no built-in target is a chain. */
export interface Target {
  readonly name: string
  readonly goto?: boolean
  readonly options: readonly Option[]
}

/** One rule, in the canonical form that iptables-save prints: addresses with prefix, marks as value/mask. */
export interface Rule {
  readonly source?: Term
  readonly destination?: Term
  readonly in?: Term
  readonly out?: Term
  readonly protocol?: Term
  readonly matches: readonly Match[]
  /** Absent: the rule only counts. */
  readonly target?: Target
}

export interface Chain {
  readonly name: string
  /** Built-in chains only: ACCEPT or DROP. */
  readonly policy?: string
  readonly rules: readonly Rule[]
}

/** Chains by name, in the order they are saved. */
export type Table = ReadonlyMap<string, Chain>

/** Tables by name: filter, nat, mangle, raw. */
export type Ruleset = ReadonlyMap<string, Table>

/** The chains the kernel calls, by table, in iptables-save's order. */
export const BUILT_IN: Readonly<Record<string, readonly string[]>> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
}

export function option(flag: string, ...values: string[]): Option {
  return { flag, values }
}

export function comment(text: string): Match {
  return { module: 'comment', options: [option('--comment', text)] }
}

/** States as iptables-save lists them, comma-separated. */
export function ctstate(states: string, not = false): Match {
  return { module: 'conntrack', options: [{ flag: '--ctstate', values: [states], ...(not && { not }) }] }
}

/** Matches one port of a protocol; without ports only the protocol's own module, as DNAT rules have it. */
export function port(protocol: string, destination?: number): Match {
  return {
    module: protocol,
    options: destination === undefined ? [] : [option('--dport', String(destination))],
  }
}

export function mark(value: string, not = false): Match {
  return { module: 'mark', options: [{ flag: '--mark', values: [value], ...(not && { not }) }] }
}

export function addressType(side: 'src' | 'dst', type: string): Match {
  return { module: 'addrtype', options: [option(`--${side}-type`, type)] }
}

const STATISTIC_ONE = 2 ** 31

/**
 * Matches one packet in `outOf`. Written as iptables-save prints it: the given ten decimals are kept by the kernel as a
 * fraction of 2³¹ and printed with eleven, so that a third reads 0.33333333349.
 */
export function oneIn(outOf: number): Match {
  const kept = Math.round(Number((1 / outOf).toFixed(10)) * STATISTIC_ONE)
  return {
    module: 'statistic',
    options: [option('--mode', 'random'), option('--probability', (kept / STATISTIC_ONE).toFixed(11))],
  }
}

export function jump(name: string, ...options: Option[]): Target {
  return { name, options }
}

/** A table from its chains, in the order given. */
export function tableOf(chains: Iterable<Chain>): Table {
  return new Map([...chains].map((chain) => [chain.name, chain]))
}
