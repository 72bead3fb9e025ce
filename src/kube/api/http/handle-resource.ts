import type { PodAccess } from '../../pod-access.ts'
import type { KubeObject } from '../../objects.ts'
import { existing, type Backend } from '../operations/backend.ts'
import { createObject } from '../operations/create.ts'
import { deleteObject } from '../operations/delete.ts'
import { listObjects } from '../operations/list.ts'
import { patchObject } from '../operations/patch.ts'
import { SCALE, scaleOf, updateScale } from '../operations/scale.ts'
import { updateObject } from '../operations/update.ts'
import { badRequest, methodNotAllowed, unsupportedMediaType } from '../refusals.ts'
import { decodeObject, mediaType, parseValue } from './decode-body.ts'
import { deleteOptionsOf } from './delete-options.ts'
import { readBody, type Exchange } from './exchange.ts'
import { fieldValidationOf, validateFields } from './field-validation.ts'
import { negotiate } from './negotiate.ts'
import { presentList, presentObject, type View } from './present.ts'
import { bindOverHttp, evictOverHttp, logsOverHttp } from './pod-subresources.ts'
import { sendObject } from './respond.ts'
import type { ResourceTarget } from './routes.ts'
import { tokenOverHttp } from './token-request.ts'
import { streamWatch } from './watch-stream.ts'

/** What the handlers of resources work with. */
export interface ResourceServer {
  readonly backend: Backend
  readonly podAccess: PodAccess | undefined
}

export interface ResourceRequest extends ResourceTarget {
  readonly server: ResourceServer
  readonly backend: Backend
  readonly exchange: Exchange
  readonly view: View & { readonly form: ReturnType<typeof negotiate> }
  readonly manager: string
  readonly dryRun: boolean
}

type Handler = (request: ResourceRequest) => Promise<void>

const COLLECTION: Readonly<Record<string, Handler>> = { GET: list, POST: create, DELETE: deleteCollection }
const OBJECT: Readonly<Record<string, Handler>> = { GET: get, PUT: update, PATCH: patch, DELETE: remove }
const SUBRESOURCE: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
  status: { GET: get, PUT: update, PATCH: patch },
  scale: { GET: get, PUT: update, PATCH: patch },
  finalize: { PUT: update },
  binding: { POST: bindOverHttp },
  eviction: { POST: evictOverHttp },
  log: { GET: logsOverHttp },
  exec: { GET: upgradeOnly, POST: upgradeOnly },
  attach: { GET: upgradeOnly, POST: upgradeOnly },
  token: { POST: tokenOverHttp },
  portforward: { GET: upgradeOnly, POST: upgradeOnly },
}

/** Answers a request for a resource. @throws ApiError for the caller to send */
export async function handleResource(
  server: ResourceServer,
  exchange: Exchange,
  target: ResourceTarget,
): Promise<void> {
  const { backend } = server
  const { definition, name, subresource, namespace } = target
  const { query, request } = exchange
  const handlers = subresource ? SUBRESOURCE[subresource] : name ? OBJECT : COLLECTION
  const handler = handlers?.[request.method ?? '']
  const nowhere = definition.namespaced && namespace === undefined
  if (!handler || (nowhere && handler !== list)) throw methodNotAllowed()
  if (handler === deleteCollection && !definition.verbs.includes('deletecollection')) throw methodNotAllowed()
  const form = negotiate(subresource === 'log' ? undefined : request.headers.accept)
  const includeObject = query.get('includeObject') ?? undefined
  await handler({
    ...target,
    server,
    backend,
    exchange,
    view: { definition, form, includeObject, now: backend.now() },
    manager: managerOf(exchange),
    dryRun: dryRunOf(query),
  })
}

/** Who writes: the fieldManager parameter, or the program that the User-Agent names. */
export function managerOf({ query, request }: Exchange): string {
  const agent = request.headers['user-agent']?.split('/')[0]
  return query.get('fieldManager') || agent || 'unknown'
}

function dryRunOf(query: URLSearchParams): boolean {
  const asked = query.getAll('dryRun')
  if (asked.some((value) => value !== 'All')) {
    throw badRequest(`invalid dryRun: ${asked.join(', ')}: supported values: "All"`)
  }
  return asked.length > 0
}

const keyIn = ({ namespace, name = '' }: ResourceTarget) => ({ namespace, name })

async function send(request: ResourceRequest, object: KubeObject, status = 200, warnings: string[] = []) {
  const { exchange, view } = request
  await sendObject(exchange, presentObject(view, object), { status, warnings, form: view.form })
}

async function get(request: ResourceRequest): Promise<void> {
  const { backend, definition, exchange, name = '', subresource } = request
  if (exchange.query.get('watch') === 'true' && !subresource) return watch(request, `metadata.name=${name}`)
  const object = existing(backend, definition, keyIn(request))
  await send(request, subresource === 'scale' ? scaleOf(definition, object) : object)
}

const optional = <N extends string>(name: N, value: string | null | undefined) =>
  (value ? { [name]: value } : {}) as { [K in N]?: string }

