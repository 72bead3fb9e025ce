import { CalicoError } from './calico-error.ts'
import { readDocuments } from './documents.ts'
import { kindCalled, kindOf, type Kind } from './kinds.ts'
import { API_VERSION, type Resource } from './layout/resource.ts'
import { textOption, type Call } from './verb.ts'

/** What a call is about: what a file says, or what is named. */
export interface Selection {
  readonly resources: readonly Resource[]
  /** What all of them are; undefined where a file has several kinds. */
  readonly kind: string | undefined
}

/** @throws FileError, CalicoError */
export function selected(call: Call): Selection {
  const filename = textOption(call, 'filename')
  if (filename === undefined) return named(call.args)
  const resources = readDocuments({
    filename,
    recursive: call.options['recursive'] === true,
    skipEmpty: call.options['skipEmpty'] === true,
    stdin: () => call.around.stdin(),
  })
  const kinds = new Set(resources.map(({ kind }) => kind))
  return { resources, kind: kinds.size === 1 ? resources[0]?.kind : undefined }
}

function named([word = '', ...names]: readonly string[]): Selection {
  const kind = kindCalled(word)
  if (!kind) throw new CalicoError(`resource type '${word}' is not supported`)
  const resources = (names.length > 0 ? names : ['']).map((name) => ({
    kind: kind.kind,
    apiVersion: API_VERSION,
    metadata: name === '' ? {} : { name },
    spec: {},
  }))
  return { resources: resources as readonly Resource[], kind: kind.kind }
}

/** The resource in the namespace that it, the call, or nobody names. @throws CalicoError where they disagree */
export function placed(resource: Resource, call: Call): Resource {
  const namespace = namespaceOf(resource, kindOf(resource.kind), call)
  const { namespace: _, ...metadata } = resource.metadata
  return { ...resource, metadata: namespace === undefined ? metadata : { ...metadata, namespace } }
}

function namespaceOf({ kind, metadata }: Resource, known: Kind | undefined, call: Call): string | undefined {
  const asked = textOption(call, 'namespace')
  const all = call.options['allNamespaces'] === true
  const own = metadata.namespace
  if (!known?.namespaced) {
    if (own !== undefined) {
      throw new CalicoError(
        `namespace should not be specified for a non-namespaced resource. ${kind} is not a namespaced resource`,
      )
    }
    if (all || asked !== undefined) throw new CalicoError(`${kind} is not namespaced`)
    return undefined
  }
  if (all && asked !== undefined) {
    throw new CalicoError('cannot use both --namespace and --all-namespaces flags at the same time')
  }
  if (all) return undefined
  if (own !== undefined && asked !== undefined && own !== asked) {
    throw new CalicoError(`resource namespace does not match client namespace. ${own} != ${asked}`)
  }
  return own ?? asked ?? 'default'
}
