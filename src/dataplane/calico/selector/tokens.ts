/** In the order in which upstream numbers them, as its messages show. */
const KINDS = [
  'none',
  'label',
  'text',
  '{',
  '}',
  ',',
  '==',
  '!=',
  'in',
  '!',
  'not in',
  'contains',
  'starts with',
  'ends with',
  'all',
  'has',
  '(',
  ')',
  '&&',
  '||',
  'global',
  'end',
] as const

export type TokenKind = (typeof KINDS)[number]

/** `value` of a label, of a text and of `has(label)`. */
export interface Token {
  readonly kind: TokenKind
  readonly value?: string
}

/** As upstream's messages show a token: {1 app}. */
export function tokenText({ kind, value = '<nil>' }: Token): string {
  return `{${KINDS.indexOf(kind)} ${value}}`
}

/** What is read, and how long it was. */
type Read = readonly [token: Token, length: number]

const LABEL = '[a-zA-Z0-9_./-]{1,512}'
const SIGN = /[(){},]|==|!=|!|&&|\|\|/y
const TEXT = /"([^"]*)"|'([^']*)'/y
/** Only these can follow a label; the words need no space after them. */
const AFTER_LABEL = /(contains)|(starts\s*with)|(ends\s*with)|(not\s*in\b)|(in\b)/y
const OPERATORS: readonly TokenKind[] = ['contains', 'starts with', 'ends with', 'not in', 'in']
const TERM = new RegExp(`has\\(\\s*(${LABEL})\\s*\\)|(all)\\(\\s*\\)|(global)\\(\\s*\\)|(${LABEL})`, 'y')

/**
 * The tokens of an expression, with an `end` after the last.
 * @throws Error with upstream's words (libcalico-go/lib/selector/tokenizer)
 */
export function tokensOf(source: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  for (;;) {
    while (source[at] === ' ' || source[at] === '\t') at++
    if (at === source.length) return [...tokens, { kind: 'end' }]
    const [token, length] = read(source, at, tokens.at(-1))
    tokens.push(token)
    at += length
  }
}

function read(source: string, at: number, last: Token | undefined): Read {
  const sign = matchAt(SIGN, source, at)
  if (sign) return [{ kind: sign[0] as TokenKind }, sign[0].length]
  const char = source[at] ?? ''
  if (char === '"' || char === "'") return readText(source, at)
  if ('=&|'.includes(char)) throw new Error(`expected ${char}${char}`)
  return last?.kind === 'label' ? readOperator(source, at, last) : readTerm(source, at)
}

function readText(source: string, at: number): Read {
  const match = matchAt(TEXT, source, at)
  if (!match) throw new Error('unterminated string')
  return [{ kind: 'text', value: match[1] ?? match[2] ?? '' }, match[0].length]
}

function readOperator(source: string, at: number, { value }: Token): Read {
  const match = matchAt(AFTER_LABEL, source, at)
  const kind = OPERATORS[match?.slice(1).findIndex((group) => group !== undefined) ?? -1]
  if (!match || !kind)
    throw new Error(`unexpected characters after label '${value}', was expecting an operator`)
  return [{ kind }, match[0].length]
}

function readTerm(source: string, at: number): Read {
  const match = matchAt(TERM, source, at)
  if (!match) throw new Error('unexpected characters')
  const [whole, has, all, global, label] = match
  if (has !== undefined) return [{ kind: 'has', value: has }, whole.length]
  if (all !== undefined) return [{ kind: 'all' }, whole.length]
  if (global !== undefined) return [{ kind: 'global' }, whole.length]
  return [{ kind: 'label', value: label ?? '' }, whole.length]
}

function matchAt(pattern: RegExp, source: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(source)
}
