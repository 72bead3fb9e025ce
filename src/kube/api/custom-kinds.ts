import type { CustomResourceDefinition } from '../objects.ts'
import { CUSTOM_RESOURCE_DEFINITIONS } from '../resources.ts'
import { customDefinitions } from '../custom/custom-definition.ts'
import { CLEANUP, isTrue, withCondition } from '../custom/crd-status.ts'
import type { ResourceDefinition } from '../registry/definition.ts'
import { timestamp } from '../timestamp.ts'
import { definitionOf, type Backend } from './operations/backend.ts'
import { deleteObject } from './operations/delete.ts'
import { updateObject } from './operations/update.ts'
import type { StoreEvent } from './store/collection.ts'

const MANAGER = 'kube-apiserver'

/**
 * Serves what CustomResourceDefinitions define: a kind is there before the answer to the request that made it, and goes
 * with its definition, once all its objects have gone.
 */
export function followCustomKinds(backend: Backend): void {
  const definition = definitionOf(backend, CUSTOM_RESOURCE_DEFINITIONS)
  /** By uid of a definition that waits for its objects to go. */
  const waiting = new Map<string, () => void>()
  backend.store.subscribe(CUSTOM_RESOURCE_DEFINITIONS, ({ type, object }) => {
    const crd = object as CustomResourceDefinition
    const { name, uid = '' } = crd.metadata
    if (type === 'DELETED') {
      waiting.get(uid)?.()
      waiting.delete(uid)
      backend.kinds.replace(name, [])
      return settleNames(backend, definition, crd)
    }
    backend.kinds.replace(name, kindsOf(backend, crd))
    if (!crd.metadata.deletionTimestamp || !crd.metadata.finalizers?.includes(CLEANUP)) return
    if (waiting.has(uid)) return
    waiting.set(
      uid,
      backend.store.subscribe(resourceOf(crd), (event) => onChange(event)),
    )
    const onChange = (event?: StoreEvent) => {
      if (event && event.type !== 'DELETED') return
      if (backend.store.list(resourceOf(crd)).length === 0) release(backend, definition, crd)
    }
    deleteObjects(backend, crd)
    onChange()
  })
}

/** The store has objects of all versions in one collection. */
const resourceOf = ({ spec }: CustomResourceDefinition) => ({ group: spec.group, plural: spec.names.plural })

function kindsOf({ schema }: Backend, crd: CustomResourceDefinition): readonly ResourceDefinition[] {
  const metadata = schema.typeOf('', 'v1', 'ObjectMeta')
  return metadata && isTrue(crd, 'Established') ? customDefinitions(crd, metadata) : []
}

function deleteObjects(backend: Backend, crd: CustomResourceDefinition): void {
  const kind = backend.kinds.all.find(
    ({ custom, group, plural }) => custom && group === crd.spec.group && plural === crd.spec.names.plural,
  )
  if (!kind) return
  for (const { metadata } of backend.store.list(resourceOf(crd))) {
    deleteObject(backend, kind, { namespace: metadata?.namespace, name: metadata?.name ?? '' })
  }
}

/** Lets a definition go that has no objects any more. */
function release(
  backend: Backend,
  definition: ResourceDefinition,
  { metadata }: CustomResourceDefinition,
): void {
  const current = backend.store.get(CUSTOM_RESOURCE_DEFINITIONS, { name: metadata.name })
  if (!current || current.metadata?.uid !== metadata.uid) return
  const done = withCondition(current as CustomResourceDefinition, {
    type: 'Terminating',
    status: 'False',
    reason: 'InstanceDeletionCompleted',
    message: 'removed all instances',
    lastTransitionTime: timestamp(backend.now()),
  })
  const finalizers = (current.metadata?.finalizers ?? []).filter((one) => one !== CLEANUP)
  const free = { ...done, metadata: { ...current.metadata, finalizers } }
  updateObject(backend, definition, { name: metadata.name }, free, {
    manager: MANAGER,
    subresource: 'status',
  })
}

/** Names that a definition no longer holds may be another's. */
function settleNames(backend: Backend, definition: ResourceDefinition, gone: CustomResourceDefinition): void {
  for (const object of backend.store.list(CUSTOM_RESOURCE_DEFINITIONS)) {
    const crd = object as CustomResourceDefinition
    if (crd.spec.group !== gone.spec.group || isTrue(crd, 'NamesAccepted')) continue
    updateObject(backend, definition, { name: crd.metadata.name }, crd, {
      manager: MANAGER,
      subresource: 'status',
    })
  }
}
