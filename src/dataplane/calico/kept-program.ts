import { setTimeout as delay } from 'node:timers/promises'
import { LabError } from '../../base/errors.ts'
import type { Machine } from '../../machine/machine.ts'

/** Between two starts at least, as runit has it, which looks after the programs in calico/node. */
const RESTART_MS = 1000

export interface KeptProgram {
  /** No more restarts. Resolves when it has ended, which is the caller's to bring about: it may be asleep in other namespaces. */
  letGo(): Promise<void>
}

/** Runs a program on a machine, and again whenever it ends. @param onProblem hears of each end that nobody wanted */
export function keepRunning(
  machine: Machine,
  what: {
    readonly name: string
    readonly code: string
    readonly argv: readonly string[]
    readonly stdin?: string
  },
  onProblem: (problem: unknown) => void,
): KeptProgram {
  const ending = new AbortController()
  const { signal } = ending
  const running = runAgainAndAgain()
  return {
    async letGo() {
      ending.abort()
      await running
    },
  }

  async function runAgainAndAgain(): Promise<void> {
    while (!signal.aborted) {
      const started = performance.now()
      const program = machine.spawn(what.argv)
      program.stdin.on('error', () => {})
      program.stdin.end(what.stdin ?? '')
      let said = ''
      for (const stream of [program.stdout, program.stderr]) {
        stream.on('data', (chunk) => (said = (said + String(chunk)).slice(-2000)))
      }
      const exitCode = await program.exited
      if (signal.aborted) return
      const last = said.trim()
      const message = `${what.name} on ${machine.name} ended with ${exitCode}${last && `: ${last}`}; it is started again`
      onProblem(new LabError(what.code, { message }))
      const rest = Math.max(0, started + RESTART_MS - performance.now())
      await delay(rest, undefined, { signal }).catch(() => {})
    }
  }
}
