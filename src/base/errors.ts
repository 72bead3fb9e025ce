/** Exit codes of the command-line contract (ARCHITECTURE.md). 64 and 69 are sysexits.h's EX_USAGE and EX_UNAVAILABLE. */
export const EXIT = { ok: 0, no: 1, couldNotLook: 2, usage: 64, unavailable: 69, interrupted: 130 } as const

export interface LabErrorInit {
  /** What happened and what it means, in a sentence or two. */
  message: string
  /** The exact command or edit that fixes it. */
  hint?: string
  /** Exit status of the CLI when nothing catches this; default 1. */
  exitCode?: number
  cause?: unknown
}

/**
 * Something the learner can act on. Everything else that is thrown is a bug.
 * `code` is permanent: scripts match on it (`KNET_…`, upper snake case).
 */
export class LabError extends Error {
  override readonly name: string = 'LabError'
  readonly code: string
  readonly hint: string | undefined
  readonly exitCode: number

  constructor(code: string, init: LabErrorInit) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause })
    this.code = code
    this.hint = init.hint
    this.exitCode = init.exitCode ?? EXIT.no
  }
}

/** The text of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
