import { Agent, request, type IncomingMessage, type RequestOptions } from 'node:http'
import { urlToHttpOptions } from 'node:url'
import { LabError } from '../base/errors.ts'
import {
  ApiError,
  type DeleteOptions,
  type Key,
  type KubeClient,
  type ListOptions,
  type PatchOptions,
} from './client.ts'
import { HttpInformer, type WatchEvent } from './http-informer.ts'
import type { KubeObject, Status } from './objects.ts'
import type { ResourceType } from './resources.ts'

/** Who asks: the bearer of a token, or whoever a client certificate (PEM, with its key) names. */
export type Credentials = { readonly token: string } | { readonly cert: string; readonly key: string }

/** Where an API server is: its unix socket, or a URL with what a kubeconfig would hold. */
export type HttpClientOptions = (
  | { readonly socketPath: string }
  | ({ readonly server: string; readonly ca: string } & Credentials)
) & {
  /** Who writes, in metadata.managedFields; default "knet-labs". */
  readonly manager?: string
}

interface Call {
  readonly method: string
  readonly path: string
  readonly query?: Readonly<Record<string, string | undefined>>
  readonly body?: unknown
  readonly contentType?: string
  readonly signal?: AbortSignal
}

type Transport = (call: Call) => Promise<IncomingMessage>

const PATCH_TYPES: Readonly<Record<PatchOptions['type'], string>> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
}

/**
 * The API server over HTTP: for checks, DNS and whatever else is not in its process.
 * Besides ApiError, calls throw LabError KNET_CONTROL_PLANE_GONE when nothing answers.
 */
export function createHttpClient(options: HttpClientOptions): KubeClient {
  const { manager: fieldManager = 'knet-labs' } = options
  const transport = 'socketPath' in options ? overSocket(options.socketPath) : overTls(options)
  const call = async (one: Call): Promise<unknown> => readJson(await transport(one))
  return {
    get: async <T extends KubeObject>(type: ResourceType<T>, key: Key) => {
      try {
        return (await call({ method: 'GET', path: pathOf(type, key) })) as T
      } catch (refusal) {
        if (refusal instanceof ApiError && refusal.code === 404) return undefined
        throw refusal
      }
    },
    list: (type, options) => list(call, type, options),
    create: async (type, object) => {
      const path = pathOf(type, { namespace: object.metadata?.namespace, name: '' })
      return (await call({ method: 'POST', path, query: { fieldManager }, body: object })) as typeof object
    },
    update: async (type, object, subresource) => {
      const key = { namespace: object.metadata?.namespace, name: object.metadata?.name ?? '' }
      const method = subresource === 'binding' ? 'POST' : 'PUT'
      const path = pathOf(type, key, subresource)
      return (await call({ method, path, query: { fieldManager }, body: object })) as typeof object
    },
    patch: async <T extends KubeObject>(
      type: ResourceType<T>,
      key: Key,
      patch: unknown,
      { type: kind, subresource, fieldManager: manager = fieldManager, force }: PatchOptions,
    ) => {
      const query = { fieldManager: manager, force: force ? 'true' : undefined }
      const contentType = PATCH_TYPES[kind]
      const path = pathOf(type, key, subresource)
      return (await call({ method: 'PATCH', path, query, body: patch, contentType })) as T
    },
    delete: async (type, key, options: DeleteOptions = {}) => {
      const body = { kind: 'DeleteOptions', apiVersion: 'v1', ...options }
      await call({ method: 'DELETE', path: pathOf(type, key), body })
    },
    informer: <T extends KubeObject>(type: ResourceType<T>, options?: ListOptions) =>
      new HttpInformer<T>({
        list: () => list(call, type, options),
        watch: (from, onEvent, signal) => watch(transport, type, options, { from, onEvent, signal }),
      }),
  }
}

/** /api/v1/namespaces/default/pods/web/status */
function pathOf(
  { group, version, plural, namespaced }: ResourceType,
  key: Key,
  subresource?: string,
): string {
  const namespace = namespaced && key.namespace ? ['namespaces', key.namespace] : []
  const segments = [...namespace, plural, key.name, subresource ?? ''].filter(Boolean).map(encodeURIComponent)
  return `/${group ? `apis/${group}` : 'api'}/${version}/${segments.join('/')}`
}

