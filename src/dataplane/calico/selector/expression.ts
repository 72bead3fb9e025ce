import { createHash } from 'node:crypto'

/** What a selector says, as a tree. */
export type Expression =
  | { readonly is: 'all' | 'global' }
  | { readonly is: 'has'; readonly label: string }
  | {
      readonly is: '==' | '!=' | 'contains' | 'starts with' | 'ends with'
      readonly label: string
      readonly value: string
    }
  /** `values` are sorted and each is there once. */
  | { readonly is: 'in' | 'not in'; readonly label: string; readonly values: readonly string[] }
  | { readonly is: 'not'; readonly operand: Expression }
  | { readonly is: '&&' | '||'; readonly operands: readonly Expression[] }

export type Labels = Readonly<Record<string, string>>
export type Predicate = (labels: Labels) => boolean

/** The canonical text, which is the same for selectors that were written differently (upstream: parser/ast.go). */
export function expressionText(expression: Expression): string {
  switch (expression.is) {
    case 'all':
    case 'global':
      return `${expression.is}()`
    case 'has':
      return `has(${expression.label})`
    case 'in':
    case 'not in':
      return `${expression.label} ${expression.is} {${expression.values.map(quoted).join(', ')}}`
    case 'not':
      return `!${expressionText(expression.operand)}`
    case '&&':
    case '||':
      return `(${expression.operands.map(expressionText).join(` ${expression.is} `)})`
    default:
      return `${expression.label} ${expression.is} ${quoted(expression.value)}`
  }
}

function quoted(value: string): string {
  return value.includes('"') ? `'${value}'` : `"${value}"`
}

/** The expression with `prefix` before every label's name. */
export function prefixed(expression: Expression, prefix: string): Expression {
  switch (expression.is) {
    case 'all':
    case 'global':
      return expression
    case 'not':
      return { ...expression, operand: prefixed(expression.operand, prefix) }
    case '&&':
    case '||':
      return { ...expression, operands: expression.operands.map((operand) => prefixed(operand, prefix)) }
    default:
      return { ...expression, label: `${prefix}${expression.label}` }
  }
}

/** `all()` and `global()` hold for everything. An absent label differs from every value. */
export function predicateOf(expression: Expression): Predicate {
  switch (expression.is) {
    case 'all':
    case 'global':
      return () => true
    case 'has':
      return ofLabel(expression.label, (value) => value !== undefined)
    case 'not': {
      const inner = predicateOf(expression.operand)
      return (labels) => !inner(labels)
    }
    case '&&': {
      const terms = expression.operands.map(predicateOf)
      return (labels) => terms.every((term) => term(labels))
    }
    case '||': {
      const terms = expression.operands.map(predicateOf)
      return (labels) => terms.some((term) => term(labels))
    }
    case 'in':
    case 'not in': {
      const values = new Set<string | undefined>(expression.values)
      const isIn = expression.is === 'in'
      return ofLabel(expression.label, (value) => values.has(value) === isIn)
    }
    default:
      return comparison(expression)
  }
}

function comparison({ is, label, value }: Extract<Expression, { value: string }>): Predicate {
  switch (is) {
    case '==':
      return ofLabel(label, (seen) => seen === value)
    case '!=':
      return ofLabel(label, (seen) => seen !== value)
    case 'contains':
      return ofLabel(label, (seen) => seen?.includes(value) ?? false)
    case 'starts with':
      return ofLabel(label, (seen) => seen?.startsWith(value) ?? false)
    default:
      return ofLabel(label, (seen) => seen?.endsWith(value) ?? false)
  }
}

function ofLabel(label: string, holds: (value: string | undefined) => boolean): Predicate {
  return (labels) => holds(Object.hasOwn(labels, label) ? labels[label] : undefined)
}

/** `s:` and a hash of what follows, as libcalico-go/lib/hash makes ids: the prefix is hashed as well. */
export function uniqueId(prefix: string, content: string): string {
  return `${prefix}:${createHash('sha224').update(`${prefix}:${content}`).digest('base64url')}`
}
