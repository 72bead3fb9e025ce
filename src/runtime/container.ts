import type { RunningContainer } from '../kube/kubelet/runtime.ts'
import type { Agent } from './agent.ts'
import { execInContainer, type ExecTarget } from './container-exec.ts'
import { ContainerLog } from './container-log.ts'
import { childrenOf, heedsTerm, isAlive, signal } from './processes.ts'

type Ending = { exitCode: number; finishedAt: Date }

/** What killed a container whose shim was killed before it could tell. */
const SIGKILLED = 128 + 9

/** A container whose shim has started; see the shim's text in node-programs.ts for the messages. */
export class Container implements RunningContainer {
  readonly id: string
  readonly pid: number
  readonly startedAt = new Date()
  readonly exited: Promise<Ending>
  private readonly target: ExecTarget
  private readonly log: ContainerLog
  private over = false

  /** @param ended resolves with the exit code that the shim reports. @throws when the shim is gone already. */
  constructor(
    id: string,
    pids: { readonly shim: number; readonly app: number },
    target: Omit<ExecTarget, 'pid'>,
    ended: Promise<number>,
    acknowledge: () => void,
  ) {
    this.id = id
    this.pid = pids.app
    this.target = { ...target, pid: pids.app }
    this.log = new ContainerLog(pids.shim)
    const reported = ended.then((exitCode) => {
      this.over = true
      acknowledge()
      return exitCode
    })
    this.exited = this.log.drained.then(async () => {
      const exitCode = await (this.over ? reported : SIGKILLED)
      this.over = true
      return { exitCode, finishedAt: new Date() }
    })
  }

  /** Whether {@link exited} has been reported. */
  get hasEnded(): boolean {
    return this.over
  }

  async stop(graceSeconds: number): Promise<void> {
    if (this.over) return
    const patience = heedsTerm(this.pid) ? graceSeconds * 1000 : 0
    if (patience > 0 && signal(this.pid, 'SIGTERM')) {
      const timer = setTimeout(() => this.kill(), patience)
      await this.exited
      clearTimeout(timer)
      return
    }
    this.kill()
    await this.exited
  }

  /** Ends it at once. */
  kill(): void {
    if (!this.over) signal(this.pid, 'SIGKILL')
  }

  exec: RunningContainer['exec'] = (argv, options) => execInContainer(this.target, argv, options)

  logs: RunningContainer['logs'] = (options) => this.log.entries(options)

  /** Lets go of the log file. */
  close(): void {
    this.log.close()
  }
}

/** The two processes of a container, from what the shim calls them: `started SHIM APP`. `app` is 0 when it has ended already. */
export function findProcesses(agent: Agent, message: string): { shim: number; app: number } | undefined {
  const [, inner] = message.split(' ')
  const shim = agent.pidOf(Number(inner))
  return shim === undefined || !isAlive(shim) ? undefined : { shim, app: childrenOf(shim)[0] ?? 0 }
}
