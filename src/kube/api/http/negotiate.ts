import { notAcceptable } from '../refusals.ts'

/** In what form a client wants the answer. */
export interface Representation {
  readonly format: 'json' | 'yaml'
  /** "Table", "PartialObjectMetadata", "APIGroupDiscoveryList", …; undefined for the object as it is. */
  readonly as: string | undefined
  /** Version of `as`. */
  readonly version: string
  readonly contentType: string
}

const ACCEPTED = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf']
const JSON_TYPES = new Set([
  'application/json',
  'application/vnd.kubernetes.protobuf',
  'application/*',
  '*/*',
])

/** Forms of objects and lists that every resource has: group meta.k8s.io. */
export const OBJECT_FORMS: Readonly<Record<string, readonly string[]>> = {
  Table: ['v1', 'v1beta1'],
  PartialObjectMetadata: ['v1', 'v1beta1'],
  PartialObjectMetadataList: ['v1', 'v1beta1'],
}

const PLAIN: Representation = { format: 'json', as: undefined, version: '', contentType: 'application/json' }

/**
 * Picks the first form that the Accept header names and we have; without a header, JSON. What asks for protobuf is
 * given JSON, which every client that knows protobuf reads too.
 * @throws ApiError 406
 */
export function negotiate(
  accept: string | undefined,
  forms: Readonly<Record<string, readonly string[]>> = OBJECT_FORMS,
): Representation {
  if (!accept?.trim()) return PLAIN
  for (const range of accept.split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim())
    const given = new Map(parameters.map((parameter) => parameter.split('=', 2) as [string, string]))
    const format = type === 'application/yaml' ? 'yaml' : 'json'
    if (format === 'json' && !JSON_TYPES.has(type)) continue
    const as = given.get('as')
    const version = given.get('v') ?? ''
    if (as === undefined) return { ...PLAIN, format, contentType: `application/${format}` }
    if (!forms[as]?.includes(version)) continue
    const group = given.get('g') ?? 'meta.k8s.io'
    const suffix = group === 'meta.k8s.io' ? '' : `;g=${group};v=${version};as=${as}`
    return { format, as, version, contentType: `application/${format}${suffix}` }
  }
  throw notAcceptable(ACCEPTED)
}
