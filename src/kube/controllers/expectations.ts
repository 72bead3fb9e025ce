import { keyOf } from '../client.ts'
import type { KubeObject } from '../objects.ts'

/**
 * Writes whose effect the informer has not shown yet, by owner: a controller that counted now would count wrong.
 * Upstream's ControllerExpectations, with names in place of counts.
 */
export interface Expectations {
  /** Notes a write of `dependent`. */
  expect(owner: string, dependent: KubeObject): void
  /** The informer told something about `dependent`: whatever it was, the cache has it now. */
  observe(owner: string, dependent: KubeObject): void
  satisfied(owner: string): boolean
  forget(owner: string): void
}

export function expectations(): Expectations {
  const pending = new Map<string, Set<string>>()
  return {
    expect(owner, dependent) {
      const keys = pending.get(owner) ?? new Set()
      pending.set(owner, keys.add(keyOf(dependent)))
    },
    observe(owner, dependent) {
      const keys = pending.get(owner)
      if (keys?.delete(keyOf(dependent)) && keys.size === 0) pending.delete(owner)
    },
    satisfied: (owner) => !pending.has(owner),
    forget: (owner) => void pending.delete(owner),
  }
}
