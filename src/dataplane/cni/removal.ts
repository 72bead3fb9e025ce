/** What undoing an attachment takes. */
export interface Removal {
  /** Lines for `ip -batch` on the node. */
  readonly nodeLinks: readonly string[]
  /** Shell lines on the node. */
  readonly nodeLines: readonly string[]
  /** Files to delete: shell words, so globs work. */
  readonly files: readonly string[]
}

export const NOTHING_TO_REMOVE: Removal = { nodeLinks: [], nodeLines: [], files: [] }

export function joinRemovals(a: Removal, b: Removal = NOTHING_TO_REMOVE): Removal {
  return {
    nodeLinks: [...a.nodeLinks, ...b.nodeLinks],
    nodeLines: [...a.nodeLines, ...b.nodeLines],
    files: [...a.files, ...b.files],
  }
}
