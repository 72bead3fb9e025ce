import { setTimeout as delay } from 'node:timers/promises'
import type { RunningContainer } from '../kube/kubelet/runtime.ts'
import type { Agent } from './agent.ts'
import type { AttachedClients } from './attached-clients.ts'
import { execInContainer, type ExecTarget } from './container-exec.ts'
import { ContainerLog } from './container-log.ts'
import { childrenOf } from '../machine/children.ts'
import { heedsTerm, isAlive, signal } from './processes.ts'

type Ending = { exitCode: number; finishedAt: Date }

/**
 * How old a program must be before it is taken to ignore SIGTERM: the kernel drops the signal for a pid 1 without a
 * handler, so that waiting any longer than this would change nothing.
 */
const SETTLING_MS = 1000

/** What killed a container whose shim was killed before it could tell. */
const SIGKILLED = 128 + 9

export interface Processes {
  readonly shim: number
  readonly app: number
}

interface ContainerParts {
  readonly target: Omit<ExecTarget, 'pid'>
  /** Resolves with the exit code that the shim reports. */
  readonly ended: Promise<number>
  readonly acknowledge: () => void
  readonly clients: AttachedClients
}

/** A container whose shim has started; see the shim's text in node-programs.ts for the messages. */
export class Container implements RunningContainer {
  readonly id: string
  readonly pid: number
  readonly startedAt = new Date()
  readonly exited: Promise<Ending>
  private readonly target: ExecTarget
  private readonly log: ContainerLog
  private readonly clients: AttachedClients
  private over = false

  /** @throws when the shim is gone already. */
  constructor(id: string, pids: Processes, { target, ended, acknowledge, clients }: ContainerParts) {
    this.id = id
    this.pid = pids.app
    this.target = { ...target, pid: pids.app }
    this.clients = clients
    this.log = new ContainerLog(pids.shim, (stream, chunk) => clients.pass(stream, chunk))
    const reported = ended.then((exitCode) => {
      this.over = true
      acknowledge()
      return exitCode
    })
    this.exited = this.log.drained.then(async () => {
      const exitCode = await (this.over ? reported : SIGKILLED)
      this.over = true
      clients.end()
      return { exitCode, finishedAt: new Date() }
    })
  }

  /** Whether {@link exited} has been reported. */
  get hasEnded(): boolean {
    return this.over
  }

  async stop(graceSeconds: number): Promise<void> {
    if (this.over) return
    const deadline = Date.now() + graceSeconds * 1000
    if (!heedsTerm(this.pid)) await this.exitedWithin(this.startedAt.getTime() + SETTLING_MS, deadline)
    if (heedsTerm(this.pid) && signal(this.pid, 'SIGTERM')) await this.exitedWithin(deadline)
    this.kill()
    await this.exited
  }

  /** Waits for the end, at most until the earliest of some times in milliseconds. */
  private async exitedWithin(...times: readonly number[]): Promise<void> {
    const patience = new AbortController()
    const { signal } = patience
    const tooLate = delay(Math.max(0, Math.min(...times) - Date.now()), undefined, { signal }).catch(() => {})
    await Promise.race([this.exited, tooLate])
    patience.abort()
  }

  /** Ends it at once. */
  kill(): void {
    if (!this.over) signal(this.pid, 'SIGKILL')
  }

  /** Writes to its standard input, if it has one. */
  type(text: string): void {
    if (!this.over) this.clients.type(text)
  }

  exec: RunningContainer['exec'] = (argv, options) => execInContainer(this.target, argv, options)

  attach: RunningContainer['attach'] = (options) => this.clients.attach(options, this.exited)

  logs: RunningContainer['logs'] = (options) => this.log.entries(options)

  /** Lets go of the log file. */
  close(): void {
    this.log.close()
  }
}

/** The two processes of a container, from what the shim calls itself: `started SHIM`. `app` is 0 when it has ended already. */
export function findProcesses(agent: Agent, message: string): Processes | undefined {
  const [, inner] = message.split(' ')
  const shim = agent.pidOf(Number(inner))
  return shim === undefined || !isAlive(shim) ? undefined : { shim, app: childrenOf(shim)[0] ?? 0 }
}
