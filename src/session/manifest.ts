import { until } from '../base/until.ts'
import { ApiError, type Key, type KubeClient } from '../kube/client.ts'
import type { KubeObject } from '../kube/objects.ts'
import type { ResourceType } from '../kube/resources.ts'
import { RESOURCE_TYPES } from './resource-types.ts'

interface Named {
  readonly type: ResourceType
  readonly key: Key
}

export interface DeleteLimits {
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

/**
 * What `kubectl delete --ignore-not-found -f` does, without kubectl, which takes as long to start as all the rest of a reset:
 * deletes the objects of a manifest, dependents in the background, and waits until they are gone.
 * Resolves with a line for each that was there, in kubectl's words, or with undefined when the manifest names a kind that only
 * kubectl might know; then nothing was done.
 * @throws ApiError, LabError KNET_DEADLINE
 */
export async function deleteManifest(
  kube: KubeClient,
  manifest: string,
  limits: DeleteLimits,
): Promise<string | undefined> {
  const named = await objectsIn(manifest)
  if (!named) return undefined
  const lines = await Promise.all(named.map((one) => deleteOne(kube, one, limits)))
  return lines.filter(Boolean).join('\n')
}

async function deleteOne(kube: KubeClient, { type, key }: Named, limits: DeleteLimits): Promise<string> {
  const before = await kube.get(type, key)
  if (!before) return ''
  await kube.delete(type, key, { propagationPolicy: 'Background' }).catch((refusal: unknown) => {
    if (!(refusal instanceof ApiError && refusal.code === 404)) throw refusal
  })
  const kind = [type.kind.toLowerCase(), type.group].filter(Boolean).join('.')
  await until(async () => (await kube.get(type, key))?.metadata?.uid !== before.metadata?.uid, {
    what: `${kind} ${key.name} to be gone`,
    deadlineMs: limits.timeoutMs,
    ...(limits.signal && { signal: limits.signal }),
  })
  return `${kind} "${key.name}" deleted`
}

/** Undefined when there is one of a kind that we have no name for. */
async function objectsIn(manifest: string): Promise<Named[] | undefined> {
  const { parseAllDocuments } = await import('yaml')
  const objects = parseAllDocuments(manifest).map((document) => document.toJS() as KubeObject | null)
  const named = objects.filter((object) => object !== null).map(nameOf)
  return named.every((one) => one !== undefined) ? named : undefined
}

function nameOf({ apiVersion, kind, metadata }: KubeObject): Named | undefined {
  const type = RESOURCE_TYPES.find(
    ({ group, version, kind: known }) =>
      known === kind && apiVersion === [group, version].filter(Boolean).join('/'),
  )
  const name = metadata?.name
  if (!type || !name) return undefined
  return { type, key: { name, ...(type.namespaced && { namespace: metadata.namespace ?? 'default' }) } }
}
