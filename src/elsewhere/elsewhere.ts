import type { Finding } from '../machine/driver.ts'

export type Place = 'vagrant' | 'container'

/** Whom to tell of what takes long, and when to give up. */
export interface Waiting {
  readonly say: (line: string) => void
  readonly signal: AbortSignal
}

/**
 * Another Linux, in which a knet-labs of the same version runs the labs that this host can't or shall not run. There is one of
 * a kind, for all labs of a user.
 */
export interface Elsewhere {
  readonly name: Place
  /** For sentences: "the virtual machine". */
  readonly noun: string
  /** What nodes are made of there, unless somebody asks for something else. */
  readonly nodes: 'docker' | 'sandbox'
  /** As `Driver.probe`. */
  probe(how: 'start' | 'doctor'): Promise<Finding[]>
  /**
   * Brings it up with this very knet-labs in it, whatever state it was left in.
   * @throws LabError KNET_VAGRANT, KNET_DOCKER; the signal's reason. What was begun is removed, or the error says how to.
   */
  up(waiting: Waiting): Promise<void>
  /** Whether it can be entered now: an answer within seconds. */
  isUp(): Promise<boolean>
  /** What to run on this host to run something there, as root; with `tty` on a terminal there that follows this one. */
  enter(argv: readonly string[], options: { readonly tty: boolean }): readonly string[]
  /** Ends what runs there; what took long to make is kept. */
  stop(waiting: Waiting): Promise<void>
  /** Removes it; true if there was anything. */
  destroy(waiting: Waiting): Promise<boolean>
  /** Brings it back to how it was when it was new, up. */
  reset(waiting: Waiting): Promise<void>
}
