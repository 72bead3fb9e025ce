/**
 * What the CLI and the control plane say to each other besides Kubernetes' API: HTTP on the lab's unix socket only, under
 * this prefix. Bodies are JSON; `ready` streams one {@link ReadyEvent} a line.
 */
export const MANAGEMENT_PREFIX = '/knet/v1'

export type ReadyEvent =
  | { readonly type: 'phase'; readonly node?: string; readonly name: string; readonly ms: number }
  | { readonly type: 'waiting'; readonly for: readonly string[] }
  | { readonly type: 'ready'; readonly ms: number }
  | { readonly type: 'failed'; readonly code: string; readonly message: string }

export interface HealRequest {
  /** Nodes whose machine was made anew: everything the control plane had there is gone. */
  readonly rebuilt: readonly string[]
}

export interface HealReport {
  /** What was put right, a line each, for the learner. */
  readonly mended: readonly string[]
  /** What does not work all the same: "no packet came from 10.42.0.2 to 10.42.1.3". */
  readonly broken: readonly string[]
}

/** Where a container's first process is, for `exec` and `shell` into pods. */
export interface ContainerLocation {
  /** In the holder's pid namespace. */
  readonly pid: number
  readonly node: string
}

export interface NodeHealth {
  readonly name: string
  /** The node's agent is alive: false after someone killed every process in the node. */
  readonly alive: boolean
  /** It has eth0: when that is gone, nothing but a new machine brings it back. False where nobody answers. */
  readonly wired: boolean
}
