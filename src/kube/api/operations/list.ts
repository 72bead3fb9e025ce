import type { ListOptions } from '../../client.ts'
import type { KubeObject } from '../../objects.ts'
import type { ResourceDefinition } from '../../registry/definition.ts'
import { badRequest, expired, futureResourceVersion } from '../refusals.ts'
import { parseSelectors } from '../store/selector.ts'
import type { Backend } from './backend.ts'

export interface PagedListOptions extends ListOptions {
  readonly limit?: number
  /** From the page before. */
  readonly continue?: string
  readonly resourceVersion?: string
  readonly resourceVersionMatch?: string
}

export interface ListResult {
  readonly items: readonly KubeObject[]
  readonly resourceVersion: string
  /** For the next page, when there is one. */
  readonly continue?: string
  readonly remainingItemCount?: number
}

/**
 * Lists what there is now. Later pages carry the first page's resourceVersion, so that a watch from it misses nothing.
 * @throws ApiError 400, 410, 504
 */
export function listObjects(
  { store }: Backend,
  definition: ResourceDefinition,
  options: PagedListOptions = {},
): ListResult {
  const matches = parseSelectors(definition, options)
  const collection = store.collection(definition)
  const page = options.continue ? readToken(options.continue) : undefined
  if (!page) checkVersion(options, store.revision)
  if (page && !collection.since(page.rv)) throw expired(TOO_OLD)
  const all = collection.list(definition.namespaced ? options.namespace : undefined)
  const selected = matches ? all.filter(matches) : all
  const resourceVersion = String(page?.rv ?? store.revision)
  const rest = page ? selected.filter((object) => position(object) >= page.start) : selected
  const { limit = 0 } = options
  if (limit <= 0 || rest.length <= limit) return { items: rest, resourceVersion }
  const items = rest.slice(0, limit)
  const token = writeToken({ rv: Number(resourceVersion), start: `${position(items.at(-1) ?? {})}\0` })
  return {
    items,
    resourceVersion,
    continue: token,
    ...(matches ? {} : { remainingItemCount: rest.length - limit }),
  }
}

const TOO_OLD =
  'The provided continue parameter is too old to display a consistent list result. You must start a new list without the continue parameter.'

/**
 * A resourceVersion that a client gives, as a number; undefined for none.
 * @throws ApiError 400
 */
export function parseVersion(text: string | undefined): number | undefined {
  if (!text) return undefined
  if (/^\d+$/.test(text)) return Number(text)
  throw badRequest(`invalid resource version "${text}": strconv.ParseUint: parsing "${text}": invalid syntax`)
}

function checkVersion({ resourceVersion, resourceVersionMatch }: PagedListOptions, current: number): void {
  const asked = parseVersion(resourceVersion)
  if (asked === undefined) return
  if (asked > current) throw futureResourceVersion(asked, current)
  if (resourceVersionMatch === 'Exact' && asked !== current) {
    throw expired('The resourceVersion for the provided list is too old.')
  }
}

/** Where an object is in its kind's order; NUL sorts before all that names are made of. */
function position({ metadata }: KubeObject): string {
  return `${metadata?.namespace ?? ''}\0${metadata?.name ?? ''}`
}

interface Page {
  readonly rv: number
  readonly start: string
}

function writeToken(page: Page): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', ...page })).toString('base64url')
}

function readToken(token: string): Page {
  try {
    const { rv, start } = JSON.parse(Buffer.from(token, 'base64url').toString()) as Partial<Page>
    if (typeof rv === 'number' && typeof start === 'string') return { rv, start }
  } catch {
    // Not one of ours: refused below.
  }
  throw badRequest('continue key is not valid: illegal base64 data')
}
