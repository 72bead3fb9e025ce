/** What Felix has on one node: rules by table and chain (`filter cali-FORWARD`), and ipsets by name, their type first. */
export interface FelixState {
  readonly chains: ReadonlyMap<string, readonly string[]>
  readonly sets: ReadonlyMap<string, readonly string[]>
}

/**
 * Reads `iptables-save; ipset save`. Pods' addresses differ from run to run.
 * @param names what to write instead of an address
 */
export function readFelixState(saved: string, names: ReadonlyMap<string, string>): FelixState {
  const chains = new Map<string, string[]>()
  const sets = new Map<string, string[]>()
  let table = ''
  for (const line of saved.split('\n')) {
    const [word = '', name = '', third = '', ...rest] = line.split(' ')
    if (word.startsWith('*')) table = word.slice(1)
    else if (word.startsWith(':cali-')) chains.set(`${table} ${word.slice(1)}`, [])
    else if (word === '-A' && line.includes('"cali:')) {
      const key = `${table} ${name}`
      chains.set(key, [...(chains.get(key) ?? []), line.slice(`-A ${name} `.length)])
    } else if (word === 'create' && name.startsWith('cali40')) {
      const limit = rest[rest.indexOf('maxelem') + 1]
      sets.set(name, [`${third} maxelem ${limit}`])
    } else if (word === 'add') {
      sets.get(name)?.push(third.replace(/^[\d.]+(?=$|,)/, (address) => names.get(address) ?? address))
    }
  }
  for (const [name, [type = '', ...members]] of sets) sets.set(name, [type, ...members.sort()])
  return { chains: sorted(chains), sets: sorted(sets) }
}

/** What is different, in the manner of iptables-save and ipset; `-X` and `destroy` are of what is no more. */
export function writeChanges(before: FelixState, after: FelixState): string {
  const changed = (a: readonly string[] | undefined, b: readonly string[]) =>
    a === undefined || JSON.stringify(a) !== JSON.stringify(b)
  const lines: string[] = []
  for (const [key, rules] of after.chains) {
    if (!changed(before.chains.get(key), rules)) continue
    const [table = '', chain = ''] = key.split(' ')
    lines.push(`:${table} ${chain}`, ...rules.map((rule) => `-A ${chain} ${rule}`))
  }
  for (const [name, [type = '', ...members]] of after.sets) {
    if (!changed(before.sets.get(name), [type, ...members])) continue
    lines.push(`create ${name} ${type}`, ...members.map((member) => `add ${name} ${member}`))
  }
  for (const key of before.chains.keys()) if (!after.chains.has(key)) lines.push(`-X ${key}`)
  for (const name of before.sets.keys()) if (!after.sets.has(name)) lines.push(`destroy ${name}`)
  return lines.map((line) => `${line}\n`).join('')
}

/** What {@link writeChanges} wrote, done to `before`. */
export function applyChanges(before: FelixState, changes: string): FelixState {
  const chains = new Map(before.chains)
  const sets = new Map(before.sets)
  let key = ''
  for (const line of changes.split('\n').filter(Boolean)) {
    const [word = '', name = '', ...rest] = line.split(' ')
    if (word.startsWith(':')) chains.set((key = `${word.slice(1)} ${name}`), [])
    else if (word === '-A') chains.set(key, [...(chains.get(key) ?? []), rest.join(' ')])
    else if (word === 'create') sets.set(name, [rest.join(' ')])
    else if (word === 'add') sets.set(name, [...(sets.get(name) ?? []), rest.join(' ')])
    else if (word === '-X') chains.delete(`${name} ${rest.join(' ')}`)
    else sets.delete(name)
  }
  return { chains: sorted(chains), sets: sorted(sets) }
}

export const NOTHING: FelixState = { chains: new Map(), sets: new Map() }

function sorted<T>(map: ReadonlyMap<string, T>): Map<string, T> {
  return new Map([...map].sort(([a], [b]) => (a < b ? -1 : 1)))
}
