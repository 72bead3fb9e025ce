import { ApiError } from '../client.ts'
import type { Status } from '../objects.ts'
import type { FieldError } from '../registry/definition.ts'
import type { ResourceType } from '../resources.ts'

// The Status objects of apimachinery's pkg/api/errors, word for word.

type Kind = Pick<ResourceType, 'group' | 'plural' | 'kind'>
type Details = Status['details']

function refusal(code: number, reason: string, message: string, details?: Details): ApiError {
  return new ApiError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    ...(reason ? { reason } : {}),
    ...(details ? { details } : {}),
    code,
  })
}

const qualified = (name: string, group: string) => (group ? `${name}.${group}` : name)

function about({ group }: Pick<Kind, 'group'>, kind: string, name: string): NonNullable<Details> {
  return { ...(name ? { name } : {}), ...(group ? { group } : {}), kind }
}

export function badRequest(message: string): ApiError {
  return refusal(400, 'BadRequest', message)
}

export function unauthorized(): ApiError {
  return refusal(401, 'Unauthorized', 'Unauthorized')
}

export function forbidden(type: Kind, name: string, why: string, causes?: FieldError[]): ApiError {
  return refusal(403, 'Forbidden', `${qualified(type.plural, type.group)} "${name}" is forbidden: ${why}`, {
    ...about(type, type.plural, name),
    ...(causes ? { causes } : {}),
  })
}

export function notFound(type: Kind, name: string): ApiError {
  const resource = qualified(type.plural, type.group)
  return refusal(404, 'NotFound', `${resource} "${name}" not found`, about(type, type.plural, name))
}

export function methodNotAllowed(): ApiError {
  const message = 'the server does not allow this method on the requested resource'
  return refusal(405, 'MethodNotAllowed', message, {})
}

export function notAcceptable(accepted: readonly string[]): ApiError {
  const message = `406: Not Acceptable\n\nAvailable representations: ${accepted.join(', ')}`
  return refusal(406, 'NotAcceptable', message, {})
}

export function alreadyExists(type: Kind, name: string): ApiError {
  const resource = qualified(type.plural, type.group)
  return refusal(409, 'AlreadyExists', `${resource} "${name}" already exists`, about(type, type.plural, name))
}

/** `resource` is what the refusal is about: usually the plural, for a failed precondition the kind. */
export function conflict(type: Kind, name: string, why: string, resource: string = type.plural): ApiError {
  const message = `Operation cannot be fulfilled on ${qualified(resource, type.group)} "${name}": ${why}`
  return refusal(409, 'Conflict', message, about(type, resource, name))
}

/** The history from which this watch or list would go on is forgotten: list anew. */
export function expired(message: string): ApiError {
  return refusal(410, 'Expired', message)
}

export function requestTooLarge(limit: number): ApiError {
  return refusal(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${limit}`, {})
}

export function unsupportedMediaType(accepted: readonly string[]): ApiError {
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`
  return refusal(415, 'UnsupportedMediaType', message)
}

export function invalid(type: Kind, name: string, errors: readonly FieldError[]): ApiError {
  const texts = [...new Set(errors.map(({ field, message }) => `${field}: ${message}`))]
  const all = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`
  return refusal(422, 'Invalid', `${qualified(type.kind, type.group)} "${name}" is invalid: ${all}`, {
    ...about(type, type.kind, name),
    causes: errors.map(({ reason, message, field }) => ({ reason, message, field })),
  })
}

/** 422 without a word of what is wrong with an object: for a JSON patch that does not apply. */
export function unprocessable(message: string): ApiError {
  return refusal(422, 'Invalid', message, {})
}

/** Server-side apply would change fields that other managers own. */
export function applyConflict(message: string, causes: NonNullable<Details>['causes'] & {}): ApiError {
  return refusal(409, 'Conflict', message, { causes })
}

/** An error that upstream gives no reason: kubectl shows the message alone. */
export function internalError(message: string, reason = ''): ApiError {
  return refusal(500, reason, message)
}

export function futureResourceVersion(asked: number, current: number): ApiError {
  return refusal(504, 'Timeout', `Timeout: Too large resource version: ${asked}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  })
}
