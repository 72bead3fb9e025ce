import { writeSync } from 'node:fs'
import { constants } from 'node:os'
import type { Size } from '../../terminals/cells.ts'
import { type Clock, systemClock } from '../clock.ts'
import {
  GIVE_BACK,
  MAIN_SCREEN,
  RESTORE_TITLE,
  setTitle,
  TAKE,
  UNDO_MARGINS,
  UNDO_OTHERS,
} from './tty-modes.ts'

type EndingSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP'

export interface TtyOptions {
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream & { readonly fd: number }
  /** Who draws on it: resumed whenever the terminal is ours, and then has all of it to draw. */
  readonly screen: { pause(): void; resume(): void }
  /** What is typed while the terminal is ours. */
  readonly onInput: (bytes: Buffer) => void
  /** The terminal has another size; called before `screen` is resumed where that happened while it was not ours. */
  readonly onResize: (size: Size) => void
  /** Called when a signal ends the process, after the terminal was given back. */
  readonly onSignal?: (name: EndingSignal) => void
  /** Title of the window. */
  readonly title?: string
  readonly clock?: Clock
}

/** A window that is dragged larger sends many sizes. */
const RESIZE_MS = 50
/** A stop that has not come by then was discarded, as there is no shell that could let us go on. */
const STOP_MS = 50

const ENDING: readonly EndingSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP']

/** Whose the terminal is: ours, a program's that it was handed to, the shell's that stopped us, or nobody's of this process. */
type Holder = 'us' | 'program' | 'shell' | 'nobody'

/**
 * The terminal of this process: its modes, its size, and giving it back as it was, however this process ends or pauses.
 * Node itself puts the line discipline (`stty`) back when it exits.
 */
export class Tty {
  readonly #options: TtyOptions
  readonly #clock: Clock
  readonly #cleanups = new Set<() => void>()
  #holder: Holder = 'nobody'
  #size: Size
  #cancelResize: (() => void) | undefined
  #cancelStop: (() => void) | undefined

  constructor(options: TtyOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#size = this.#measure()
  }

  get size(): Size {
    return this.#size
  }

