import { badRequest } from '../refusals.ts'

type Labels = Readonly<Record<string, string>>
export type LabelPredicate = (labels: Labels) => boolean

interface Token {
  readonly kind: 'identifier' | 'symbol' | 'end'
  readonly text: string
}

const SYMBOL = /^(==|!=|=|!|\(|\)|,|<|>)/
const WORDS = new Set(['in', 'notin'])

function tokens(selector: string): Token[] {
  const found: Token[] = []
  let rest = selector.trimStart()
  while (rest) {
    const symbol = SYMBOL.exec(rest)?.[0]
    const text = symbol ?? /^[^=!(),<>\s]+/.exec(rest)?.[0] ?? rest
    found.push({ kind: symbol ? 'symbol' : 'identifier', text })
    rest = rest.slice(text.length).trimStart()
  }
  return [...found, { kind: 'end', text: '' }]
}

function fault(found: string, expected: string): Error {
  return badRequest(`unable to parse requirement: found '${found}', expected: ${expected}`)
}

/**
 * Reads a label selector as kubectl -l and the labelSelector parameter write it: `a=b,c!=d,e in (f,g),!h,i>1`.
 * @throws ApiError 400 with apimachinery's words (pkg/labels/selector.go).
 */
export function parseLabelSelector(selector: string): LabelPredicate {
  const queue = tokens(selector)
  const next = () => queue.shift() as Token
  const requirements: LabelPredicate[] = []
  const peek = () => queue[0] as Token
  while (peek().kind !== 'end') {
    requirements.push(requirement(next, peek))
    const separator = next()
    if (separator.kind === 'end') break
    if (separator.text !== ',') throw fault(separator.text, "',' or 'end of string'")
    if (peek().kind === 'end') throw fault('', "identifier after ','")
  }
  return (labels) => requirements.every((matches) => matches(labels))
}

function requirement(next: () => Token, peek: () => Token): LabelPredicate {
  const first = next()
  if (first.text === '!') {
    const key = identifier(next())
    return (labels) => !Object.hasOwn(labels, key)
  }
  const key = identifier(first)
  const { kind, text } = peek()
  if (kind === 'end' || text === ',') return (labels) => Object.hasOwn(labels, key)
  next()
  if (WORDS.has(text)) {
    const values = valueSet(next)
    return text === 'in'
      ? (labels) => Object.hasOwn(labels, key) && values.has(labels[key] ?? '')
      : (labels) => !Object.hasOwn(labels, key) || !values.has(labels[key] ?? NOTHING)
  }
  if (text === '<' || text === '>') {
    const bound = Number(identifier(next()))
    return (labels) =>
      Object.hasOwn(labels, key) && (text === '<' ? Number(labels[key]) < bound : Number(labels[key]) > bound)
  }
  if (!['=', '==', '!='].includes(text)) throw fault(text, 'in, notin, =, ==, !=, gt, lt')
  const value = exactValue(next, peek)
  return text === '!=' ? (labels) => labels[key] !== value : (labels) => labels[key] === value
}

/** No label's value: values have no NUL. */
const NOTHING = '\0'

function identifier(token: Token): string {
  if (token.kind !== 'identifier') throw fault(token.text, 'identifier')
  return token.text
}

function exactValue(next: () => Token, peek: () => Token): string {
  if (peek().kind === 'end' || peek().text === ',') return ''
  return identifier(next())
}

function valueSet(next: () => Token): Set<string> {
  const open = next()
  if (open.text !== '(') throw fault(open.text, "'('")
  const values = new Set<string>()
  for (let token = next(); token.text !== ')'; token = next()) {
    if (token.text === ',') continue
    if (token.kind !== 'identifier') throw fault(token.text, "',', ')' or identifier")
    values.add(token.text)
  }
  return values
}
