import type { Container } from './container.ts'

/**
 * A program that does a container's work from here, for the container's node: what the container prints and how long it lives are the program's.
 * Called when the container runs.
 */
export type StartDaemon = (container: ServedContainer) => RunningDaemon

export interface ServedContainer {
  /** As the pod names it: docker.io/calico/node:v3.23.5. */
  readonly image: string
  readonly environment: Readonly<Record<string, string>>
  /** A line of the container's output. */
  readonly say: (line: string) => void
  /** What health checks inside the container are to find: `ready` of `felix`. */
  readonly report: (part: string, state: string) => void
  /** Ends the container, with 1; the kubelet starts it again. */
  readonly fail: (line: string) => void
}

export interface RunningDaemon {
  /** Resolves when it does nothing more. */
  stop(): Promise<void>
}

/** A daemon of one node: it never works twice at a time, and outlives the runtime that started it, as its container does. */
export class Daemon {
  readonly #start: StartDaemon
  readonly #onProblem: (problem: unknown) => void
  #last: Promise<void> = Promise.resolve()

  constructor(start: StartDaemon, onProblem: (problem: unknown) => void) {
    this.#start = start
    this.#onProblem = onProblem
  }

  /** Resolves when it does not work for anybody. */
  free(): Promise<void> {
    return this.#last
  }

  /** Lets it work for as long as a container runs. Resolves when it has stopped. */
  serve(container: Container, about: Pick<ServedContainer, 'image' | 'environment'>): Promise<void> {
    const tell = (word: string, text: string) => container.type(`${text.replaceAll(/^/gm, `${word} `)}\n`)
    const running = this.#start({
      ...about,
      say: (line) => tell('say', line),
      report: (part, state) => tell('report', `${part} ${state}`),
      fail(line) {
        tell('say', line)
        tell('exit', '1')
      },
    })
    this.#last = this.#until(container, running)
    return this.#last
  }

  async #until(container: Container, running: RunningDaemon): Promise<void> {
    await container.exited
    await running.stop().catch(this.#onProblem)
  }
}
