import type { Readable, Writable } from 'node:stream'

/** What the kubelet asks of a container runtime: the part of the CRI that labs need, for one node. */
export interface PodRuntime {
  /**
   * Makes the pod's network namespace, its pause process and, unless `hostNetwork`, its interface by way of CNI.
   * Calls made in the same tick may be done as one batch.
   * @throws LabError KNET_CNI with the plugin's own words; the kubelet reports FailedCreatePodSandBox and retries.
   */
  createSandbox(pod: SandboxSpec): Promise<Sandbox>
  /** Ends the pod's processes and gives its network back; logs of its containers can still be read. */
  stopSandbox(id: string): Promise<void>
  /** Undoes createSandbox in any state, and deletes the pod's logs; never throws for what is already gone. */
  removeSandbox(id: string): Promise<void>
  startContainer(sandbox: Sandbox, container: ContainerSpec): Promise<RunningContainer>
  /** Names of the images this runtime can run, for ErrImagePull's message; undefined when it can run `image`. */
  imageProblem(image: string): string | undefined
  /** Ready when a CNI configuration is there and loads: the text of the node's NetworkReady condition otherwise. */
  networkProblem(): Promise<string | undefined>
  /** Ends when the node's agent process ends: the kubelet is dead then. */
  readonly agentExited: Promise<void>
  /** Commands the kubelet itself runs on the node, such as probes: argv in the node's namespaces. */
  probe(argv: readonly string[], timeoutMs: number): Promise<{ exitCode: number; output: string }>
}

export interface SandboxSpec {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly hostname: string
  readonly hostNetwork: boolean
  /** Contents of the pod's /etc/resolv.conf. */
  readonly resolvConf: string
  /** Extra lines of /etc/hosts: spec.hostAliases. */
  readonly hostAliases: readonly { ip: string; hostnames: readonly string[] }[]
  /** spec.containers[].ports with hostPort. */
  readonly hostPorts: readonly {
    hostPort: number
    containerPort: number
    protocol: string
    hostIP?: string
  }[]
}

export interface Sandbox {
  /** 64 hex digits, as containerd's. */
  readonly id: string
  /** Empty for host network. */
  readonly ip: string
  readonly spec: SandboxSpec
  /** Path of the pod's network namespace on the node: /run/netns/cni-<uuid>; empty for host network. */
  readonly netns: string
  /** The pause process, in the pid namespace of this program. */
  readonly pausePid: number
  /** Resolves when the pause process has ended though nobody stopped the sandbox: containers go on, and no more can be started. */
  readonly lost: Promise<void>
}

export interface ContainerSpec {
  readonly name: string
  readonly image: string
  /** Entrypoint and arguments override the image's, as in the pod spec. */
  readonly command?: readonly string[]
  readonly args?: readonly string[]
  readonly workingDir?: string
  /** Resolved: fieldRef, configMapKeyRef and $(VAR) are done by the kubelet. */
  readonly env: Readonly<Record<string, string>>
  /** Files to put into the container: volumes resolved by the kubelet (configMap, secret, projected, downwardAPI). */
  readonly files: readonly { path: string; content: string | Uint8Array; mode?: number }[]
  /** hostPath and emptyDir mounts. What is missing on the node is made: a folder, or an empty file. */
  readonly mounts: readonly { hostPath: string; mountPath: string; readOnly: boolean; isFile?: boolean }[]
  readonly privileged: boolean
  readonly tty: boolean
  readonly stdin: boolean
  /** Stdin is closed when the first client that attached to it goes; until one comes, output waits for it. */
  readonly stdinOnce: boolean
  /** Where the log goes on the node: /var/log/pods/<ns>_<name>_<uid>/<container>/<restart>.log, CRI format. */
  readonly logPath: string
}

export interface RunningContainer {
  /** 64 hex digits. */
  readonly id: string
  /** The container's first process, in the pid namespace of this program. */
  readonly pid: number
  readonly startedAt: Date
  readonly exited: Promise<{ exitCode: number; finishedAt: Date }>
  /** SIGTERM, then SIGKILL after the grace period; resolves when it is gone. */
  stop(graceSeconds: number): Promise<void>
  exec(argv: readonly string[], options: StreamOptions): RunningExec
  /** The container's own output from now on, and its stdin if it was started with one. `kill` only lets go of it. */
  attach(options: StreamOptions): RunningExec
  /** Container output so far and, with `follow`, as it comes: CRI log lines parsed. */
  logs(options: {
    follow: boolean
    signal?: AbortSignal
  }): AsyncIterable<{ time: string; stream: 'stdout' | 'stderr'; line: string }>
}

export interface StreamOptions {
  readonly stdin: boolean
  readonly tty: boolean
}

export interface RunningExec {
  readonly stdin: Writable | undefined
  readonly stdout: Readable
  /** Undefined with a tty. */
  readonly stderr: Readable | undefined
  resize(columns: number, rows: number): void
  readonly exited: Promise<number>
  kill(): void
}
