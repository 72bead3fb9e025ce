import { PassThrough } from 'node:stream'
import type {
  ContainerSpec,
  PodRuntime,
  RunningContainer,
  RunningExec,
  Sandbox,
  SandboxSpec,
  StreamOptions,
} from '../../src/kube/kubelet/runtime.ts'

/** One container as the fake runs it; tests end it, and read what it was given. */
export interface FakeContainer {
  readonly spec: ContainerSpec
  readonly sandbox: Sandbox
  /** Grace periods of the stop() calls. */
  readonly stops: number[]
  print(line: string): void
  exit(exitCode: number): void
}

export interface FakeRuntimeOptions {
  /** Exit code that a container ends with at once, by its name. */
  readonly exits?: Readonly<Record<string, number>>
  readonly badImages?: readonly string[]
  /** What exec and probes answer. */
  readonly exec?: (argv: readonly string[]) => { exitCode: number; output: string }
  readonly firstAddress?: string
}

/** Plays a node's runtime: containers live until a test ends them. */
export class FakeRuntime implements PodRuntime {
  readonly containers: FakeContainer[] = []
  readonly sandboxes: SandboxSpec[] = []
  readonly stopped: string[] = []
  readonly removed: string[] = []
  /** Ends a sandbox's pause process, by the sandbox's number. */
  readonly lose: (() => void)[] = []
  readonly agentExited: Promise<void>
  problem: string | undefined
  /** Thrown by createSandbox, one a call. */
  readonly sandboxFailures: Error[] = []
  readonly probes: (readonly string[])[] = []
  killAgent: () => void = () => {}
  readonly #options: FakeRuntimeOptions

  constructor(options: FakeRuntimeOptions = {}) {
    this.#options = options
    this.agentExited = new Promise((resolve) => {
      this.killAgent = resolve
    })
  }

  async createSandbox(spec: SandboxSpec): Promise<Sandbox> {
    const failure = this.sandboxFailures.shift()
    if (failure) throw failure
    this.sandboxes.push(spec)
    const n = this.sandboxes.length
    const prefix = this.#options.firstAddress ?? '10.42.0.'
    return {
      id: n.toString(16).padStart(64, '0'),
      ip: spec.hostNetwork ? '' : `${prefix}${n + 1}`,
      spec,
      netns: spec.hostNetwork ? '' : `/run/netns/cni-${n}`,
      pausePid: 1000 + n,
      lost: new Promise((resolve) => this.lose.push(resolve)),
    }
  }

  async stopSandbox(id: string): Promise<void> {
    this.stopped.push(id)
  }

  async removeSandbox(id: string): Promise<void> {
    this.removed.push(id)
  }

  async startContainer(sandbox: Sandbox, spec: ContainerSpec): Promise<RunningContainer> {
    const number = this.containers.length + 1
    const lines: { time: string; stream: 'stdout'; line: string }[] = []
    const wake = new Set<() => void>()
    const tell = () => wake.forEach((one) => one())
    let end: (code: number) => void = () => {}
    let over = false
    const exited = new Promise<{ exitCode: number; finishedAt: Date }>((resolve) => {
      end = (exitCode) => {
        over = true
        resolve({ exitCode, finishedAt: new Date() })
        tell()
      }
    })
    const stops: number[] = []
    this.containers.push({
      spec,
      sandbox,
      stops,
      print(line) {
        lines.push({ time: new Date().toISOString(), stream: 'stdout', line })
        tell()
      },
      exit: end,
    })
    const code = this.#options.exits?.[spec.name]
    if (code !== undefined) setImmediate(() => end(code))
    const answer = this.#options.exec ?? (() => ({ exitCode: 0, output: '' }))
    return {
      id: number.toString(16).padStart(64, 'a'),
      pid: 2000 + number,
      startedAt: new Date(),
      exited,
      async stop(grace) {
        stops.push(grace)
        end(137)
      },
      exec: (argv: readonly string[], options: StreamOptions) => fakeExec(answer(argv), options),
      attach: (options: StreamOptions) => fakeExec(answer([]), options),
      async *logs({ follow, signal }) {
        for (let i = 0; ; i++) {
          while (i >= lines.length) {
            if (!follow || over || signal?.aborted) return
            await new Promise<void>((resolve) => wake.add(resolve))
          }
          const line = lines[i]
          if (line) yield line
        }
      },
    }
  }

  imageProblem(image: string): string | undefined {
    return this.#options.badImages?.includes(image) ? `no such image here: ${image}` : undefined
  }

  async networkProblem(): Promise<string | undefined> {
    return this.problem
  }

  async probe(argv: readonly string[]): Promise<{ exitCode: number; output: string }> {
    this.probes.push(argv)
    return this.#options.exec?.(argv) ?? { exitCode: 0, output: '\nHTTP_STATUS:200' }
  }
}

function fakeExec(answer: { exitCode: number; output: string }, options: StreamOptions): RunningExec {
  const stdout = new PassThrough()
  stdout.end(answer.output)
  const stderr = new PassThrough()
  stderr.end()
  return {
    stdin: options.stdin ? new PassThrough() : undefined,
    stdout,
    stderr: options.tty ? undefined : stderr,
    resize: () => {},
    exited: Promise.resolve(answer.exitCode),
    kill: () => {},
  }
}
