import type { KubeObject } from '../../objects.ts'
import type { ResourceDefinition } from '../../registry/definition.ts'
import { ApiError } from '../../client.ts'
import { apiVersionOf, type Backend } from '../operations/backend.ts'
import { parseVersion } from '../operations/list.ts'
import { expired, futureResourceVersion } from '../refusals.ts'
import type { StoreEvent } from '../store/collection.ts'
import { parseSelectors } from '../store/selector.ts'
import { stringifyExact } from './exact-json.ts'
import type { Exchange } from './exchange.ts'
import { presentEvent, type View } from './present.ts'

export interface WatchOptions {
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
  readonly resourceVersion?: string
  /** Send what there is first, then a bookmark that says so: a streaming list. */
  readonly sendInitialEvents: boolean
  readonly bookmarks: boolean
  readonly timeoutSeconds?: number
}

const BOOKMARK_EVERY_MS = 60_000
/** A client that lets this much pile up has stopped reading. */
const MAX_BUFFERED = 32 * 1024 * 1024

type WatchType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'

/**
 * Answers a watch: one JSON document a line, until the client leaves or the time is up. Without a resourceVersion, or
 * with "0", what there is comes first.
 */
export function streamWatch(backend: Backend, exchange: Exchange, view: View, options: WatchOptions): void {
  const { definition } = view
  const { response } = exchange
  const matches = parseSelectors(definition, options)
  const inside = (object: KubeObject | undefined): object is KubeObject =>
    object !== undefined &&
    (options.namespace === undefined || object.metadata?.namespace === options.namespace) &&
    (matches?.(object) ?? true)
  const since = parseVersion(options.resourceVersion) ?? 0

  response.writeHead(200, { 'Content-Type': 'application/json' })
  response.flushHeaders()
  let first = true
  const send = (type: WatchType, object: object) => {
    if (response.writableLength > MAX_BUFFERED) response.destroy()
    else response.write(`${stringifyExact({ type, object })}\n`)
  }
  const show = (type: WatchType, object: KubeObject) => {
    send(type, presentEvent({ ...view, now: backend.now() }, object, first))
    first = false
  }
  const onEvent = ({ type, object, previous }: StoreEvent) => {
    const before = inside(previous)
    const after = type !== 'DELETED' && inside(object)
    if (after) show(before ? 'MODIFIED' : 'ADDED', object)
    else if (before) show('DELETED', type === 'DELETED' ? object : withVersionOf(previous, object))
  }
  const bookmark = (annotations?: Record<string, string>) =>
    send('BOOKMARK', bookmarkAt(definition, backend.store.revision, annotations))

  try {
    for (const event of missedEvents(backend, definition, since, options)) onEvent(event)
  } catch (refusal) {
    send('ERROR', refusal instanceof ApiError ? refusal.status : {})
    response.end()
    return
  }
  if (since === 0 || options.sendInitialEvents) {
    for (const object of backend.store.list(definition, options.namespace)) {
      if (inside(object)) show('ADDED', object)
    }
  }
  if (options.sendInitialEvents) bookmark({ 'k8s.io/initial-events-end': 'true' })
  keepOpen(exchange, backend.store.subscribe(definition, onEvent), options, bookmark)
}

/** @throws ApiError 410, 504 */
function missedEvents(
  { store }: Backend,
  definition: ResourceDefinition,
  since: number,
  { sendInitialEvents }: WatchOptions,
): readonly StoreEvent[] {
  if (since > store.revision) throw futureResourceVersion(since, store.revision)
  if (since === 0 || sendInitialEvents) return []
  const events = store.collection(definition).since(since)
  if (!events) throw expired(`too old resource version: ${since} (${store.revision})`)
  return events
}

function keepOpen(
  { response }: Exchange,
  unsubscribe: () => void,
  { bookmarks, timeoutSeconds }: WatchOptions,
  bookmark: () => void,
): void {
  const ticking = bookmarks ? setInterval(bookmark, BOOKMARK_EVERY_MS) : undefined
  // Between 30 and 60 minutes, so that not all clients come back at once.
  const seconds = timeoutSeconds ?? 1800 * (1 + Math.random())
  const ending = setTimeout(() => {
    if (bookmarks) bookmark()
    response.end()
  }, seconds * 1000)
  ticking?.unref()
  ending.unref()
  response.on('close', () => {
    unsubscribe()
    clearInterval(ticking)
    clearTimeout(ending)
  })
}

function withVersionOf(object: KubeObject, { metadata }: KubeObject): KubeObject {
  const resourceVersion = metadata?.resourceVersion
  return { ...object, metadata: { ...object.metadata, ...(resourceVersion ? { resourceVersion } : {}) } }
}

function bookmarkAt(
  definition: ResourceDefinition,
  revision: number,
  annotations?: Record<string, string>,
): object {
  return {
    kind: definition.kind,
    apiVersion: apiVersionOf(definition),
    metadata: { resourceVersion: String(revision), ...(annotations ? { annotations } : {}) },
  }
}
