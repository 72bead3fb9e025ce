import { EXIT, LabError } from '../base/errors.ts'
import type { Driver, Finding } from '../machine/driver.ts'
import type { App } from './compose.ts'
import { offerInstall } from './install.ts'

/**
 * Sees to it that what labs need is there before anything is started, installing after a question.
 * @throws LabError KNET_PREREQUISITES (exit 69) that names what is missing and the command that installs it.
 */
export async function requireTools(app: App, driver: Driver): Promise<void> {
  const lacking = (await driver.probe('start')).filter((finding) => !finding.ok && finding.required)
  if (lacking.length === 0) return
  if (await installMissing(app, lacking)) return
  const fixes = [...new Set(lacking.flatMap(({ fix }) => (fix ? [fix] : [])))]
  throw new LabError('KNET_PREREQUISITES', {
    message: `Missing on this machine: ${lacking.map(({ name, why }) => `${name} (${why})`).join(', ')}.`,
    hint: `${fixes.join('; ')}      (or let knet-labs do it: knet-labs doctor --fix --yes)`,
    exitCode: EXIT.unavailable,
  })
}

/** @returns true when something was installed. */
export async function installMissing(app: App, findings: readonly Finding[]): Promise<boolean> {
  const { installPlan } = await import('../machine/packages.ts')
  const plan = installPlan(findings)
  if (!plan) return false
  const missing = findings.filter((finding) => !finding.ok)
  return await offerInstall({
    plan,
    missing,
    host: await app.host(),
    output: app.output,
    yes: app.globals.yes,
  })
}
