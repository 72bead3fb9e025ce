import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { LabError } from '../../base/errors.ts'
import type { Companion, Running, UpOptions } from '../../machine/driver.ts'
import { NODE_BINARY, programInside } from '../../machine/places.ts'
import type { Topology } from '../../machine/topology.ts'
import { bootCommands } from './boot-commands.ts'
import { writeBootFiles } from './boot-files.ts'
import type { Containers } from './container-script.ts'
import type { Published } from './containers.ts'
import { groupFolders } from './control-groups.ts'
import { bootId, findHolder, killHolder, startTimeOf, writeHolder, type Holder } from './holder.ts'
import type { IdPlan } from './id-map.ts'
import { lockLab } from '../lock.ts'
import { giveInside, idPlanHere, mapIds } from './map-ids.ts'
import { lastLines, runningIn } from './running.ts'
import { startHolder, type StartingHolder } from './start-holder.ts'
import { userNamespacesForbidden } from './userns.ts'

export interface UpEnvironment {
  /** The lab's run folder. */
  readonly run: string
  readonly node: string
  readonly programs: readonly string[]
  /** forward.ts, as a file; without it this host reaches no ports of machines. */
  readonly forwarder?: string
  /** Of which the companion program gets what begins with KNET_. */
  readonly env: NodeJS.ProcessEnv
}

/** Far beyond what the slowest machine needs. */
const DEADLINE_MS = 30_000
/** Of version 1, each process that joins a group waits for the kernel, which takes seconds on a machine that is overloaded. */
const DEADLINE_WITH_GROUPS_MS = 180_000

/** Names become parts of shell programs and names of links: of routers those have two letters more. */
const NAME = /^[a-z0-9][a-z0-9-]{0,14}$/
const ROUTER_NAME = /^[a-z0-9][a-z0-9-]{0,12}$/
const LAB_NAME = /^[a-z0-9][a-z0-9.-]{0,62}$/

/**
 * Brings machines up. They die with this process until `keep()`.
 * @throws LabError KNET_LAB_STARTING, KNET_LAB_RUNNING, KNET_USERNS when the kernel forbids it, KNET_SANDBOX; the
 *   signal's reason when aborted. Nothing is left behind.
 */
export async function up(where: UpEnvironment, topology: Topology, options: UpOptions): Promise<Running> {
  options.signal?.throwIfAborted()
  checkNames(topology)
  mkdirSync(where.run, { recursive: true, mode: 0o700 })
  const unlock = await lockLab(topology.name, where.run)
  try {
    if (await findHolder(where.run)) {
      throw new LabError('KNET_LAB_RUNNING', {
        message: `The lab ${topology.name} is running already.`,
        hint: `knet-labs resume --lab ${topology.name}`,
      })
    }
    if (readdirSync(where.run).length > 0) await emptied(where.run)
    return options.containers
      ? await buildForContainers(where, topology, options)
      : await build(where, topology, options)
  } finally {
    unlock()
  }
}

/** Another start of this lab left something: its holder was killed. */
async function emptied(run: string): Promise<void> {
  await removeRun(run)
  mkdirSync(run, { mode: 0o700 })
}

async function buildForContainers(
  where: UpEnvironment,
  topology: Topology,
  options: UpOptions,
): Promise<Running> {
  const { containersHere, publish } = await import('./containers.ts')
  const containers = await containersHere(topology, where.run, options)
  const log = join(where.run, 'forward.log')
  const { node, forwarder } = where
  const published = forwarder && (await publish(options.published ?? [], [node, forwarder], log))
  try {
    const there = { ...where, programs: forwarder ? [forwarder] : [] }
    const with_ = published ? { ...options, companion: published.companion } : options
    return await build(there, topology, with_, { containers, published: published || undefined })
  } finally {
    if (published) published.close()
  }
}

/** What machines that run containers are besides. */
interface ForContainers {
  readonly containers: Containers
  readonly published: Published | undefined
}

