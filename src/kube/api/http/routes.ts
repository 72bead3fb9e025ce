import { NAMESPACES } from '../../resources.ts'
import type { ResourceDefinition } from '../../registry/definition.ts'
import type { Backend } from '../operations/backend.ts'

/** What a resource URL names. */
export interface ResourceTarget {
  readonly definition: ResourceDefinition
  readonly namespace: string | undefined
  readonly name: string | undefined
  readonly subresource: string | undefined
}

/**
 * Reads a path below /api/v1 or /apis/GROUP/VERSION. Undefined when there is no such resource.
 * `namespaces/x/pods/y/log`, `nodes/x`, `namespaces/x/status`, …
 */
export function resourceTarget(backend: Backend, segments: readonly string[]): ResourceTarget | undefined {
  const core = segments[0] === 'api'
  const [group, version = ''] = core ? ['', segments[1]] : [segments[1] ?? '', segments[2]]
  const rest = segments.slice(core ? 2 : 3)
  const inNamespace = rest[0] === NAMESPACES.plural && rest.length > 2 && !isOwnPart(rest)
  const namespace = inNamespace ? rest[1] : undefined
  const [plural = '', name, subresource, ...more] = inNamespace ? rest.slice(2) : rest
  const definition = backend.kinds.find({ group, version, plural })
  if (!definition || more.length > 0) return undefined
  if (inNamespace !== definition.namespaced && (inNamespace || name !== undefined)) return undefined
  if (subresource && !subresourcesOf(definition).includes(subresource)) return undefined
  return { definition, namespace, name, subresource }
}

/** namespaces/x/status is the namespace's own, not a resource in it. */
function isOwnPart(rest: readonly string[]): boolean {
  return rest.length === 3 && (rest[2] === 'status' || rest[2] === 'finalize')
}

/** A namespace also has the way out that its controller takes. */
export function subresourcesOf(definition: ResourceDefinition): readonly string[] {
  const isNamespace = definition.group === '' && definition.plural === NAMESPACES.plural
  return isNamespace ? ['finalize', ...definition.subresources] : definition.subresources
}
