import type { Duplex } from 'node:stream'
import type { RunningExec, StreamOptions } from './kubelet/runtime.ts'

export interface LogOptions {
  readonly container?: string
  readonly follow?: boolean
  readonly previous?: boolean
  readonly tailLines?: number
  readonly sinceSeconds?: number
  readonly sinceTime?: string
  readonly timestamps?: boolean
  readonly limitBytes?: number
  readonly signal?: AbortSignal
}

/**
 * What the API server asks of kubelets for the pod subresources exec, attach, log and portforward. One instance serves
 * all nodes. Every method throws {@link ../client.ts ApiError} with the Status that upstream would give
 * (no such container, container not running, node's kubelet gone).
 */
export interface PodAccess {
  exec(
    pod: { namespace: string; name: string },
    container: string | undefined,
    argv: readonly string[],
    options: StreamOptions,
  ): Promise<RunningExec>
  attach(
    pod: { namespace: string; name: string },
    container: string | undefined,
    options: StreamOptions,
  ): Promise<RunningExec>
  /** Text as kubectl logs prints it, chunk by chunk. */
  logs(pod: { namespace: string; name: string }, options: LogOptions): Promise<AsyncIterable<string>>
  portForward(pod: { namespace: string; name: string }, port: number): Promise<Duplex>
  /** First process of a running container, as the holder numbers processes: for `knet-labs exec <pod>`. */
  containerPid(
    pod: { namespace: string; name: string },
    container: string | undefined,
  ): { pid: number; node: string }
}
