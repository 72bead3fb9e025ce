/** What undoing an attachment takes. */
export interface Removal {
  /** Interfaces of the node to delete. */
  readonly interfaces: readonly string[]
  /** Shell lines on the node. */
  readonly nodeLines: readonly string[]
  /** Files to delete: shell words, so globs work. */
  readonly files: readonly string[]
}

export const NOTHING_TO_REMOVE: Removal = { interfaces: [], nodeLines: [], files: [] }

export function joinRemovals(a: Removal, b: Removal = NOTHING_TO_REMOVE): Removal {
  return {
    interfaces: [...a.interfaces, ...b.interfaces],
    nodeLines: [...a.nodeLines, ...b.nodeLines],
    files: [...a.files, ...b.files],
  }
}
