import type { IncomingMessage, ServerResponse } from 'node:http'
import { requestTooLarge } from '../refusals.ts'

/** One HTTP request and the way to answer it. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Decoded segments of the path: ["api", "v1", "pods"]. */
  readonly segments: readonly string[]
  readonly path: string
  readonly query: URLSearchParams
}

/** As upstream's --max-request-body-bytes. */
const BODY_LIMIT = 3 * 1024 * 1024

export function exchangeOf(request: IncomingMessage, response: ServerResponse): Exchange {
  const { path, query, segments } = target(request.url ?? '/')
  return { request, response, path, query, segments }
}

/** Splits a request's target. A segment with a malformed escape is kept as it is. */
export function target(url: string): Pick<Exchange, 'path' | 'query' | 'segments'> {
  const mark = url.indexOf('?')
  const path = mark < 0 ? url : url.slice(0, mark)
  const segments = path.split('/').filter(Boolean).map(decodeSegment)
  return { path, segments, query: new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)) }
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

/** A client that sends even more than this is not listened to any longer. */
const PATIENCE = 64 * 1024 * 1024

/**
 * The body of a request. What is too large is read to its end all the same, and thrown away: kubectl reads an answer
 * only after it has sent everything.
 * @throws ApiError 413 beyond 3 MiB
 */
export async function readBody({ request }: Exchange): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += (chunk as Buffer).length
    if (size > PATIENCE) request.destroy()
    else if (size <= BODY_LIMIT) chunks.push(chunk as Buffer)
  }
  if (size > BODY_LIMIT) throw requestTooLarge(BODY_LIMIT)
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)
}
