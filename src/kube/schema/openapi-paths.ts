import type { ResourceType } from '../resources.ts'
import type { ServedKind } from './openapi.ts'
import type { Dialect, Json } from './openapi-schemas.ts'

const PATCHES = [
  'application/apply-patch+yaml',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
]

/** "api/v1", "apis/apps/v1": where a group and version are served, and the name of its OpenAPI 3 document. */
export function prefixOf({ group, version }: Pick<ResourceType, 'group' | 'version'>): string {
  return group ? `apis/${group}/${version}` : `api/${version}`
}

/**
 * The paths of a resource, as far as clients read them: which kind is where, and which query parameters a PATCH knows.
 * kubectl looks for `dryRun` and `fieldValidation` there before it relies on the server for either.
 */
export function pathsOf(type: ServedKind, dialect: Dialect): Readonly<Record<string, Json>> {
  const scope = type.namespaced ? '/namespaces/{namespace}' : ''
  const collection = `/${prefixOf(type)}${scope}/${type.plural}`
  const writing = ['dryRun', 'fieldManager', 'fieldValidation']
  return {
    [collection]: {
      get: operation(type, dialect, 'list', ['fieldSelector', 'labelSelector', 'watch']),
      post: operation(type, dialect, 'post', writing),
      delete: operation(type, dialect, 'deletecollection', ['dryRun']),
    },
    [`${collection}/{name}`]: {
      get: operation(type, dialect, 'get', []),
      put: operation(type, dialect, 'put', writing),
      delete: operation(type, dialect, 'delete', ['dryRun']),
      patch: { ...operation(type, dialect, 'patch', [...writing, 'force']), ...patchBody(dialect, type) },
    },
  }
}

function operation(
  type: ResourceType,
  dialect: Dialect,
  action: string,
  parameters: readonly string[],
): Json {
  const { group, kind, version } = type
  return {
    parameters: parameters.map((name) => parameter(name, dialect)),
    responses: { '200': { description: 'OK' } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': { group, kind, version },
  }
}

function parameter(name: string, dialect: Dialect): Json {
  const type = { type: name === 'force' || name === 'watch' ? 'boolean' : 'string', uniqueItems: true }
  return { name, in: 'query', ...(dialect === 2 ? type : { schema: type }) }
}

function patchBody(dialect: Dialect, { custom }: ServedKind): Json {
  const consumes = custom ? PATCHES.filter((mime) => !mime.includes('strategic')) : PATCHES
  if (dialect === 2) return { consumes }
  return { requestBody: { content: Object.fromEntries(consumes.map((mime) => [mime, {}])), required: true } }
}
