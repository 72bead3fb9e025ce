import type { IncomingMessage } from 'node:http'
import { messageOf } from '../../../base/errors.ts'
import type { KubeObject } from '../../objects.ts'
import type { ResourceDefinition } from '../../registry/definition.ts'
import type { ResourceType } from '../../resources.ts'
import { badRequest, unsupportedMediaType } from '../refusals.ts'
import { apiVersionOf, type Backend } from '../operations/backend.ts'
import { exactInteger, parseExact } from './exact-json.ts'
import { goSyntaxError } from './json-syntax.ts'

const OBJECT_TYPES = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf']

type Kind = Pick<ResourceType, 'group' | 'version' | 'kind'> & Pick<ResourceDefinition, 'custom'>

/** The request's media type without parameters; JSON when there is none. */
export function mediaType({ headers }: IncomingMessage): string {
  return (headers['content-type'] ?? 'application/json').split(';')[0]?.trim() || 'application/json'
}

/**
 * Reads the object that a request carries, in JSON, YAML or Kubernetes' protobuf, which must be of the expected kind;
 * kind and apiVersion may be absent, or with `anyVersion` another group's.
 * @throws ApiError 400 or 415, as upstream's endpoints/handlers
 */
export async function decodeObject(
  backend: Backend,
  request: IncomingMessage,
  body: Buffer,
  expected: Kind,
  { anyVersion = false } = {},
): Promise<KubeObject> {
  const type = mediaType(request)
  if (!OBJECT_TYPES.includes(type)) throw unsupportedMediaType(OBJECT_TYPES)
  const object = await parseBody(type, body, expected)
  if (!anyVersion) checkKind(backend, object, expected)
  return { ...object, kind: expected.kind, apiVersion: apiVersionOf(expected) }
}

/** A body that must be an object. */
async function parseBody(type: string, body: Buffer, { kind, custom }: Kind): Promise<KubeObject> {
  if (type === 'application/vnd.kubernetes.protobuf') {
    const { decodeProtobuf } = await import('../../schema/protobuf.ts')
    return decodeProtobuf(body)
  }
  const refuse = (fault: string) =>
    badRequest(`the object provided is unrecognized (must be of type ${kind}): ${fault} (${summary(body)})`)
  let value: unknown
  try {
    value = await parseValue(type, body, custom !== undefined)
  } catch (error) {
    throw refuse(`couldn't get version/kind; json parse error: ${messageOf(error)}`)
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  const found = Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value
  throw refuse(
    `couldn't get version/kind; json parse error: json: cannot unmarshal ${found} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`,
  )
}

/**
 * JSON, or YAML for a type that says so; with `exact`, integers beyond 2^53 are bigints.
 * @throws SyntaxError in Go's words for JSON
 */
export async function parseValue(type: string, body: Buffer, exact = false): Promise<unknown> {
  const text = body.toString()
  if (type.endsWith('yaml')) {
    const { parse } = await import('yaml')
    if (!exact) return parse(text)
    const small = (_key: unknown, value: unknown) => (typeof value === 'bigint' ? exactInteger(value) : value)
    return parse(text, small, { intAsBigInt: true })
  }
  try {
    return exact ? parseExact(text) : JSON.parse(text)
  } catch {
    throw new SyntaxError(goSyntaxError(text))
  }
}

const SUMMARY = 30

/** As apimachinery's endpoints/handlers summarizeData: the start of the body, in hex when it is no object. */
function summary(body: Buffer): string {
  if (body.length === 0) return '<empty>'
  const start = body.subarray(0, SUMMARY)
  const shown = body[0] === 0x7b ? start.toString() : start.toString('hex')
  return body.length > SUMMARY ? `${shown} ...` : shown
}

function checkKind(backend: Backend, { apiVersion, kind }: KubeObject, expected: Kind): void {
  const version = apiVersionOf(expected)
  if (apiVersion !== undefined && apiVersion !== version) {
    throw badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${version})`,
    )
  }
  if (kind === undefined || kind === expected.kind) return
  const known = backend.schema.typeOf(expected.group, expected.version, kind)
  const inner = expected.group.split('.')[0] || 'core'
  const why = known
    ? `converting (${expected.version}.${kind}) to (${inner}.${expected.kind}): unknown conversion`
    : `no kind "${kind}" is registered for version "${version}" in scheme "pkg/api/legacyscheme/scheme.go:30"`
  throw badRequest(`${kind} in version "${expected.version}" cannot be handled as a ${expected.kind}: ${why}`)
}
