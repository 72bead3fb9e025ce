import { EXIT, LabError } from '../base/errors.ts'
import type { Finding } from '../machine/driver.ts'
import { planCommand, type InstallPlan } from '../machine/packages.ts'
import { commandLine } from '../machine/quote.ts'
import type { App } from './compose.ts'
import { canAsk, confirm } from './ask.ts'

/**
 * Installs missing tools with the platform's package manager, after a question.
 * @returns false when the learner (or the lack of a terminal) said no.
 * @throws LabError KNET_INSTALL_FAILED (exit 69) with the package manager's last words.
 */
export async function offerInstall(
  app: App,
  plan: InstallPlan,
  missing: readonly Finding[],
): Promise<boolean> {
  const { output, globals } = app
  if (!globals.yes && !canAsk()) return false
  output.progress('Missing here:')
  for (const { name, why } of missing) output.progress(`  ${name.padEnd(16)} ${why}`)
  output.progress(`To install: ${planCommand(plan)}`)
  if (!(await confirm('Install now?', globals.yes))) return false
  for (const argv of plan.commands) await install(app, plan, argv)
  return true
}

/** Its lines are shown as they come: it may take a minute, and sudo may ask for a password. */
async function install({ output, signal }: App, plan: InstallPlan, argv: readonly string[]): Promise<void> {
  const { hostRun } = await import('../machine/host.ts')
  output.progress(`$ ${commandLine(argv)}`)
  const onLine = (line: string) => output.progress(output.style('dim', line))
  const { exitCode, lastLines } = await hostRun(argv, { onLine, signal })
  if (exitCode === 0) return
  const said = lastLines.filter(Boolean)
  throw new LabError('KNET_INSTALL_FAILED', {
    message: `The package manager failed (exit ${exitCode}): ${said.slice(-3).join(' / ')}`,
    hint: afterFailure(plan, said),
    exitCode: EXIT.unavailable,
  })
}

/** A package that can't be had must not keep the others from being installed. */
function afterFailure(plan: InstallPlan, said: readonly string[]): string {
  const errors = said.filter((line) => /^E:|error/i.test(line)).join('\n')
  const refused = plan.packages.filter((name) => errors.includes(name))
  const command = refused.reduce((line, name) => line.replace(` ${name}`, ''), planCommand(plan))
  if (refused.length === 0) return `Mend what it says, then: ${command}`
  return `Get what ${refused.join(', ')} would bring in another way, and the rest with: ${command}`
}