async function build(
  where: UpEnvironment,
  topology: Topology,
  options: UpOptions,
  more?: ForContainers,
): Promise<Running> {
  const { run } = where
  const { companion } = options
  await options.prepare?.()
  const ids: IdPlan = more ? { by: 'none' } : idPlanHere()
  const translated = companion?.argv.map((word) =>
    word === where.node ? NODE_BINARY : where.programs.includes(word) ? programInside(word) : word,
  )
  writeBootFiles({
    run,
    topology,
    ids,
    node: where.node,
    programs: where.programs,
    reads: companion?.reads ?? [],
    files: options.files ?? [],
    containers: more?.containers,
    ...(companion && translated
      ? { companion: { argv: translated, machine: companion.machine, sockets: companion.inherit.length } }
      : {}),
  })
  if (options.onCommand) bootCommands(run, topology, ids).forEach(options.onCommand)
  await giveInside(run, ids)
  const starting = startHolder({ run, ids, companion, env: passedOn(where.env) })
  const stop = () => starting.process.kill('SIGKILL')
  // Not AbortSignal.timeout in AbortSignal.any: Node 20 may collect it as garbage, and then it never comes.
  const deadline = setTimeout(stop, more ? DEADLINE_WITH_GROUPS_MS : DEADLINE_MS)
  const { signal } = options
  let holder: Holder | undefined
  try {
    signal?.addEventListener('abort', stop, { once: true })
    if (signal?.aborted) stop()
    holder = await follow(starting, { run, topology, ids, options, more })
    return runningIn(holder, () => starting.keep())
  } catch (thrown) {
    stop()
    await starting.process.exited
    await down(run)
    signal?.throwIfAborted()
    throw thrown
  } finally {
    clearTimeout(deadline)
    signal?.removeEventListener('abort', stop)
  }
}

interface Following {
  run: string
  topology: Topology
  ids: IdPlan
  options: UpOptions
  more: ForContainers | undefined
}

/** Goes along with a holder until all machines are ready. */
async function follow(starting: StartingHolder, o: Following): Promise<Holder> {
  const began = performance.now()
  const phase = (name: string, machine?: string) =>
    o.options.onPhase?.({ name, ms: performance.now() - began, ...(machine ? { machine } : {}) })
  const waitingFor = new Set(o.topology.machines.map(({ name }) => name))
  let holder: Holder | undefined
  for await (const event of starting.events) {
    if (event.type === 'failed') break
    if (event.type === 'born') {
      holder = await register(event.pid, o)
      starting.go()
      phase('namespaces')
    } else {
      waitingFor.delete(event.machine)
      phase('machine', event.machine)
    }
    if (holder && waitingFor.size === 0) return holder
  }
  starting.process.kill('SIGKILL')
  await starting.process.exited
  throw await failure(starting.complaints(), o.options.companion)
}

async function register(pid: number, { run, topology, ids, more }: Following): Promise<Holder> {
  const holder: Holder = {
    pid,
    startTime: startTimeOf(pid) ?? '',
    bootId: bootId(),
    topology,
    uid: ids.by === 'root' ? ids.ranges[0].outside : (process.getuid?.() ?? 0),
    ...(more ? { containers: left(more) } : {}),
  }
  await Promise.all([writeHolder(run, holder), mapIds(pid, ids)])
  return holder
}

/** What its holder does not take with it. */
const left = ({ containers, published }: ForContainers): Holder['containers'] => ({
  groups: groupFolders(containers.hierarchies, containers.group),
  published: published?.ports ?? [],
})

async function failure(complaints: string, companion: Companion | undefined): Promise<LabError> {
  const forbidden = await userNamespacesForbidden()
  if (forbidden) return forbidden
  const log = companion && lastLines(companion.logFile, 5)
  // When the companion ends, so does everything: what the others complain of then is not the cause.
  const said = [log, complaints].filter(Boolean).join('\n')
  return new LabError('KNET_SANDBOX', {
    message: `The sandbox could not be built: ${said || 'it ended without a word'}`,
    hint: 'knet-labs doctor',
  })
}

/** Ends a lab's holder, and removes what is left of one that was killed. @returns whether there was anything. */
export async function down(run: string): Promise<boolean> {
  const holder = await findHolder(run)
  if (holder) await killHolder(run, holder)
  const wasThere = existsSync(run)
  await removeRun(run)
  return wasThere
}

async function removeRun(run: string): Promise<void> {
  await rm(run, { recursive: true, force: true })
}

function passedOn(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      name.startsWith('KNET_') && value !== undefined ? [[name, value]] : [],
    ),
  )
}

function checkNames(topology: Topology): void {
  const bad = [
    ...(LAB_NAME.test(topology.name) ? [] : [topology.name]),
    ...topology.machines.flatMap(({ name, router }) =>
      (router ? ROUTER_NAME : NAME).test(name) ? [] : [name],
    ),
  ]
  if (bad.length === 0) return
  throw new LabError('KNET_BAD_NAME', {
    message: `Names of labs and machines are lower case letters, digits and dashes, machines' at most 15 and routers' 13: ${bad.join(', ')}`,
  })
}
