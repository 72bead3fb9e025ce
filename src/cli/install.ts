import { EXIT, LabError } from '../base/errors.ts'
import type { Finding } from '../machine/driver.ts'
import type { Machine } from '../machine/machine.ts'
import { confirm } from './ask.ts'
import type { Output } from './output.ts'

/** What installs what is missing: made by the driver's room, which knows packages and platforms. */
export interface InstallPlan {
  /** Commands in order; the first may refresh the package lists. */
  readonly commands: readonly (readonly string[])[]
  readonly packages: readonly string[]
}

/**
 * Installs missing tools with the platform's package manager, after a question.
 * @returns false when the learner (or the lack of a terminal) said no.
 * @throws LabError KNET_INSTALL_FAILED with the package manager's last words.
 */
export async function offerInstall(o: {
  plan: InstallPlan
  missing: readonly Finding[]
  host: Machine
  output: Output
  yes: boolean
}): Promise<boolean> {
  const { plan, missing, host, output, yes } = o
  output.progress('Missing here:')
  for (const finding of missing) output.progress(`  ${finding.name.padEnd(12)} ${finding.why}`)
  const shown = plan.commands.map((argv) => argv.join(' ')).join(' && ')
  output.progress(`To install: ${shown}`)
  if (!(await confirm('Install now?', yes))) return false
  for (const argv of plan.commands) {
    output.progress(`$ ${argv.join(' ')}`)
    const result = await host.exec(argv)
    if (result.exitCode !== 0) {
      throw new LabError('KNET_INSTALL_FAILED', {
        message: `The package manager failed (exit ${result.exitCode}): ${lastLines(result.stderr || result.stdout)}`,
        hint: `Run it yourself to see more: ${argv.join(' ')}`,
        exitCode: EXIT.unavailable,
      })
    }
  }
  return true
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-3).join(' / ')
}
