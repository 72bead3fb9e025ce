import { ApiError } from '../../client.ts'
import { messageOf } from '../../../base/errors.ts'
import { internalError } from '../refusals.ts'
import { stringifyExact } from './exact-json.ts'
import type { Exchange } from './exchange.ts'
import type { Representation } from './negotiate.ts'

type Form = Pick<Representation, 'format' | 'contentType'>

const JSON_FORM: Form = { format: 'json', contentType: 'application/json' }

export interface Answer {
  readonly status?: number
  readonly form?: Form
  /** Texts of Warning headers. */
  readonly warnings?: readonly string[]
}

/** Sends an object. People at a terminal (curl, wget, `?pretty`) get it indented, as upstream does. */
export async function sendObject(
  exchange: Exchange,
  object: object,
  { status = 200, form = JSON_FORM, warnings = [] }: Answer = {},
): Promise<void> {
  const body = await encode(exchange, object, form)
  const { response } = exchange
  if (warnings.length > 0) {
    response.setHeader(
      'Warning',
      warnings.map((text) => `299 - ${JSON.stringify(text)}`),
    )
  }
  response.writeHead(status, { 'Content-Type': form.contentType, 'Content-Length': Buffer.byteLength(body) })
  response.end(body)
}

async function encode(exchange: Exchange, object: object, { format }: Form): Promise<string> {
  if (format === 'json') return `${stringifyExact(object, isPretty(exchange) ? 2 : 0)}\n`
  const { stringify } = await import('yaml')
  return stringify(object, { aliasDuplicateObjects: false, lineWidth: 0 })
}

function isPretty({ query, request }: Exchange): boolean {
  const pretty = query.get('pretty')
  if (pretty !== null) return pretty !== 'false' && pretty !== '0'
  return /^(curl|Wget|Mozilla\/5\.0)/.test(request.headers['user-agent'] ?? '')
}

export function sendText({ response }: Exchange, body: string | Uint8Array, status = 200, type = TEXT): void {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) })
  response.end(body)
}

const TEXT = 'text/plain; charset=utf-8'

/** What a path that is nobody's gets: text, as Go's mux has it. */
export function sendNoSuchPath(exchange: Exchange): void {
  sendText(exchange, '404 page not found\n', 404)
}

/** Sends what was thrown as a Status; anything but an ApiError is a fault of ours and says so. */
export async function sendRefusal(exchange: Exchange, thrown: unknown): Promise<void> {
  const { response } = exchange
  if (response.headersSent || response.destroyed) {
    response.destroy()
    return
  }
  const { status, code } = thrown instanceof ApiError ? thrown : fault(thrown)
  if (status.details?.retryAfterSeconds) response.setHeader('Retry-After', status.details.retryAfterSeconds)
  await sendObject(exchange, status, { status: code })
}

function fault(thrown: unknown): ApiError {
  return internalError(`Internal error occurred: ${messageOf(thrown)}`, 'InternalError')
}
