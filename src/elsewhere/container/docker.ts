import { EXIT, LabError } from '../../base/errors.ts'
import { hostExec } from '../../machine/host.ts'
import type { ExecResult } from '../../machine/machine.ts'

/** Runs Docker's own CLI, which finds its daemon as its user has told it to. */
export async function docker(args: readonly string[], timeoutMs = 60_000): Promise<ExecResult> {
  return await hostExec(['docker', ...args], { timeoutMs })
}

/** As {@link docker}. @throws LabError KNET_DOCKER with the last that it said, when it fails. */
export async function mustDocker(args: readonly string[]): Promise<ExecResult> {
  const result = await docker(args)
  if (result.exitCode !== 0) throw dockerFailed(result.stderr)
  return result
}

export function dockerFailed(said: string): LabError {
  const last = said.trim().split('\n').at(-1) ?? ''
  return new LabError('KNET_DOCKER', {
    message: `Docker failed: ${last.replace(/^docker: (?:Error response from daemon: )?/, '')}`,
    hint: 'knet-labs doctor --driver container',
    exitCode: EXIT.unavailable,
  })
}
