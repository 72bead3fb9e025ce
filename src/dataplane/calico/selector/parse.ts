import type { Expression } from './expression.ts'
import { type Token, type TokenKind, tokensOf, tokenText } from './tokens.ts'

/**
 * Reads a selector; the empty one is `all()`.
 * @throws Error with upstream's words (libcalico-go/lib/selector/parser)
 */
export function parseExpression(source: string): Expression {
  const tokens = tokensOf(source)
  if (tokens.length === 1) return { is: 'all' }
  return new Parser(tokens).whole()
}

class Parser {
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  whole(): Expression {
    const expression = this.#either()
    const rest = this.#tokens.slice(this.#at)
    if (rest.length > 1)
      throw new Error(`unexpected content at end of selector [${rest.map(tokenText).join(' ')}]`)
    return expression
  }

  #either(): Expression {
    return this.#joined('||', () => this.#joined('&&', () => this.#term()))
  }

  #joined(is: '&&' | '||', operand: () => Expression): Expression {
    const first = operand()
    const operands = [first]
    while (this.#skip(is)) operands.push(operand())
    return operands.length === 1 ? first : { is, operands }
  }

  #term(): Expression {
    let negated = false
    while (this.#skip('!')) negated = !negated
    const term = this.#positive()
    return negated ? { is: 'not', operand: term } : term
  }

  #positive(): Expression {
    const token = this.#next()
    switch (token.kind) {
      case 'has':
        return { is: 'has', label: token.value ?? '' }
      case 'all':
      case 'global':
        return { is: token.kind }
      case 'label':
        return this.#comparison(token)
      case '(': {
        const inner = this.#either()
        if (!this.#skip(')')) throw new Error('Expected )')
        return inner
      }
      default:
        throw new Error(`Unexpected token: ${tokenText(token)}`)
    }
  }

  #comparison(token: Token): Expression {
    const label = token.value ?? ''
    const rest = this.#tokens.slice(this.#at)
    // A label, the end, and nothing that could be compared with.
    if (rest.length < 2)
      throw new Error(
        `Unexpected end of string in middle of op[${[token, ...rest].map(tokenText).join(' ')}]`,
      )
    const operator = this.#next()
    switch (operator.kind) {
      case 'in':
      case 'not in':
        return { is: operator.kind, label, values: this.#values() }
      case '==':
      case '!=':
      case 'contains':
      case 'starts with':
      case 'ends with':
        return { is: operator.kind, label, value: this.#text() }
      default:
        throw new Error(`Expected == or != not ${tokenText(operator)}`)
    }
  }

  #text(): string {
    const { kind, value } = this.#next()
    if (kind !== 'text') throw new Error('Expected string')
    return value ?? ''
  }

  #values(): readonly string[] {
    if (!this.#skip('{')) throw new Error('Expected set literal')
    const values = new Set<string>()
    while (this.#peek().kind === 'text') {
      values.add(this.#text())
      if (!this.#skip(',')) break
    }
    if (!this.#skip('}')) throw new Error('Expected }')
    return [...values].sort()
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end' }
  }

  #next(): Token {
    const token = this.#peek()
    this.#at++
    return token
  }

  #skip(kind: TokenKind): boolean {
    if (this.#peek().kind !== kind) return false
    this.#at++
    return true
  }
}
