import type { KubeObject } from '../../objects.ts'
import { timestamp } from '../../timestamp.ts'
import { existing } from '../operations/backend.ts'
import { badRequest } from '../refusals.ts'
import { decodeObject } from './decode-body.ts'
import { readBody } from './exchange.ts'
import type { ResourceRequest } from './handle-resource.ts'
import { sendObject } from './respond.ts'

const KIND = { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' }
const HOUR = 3600

/**
 * POST serviceaccounts/x/token: `kubectl create token`. The API server knows one token, so it gives the caller's own, with
 * the lifetime asked for, which it does not enforce.
 */
export async function tokenOverHttp(request: ResourceRequest): Promise<void> {
  const { backend, definition, exchange, namespace, name = '' } = request
  existing(backend, definition, { namespace, name })
  const asked: KubeObject & { spec?: { audiences?: string[]; expirationSeconds?: number } } =
    await decodeObject(backend, exchange.request, await readBody(exchange), KIND)
  const token = /^Bearer (.+)$/.exec(exchange.request.headers.authorization ?? '')?.[1]
  if (!token) throw badRequest('there is no token but the one that clients of the TLS port present')
  const { audiences = ['https://kubernetes.default.svc.cluster.local'], expirationSeconds = HOUR } =
    asked.spec ?? {}
  const expirationTimestamp = timestamp(new Date(backend.now().getTime() + expirationSeconds * 1000))
  const answer = {
    ...asked,
    metadata: { ...asked.metadata, name, namespace, creationTimestamp: timestamp(backend.now()) },
    spec: { ...asked.spec, audiences, expirationSeconds },
    status: { token, expirationTimestamp },
  }
  await sendObject(exchange, answer, { status: 201 })
}
