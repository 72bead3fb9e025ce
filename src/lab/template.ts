import { nearest } from '../base/nearest.ts'

/** `pod.hello-kubernetes[0].ip` as data. An index is a number (negative: from the end), `*`, or a node's name. */
export interface Reference {
  /** As written, for messages. */
  readonly source: string
  readonly root: Root
  /** The names between the dots. */
  readonly names: readonly string[]
  readonly index: number | string | undefined
  readonly filter: Filter | undefined
}

/** What can be asked for, and the fields of each. `link.<machine>.<interface>.<field>` has one name more. */
export const ROOTS = {
  pod: ['name', 'namespace', 'ip', 'node', 'mac', 'netns', 'veth'],
  node: ['name', 'address', 'podCIDR', 'network', 'gateway', 'vtepMac', 'blocks'],
  router: ['name', 'address', 'loopback'],
  service: ['name', 'namespace', 'clusterIP', 'port', 'targetPort', 'chain'],
  link: ['mac', 'mtu', 'index', 'address', 'kind'],
  seen: [],
} as const
export type Root = keyof typeof ROOTS

/** `host` drops a prefix length, `words` joins with blanks (the default is commas), `count` counts, `regex` escapes. */
const FILTERS = ['host', 'count', 'words', 'regex'] as const
export type Filter = (typeof FILTERS)[number]

export type Part = string | Reference
export type ParsedReference = Reference | { readonly problem: string }

const HOLE = /\{\{(.*?)\}\}/gs
const SHAPE = /^([a-z]+)((?:\.[A-Za-z0-9_@/-]+)*)(?:\[([^\]]+)\])?((?:\.[A-Za-z0-9_-]+)*)$/

/** The literal and live parts of a text; mistakes are in `problems` with their offsets. */
export function parseTemplate(text: string): {
  parts: Part[]
  problems: { offset: number; message: string }[]
} {
  const parts: Part[] = []
  const problems: { offset: number; message: string }[] = []
  let last = 0
  for (const match of text.matchAll(HOLE)) {
    const parsed = parseReference((match[1] ?? '').trim())
    if ('problem' in parsed) problems.push({ offset: match.index, message: parsed.problem })
    else parts.push(text.slice(last, match.index), parsed)
    last = match.index + match[0].length
  }
  return { parts: [...parts, text.slice(last)], problems }
}

function parseReference(source: string): ParsedReference {
  const [path = '', filter, ...more] = source.split('|').map((part) => part.trim())
  const problem = (why: string): ParsedReference => ({ problem: `{{ ${source} }}: ${why}` })
  const [, root = '', before = '', index, after = ''] = SHAPE.exec(path) ?? []
  if (!root || more.length) return problem('is not a name like pod.hello-kubernetes[0].ip')
  if (!(root in ROOTS)) return problem(`there is no "${root}"${suggest(root, Object.keys(ROOTS))}`)
  if (filter !== undefined && !FILTERS.includes(filter as Filter)) {
    return problem(`there is no filter "${filter}"${suggest(filter, FILTERS)}`)
  }
  const names = [...before.split('.'), ...after.split('.')].filter(Boolean)
  const fields: readonly string[] = ROOTS[root as Root]
  const wanted = root === 'link' ? 3 : root === 'seen' ? 0 : 2
  if (names.length !== wanted) return problem(`${root} takes ${wanted} names, the last one a field`)
  const field = names.at(-1) ?? ''
  if (wanted && !fields.includes(field)) {
    return problem(`${root} has no "${field}"${suggest(field, fields)}; it has ${fields.join(', ')}`)
  }
  if (root === 'pod' && index === undefined) return problem('say which pod: [0], [-1], [*] or [node0]')
  return { source, root: root as Root, names, index: indexOf(index), filter: filter as Filter | undefined }
}

const suggest = (typed: string, known: Iterable<string>) => {
  const guess = nearest(typed, known)
  return guess === undefined ? '' : ` (did you mean "${guess}"?)`
}

const indexOf = (text: string | undefined) =>
  text !== undefined && /^-?\d+$/.test(text) ? Number(text) : text

/** The values of a reference, several for `[*]`; undefined when the thing is not there yet. */
export type Values = ReadonlyMap<string, readonly string[] | undefined>

export interface Filled {
  readonly text: string
  /** References without a value. */
  readonly missing: readonly string[]
}

/** Puts values into a text. One that is not there yet reads as ‹pod.hello[0].ip: not there yet›. */
export function fill(parts: readonly Part[], values: Values): Filled {
  const missing: string[] = []
  const text = parts.map((part) => {
    if (typeof part === 'string') return part
    const found = values.get(part.source)
    if (found && (found.length || part.filter === 'count')) return filtered(found, part.filter)
    missing.push(part.source)
    return `‹${part.source}: not there yet›`
  })
  return { text: text.join(''), missing }
}

function filtered(values: readonly string[], filter: Filter | undefined): string {
  if (filter === 'count') return String(values.length)
  if (filter === 'host') return values.map((value) => value.replace(/\/\d+$/, '')).join(', ')
  if (filter === 'regex')
    return values.map((value) => value.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')
  return values.join(filter === 'words' ? ' ' : ', ')
}
