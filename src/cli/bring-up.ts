import { basename } from 'node:path'
import { LabError } from '../base/errors.ts'
import { createEnvironment, joinEnvironment, type Environment } from '../cluster/environment.ts'
import type { PodNetwork } from '../cluster/spec.ts'
import type { Lab } from '../lab/lab.ts'
import type { Driver, Finding, Phase } from '../machine/driver.ts'
import { calicoctlFiles } from './calicoctl.ts'
import { controlPlaneProgram, type App } from './compose.ts'
import { tunnelForeseen } from './tunnel.ts'
import { version } from './version.ts'

export interface BringUpOptions {
  readonly lab: Lab
  /** The default one when absent. */
  readonly driver?: string | undefined
  /** Sees to what the driver needs, before anything is made, and says what it found; a LabError ends it there. */
  readonly require: (driver: Driver) => Promise<readonly Finding[]>
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
  { lab, driver: driverName, require, onPhase, onCommand, say, signal }: BringUpOptions,
): Promise<{ environment: Environment; attached: boolean }> {
  const driver = await driverFor(app, lab.id, driverName)
  const network = POD_NETWORKS[lab.cluster]
  const topology = { name: lab.id, ...lab.topology }
  const waiting = { driver, paths: app.paths, topology, signal, onPhase: () => {} }
  const there = await joinEnvironment(waiting, network !== undefined)
  if (there) {
    say(`${lab.id} is running already: attached to it.`)
    return { environment: there, attached: true }
  }
  const found = await require(driver)
  const started = performance.now()
  const manifests = [...lab.manifests].map(([path, content]) => ({ path: `root/${basename(path)}`, content }))
  const environment = await createEnvironment({
    version: version(),
    driver,
    paths: app.paths,
    topology,
    podNetwork: network,
    files: [...manifests, ...(network ? calicoctlFiles() : [])],
    controlPlane: [process.execPath, controlPlaneProgram()],
    onPhase,
    onCommand,
    onProgress: say,
    signal,
  })
  await environment.running.keep()
  say(`${lab.id} is ready after ${((performance.now() - started) / 1000).toFixed(2)} s.`)
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

const K3S_POD_CIDR = '10.42.0.0/16'
/** The range that Calico's own documentation has. */
const CALICO_POD_CIDR = '192.168.0.0/16'

/** The lab format's words for the network, as the cluster's. */
const POD_NETWORKS: Readonly<Record<Lab['cluster'], PodNetwork | undefined>> = {
  none: undefined,
  'no-network': { kind: 'none', podCIDR: CALICO_POD_CIDR },
  calico: { kind: 'calico', podCIDR: CALICO_POD_CIDR },
  'flannel-vxlan': { kind: 'flannel', backend: 'vxlan', podCIDR: K3S_POD_CIDR },
  'flannel-host-gw': { kind: 'flannel', backend: 'host-gw', podCIDR: K3S_POD_CIDR },
}
