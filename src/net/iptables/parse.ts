import type { Chain, Match, Option, Rule, Ruleset, Term } from './rule.ts'

interface Token {
  readonly text: string
  /** A quoted token is a value, whatever it looks like. */
  readonly quoted: boolean
}

const TOKEN = /"((?:\\.|[^"\\])*)"|(\S+)/g
const TERMS: Readonly<Record<string, 'source' | 'destination' | 'in' | 'out' | 'protocol'>> = {
  '-s': 'source',
  '-d': 'destination',
  '-i': 'in',
  '-o': 'out',
  '-p': 'protocol',
}

/**
 * Reads what iptables-save prints; counters are dropped. Lines it doesn't know are skipped, as iptables-save writes
 * remarks between the tables.
 */
export function parseRuleset(text: string): Ruleset {
  const ruleset = new Map<string, Map<string, Chain>>()
  let table = new Map<string, Chain>()
  let rules = new Map<string, Rule[]>()
  for (const line of text.split('\n')) {
    if (line.startsWith('*')) {
      ;[table, rules] = [new Map(), new Map()]
      ruleset.set(line.slice(1).trim(), table)
    } else if (line.startsWith(':')) {
      const [name = '', policy = '-'] = line.slice(1).split(' ')
      const list: Rule[] = []
      rules.set(name, list)
      table.set(name, { name, ...(policy !== '-' && { policy }), rules: list })
    } else {
      const [, chain = '', spec = ''] = /^(?:\[\d+:\d+\] )?-A (\S+)(.*)$/.exec(line) ?? []
      rules.get(chain)?.push(parseSpec(spec))
    }
  }
  return ruleset
}

/** Reads what follows the chain's name in a saved rule. */
export function parseSpec(spec: string): Rule {
  const rest = tokensOf(spec)
  const terms: { -readonly [K in keyof Rule]?: Rule[K] } = {}
  const matches: Match[] = []
  while (rest.length > 0) {
    const not = takeNot(rest)
    const flag = rest.shift()?.text ?? ''
    const term = TERMS[flag]
    if (term) terms[term] = { value: rest.shift()?.text ?? '', ...(not && { not }) } satisfies Term
    else if (flag === '-m') matches.push({ module: rest.shift()?.text ?? '', options: takeOptions(rest) })
    else if (flag === '-j' || flag === '-g') {
      const name = rest.shift()?.text ?? ''
      terms.target = { name, ...(flag === '-g' && { goto: true }), options: takeOptions(rest) }
    }
  }
  return { ...terms, matches }
}

function takeOptions(rest: Token[]): Option[] {
  const options: Option[] = []
  for (;;) {
    const not = isWord(rest[0], '!') && isOption(rest[1])
    if (!isOption(rest[not ? 1 : 0])) return options
    if (not) rest.shift()
    const flag = rest.shift()?.text ?? ''
    options.push({ flag, values: takeValues(rest), ...(not && { not }) })
  }
}

function takeValues(rest: Token[]): string[] {
  const values: string[] = []
  for (let next = rest[0]; next && (next.quoted || !/^(?:!|-.+)$/.test(next.text)); next = rest[0]) {
    values.push(next.text)
    rest.shift()
  }
  return values
}

function takeNot(rest: Token[]): boolean {
  if (!isWord(rest[0], '!')) return false
  rest.shift()
  return true
}

function isWord(token: Token | undefined, text: string): boolean {
  return token !== undefined && !token.quoted && token.text === text
}

function isOption(token: Token | undefined): boolean {
  return token !== undefined && !token.quoted && token.text.startsWith('--')
}

function tokensOf(spec: string): Token[] {
  return [...spec.matchAll(TOKEN)].map(([, string, word]) =>
    string === undefined
      ? { text: word ?? '', quoted: false }
      : { text: string.replaceAll(/\\(.)/g, '$1'), quoted: true },
  )
}
