import { trackUpdate } from '../../schema/managed-fields.ts'
import { typeSchema } from '../operations/backend.ts'
import { methodNotAllowed } from '../refusals.ts'
import { decodeObject } from './decode-body.ts'
import type { Discovery } from './discovery.ts'
import { readBody, type Exchange } from './exchange.ts'
import { fieldValidationOf, validateFields } from './field-validation.ts'
import { handleResource, managerOf, type ResourceServer } from './handle-resource.ts'
import { negotiate } from './negotiate.ts'
import { sendNoSuchPath, sendObject, sendRefusal, sendText } from './respond.ts'
import { reviewAt, type Review } from './reviews.ts'
import { resourceTarget } from './routes.ts'
import { VERSION } from './version.ts'

export interface RequestServer extends ResourceServer {
  readonly discovery: Discovery
}

/** Answers any request to the API. Refusals are sent as Status objects; it never throws. */
export async function handleRequest(server: RequestServer, exchange: Exchange): Promise<void> {
  try {
    await route(server, exchange)
  } catch (thrown) {
    await sendRefusal(exchange, thrown)
  }
}

async function route(server: RequestServer, exchange: Exchange): Promise<void> {
  const { segments } = exchange
  switch (segments[0]) {
    case 'api':
    case 'apis':
      return routeApi(server, exchange)
    case 'openapi':
      return sendOpenApi(server, exchange)
    case 'version':
      return sendObject(exchange, VERSION)
    case 'healthz':
    case 'livez':
    case 'readyz':
      return sendHealth(exchange)
    case undefined:
      return sendObject(exchange, { paths: PATHS })
    default:
      sendNoSuchPath(exchange)
  }
}

const PATHS = [
  '/api',
  '/api/v1',
  '/apis',
  '/healthz',
  '/livez',
  '/openapi/v2',
  '/openapi/v3',
  '/readyz',
  '/version',
]

function sendHealth(exchange: Exchange): void {
  const [name] = exchange.segments
  sendText(exchange, exchange.query.has('verbose') ? `[+]ping ok\n${name} check passed\n` : 'ok')
}

async function routeApi(server: RequestServer, exchange: Exchange): Promise<void> {
  const { segments } = exchange
  const review = reviewAt(segments)
  if (review) return answerReview(server, exchange, review)
  const target = segments.length > 2 ? resourceTarget(server.backend, segments) : undefined
  if (target) return handleResource(server, exchange, target)
  const document = discoveryAt(server, exchange)
  if (!document) return sendNoSuchPath(exchange)
  if (exchange.request.method !== 'GET') throw methodNotAllowed()
  await sendObject(exchange, document.object, { form: document.form })
}

const DISCOVERY_FORMS = { APIGroupDiscoveryList: ['v2', 'v2beta1'] }

function discoveryAt({ discovery }: RequestServer, exchange: Exchange) {
  const [root, first, second, ...more] = exchange.segments
  const form = negotiate(exchange.request.headers.accept, DISCOVERY_FORMS)
  const core = root === 'api'
  if (first === undefined && form.as) {
    const list = discovery.aggregated(core)
    return { form, object: { ...list, apiVersion: `apidiscovery.k8s.io/${form.version}` } }
  }
  const object = core
    ? first === undefined
      ? coreVersions(exchange)
      : second === undefined && discovery.resourceList('', first)
    : first === undefined
      ? discovery.groupList()
      : second === undefined
        ? discovery.group(first)
        : more.length === 0 && discovery.resourceList(first, second)
  return object ? { form: { ...form, contentType: `application/${form.format}` }, object } : undefined
}

/** /api: in which versions the core group is, and where this client finds the server. */
function coreVersions({ request }: Exchange): object {
  const { localAddress, localPort } = request.socket
  const serverAddress = localAddress ? `${localAddress}:${localPort}` : 'localhost'
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }],
  }
}

async function answerReview({ backend }: RequestServer, exchange: Exchange, review: Review): Promise<void> {
  if (exchange.request.method !== 'POST') throw methodNotAllowed()
  const object = await decodeObject(backend, exchange.request, await readBody(exchange), review)
  const warnings = validateFields(backend, review, object, fieldValidationOf(exchange.query))
  const type = typeSchema(backend, review)
  const asked = { metadata: {}, ...object }
  const tracked = type
    ? trackUpdate(type, undefined, asked, { manager: managerOf(exchange), now: backend.now() })
    : asked
  const { kind, apiVersion, metadata, ...rest } = tracked
  const answer = { kind, apiVersion, metadata, ...rest, status: review.answer(object) }
  await sendObject(exchange, answer, { status: 201, warnings })
}

async function sendOpenApi({ backend }: RequestServer, exchange: Exchange): Promise<void> {
  const [, version, ...rest] = exchange.segments
  const { openApiOf } = await import('../../schema/openapi.ts')
  const openApi = openApiOf(backend.kinds.all)
  if (version === 'v2' && rest.length === 0) {
    const { body, contentType } = openApi.v2Body(exchange.request.headers.accept ?? '')
    return sendText(exchange, body, 200, contentType)
  }
  if (version !== 'v3') return sendNoSuchPath(exchange)
  if (rest.length === 0) return sendObject(exchange, openApi.v3Index())
  const document = openApi.v3(rest.join('/'))
  return document === undefined
    ? sendNoSuchPath(exchange)
    : sendText(exchange, document, 200, 'application/json')
}
