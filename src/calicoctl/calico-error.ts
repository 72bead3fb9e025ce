import { ApiError } from '../kube/client.ts'
import { goValue } from './print/go-value.ts'

/** What calicoctl says and ends with 1. `reason` is what callers tell apart. */
export class CalicoError extends Error {
  override readonly name = 'CalicoError'
  readonly reason: 'missing' | 'exists' | 'conflict' | 'unsupported' | 'other'

  constructor(message: string, reason: CalicoError['reason'] = 'other') {
    super(message)
    this.reason = reason
  }
}

/** A field that is not right: what it is called in Calico's own code, its value, and why. */
export interface BadField {
  readonly name: string
  readonly value?: unknown
  readonly why: string
}

export function bad(name: string, value: unknown, why: string): BadField {
  return { name, value, why }
}

/** @throws CalicoError naming all that are not right */
export function refuse(fields: readonly BadField[]): void {
  const [only, ...others] = fields
  if (!only) return
  if (others.length === 0) throw new CalicoError(`error with field ${inWords(only)}`)
  throw new CalicoError(
    `error with the following fields:\n${fields.map((one) => `-  ${inWords(one)}\n`).join('')}`,
  )
}

function inWords(field: BadField): string {
  const value = 'value' in field ? ` = '${goValue(field.value)}'` : ''
  return `${field.name}${value} (${field.why})`
}

export function unsupported(operation: string, what: string, why?: string): CalicoError {
  const reason = why === undefined ? '' : `: ${why}`
  return new CalicoError(`operation ${operation} is not supported on ${what}${reason}`, 'unsupported')
}

export function missing(what: string, why: string): CalicoError {
  return new CalicoError(`resource does not exist: ${what} with error: ${why}`, 'missing')
}

/** A refusal by the API server in Calico's words. @param what IPPool(small) */
export function fromApi(thrown: unknown, what: string): unknown {
  if (!(thrown instanceof ApiError)) return thrown
  const { message, status } = thrown
  if (status.reason === 'AlreadyExists') {
    return new CalicoError(`resource already exists: ${what}`, 'exists')
  }
  if (thrown.code === 404) return missing(what, message)
  if (thrown.code === 401 || thrown.code === 403) {
    return new CalicoError(`connection is unauthorized: ${message}`)
  }
  if (thrown.code === 409) return new CalicoError(`update conflict: ${what}`, 'conflict')
  return new CalicoError(message)
}
