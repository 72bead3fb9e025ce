import { EXIT, LabError } from '../base/errors.ts'
import type { Driver, Finding, Need } from '../machine/driver.ts'
import type { InstallPlan } from '../machine/packages.ts'
import type { App } from './compose.ts'

/**
 * Sees to it that what labs need is there before anything is started, installing after a question.
 * @returns what was found, at last
 * @throws LabError KNET_PREREQUISITES (exit 69) that names what is missing and the command that installs it.
 */
export async function requireTools(
  app: App,
  driver: Driver,
  needs: readonly Need[],
): Promise<readonly Finding[]> {
  const found = await driver.probe('start', needs)
  const lacking = found.filter(isLacking)
  if (lacking.length === 0) return found
  const plan = await installPlanFor(lacking)
  if (plan) {
    const { offerInstall } = await import('./install.ts')
    if (await offerInstall(app, plan, lacking)) {
      const now = await driver.probe('start', needs)
      const still = now.filter(isLacking)
      if (still.length > 0) throw prerequisites(still, undefined)
      return now
    }
  }
  throw await refusal(lacking, plan)
}

/** As {@link requireTools} where nothing can be asked. */
export async function refuseWithoutTools(
  driver: Driver,
  needs: readonly Need[],
): Promise<readonly Finding[]> {
  const found = await driver.probe('start', needs)
  const lacking = found.filter(isLacking)
  if (lacking.length > 0) throw await refusal(lacking, await installPlanFor(lacking))
  return found
}

const isLacking = ({ ok, required }: Finding): boolean => !ok && required

/** What a package manager could do about findings; undefined when it could do nothing. */
export async function installPlanFor(findings: readonly Finding[]): Promise<InstallPlan | undefined> {
  const { installPlan } = await import('../machine/packages.ts')
  return installPlan(findings)
}

async function refusal(lacking: readonly Finding[], plan: InstallPlan | undefined): Promise<LabError> {
  return prerequisites(lacking, plan && (await import('../machine/packages.ts')).planCommand(plan))
}

function prerequisites(lacking: readonly Finding[], command: string | undefined): LabError {
  const fixes = lacking.flatMap(({ fix }) => fix ?? [])
  return new LabError('KNET_PREREQUISITES', {
    message: `Missing on this machine: ${lacking.map(({ name, why }) => `${name} (${why})`).join(', ')}.`,
    hint: command
      ? `${command}      (or let knet-labs do it: knet-labs doctor --fix --yes)`
      : [...new Set(fixes)].join('; '),
    exitCode: EXIT.unavailable,
  })
}