async function list<T extends KubeObject>(
  call: (one: Call) => Promise<unknown>,
  type: ResourceType<T>,
  { namespace, labelSelector, fieldSelector }: ListOptions = {},
): Promise<{ items: T[]; resourceVersion: string }> {
  const path = pathOf(type, { namespace, name: '' })
  const found = (await call({ method: 'GET', path, query: { labelSelector, fieldSelector } })) as {
    apiVersion: string
    metadata: { resourceVersion: string }
    items: T[]
  }
  // Items of a list do not say what they are.
  const items = found.items.map((item) => ({ kind: type.kind, apiVersion: found.apiVersion, ...item }))
  return { items, resourceVersion: found.metadata.resourceVersion }
}

interface Watch<T> {
  readonly from: string
  readonly onEvent: (event: WatchEvent<T>) => void
  readonly signal: AbortSignal
}

async function watch<T extends KubeObject>(
  transport: Transport,
  type: ResourceType<T>,
  { namespace, labelSelector, fieldSelector }: ListOptions = {},
  { from, onEvent, signal }: Watch<T>,
): Promise<void> {
  const query = {
    watch: 'true',
    allowWatchBookmarks: 'true',
    resourceVersion: from,
    labelSelector,
    fieldSelector,
  }
  const response = await transport({
    method: 'GET',
    path: pathOf(type, { namespace, name: '' }),
    query,
    signal,
  })
  if ((response.statusCode ?? 500) >= 400) await readJson(response)
  response.setEncoding('utf8')
  let rest = ''
  for await (const chunk of response) {
    const lines = (rest + (chunk as string)).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const event = JSON.parse(line) as WatchEvent<T> | { type: 'ERROR'; object: Status }
      if (event.type === 'ERROR') throw new ApiError(event.object)
      onEvent(event)
    }
  }
}

async function readJson(response: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  const body = Buffer.concat(chunks).toString()
  const code = response.statusCode ?? 500
  if (code < 400) return JSON.parse(body)
  throw new ApiError(asStatus(body) ?? { kind: 'Status', status: 'Failure', message: body.trim(), code })
}

function asStatus(body: string): Status | undefined {
  try {
    const value = JSON.parse(body) as Status
    return value.kind === 'Status' ? value : undefined
  } catch {
    return undefined
  }
}

function overSocket(socketPath: string): Transport {
  const agent = new Agent({ keepAlive: true })
  const where = `on ${socketPath}`
  return (call) =>
    send((target, onResponse) => request(target, onResponse), { socketPath, agent }, call, where)
}

/** As often as Go's clients. Node's own probes each second would be most of what learners capture. */
const PROBE_MS = 30_000

function overTls({ server, ca, ...who }: { server: string; ca: string } & Credentials): Transport {
  const { hostname, port } = urlToHttpOptions(new URL(server))
  const certificate = 'cert' in who ? { cert: who.cert, key: who.key } : {}
  const headers = 'token' in who ? { authorization: `Bearer ${who.token}` } : {}
  const loading = import('node:https').then((https) => ({
    https,
    agent: new https.Agent({ keepAlive: true, keepAliveMsecs: PROBE_MS, ca, ...certificate }),
  }))
  return async (call) => {
    const { https, agent } = await loading
    const base = { hostname, port: port || 443, agent, headers }
    return send((target, onResponse) => https.request(target, onResponse), base, call, `at ${server}`)
  }
}

function send(
  open: (
    options: RequestOptions,
    onResponse: (response: IncomingMessage) => void,
  ) => ReturnType<typeof request>,
  base: RequestOptions,
  { method, path, query = {}, body, contentType = 'application/json', signal }: Call,
  where: string,
): Promise<IncomingMessage> {
  const given = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined)
  const search = given.length > 0 ? `?${new URLSearchParams(given).toString()}` : ''
  const text = body === undefined ? undefined : JSON.stringify(body)
  const headers = {
    ...(base.headers as Record<string, string> | undefined),
    accept: 'application/json',
    'user-agent': 'knet-labs',
    ...(text === undefined ? {} : { 'content-type': contentType, 'content-length': Buffer.byteLength(text) }),
  }
  return new Promise((resolve, reject) => {
    const sent = open(
      { ...base, method, path: path + search, headers, ...(signal ? { signal } : {}) },
      resolve,
    )
    sent.on('error', (cause) => reject(signal?.aborted ? cause : gone(where, cause)))
    sent.end(text)
  })
}

function gone(where: string, cause: Error): LabError {
  return new LabError('KNET_CONTROL_PLANE_GONE', {
    message: `The lab's control plane does not answer ${where}: ${cause.message}.`,
    hint: 'knet-labs stop, then start the lab again: progress is kept.',
    exitCode: 2,
    cause,
  })
}
