import { ApiError, type Informer } from '../client.ts'
import type { KubeObject, Namespace } from '../objects.ts'
import { NAMESPACES, type ResourceType } from '../resources.ts'
import type { ControllerContext } from './context.ts'
import { eachKind } from './each-kind.ts'
import { keyFrom } from './owners.ts'

/** Empties namespaces that are being deleted, then lets them go. Upstream: pkg/controller/namespace. */
export function startNamespaces(context: ControllerContext, types: readonly ResourceType[]): void {
  const { client } = context
  const queue = context.queue('namespace', { sync })
  const namespaces = context.watch(NAMESPACES, ({ object }) => {
    if (object.metadata.deletionTimestamp) queue.add(object.metadata.name)
  })
  const contents: { type: ResourceType; informer: Informer<KubeObject> }[] = []
  eachKind(context, types, (type) => {
    if (!type.namespaced) return
    const informer = context.watch(type, (change) => {
      const namespace = change.object.metadata?.namespace ?? ''
      if (namespaces.get({ name: namespace })?.metadata.deletionTimestamp) queue.add(namespace)
    })
    contents.push({ type, informer })
  })

  async function sync(name: string): Promise<void> {
    const namespace = namespaces.get({ name })
    if (!namespace?.metadata.deletionTimestamp) return
    const left = contents.flatMap(({ type, informer }) =>
      informer.list(name).map((object) => ({ type, object })),
    )
    if (left.length === 0) return finalize(namespace)
    const going = left.filter(({ object }) => !object.metadata?.deletionTimestamp)
    await Promise.all(going.map(({ type, object }) => remove(type, object)))
  }

  async function remove(type: ResourceType, object: KubeObject): Promise<void> {
    try {
      await client.delete(type, keyFrom(object), { propagationPolicy: 'Background' })
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 404) throw error
    }
  }

  async function finalize(namespace: Namespace): Promise<void> {
    const finalizers = (namespace.spec?.finalizers ?? []).filter((one) => one !== 'kubernetes')
    try {
      await client.update(NAMESPACES, { ...namespace, spec: { ...namespace.spec, finalizers } }, 'finalize')
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 404) throw error
    }
  }
}
