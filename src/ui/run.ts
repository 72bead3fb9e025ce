import type { UiPorts } from './ports.ts'

export interface UiOptions {
  readonly ports: UiPorts
  readonly env: NodeJS.ProcessEnv
  /** Lab to open at once; without it the list of labs is shown. */
  readonly lab?: string | undefined
}

/** Runs the full-screen app on this process's terminal. @returns the exit code, when the learner has left. */
export async function runUi(_options: UiOptions): Promise<number> {
  return 0
}
