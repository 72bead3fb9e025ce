import type { KubeObject, ObjectMeta } from '../objects.ts'
import { sameValue } from './same-value.ts'

type WithMetadata = KubeObject & { metadata: ObjectMeta }

/** `object` as version 1 of what its owner wants. */
export function firstGeneration<T extends WithMetadata>(object: T): T {
  return { ...object, metadata: { ...object.metadata, generation: 1 } }
}

/** `object` with the current generation, or the next one when `desired` picks something that has changed. */
export function nextGeneration<T extends WithMetadata>(
  object: T,
  current: T,
  desired: (object: T) => unknown,
): T {
  const before = current.metadata.generation ?? 0
  const generation = sameValue(desired(object), desired(current)) ? before : before + 1
  return { ...object, metadata: { ...object.metadata, generation } }
}
