import type { LabelSelector } from '../objects.ts'

type Labels = Readonly<Record<string, string>>

/** A map selector, as services have: every pair must be there. An empty one selects nothing here. */
export function matchesLabels(selector: Labels, labels: Labels | undefined): boolean {
  const pairs = Object.entries(selector)
  return pairs.length > 0 && pairs.every(([key, value]) => labels?.[key] === value)
}

/** metav1.LabelSelector. An empty one selects everything, an absent one nothing. */
export function matchesSelector(selector: LabelSelector | undefined, labels: Labels | undefined): boolean {
  if (!selector) return false
  return (
    Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels?.[key] === value) &&
    (selector.matchExpressions ?? []).every((expression) => matchesExpression(expression, labels))
  )
}

export interface Expression {
  readonly key: string
  readonly operator: string
  readonly values?: readonly string[]
}

/** Operators of label selectors and of node selectors (which add Gt and Lt). */
export function matchesExpression(expression: Expression, labels: Labels | undefined): boolean {
  const value = labels && Object.hasOwn(labels, expression.key) ? labels[expression.key] : undefined
  const values = expression.values ?? []
  switch (expression.operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    case 'Gt':
      return value !== undefined && Number.parseInt(value, 10) > Number(values[0])
    case 'Lt':
      return value !== undefined && Number.parseInt(value, 10) < Number(values[0])
    default:
      return false
  }
}
