import { LabError } from '../base/errors.ts'
import type { NodeShell } from '../dataplane/cni/node-shell.ts'
import type { Machine, MachineProcess } from '../machine/machine.ts'
import { agentArgv } from './node-programs.ts'
import { childrenOf } from '../machine/children.ts'
import { findDescendant, numbersOf } from './processes.ts'

interface Listener {
  readonly hear: (message: string) => void
  /** The agent has ended: no message will come. */
  readonly refuse: (error: LabError) => void
}

/**
 * The runtime's long-lived process on the node. Scripts go in, messages come out: `key text`, ended by NUL.
 * When it is killed, everything that waits for it is refused and {@link exited} resolves; it is not started again.
 */
export class Agent implements NodeShell {
  readonly exited: Promise<void>
  readonly #process: MachineProcess
  readonly #listeners = new Map<string, Listener>()
  readonly #known = new Map<number, number>()
  #pid = 0
  #serial = 0
  #pending = ''
  #errors = ''
  #gone = false

  private constructor(process: MachineProcess) {
    this.#process = process
    process.stdout.setEncoding('utf8')
    process.stdout.on('data', (chunk: string) => this.#receive(chunk))
    process.stderr.setEncoding('utf8')
    process.stderr.on('data', (chunk: string) => {
      this.#errors = (this.#errors + chunk).slice(-4096)
    })
    this.exited = this.#refuseAllAtTheEnd()
  }

  /** @throws LabError KNET_AGENT when it does not come up. */
  static async start(machine: Machine): Promise<Agent> {
    const agent = new Agent(machine.spawn(agentArgv()))
    const inner = Number(await agent.first('hello'))
    const { pid: outer } = agent.#process
    const pid = outer === undefined ? undefined : findDescendant(outer, inner)
    if (pid === undefined) throw agent.#goneError()
    agent.#pid = pid
    return agent
  }

  /** A key for {@link listen} that nobody else uses. */
  newKey(): string {
    this.#serial += 1
    return `k${this.#serial}`
  }

  /**
   * Runs a script in the agent's own shell, so that what it puts into the background becomes the agent's child. Does nothing
   * when the agent is gone: whoever waits for messages learns it.
   */
  post(script: string): void {
    if (this.#gone) return
    this.#process.stdin.write(`${Buffer.byteLength(script)}\n${script}`)
  }

  /** Calls back for each message with this key, or once when the agent has ended, until {@link forget}. */
  listen(key: string, hear: Listener['hear'], refuse: Listener['refuse']): void {
    if (this.#gone) refuse(this.#goneError())
    else this.#listeners.set(key, { hear, refuse })
  }

  forget(key: string): void {
    this.#listeners.delete(key)
  }

  /** The next message with this key. @throws LabError KNET_AGENT when the agent ends first. */
  first(key: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const hear = (message: string) => {
        this.forget(key)
        resolve(message)
      }
      this.listen(key, hear, reject)
    })
  }

  run(script: string): Promise<{ exitCode: number; output: string }> {
    return this.#answered(script, '')
  }

  /** As {@link run}, but scripts that come later don't wait for it. Its output must be short: others speak meanwhile. */
  runAside(script: string): Promise<{ exitCode: number; output: string }> {
    return this.#answered(script, ' &')
  }

  /** What one of the agent's descendants is called in our pid namespace, given what it calls itself on the node. */
  pidOf(inner: number): number | undefined {
    const children = childrenOf(this.#pid)
    const present = new Set(children)
    for (const [known, pid] of this.#known) if (!present.has(pid)) this.#known.delete(known)
    const remembered = this.#known.get(inner)
    if (remembered !== undefined && numbersOf(remembered).at(-1) === inner) return remembered
    const seen = new Set(this.#known.values())
    for (const pid of children.filter((child) => !seen.has(child))) {
      const number = numbersOf(pid).at(-1)
      if (number !== undefined) this.#known.set(number, pid)
    }
    return this.#known.get(inner) ?? findDescendant(this.#pid, inner, numbersOf(this.#pid).length)
  }

  /** Ends the agent; what it started lives on. */
  stop(): void {
    this.#process.kill('SIGKILL')
  }

  async #answered(script: string, ending: '' | ' &'): Promise<{ exitCode: number; output: string }> {
    const key = this.newKey()
    const answer = this.first(key)
    this.post(`{ out=$({\n${script}\n} 2>&1); say ${key} "$? $out"; }${ending}`)
    const text = await answer
    const space = text.indexOf(' ')
    return { exitCode: Number(text.slice(0, space)), output: text.slice(space + 1) }
  }

  async #refuseAllAtTheEnd(): Promise<void> {
    await this.#process.exited
    this.#gone = true
    for (const { refuse } of this.#listeners.values()) refuse(this.#goneError())
    this.#listeners.clear()
  }

  #receive(chunk: string): void {
    const messages = (this.#pending + chunk).split('\0')
    this.#pending = messages.pop() ?? ''
    for (const message of messages) {
      const space = message.indexOf(' ')
      this.#listeners.get(message.slice(0, space))?.hear(message.slice(space + 1))
    }
  }

  #goneError(): LabError {
    const said = this.#errors.trim()
    return new LabError('KNET_AGENT', {
      message: `The kubelet's process on the node has ended${said ? `: ${said}` : '.'}`,
      hint: 'knet-labs reset makes the node anew.',
    })
  }
}
