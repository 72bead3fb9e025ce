import type { Chain, Option, Rule, Ruleset, Table, Term } from './rule.ts'

/** Options whose value iptables prints as a string: quoted as soon as it holds more than letters, digits, _ and -. */
const STRING_FLAGS = new Set(['--comment', '--log-prefix', '--nflog-prefix', '--string'])

/** What follows `-A CHAIN` in iptables-save, with a leading space; empty for a rule that matches all and does nothing. */
export function renderSpec(rule: Rule): string {
  const words = [
    term('-s', rule.source),
    term('-d', rule.destination),
    term('-i', rule.in),
    term('-o', rule.out),
    term('-p', rule.protocol),
    ...rule.matches.map((match) => ` -m ${match.module}${options(match.options)}`),
  ]
  if (rule.target) {
    words.push(` ${rule.target.goto ? '-g' : '-j'} ${rule.target.name}${options(rule.target.options)}`)
  }
  return words.join('')
}

/** {@link renderSpec} that remembers, for as long as the rule is there: for callers that meet the same rules again. */
export function rememberedSpecs(): (rule: Rule) => string {
  const known = new WeakMap<Rule, string>()
  return (rule) => {
    const spec = known.get(rule) ?? renderSpec(rule)
    known.set(rule, spec)
    return spec
  }
}

/**
 * All of a ruleset as iptables-save prints it, without counters and comments. Also valid for iptables-restore.
 */
export function renderRuleset(ruleset: Ruleset): string {
  return [...ruleset].map(([name, table]) => renderTable(name, table)).join('')
}

function renderTable(name: string, table: Table): string {
  const chains = inSaveOrder(table)
  const declared = chains.map((chain) => `:${chain.name} ${chain.policy ?? '-'}`)
  const rules = chains.flatMap((chain) => chain.rules.map((rule) => `-A ${chain.name}${renderSpec(rule)}`))
  return [`*${name}`, ...declared, ...rules, 'COMMIT', ''].join('\n')
}

/** iptables-nft lists built-in chains first, then the others by name. */
function inSaveOrder(table: Table): Chain[] {
  const chains = [...table.values()]
  const own = chains.filter((chain) => chain.policy === undefined)
  own.sort((a, b) => (a.name < b.name ? -1 : 1))
  return [...chains.filter((chain) => chain.policy !== undefined), ...own]
}

function term(flag: string, wanted: Term | undefined): string {
  if (!wanted) return ''
  return ` ${wanted.not ? '! ' : ''}${flag} ${wanted.value}`
}

function options(list: readonly Option[]): string {
  return list.map((one) => ` ${one.not ? '! ' : ''}${one.flag}${values(one)}`).join('')
}

function values({ flag, values }: Option): string {
  // iptables' nfacct extension prints two spaces before the name.
  const gap = flag === '--nfacct-name' ? '  ' : ' '
  return values.map((value) => gap + quoted(value, STRING_FLAGS.has(flag))).join('')
}

function quoted(value: string, isString: boolean): string {
  const plain = isString ? /^[\w-]+$/ : /^[^\s"'\\]+$/
  return plain.test(value) ? value : `"${value.replaceAll(/["'\\]/g, String.raw`\$&`)}"`
}
