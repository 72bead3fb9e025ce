type Labels = Readonly<Record<string, string>>
type Predicate = (labels: Labels) => boolean

/** What a selector says that is none. */
export class SelectorError extends Error {
  override readonly name = 'SelectorError'
}

const TOKEN =
  /\s*(?:(&&|\|\||==|!=|!|\(|\)|\{|\}|,)|"([^"]*)"|'([^']*)'|(all|global|has)\s*\(|(not\s+in|in|contains|starts\s+with|ends\s+with)(?=[\s{'"])|([A-Za-z0-9_./-]+))/y

interface Token {
  readonly kind: 'sign' | 'text' | 'function' | 'operator' | 'label' | 'end'
  readonly text: string
}

/**
 * Reads an expression of Calico's selector language: `all()`, `has(a)`, `a == 'b'`, `a in {'b', 'c'}`, `contains`,
 * `starts with`, `ends with`, with `!`, `&&`, `||` and parentheses. The empty one is `all()`.
 * @throws SelectorError where it is none
 */
export function parseSelector(text: string): Predicate {
  const parser = new Parser(tokensOf(text), text)
  return parser.whole()
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  const pattern = new RegExp(TOKEN)
  let at = 0
  while (text.slice(at).trim() !== '') {
    pattern.lastIndex = at
    const match = pattern.exec(text)
    if (!match) throw new SelectorError(`unexpected characters at ${JSON.stringify(text.slice(at))}`)
    const [, sign, double, single, call, operator, label] = match
    if (sign !== undefined) tokens.push({ kind: 'sign', text: sign })
    else if (call !== undefined) tokens.push({ kind: 'function', text: call })
    else if (operator !== undefined) tokens.push({ kind: 'operator', text: operator.replace(/\s+/, ' ') })
    else if (label !== undefined) tokens.push({ kind: 'label', text: label })
    else tokens.push({ kind: 'text', text: double ?? single ?? '' })
    at = pattern.lastIndex
  }
  return tokens
}

const END: Token = { kind: 'end', text: '' }

class Parser {
  readonly #tokens: readonly Token[]
  readonly #source: string
  #at = 0

  constructor(tokens: readonly Token[], source: string) {
    this.#tokens = tokens
    this.#source = source
  }

  whole(): Predicate {
    if (this.#tokens.length === 0) return () => true
    const predicate = this.#either()
    if (this.#peek().kind !== 'end') this.#fail('unexpected content at the end')
    return predicate
  }

  #either(): Predicate {
    const terms = [this.#both()]
    while (this.#skip('||')) terms.push(this.#both())
    return (labels) => terms.some((term) => term(labels))
  }

  #both(): Predicate {
    const terms = [this.#term()]
    while (this.#skip('&&')) terms.push(this.#term())
    return (labels) => terms.every((term) => term(labels))
  }

  #term(): Predicate {
    if (this.#skip('!')) {
      const inner = this.#term()
      return (labels) => !inner(labels)
    }
    if (this.#skip('(')) {
      const inner = this.#either()
      this.#expect(')')
      return inner
    }
    const { kind, text } = this.#next()
    if (kind === 'function') return this.#call(text)
    if (kind === 'label') return this.#comparison(text)
    return this.#fail('expected an expression')
  }

  #call(name: string): Predicate {
    const label = name === 'has' ? this.#take('label') : ''
    this.#expect(')')
    return name === 'has' ? (labels) => label in labels : () => true
  }

  #comparison(label: string): Predicate {
    const { kind, text } = this.#next()
    if (kind !== 'sign' && kind !== 'operator') return this.#fail('expected an operator')
    if (text === 'in' || text === 'not in') {
      const values = this.#set()
      return text === 'in'
        ? (labels) => values.has(labels[label] ?? NONE)
        : (labels) => !values.has(labels[label] ?? NONE)
    }
    const value = this.#take('text')
    switch (text) {
      case '==':
        return (labels) => labels[label] === value
      case '!=':
        return (labels) => labels[label] !== value
      case 'contains':
        return (labels) => labels[label]?.includes(value) ?? false
      case 'starts with':
        return (labels) => labels[label]?.startsWith(value) ?? false
      case 'ends with':
        return (labels) => labels[label]?.endsWith(value) ?? false
      default:
        return this.#fail('expected an operator')
    }
  }

  #set(): Set<string | symbol> {
    this.#expect('{')
    const values = new Set<string | symbol>()
    if (this.#skip('}')) return values
    do values.add(this.#take('text'))
    while (this.#skip(','))
    this.#expect('}')
    return values
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? END
  }

  #next(): Token {
    const token = this.#peek()
    this.#at++
    return token
  }

  #take(kind: Token['kind']): string {
    const token = this.#next()
    return token.kind === kind ? token.text : this.#fail(`expected a ${kind}`)
  }

  #skip(sign: string): boolean {
    const { kind, text } = this.#peek()
    if (kind !== 'sign' || text !== sign) return false
    this.#at++
    return true
  }

  #expect(sign: string): void {
    if (!this.#skip(sign)) this.#fail(`expected ${sign}`)
  }

  #fail(why: string): never {
    throw new SelectorError(`invalid selector ${JSON.stringify(this.#source)}: ${why}`)
  }
}

/** Stands for a label that is absent: no value is like it. */
const NONE = Symbol('no such label')