  /** Takes the terminal, and gives it back should the process end before `leave`. */
  enter(): void {
    if (this.#holder !== 'nobody') return
    this.#listen()
    if (this.#options.title) this.#write(setTitle(this.#options.title))
    this.#take()
  }

  /** Gives the terminal back as it was, at once, and runs what `onLeave` was given. */
  leave(): void {
    if (this.#holder === 'nobody') return
    if (this.#holder === 'us') this.#giveBack()
    if (this.#holder === 'program') this.#write(`\x1b[m${MAIN_SCREEN}${UNDO_OTHERS}\x1b[?2004l\x1b[?25h`)
    if (this.#options.title) this.#write(RESTORE_TITLE)
    this.#holder = 'nobody'
    this.#unlisten()
    for (const cleanup of this.#cleanups) {
      try {
        cleanup()
      } catch {
        // The others have to be run as well, and there is nobody left to tell.
      }
    }
    this.#cleanups.clear()
  }

  /** Run once, when the terminal is given back for good: what must not outlive it. Must not wait for anything. */
  onLeave(cleanup: () => void): () => void {
    this.#cleanups.add(cleanup)
    return () => this.#cleanups.delete(cleanup)
  }

  /** Hands the terminal to a program that `run` starts on it and waits for. Ctrl-C is that program's. */
  async release<T>(run: () => Promise<T>): Promise<T> {
    if (this.#holder !== 'us')
      throw new Error(`The terminal can't be handed over: it is held by ${this.#holder}.`)
    this.#giveBack()
    this.#holder = 'program'
    try {
      return await run()
    } finally {
      // Of a Ctrl-C that ended the program a process with several threads may hear after that, in the same turn.
      await new Promise(setImmediate)
      if (this.#isHeldBy('program')) this.#take()
    }
  }

  /** Stops this process and its like as Ctrl-Z does, until the shell lets it go on. */
  suspend(): void {
    if (this.#holder === 'us') process.kill(0, 'SIGTSTP')
  }

  // A method, as the compiler does not know what an await may change.
  #isHeldBy(holder: Holder): boolean {
    return this.#holder === holder
  }

  #take(): void {
    const { stdin, screen } = this.#options
    this.#holder = 'us'
    // Off first: Node takes it for on already where another program has set the line discipline meanwhile.
    stdin.setRawMode(false).setRawMode(true)
    this.#write(TAKE + UNDO_OTHERS + UNDO_MARGINS)
    this.#resized()
    screen.resume()
    stdin.resume()
  }

  #giveBack(): void {
    const { stdin, screen } = this.#options
    screen.pause()
    stdin.pause()
    try {
      stdin.setRawMode(false)
    } catch {
      // The terminal has gone.
    }
    this.#write(GIVE_BACK)
  }

  /** At once, so that it works when the process is about to end. Frames can't come in between: a terminal's stdout is synchronous. */
  #write(text: string): void {
    try {
      writeSync(this.#options.stdout.fd, text)
    } catch {
      // The terminal has gone.
    }
  }

  #listen(): void {
    const { stdin, stdout, onInput } = this.#options
    for (const name of ENDING) process.on(name, this.#onSignal)
    process.on('SIGQUIT', this.#onSignal).on('SIGTSTP', this.#onStop).on('SIGCONT', this.#onContinue)
    process.on('uncaughtException', this.#onCrash).on('unhandledRejection', this.#onCrash)
    process.on('exit', this.#onExit)
    stdin.on('data', onInput).on('end', this.#onHangup).on('error', this.#onHangup)
    stdout.on('resize', this.#onResize).on('error', this.#onHangup)
  }

  #unlisten(): void {
    const { stdin, stdout, onInput } = this.#options
    for (const name of ENDING) process.off(name, this.#onSignal)
    process.off('SIGQUIT', this.#onSignal).off('SIGTSTP', this.#onStop).off('SIGCONT', this.#onContinue)
    process.off('uncaughtException', this.#onCrash).off('unhandledRejection', this.#onCrash)
    process.off('exit', this.#onExit)
    stdin.off('data', onInput).off('end', this.#onHangup).off('error', this.#onHangup)
    stdout.off('resize', this.#onResize).off('error', this.#onHangup)
    this.#cancelResize?.()
    this.#cancelStop?.()
  }

  readonly #onExit = (): void => this.leave()

  readonly #onHangup = (): void => this.#onSignal('SIGHUP')

  readonly #onSignal = (name: NodeJS.Signals): void => {
    // Ctrl-C and Ctrl-\ reach all programs on the terminal; while it is another's, they mean that one.
    if (name === 'SIGQUIT' || (name === 'SIGINT' && this.#holder === 'program')) return
    this.leave()
    this.#options.onSignal?.(name as EndingSignal)
    process.exit(128 + constants.signals[name])
  }

  readonly #onCrash = (thrown: unknown): void => {
    this.leave()
    const text = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
    try {
      writeSync(2, `${text}\n`)
    } finally {
      process.exit(1)
    }
  }

  readonly #onStop = (): void => {
    if (this.#holder === 'us') {
      this.#giveBack()
      this.#holder = 'shell'
    }
    process.off('SIGTSTP', this.#onStop)
    process.kill(process.pid, 'SIGTSTP')
    this.#cancelStop = this.#clock.after(STOP_MS, this.#onContinue)
  }

  readonly #onContinue = (): void => {
    this.#cancelStop?.()
    this.#cancelStop = undefined
    process.off('SIGTSTP', this.#onStop).on('SIGTSTP', this.#onStop)
    // It is ours where we were stopped by what can't be caught; the shell has been at it all the same.
    if (this.#holder === 'shell' || this.#holder === 'us') this.#take()
  }

  readonly #onResize = (): void => {
    this.#cancelResize?.()
    this.#cancelResize = this.#clock.after(RESIZE_MS, () => this.#holder === 'us' && this.#resized())
  }

  #resized(): void {
    const size = this.#measure()
    if (size.columns === this.#size.columns && size.rows === this.#size.rows) return
    this.#size = size
    this.#options.onResize(size)
  }

  #measure(): Size {
    const [columns, rows] = this.#options.stdout.getWindowSize()
    // A terminal whose size nobody has set has none.
    return { columns: columns || 80, rows: rows || 24 }
  }
}
