import { join } from 'node:path'
import { EXIT, LabError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'
import { pathsFrom, type Paths } from '../base/paths.ts'
import type { ClusterKind } from '../cluster/cluster.ts'
import { findEnvironment, type Environment } from '../cluster/environment.ts'
import { labsOnDocker, rememberedDriver } from '../drivers/remembered.ts'
import type { Elsewhere, Place } from '../elsewhere/elsewhere.ts'
import { labsElsewhere, readRecord } from '../elsewhere/record.ts'
import { compiledLab, compileLab } from '../lab/compiled.ts'
import { inCourseOrder } from '../lab/course.ts'
import { labIds } from '../lab/lab-ids.ts'
import type { Lab } from '../lab/lab.ts'
import type { LabEntry } from '../lab/load.ts'
import type { Driver } from '../machine/driver.ts'
import type { ImageStore } from '../machine/image-store.ts'
import type { Machine } from '../machine/machine.ts'
import type { Session } from '../session/session.ts'
import { clusterKind, clusterName, type ClusterName } from './cluster-kind.ts'
import { labHere } from './lab-here.ts'
import type { Interrupts } from './interrupts.ts'
import type { Output } from './output.ts'
import type { Globals } from './parse.ts'
import { packageRoot, version } from './version.ts'

/** What commands work with. Everything heavy is loaded when it is first asked for. */
export interface App {
  readonly output: Output
  readonly env: NodeJS.ProcessEnv
  readonly globals: Globals
  readonly paths: Paths
  /** Aborted by Ctrl-C and SIGTERM, with LabError KNET_INTERRUPTED. */
  readonly signal: AbortSignal
  /** Where `signal` is from: who runs several commands takes a new one for each. */
  readonly interrupts: Interrupts
  /** The folder of labs: the package's own, or $KNET_LABS for authors. */
  readonly labsDir: string
  /** This computer. */
  host(): Promise<Machine>
  /** The default one when no name is given. @throws LabError KNET_UNKNOWN_DRIVER */
  driver(name?: string): Promise<Driver>
  /** The machines' image in Docker. @throws LabError KNET_DOCKER when no daemon answers. */
  imageStore(): Promise<ImageStore>
  /** A Linux other than this host's. */
  elsewhere(place: Place): Promise<Elsewhere>
  /** The driver that a lab was started with, or else the default one. */
  driverOf(lab: string): Promise<Driver>
  /**
   * Which Kubernetes a lab has on machines of a driver: what it runs with, or else what is asked for, or the driver's own.
   * @throws LabError KNET_LAB_RUNNING, KNET_USAGE
   */
  clusterName(lab: string, driver: Driver, asked?: string): Promise<ClusterName>
  /** That Kubernetes; undefined for labs that have machines only. */
  clusterKind(lab: Lab, name: ClusterName): Promise<ClusterKind | undefined>
  /** The ids of the labs that are up, whatever their machines are and wherever. */
  running(): Promise<string[]>
  /** Those of them whose machines are of this host's drivers. */
  runningHere(): Promise<string[]>
  /** A lab by its id. @throws LabError KNET_UNKNOWN_LAB that suggests the nearest. */
  lab(id: string): Promise<Lab>
  /** All labs in the order in which to learn them, the broken ones with their mistakes. */
  labs(): Promise<LabEntry[]>
  /** The id of the running lab that is meant: --lab, or the only one. @throws LabError KNET_NOTHING_RUNNING, KNET_WHICH_LAB */
  runningLab(): Promise<string>
  /** The environment of a running lab (default: the one meant). @throws LabError KNET_NOTHING_RUNNING */
  environment(id?: string): Promise<Environment>
  /** The learner's session in a running lab. @throws LabError KNET_NOTHING_RUNNING */
  session(environment?: Environment): Promise<Session>
}

const DRIVERS = ['sandbox', 'docker'] as const
const ELSEWHERE: readonly string[] = ['vagrant', 'container'] satisfies Place[]

export function composeApp(o: {
  output: Output
  env: NodeJS.ProcessEnv
  globals: Globals
  interrupts: Interrupts
}): App {
  const paths = pathsFrom(o.env)
  const labsDir = labsFolder(o.env)
  const drivers = new Map<string, Promise<Driver>>()
  const app: App = {
    ...o,
    signal: o.interrupts.signal,
    paths,
    labsDir,
    host: async () => (await import('../machine/host.ts')).hostMachine(),
    driver(name = 'sandbox') {
      const driver = drivers.get(name) ?? composeDriver(name, paths, o.env)
      drivers.set(name, driver)
      return driver
    },
    imageStore: async () =>
      (await import('../drivers/docker/image-store.ts')).openImageStore(
        nodeImageFolder(),
        await withBundledImage(paths, o.env),
      ),
    elsewhere: (place) => composeElsewhere(place, paths, o.env),
    driverOf: (lab) => app.driver(readRecord(paths, lab)?.place ?? rememberedDriver(paths, lab)),
    clusterName: (lab, driver, asked) => clusterName(paths, lab, driver, asked),
    clusterKind: (lab, name) => clusterKind({ ...o, paths, controlPlane: controlPlaneProgram() }, lab, name),
    running: async () => [...(await app.runningHere()), ...(await listed(app, placesInUse(paths)))],
    // What nothing is on need not be loaded to say so.
    runningHere: () => listed(app, labsOnDocker(paths).length > 0 ? DRIVERS : ['sandbox']),
    lab: (id) => findLab(labsDir, id),
    labs: async () => inCourseOrder(await Promise.all(labIds(labsDir).map((id) => labEntry(labsDir, id)))),
    runningLab: async () => o.globals.lab ?? onlyOne(await app.running()),
    environment: async (id) => {
      const name = id ?? (await app.runningLab())
      const [lab, driver] = await Promise.all([app.lab(name), app.driverOf(name)])
      const kind = await app.clusterKind(lab, await app.clusterName(name, driver))
      const found = await findEnvironment(driver, name, kind)
      if (found) return found
      throw nothingRunning(name)
    },
    session: async (known) => {
      const environment = known ?? (await app.environment())
      const [{ openSession }, { sessionPorts }, lab, host] = await Promise.all([
        import('../session/session.ts'),
        import('./ports.ts'),
        app.lab(environment.name),
        app.host(),
      ])
      const progressFile = join(paths.lab(environment.name), 'progress.json')
      const there = labHere(lab, environment)
      return openSession({ lab: there, ports: sessionPorts(environment, host), progressFile })
    },
  }
  return app
}

const placesInUse = (paths: Paths): Set<Place> =>
  new Set(labsElsewhere(paths).flatMap((lab) => readRecord(paths, lab)?.place ?? []))

async function listed(app: App, drivers: Iterable<string>): Promise<string[]> {
  const lists = await Promise.all([...drivers].map(async (name) => (await app.driver(name)).list()))
  return lists.flat().sort()
}

async function composeDriver(name: string, paths: Paths, env: NodeJS.ProcessEnv): Promise<Driver> {
  switch (name) {
    case 'sandbox': {
      const { createSandboxDriver } = await import('../drivers/sandbox/sandbox.ts')
      return createSandboxDriver({
        paths,
        env,
        node: process.execPath,
        programs: [controlPlaneProgram(), builtFile('workloads.js'), calicoctlProgram()],
        forwarder: builtFile('forward.js'),
      })
    }
    case 'docker': {
      const { createDockerDriver } = await import('../drivers/docker/docker.ts')
      return createDockerDriver({
        paths,
        env: await withBundledImage(paths, env),
        imageFolder: nodeImageFolder(),
        footloose: env['KNET_FOOTLOOSE'] || undefined,
        terminalProgram: [process.execPath, process.argv[1] ?? '', '__docker-terminal'],
      })
    }
    case 'vagrant':
    case 'container': {
      const { elsewhereDriver } = await import('../elsewhere/driver.ts')
      return elsewhereDriver(await composeElsewhere(name, paths, env), paths)
    }
    default: {
      const meant = nearest(name, [...DRIVERS, ...ELSEWHERE])
      throw new LabError('KNET_UNKNOWN_DRIVER', {
        message: `There is no driver "${name}". Drivers: ${[...DRIVERS, ...ELSEWHERE].join(', ')}.`,
        ...(meant ? { hint: `Did you mean --driver ${meant}?` } : {}),
        exitCode: EXIT.usage,
      })
    }
  }
}

/** As if KNET_NODE_IMAGE named the machines' image that a bundle has brought in place of ours. */
async function withBundledImage(paths: Paths, env: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> {
  if (env['KNET_NODE_IMAGE']) return env
  const { loadedBundle } = await import('../assets/bundle/loaded-bundle.ts')
  const brought = loadedBundle(paths.cache)?.manifest.nodeImage
  return brought ? { ...env, KNET_NODE_IMAGE: brought } : env
}

async function composeElsewhere(place: Place, paths: Paths, env: NodeJS.ProcessEnv): Promise<Elsewhere> {
  const of = { packageRoot: packageRoot(), labs: labsFolder(env), version: version() }
  const o = { folder: join(paths.state, place), ...of, env }
  if (place === 'vagrant') return (await import('../elsewhere/vagrant/vagrant.ts')).createVagrant(o)
  return (await import('../elsewhere/container/container.ts')).createContainer(o)
}

/** Part of the docker driver that runs on terminals of the screen's. @returns the exit code. */
export async function runDockerTerminal(argv: readonly string[]): Promise<number> {
  const { runTerminalProgram } = await import('../drivers/docker/terminal-program.ts')
  return runTerminalProgram(argv)
}

const nodeImageFolder = (): string => join(packageRoot(), 'images/node')

const labsFolder = (env: NodeJS.ProcessEnv): string => env['KNET_LABS'] || join(packageRoot(), 'labs')

const builtFile = (name: string): string => join(packageRoot(), 'dist', name)

/** The program that `createEnvironment` wants (control-plane.ts). */
export const controlPlaneProgram = (): string => builtFile('control-plane.js')

/** Our calicoctl. */
export const calicoctlProgram = (): string => builtFile('calicoctl.js')

/** The folder of compiled labs, beside the bundle. */
const compiledLabs = () => builtFile('labs')

async function findLab(labsDir: string, id: string): Promise<Lab> {
  const compiled = /^[\w-]+$/.test(id) ? compiledLab(compiledLabs(), join(labsDir, id)) : undefined
  return compiled ?? (await import('../lab/load.ts')).findLab(labsDir, id)
}

async function labEntry(labsDir: string, id: string): Promise<LabEntry> {
  const dir = join(labsDir, id)
  const lab = compiledLab(compiledLabs(), dir)
  return lab ? { id, dir, lab } : (await import('../lab/load.ts')).loadEntry(labsDir, id)
}

/** Part of the build: labs are read once, so that commands need not. @throws LabError KNET_LAB_INVALID */
export async function compileLabs(): Promise<void> {
  const { loadLab } = await import('../lab/load.ts')
  const labsDir = join(packageRoot(), 'labs')
  for (const dir of labIds(labsDir).map((id) => join(labsDir, id)))
    compileLab(compiledLabs(), dir, loadLab(dir))
}

function onlyOne(running: readonly string[]): string {
  const [only, ...others] = running
  if (!only) throw nothingRunning()
  if (others.length === 0) return only
  throw new LabError('KNET_WHICH_LAB', {
    message: `Several labs are running: ${running.join(', ')}.`,
    hint: `Say which with --lab ${only}`,
    exitCode: EXIT.usage,
  })
}

function nothingRunning(name?: string): LabError {
  return new LabError('KNET_NOTHING_RUNNING', {
    message: name ? `The lab ${name} is not running.` : 'No lab is running.',
    hint: `knet-labs start ${name ?? 'flannel'}`,
    exitCode: EXIT.couldNotLook,
  })
}
