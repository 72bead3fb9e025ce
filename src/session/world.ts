import { LabError } from '../base/errors.ts'
import type { KubeClient } from '../kube/client.ts'
import type { KubeObject, Node, Pod, Service } from '../kube/objects.ts'
import { NODES, PODS, type ResourceType, SERVICES } from '../kube/resources.ts'
import type { Machine } from '../machine/machine.ts'
import { podAt } from './cluster-view.ts'
import type { SessionPorts } from './ports.ts'

/** What a command said. */
export interface Reading {
  readonly text: string
  readonly exit: number
}

interface Question {
  readonly command: string
  readonly answer: (reading: Reading) => void
  readonly refuse: (reason: unknown) => void
}

/** ASCII record separator: stands between the answers to the questions of one round. */
const SEPARATOR = '\u001E'
const DEADLINE_MS = 10_000

/**
 * One look at the world. What was read once is not read again, so that all checks of a round see the same state; all
 * commands asked of a machine at one moment are sent as one.
 */
export class World {
  readonly ports: SessionPorts
  readonly signal: AbortSignal | undefined
  readonly #readings = new Map<string, Promise<Reading>>()
  readonly #queues = new Map<string, Question[]>()
  readonly #machines = new Map<string, Promise<Machine>>()
  readonly #lists = new Map<string, Promise<KubeObject[]>>()

  constructor(ports: SessionPorts, signal?: AbortSignal) {
    this.ports = ports
    this.signal = signal
  }

  /** @throws LabError KNET_NO_CLUSTER in labs without one. */
  get kube(): KubeClient {
    if (this.ports.kube) return this.ports.kube
    throw new LabError('KNET_NO_CLUSTER', { message: 'This lab has no cluster.' })
  }

  /** All objects of a kind, in every namespace. */
  list<T extends KubeObject>(type: ResourceType<T>): Promise<T[]> {
    const ask = () => this.kube.list(type).then((list): KubeObject[] => list.items)
    return remember(this.#lists, `${type.group}/${type.plural}`, ask) as Promise<T[]>
  }

  pods(): Promise<Pod[]> {
    return this.list(PODS)
  }

  nodes(): Promise<Node[]> {
    return this.list(NODES)
  }

  services(): Promise<Service[]> {
    return this.list(SERVICES)
  }

  /** A machine by its name, or a pod as `pod/<name or app>[index]`. */
  machine(on: string): Promise<Machine> {
    return remember(this.#machines, on, async () => {
      if (!on.startsWith('pod/')) return this.ports.machine(on)
      const pod = podAt(await this.pods(), on.slice('pod/'.length))
      return this.ports.pod({ namespace: pod.metadata.namespace ?? 'default', name: pod.metadata.name })
    })
  }

  /** What a command that only reads says, stderr included. A non-zero exit is an answer too. */
  read(on: string, command: string): Promise<Reading> {
    return remember(this.#readings, `${on} ${command}`, () => this.#ask(on, command))
  }

  /** The output of a command that prints JSON (`ip -j …`); an empty list when it fails or says nothing. */
  async json<T>(on: string, command: string): Promise<T[]> {
    const { text, exit } = await this.read(on, `${command} 2>/dev/null`)
    return exit === 0 && text.trim() ? (JSON.parse(text) as T[]) : []
  }

  #ask(on: string, command: string): Promise<Reading> {
    return new Promise((answer, refuse) => {
      const queue = this.#queues.get(on) ?? []
      queue.push({ command, answer, refuse })
      if (queue.length > 1) return
      this.#queues.set(on, queue)
      setImmediate(() => void this.#send(on, queue))
    })
  }

  async #send(on: string, queue: Question[]): Promise<void> {
    this.#queues.delete(on)
    const script = queue.map(({ command }) => `( ${command}\n) 2>&1; printf '\\036%s\\036' $?`).join('\n')
    try {
      const machine = await this.machine(on)
      const said = await machine.exec(['sh', '-c', script], {
        timeoutMs: DEADLINE_MS,
        ...(this.signal && { signal: this.signal }),
      })
      const fields = said.stdout.split(SEPARATOR)
      if (fields.length <= queue.length * 2) throw unanswered(on, said.stderr, said.exitCode)
      queue.forEach(({ answer }, n) => answer({ text: fields[n * 2] ?? '', exit: Number(fields[n * 2 + 1]) }))
    } catch (error) {
      for (const { refuse } of queue) refuse(error)
    }
  }
}

function unanswered(on: string, stderr: string, exitCode: number): LabError {
  const words = stderr.trim() || `the shell ended with ${exitCode}`
  return new LabError('KNET_NO_ANSWER', { message: `${on} does not answer: ${words}` })
}

function remember<T>(memory: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const known = memory.get(key)
  if (known) return known
  const made = make()
  memory.set(key, made)
  return made
}
