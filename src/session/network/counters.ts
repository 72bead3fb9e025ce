import { createInterface } from 'node:readline'
import type { Machine, MachineProcess } from '../../machine/machine.ts'

/** Packets, by interface. */
export type Counters = ReadonlyMap<string, { readonly received: number; readonly sent: number }>

/** What asks for the counters of all interfaces of the machine that it runs on. */
export const COUNTERS = 'cat /proc/net/dev'

/** Reads /proc/net/dev (proc(5)): after a name come 8 numbers about what was received, then 8 about what was sent. */
export function parseCounters(text: string): Counters {
  const lines = text.matchAll(/^ *([^\s:]+): *(.+)$/gm)
  return new Map(
    [...lines].map(([, name = '', numbers = '']) => {
      const fields = numbers.trim().split(/ +/).map(Number)
      return [name, { received: fields[1] ?? 0, sent: fields[9] ?? 0 }]
    }),
  )
}

/** Answers each line of its input; a shell that stays costs a tenth of entering the machine each time. */
const ANSWERING = `while read -r _; do ${COUNTERS}; echo; done`

/** Counts the packets of a machine on request. */
export class CounterReader {
  readonly #process: MachineProcess
  readonly #answers: AsyncIterator<string>

  /** @throws LabError when the machine is gone. */
  constructor(machine: Machine, signal: AbortSignal) {
    this.#process = machine.spawn(['sh', '-c', ANSWERING], { signal })
    this.#process.stderr.resume()
    this.#answers = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]()
  }

  /** undefined when the machine has gone. */
  async read(): Promise<Counters | undefined> {
    this.#process.stdin.write('\n')
    const lines: string[] = []
    for (;;) {
      const { value, done } = await this.#answers.next()
      if (done) return undefined
      if (value === '') return parseCounters(lines.join('\n'))
      lines.push(value)
    }
  }

  stop(): void {
    this.#process.kill()
  }
}
