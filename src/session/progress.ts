import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import type { Paths } from '../base/paths.ts'

export interface StepProgress {
  /** When the step first held, RFC 3339. */
  readonly done?: string
  readonly hints: number
  /** The solution was run for the learner. */
  readonly solved: boolean
}

export interface Progress {
  readonly version: 1
  readonly lab: string
  /** Id of the step the learner is at. */
  readonly current: string
  /** When the learner first tried, RFC 3339. */
  readonly began?: string
  readonly steps: Readonly<Record<string, StepProgress>>
}

export const NO_PROGRESS: StepProgress = { hints: 0, solved: false }

/** Where a lab's progress is kept. */
export const progressFile = (paths: Paths, lab: string) => join(paths.lab(lab), 'progress.json')

/** Which steps were done, for lists: only reads, and takes a file that is not there or makes no sense for none. */
export function readProgress(paths: Paths, lab: string): { readonly done: readonly string[] } {
  try {
    const steps = parse(readFileSync(progressFile(paths, lab), 'utf8'))?.steps ?? {}
    return { done: Object.keys(steps).filter((id) => steps[id]?.done !== undefined) }
  } catch {
    return { done: [] }
  }
}

/**
 * The progress file of one lab. Every change is read, made and written whole (temporary file, fsync, rename), so a
 * reader or a crash sees the old state or the new one. A disk that is full or read-only is no reason to stop a lesson:
 * it is said once, and the session goes on in memory.
 */
export class ProgressFile {
  /** Things the learner has to be told; taken by {@link takeNotices}. */
  #notices: string[] = []
  #memory: Progress | undefined
  #unwritable = false
  readonly #file: string
  readonly #lab: string
  readonly #first: string

  constructor(file: string, lab: string, firstStep: string) {
    this.#file = file
    this.#lab = lab
    this.#first = firstStep
  }

  takeNotices(): string[] {
    const notices = this.#notices
    this.#notices = []
    return notices
  }

  read(): Progress {
    if (this.#unwritable && this.#memory) return this.#memory
    return (this.#memory = this.#load() ?? this.#empty())
  }

  change(make: (progress: Progress) => Progress): Progress {
    const progress = make(this.read())
    this.#memory = progress
    try {
      writeWhole(this.#file, `${JSON.stringify(progress, undefined, 2)}\n`)
      this.#unwritable = false
    } catch (error) {
      this.#complain(error as NodeJS.ErrnoException)
    }
    return progress
  }

  clear(): Progress {
    return this.change(() => this.#empty())
  }

  #empty(): Progress {
    return { version: 1, lab: this.#lab, current: this.#first, steps: {} }
  }

  #load(): Progress | undefined {
    let text: string
    try {
      text = readFileSync(this.#file, 'utf8')
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code
      if (code !== 'ENOENT') this.#notices.push(`Progress in ${this.#file} can't be read (${code}).`)
      return undefined
    }
    const progress = parse(text)
    if (!progress) this.#setAside()
    return progress
  }

  /** Keeps a file that makes no sense, as it may be of use to somebody, and starts afresh. */
  #setAside(): void {
    const aside = `${this.#file}.corrupt-${new Date().toISOString().replaceAll(':', '')}`
    try {
      renameSync(this.#file, aside)
      this.#notices.push(
        `The progress file could not be read; it is kept as ${aside}, and the lab starts afresh.`,
      )
    } catch {
      this.#notices.push(`The progress file ${this.#file} could not be read; the lab starts afresh.`)
    }
  }

  #complain(error: NodeJS.ErrnoException): void {
    if (this.#unwritable) return
    this.#unwritable = true
    const why = WHY[error.code ?? ''] ?? error.message
    this.#notices.push(
      `Progress can't be saved in ${dirname(this.#file)}: ${why}. The lab goes on; what you finish is forgotten when this command ends.`,
    )
  }
}

const WHY: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'your disk quota is used up',
  EROFS: 'the file system is read-only',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
}

function parse(text: string): Progress | undefined {
  try {
    const value = JSON.parse(text) as Partial<Progress> | null
    const whole =
      value?.version === 1 &&
      typeof value.lab === 'string' &&
      typeof value.current === 'string' &&
      typeof value.steps === 'object' &&
      value.steps !== null &&
      Object.values(value.steps).every((step) => typeof step?.hints === 'number')
    return whole ? (value as Progress) : undefined
  } catch {
    return undefined
  }
}

function writeWhole(file: string, text: string): void {
  const folder = dirname(file)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const temporary = join(folder, `.progress-${process.pid}.tmp`)
  try {
    const handle = openSync(temporary, 'w', 0o600)
    try {
      writeSync(handle, text)
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
    renameSync(temporary, file)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}
