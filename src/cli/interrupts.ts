import { setMaxListeners } from 'node:events'
import { EXIT, LabError } from '../base/errors.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Ctrl-C and its kin as AbortSignals: the first aborts the one in force, and another, before the next is asked for, does
 * what it does to any program.
 */
export class Interrupts {
  #controller = fresh()

  constructor() {
    for (const name of SIGNALS) process.once(name, this.#interrupt)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** A signal that is not aborted: for the next of several commands of one run. */
  next(): AbortSignal {
    if (this.signal.aborted) {
      this.#controller = fresh()
      for (const name of SIGNALS) process.off(name, this.#interrupt).once(name, this.#interrupt)
    }
    return this.signal
  }

  readonly #interrupt = (): void => {
    this.#controller.abort(
      new LabError('KNET_INTERRUPTED', { message: 'Interrupted.', exitCode: EXIT.interrupted }),
    )
  }
}

function fresh(): AbortController {
  const controller = new AbortController()
  // Every command that runs at the moment listens, as many as a lab has checks.
  setMaxListeners(0, controller.signal)
  return controller
}
