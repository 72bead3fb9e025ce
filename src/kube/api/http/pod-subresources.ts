import { once } from 'node:events'
import type { LogOptions, PodAccess } from '../../pod-access.ts'
import { existing } from '../operations/backend.ts'
import { bindPod } from '../operations/binding.ts'
import { evictPod } from '../operations/evict.ts'
import { internalError } from '../refusals.ts'
import { decodeObject } from './decode-body.ts'
import { readBody } from './exchange.ts'
import type { ResourceRequest } from './handle-resource.ts'
import { sendObject } from './respond.ts'

const SUCCESS = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 }

/** POST pods/x/binding */
export async function bindOverHttp(request: ResourceRequest): Promise<void> {
  const { backend, definition, exchange, namespace, name = '', manager, dryRun } = request
  const kind = { group: '', version: 'v1', kind: 'Binding' }
  const binding = await decodeObject(backend, exchange.request, await readBody(exchange), kind)
  bindPod(backend, definition, { namespace, name }, binding, { manager, dryRun })
  await sendObject(exchange, SUCCESS, { status: 201 })
}

/** POST pods/x/eviction */
export async function evictOverHttp(request: ResourceRequest): Promise<void> {
  const { backend, definition, exchange, namespace, name = '', dryRun } = request
  const kind = { group: 'policy', version: 'v1', kind: 'Eviction' }
  const body = await readBody(exchange)
  const eviction = await decodeObject(backend, exchange.request, body, kind, { anyVersion: true })
  evictPod(backend, definition, { namespace, name }, eviction, dryRun)
  await sendObject(exchange, SUCCESS, { status: 201 })
}

/** GET pods/x/log: text, as long as it lasts. */
export async function logsOverHttp(request: ResourceRequest): Promise<void> {
  const { backend, definition, exchange, namespace = '', name = '', server } = request
  const { response, query } = exchange
  existing(backend, definition, { namespace, name })
  const leaving = new AbortController()
  response.on('close', () => leaving.abort())
  const options = { ...logOptions(query), signal: leaving.signal }
  const chunks = await accessTo(server.podAccess).logs({ namespace, name }, options)
  response.writeHead(200, { 'Content-Type': 'text/plain' })
  response.flushHeaders()
  try {
    for await (const chunk of chunks) {
      if (!response.write(chunk) && !response.destroyed) {
        await once(response, 'drain', { signal: leaving.signal })
      }
    }
  } catch (error) {
    if (!leaving.signal.aborted) throw error
  }
  response.end()
}

/** @throws ApiError 500 when there are no kubelets yet */
export function accessTo(podAccess: PodAccess | undefined): PodAccess {
  if (podAccess) return podAccess
  throw internalError('the kubelets are not reachable yet', 'InternalError')
}

function logOptions(query: URLSearchParams): LogOptions {
  const flag = (name: string) => (query.get(name) === 'true' ? { [name]: true } : {})
  const text = (name: string) => (query.get(name) ? { [name]: query.get(name) } : {})
  const number = (name: string) => (query.get(name) ? { [name]: Number(query.get(name)) } : {})
  return {
    ...text('container'),
    ...flag('follow'),
    ...flag('previous'),
    ...flag('timestamps'),
    ...text('sinceTime'),
    ...number('sinceSeconds'),
    ...number('tailLines'),
    ...number('limitBytes'),
  }
}
