import { LabError } from '../base/errors.ts'
import { lacking, type Choice } from '../drivers/choice.ts'
import type { Driver, Need } from '../machine/driver.ts'
import type { App } from './compose.ts'
import { requireTools } from './require-tools.ts'

/** Refusals that speak of this host and not of a lab. */
const UNFIT = new Set(['KNET_PREREQUISITES', 'KNET_USERNS'])

/**
 * What serves where the default driver has refused to: only then is anything else asked, so that it costs the sandbox nothing.
 * @returns undefined where nothing does, or the refusal was of another kind.
 */
export async function insteadOf(app: App, driver: Driver, refusal: unknown): Promise<Choice | undefined> {
  const isUnfit = refusal instanceof LabError && UNFIT.has(refusal.code)
  if (!isUnfit || driver.name !== 'sandbox') return undefined
  const docker = await app.driver('docker')
  const findings = await docker.probe('start')
  if (lacking(findings).length > 0) return undefined
  return {
    name: 'docker',
    why: `The sandbox can't start here: ${refusal.message} The machines are containers instead, of ${findings[0]?.seen}.`,
  }
}

/**
 * {@link requireTools} of the driver that a lab is started with when a screen is to open: what serves instead is found before.
 * @returns its name where it is not the default.
 */
export async function requireSomeDriver(
  app: App,
  asked: string | undefined,
  needsOn: (driver: Driver) => Promise<readonly Need[]>,
): Promise<string | undefined> {
  const driver = await app.driver(asked)
  try {
    await requireTools(app, driver, await needsOn(driver))
    return asked
  } catch (thrown) {
    const instead = asked === undefined ? await insteadOf(app, driver, thrown) : undefined
    if (!instead) throw thrown
    app.output.progress(instead.why)
    return instead.name
  }
}
