import type { KubeClient } from '../kube/client.ts'
import type { ExecOptions, ExecResult, Machine } from '../machine/machine.ts'

/** A pod by its full name. */
export interface PodName {
  readonly namespace: string
  readonly name: string
}

/** What a session asks of the world. Nothing in it runs a lab's words on the learner's own machine. */
export interface SessionPorts {
  /** A machine of the topology. @throws LabError when it is not there. */
  machine(name: string): Promise<Machine>
  /** A pod's first container as a machine. @throws LabError or ApiError when it does not run. */
  pod(pod: PodName): Promise<Machine>
  /** Absent in labs without a cluster. */
  readonly kube?: KubeClient | undefined
  /** Runs kubectl against the lab's cluster and no other; `words` come without "kubectl". */
  kubectl(words: readonly string[], options?: ExecOptions): Promise<ExecResult>
  /**
   * Makes machines and the cluster's network whole again: rebuilds dead nodes, reprograms links, routes and rules.
   * @returns what was mended, a line each.
   */
  heal(signal?: AbortSignal): Promise<readonly string[]>
  /** Heals, and makes the cluster what it was when it became ready: where more may have changed than steps undo. @returns as `heal` does. */
  restore?: ((signal?: AbortSignal) => Promise<readonly string[]>) | undefined
}
