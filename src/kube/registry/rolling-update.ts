import type { FieldError } from './definition.ts'
import { invalid } from './field-error.ts'

const PERCENT = '[0-9]+%'
const PERCENT_RE = new RegExp(`^${PERCENT}$`)
const PERCENT_TEXT = `a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '${PERCENT}')`

interface RollingUpdate {
  readonly maxUnavailable?: number | string
  readonly maxSurge?: number | string
}

function validateAmount(amount: number | string | undefined, field: string): FieldError[] {
  if (typeof amount === 'string') return PERCENT_RE.test(amount) ? [] : [invalid(field, amount, PERCENT_TEXT)]
  return (amount ?? 0) < 0 ? [invalid(field, amount, 'must be greater than or equal to 0')] : []
}

function isZero(amount: number | string | undefined): boolean {
  return amount === 0 || amount === '0%'
}

/** Rules of how many pods may be missing or too many while a rollout goes on. */
export function validateRollingUpdate({ maxUnavailable, maxSurge }: RollingUpdate, at: string): FieldError[] {
  const unavailable = `${at}.maxUnavailable`
  const isMoreThanAll = typeof maxUnavailable === 'string' && Number.parseInt(maxUnavailable, 10) > 100
  return [
    ...validateAmount(maxUnavailable, unavailable),
    ...validateAmount(maxSurge, `${at}.maxSurge`),
    ...(isZero(maxUnavailable) && isZero(maxSurge)
      ? [invalid(unavailable, maxUnavailable, 'may not be 0 when `maxSurge` is 0')]
      : []),
    ...(isMoreThanAll ? [invalid(unavailable, maxUnavailable, 'must not be greater than 100%')] : []),
  ]
}
