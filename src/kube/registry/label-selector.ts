import type { LabelSelector } from '../objects.ts'
import { NONE } from './columns.ts'
import type { FieldError } from './definition.ts'
import { forbidden, invalid, required } from './field-error.ts'
import { labelValueFaults, qualifiedNameFaults, validateLabels } from './labels.ts'

type Expression = NonNullable<LabelSelector['matchExpressions']>[number]

function expressionText({ key, operator, values = [] }: Expression): string {
  const set = `(${values.toSorted().join(',')})`
  if (operator === 'In') return `${key} in ${set}`
  if (operator === 'NotIn') return `${key} notin ${set}`
  return operator === 'Exists' ? key : `!${key}`
}

/** `a=1,b in (x,y)`, sorted by key, as kubectl -l reads it; `<none>` when it selects everything. */
export function selectorText(selector: LabelSelector | undefined): string {
  const { matchLabels = {}, matchExpressions = [] } = selector ?? {}
  const parts = [
    ...Object.entries(matchLabels).map(([key, value]) => ({ key, text: `${key}=${value}` })),
    ...matchExpressions.map((one) => ({ key: one.key, text: expressionText(one) })),
  ]
  const sorted = parts.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
  return sorted.map(({ text }) => text).join(',') || NONE
}

function validateExpression({ key, operator, values = [] }: Expression, at: string): FieldError[] {
  const errors: FieldError[] = []
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0) {
      errors.push(required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'"))
    }
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length > 0) {
      errors.push(
        forbidden(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
      )
    }
  } else {
    errors.push(invalid(`${at}.operator`, operator, 'not a valid selector operator'))
  }
  const values_ = values.flatMap((value, i) =>
    labelValueFaults(value).map((fault) => invalid(`${at}.values[${i}]`, value, fault)),
  )
  return [...errors, ...qualifiedNameFaults(key).map((fault) => invalid(`${at}.key`, key, fault)), ...values_]
}

/** Rules of a metav1.LabelSelector. */
export function validateSelector(selector: LabelSelector, at: string): FieldError[] {
  return [
    ...validateLabels(selector.matchLabels, `${at}.matchLabels`),
    ...(selector.matchExpressions ?? []).flatMap((one, i) =>
      validateExpression(one, `${at}.matchExpressions[${i}]`),
    ),
  ]
}
