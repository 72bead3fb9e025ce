import {
  type Expression,
  expressionText,
  type Predicate,
  predicateOf,
  prefixed,
  uniqueId,
} from './selector/expression.ts'
import { parseExpression } from './selector/parse.ts'

/** What a selector says that is none. */
export class SelectorError extends Error {
  override readonly name = 'SelectorError'
  /** Upstream's words: Expected string */
  readonly reason: string

  constructor(source: string, reason: string) {
    super(`invalid selector ${JSON.stringify(source)}: ${reason}`)
    this.reason = reason
  }
}

/** A selector that was read. */
export interface Selector {
  /** Canonical: `(app == "web" && has(tier))`. */
  readonly text: string
  /** `s:` and a hash of the text: upstream's UniqueID. */
  readonly id: string
  readonly matches: Predicate
}

/**
 * Reads an expression of Calico's selector language: `all()`, `global()`, `has(a)`, `a == 'b'`, `a in {'b', 'c'}`,
 * `contains`, `starts with`, `ends with`, with `!`, `&&`, `||` and parentheses. The empty one is `all()`.
 * @throws SelectorError where it is none
 */
export function readSelector(source: string): Selector {
  const expression = expressionOf(source)
  const text = expressionText(expression)
  return { text, id: uniqueId('s', text), matches: predicateOf(expression) }
}

/**
 * Whether labels are selected.
 * @throws SelectorError where it is none
 */
export function parseSelector(source: string): Predicate {
  return predicateOf(expressionOf(source))
}

/**
 * The canonical text, about labels whose names begin with `prefix`: `a == 'b'` with `pcns.` is `pcns.a == "b"`.
 * @throws SelectorError where it is none
 */
export function prefixedSelector(source: string, prefix: string): string {
  return expressionText(prefixed(expressionOf(source), prefix))
}

function expressionOf(source: string): Expression {
  try {
    return parseExpression(source)
  } catch (error) {
    throw new SelectorError(source, error instanceof Error ? error.message : String(error))
  }
}