async function list(request: ResourceRequest): Promise<void> {
  const { backend, definition, exchange, namespace, view } = request
  const { query } = exchange
  if (['1', 'true'].includes(query.get('watch') ?? '')) return watch(request)
  const found = listObjects(backend, definition, {
    ...optional('namespace', namespace),
    ...optional('labelSelector', query.get('labelSelector')),
    ...optional('fieldSelector', query.get('fieldSelector')),
    ...optional('continue', query.get('continue')),
    ...optional('resourceVersion', query.get('resourceVersion')),
    ...optional('resourceVersionMatch', query.get('resourceVersionMatch')),
    limit: Number(query.get('limit') ?? 0),
  })
  await sendObject(exchange, presentList(view, found), { form: view.form })
}

async function watch(request: ResourceRequest, fieldSelector?: string): Promise<void> {
  const { backend, exchange, namespace, view } = request
  const { query } = exchange
  const seconds = Number(query.get('timeoutSeconds') ?? 0)
  streamWatch(backend, exchange, view, {
    ...optional('namespace', namespace),
    ...optional('labelSelector', query.get('labelSelector')),
    ...optional('fieldSelector', fieldSelector ?? query.get('fieldSelector')),
    ...optional('resourceVersion', query.get('resourceVersion')),
    sendInitialEvents: query.get('sendInitialEvents') === 'true',
    bookmarks: query.get('allowWatchBookmarks') === 'true',
    ...(seconds > 0 ? { timeoutSeconds: seconds } : {}),
  })
}

async function create(request: ResourceRequest): Promise<void> {
  const { backend, definition, exchange, namespace, manager, dryRun } = request
  const object = await decodeObject(backend, exchange.request, await readBody(exchange), definition)
  const warnings = validateFields(backend, definition, object, fieldValidationOf(exchange.query))
  const created = createObject(backend, definition, namespace, object, { manager, dryRun })
  await send(request, created, 201, warnings)
}

async function update(request: ResourceRequest): Promise<void> {
  const { backend, definition, exchange, subresource, manager, dryRun } = request
  const kind = subresource === 'scale' ? SCALE : definition
  const object = await decodeObject(backend, exchange.request, await readBody(exchange), kind)
  const warnings = validateFields(backend, kind, object, fieldValidationOf(exchange.query))
  const write = { manager, dryRun, ...(subresource ? { subresource } : {}) }
  const updated =
    subresource === 'scale'
      ? updateScale(backend, definition, keyIn(request), object, write)
      : updateObject(backend, definition, keyIn(request), object, write)
  await send(request, updated, 200, warnings)
}

const PATCH_TYPES = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
} as const

async function patch(request: ResourceRequest): Promise<void> {
  const { backend, definition, exchange, subresource, dryRun } = request
  const media = mediaType(exchange.request)
  const type = PATCH_TYPES[media as keyof typeof PATCH_TYPES]
  const unknown = definition.custom && subresource !== 'scale' ? 'strategic' : undefined
  if (!type || type === unknown) {
    const known = Object.entries(PATCH_TYPES).filter(([, name]) => name !== unknown)
    throw unsupportedMediaType(known.map(([mime]) => mime))
  }
  const body = await readBody(exchange)
  const value = await parseValue(media, body).catch((error: Error) => {
    throw badRequest(`error decoding patch: ${error.message}`)
  })
  const validation = fieldValidationOf(exchange.query)
  const warnings: string[] = []
  const kind = subresource === 'scale' ? SCALE : definition
  const { object, created } = patchObject(backend, definition, keyIn(request), value, {
    type,
    dryRun,
    manager: type === 'apply' ? (exchange.query.get('fieldManager') ?? '') : request.manager,
    force: exchange.query.get('force') === 'true',
    ...(subresource ? { subresource } : {}),
    check: (patched) => {
      warnings.push(...validateFields(backend, kind, patched, validation))
      return patched
    },
  })
  await send(request, object, created ? 201 : 200, warnings)
}

/** Kinds whose deletion answers with the object itself: registries that set ReturnDeletedObject. */
const RETURNED = new Set(['pods', 'services', 'serviceaccounts'])

async function remove(request: ResourceRequest): Promise<void> {
  const { backend, definition, exchange, name = '', dryRun } = request
  const options = await deleteOptionsOf(backend, exchange)
  const { object, gone } = deleteObject(backend, definition, keyIn(request), {
    ...options,
    dryRun: dryRun || options.dryRun,
  })
  if (!gone || (definition.group === '' && RETURNED.has(definition.plural))) return send(request, object)
  const { group, plural } = definition
  const details = { name, ...(group ? { group } : {}), kind: plural, uid: object.metadata?.uid }
  await sendObject(exchange, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details,
  })
}

async function deleteCollection(request: ResourceRequest): Promise<void> {
  const { backend, definition, exchange, namespace, view, dryRun } = request
  const { query } = exchange
  const options = await deleteOptionsOf(backend, exchange)
  const found = listObjects(backend, definition, {
    ...optional('namespace', namespace),
    ...optional('labelSelector', query.get('labelSelector')),
    ...optional('fieldSelector', query.get('fieldSelector')),
  })
  for (const { metadata } of found.items) {
    const key = { namespace: metadata?.namespace, name: metadata?.name ?? '' }
    deleteObject(backend, definition, key, { ...options, dryRun: dryRun || options.dryRun })
  }
  await sendObject(exchange, presentList(view, found), { form: view.form })
}

async function upgradeOnly(): Promise<void> {
  throw badRequest('Upgrade request required')
}
