import { basename } from 'node:path'
import { LabError } from '../base/errors.ts'
import { createEnvironment, joinEnvironment, type Environment } from '../cluster/environment.ts'
import type { Lab } from '../lab/lab.ts'
import type { Driver, Finding, Phase } from '../machine/driver.ts'
import { calicoctlFiles } from './calicoctl.ts'
import type { App } from './compose.ts'
import type { ClusterName } from './cluster-kind.ts'
import { insteadOf } from './instead.ts'
import { otherVersion } from './k3s-version.ts'
import { tunnelForeseen } from './tunnel.ts'

export interface BringUpOptions {
  readonly lab: Lab
  /** The default one when absent, or what serves instead where that can't. */
  readonly driver?: string | undefined
  /** The driver's own when absent, or what the lab runs with. */
  readonly cluster?: string | undefined
  /** Sees to what driver and cluster need, before anything is made, and says what it found; a LabError ends it there. */
  readonly require: (driver: Driver, cluster: ClusterName) => Promise<readonly Finding[]>
  readonly onPhase: (phase: Phase) => void
  /** What is run, a line at a time. */
  readonly onCommand?: ((line: string) => void) | undefined
  /** What is worth a line. */
  readonly say: (line: string) => void
  readonly signal: AbortSignal
}

/** Brings a lab up, or attaches to it where it is up already. */
export async function bringUp(
  app: App,
  options: BringUpOptions,
): Promise<{ environment: Environment; attached: boolean }> {
  const driver = await driverFor(app, options.lab.id, options.driver)
  try {
    return await bringUpOn(app, driver, options)
  } catch (thrown) {
    const instead = options.driver === undefined ? await insteadOf(app, driver, thrown) : undefined
    if (!instead) throw thrown
    options.say(instead.why)
    return await bringUp(app, { ...options, driver: instead.name })
  }
}

async function bringUpOn(
  app: App,
  driver: Driver,
  { lab, cluster, require, onPhase, onCommand, say, signal }: BringUpOptions,
): Promise<{ environment: Environment; attached: boolean }> {
  const clusterName = await app.clusterName(lab.id, driver, cluster)
  const kind = await app.clusterKind(lab, clusterName)
  const topology = { name: lab.id, ...lab.topology }
  const sayOtherVersion = async (environment: Environment) => {
    const other = clusterName === 'k3s' && (await otherVersion(app, environment, driver))
    if (other) say(other)
  }
  const there = await joinEnvironment({ driver, topology, signal, onPhase: () => {} }, kind)
  if (there) {
    say(`${lab.id} is running already: attached to it.`)
    await sayOtherVersion(there)
    return { environment: there, attached: true }
  }
  const found = await require(driver, clusterName)
  const started = performance.now()
  const manifests = [...lab.manifests].map(([path, content]) => ({ path: `root/${basename(path)}`, content }))
  const files = [...manifests, ...(kind ? calicoctlFiles(clusterName) : [])]
  const bringing = { driver, topology, files, onPhase, onCommand, onProgress: say, signal }
  const environment = await createEnvironment(bringing, kind)
  await environment.running.keep()
  say(`${lab.id} is ready after ${((performance.now() - started) / 1000).toFixed(2)} s.`)
  await sayOtherVersion(environment)
  const tunnel = tunnelForeseen(found)
  if (tunnel) say(tunnel)
  return { environment, attached: false }
}

/** @throws LabError KNET_LAB_RUNNING when the lab runs on machines of another kind than those asked for. */
async function driverFor(app: App, lab: string, asked: string | undefined): Promise<Driver> {
  const known = await app.driverOf(lab)
  if (asked === undefined || asked === known.name) return known
  const wanted = await app.driver(asked)
  if (!(await known.list()).includes(lab)) return wanted
  throw new LabError('KNET_LAB_RUNNING', {
    message: `The lab ${lab} is there already, with the ${known.name} driver.`,
    hint: `knet-labs stop ${lab}      (or start it without --driver)`,
  })
}
