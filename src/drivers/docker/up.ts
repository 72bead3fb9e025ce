import { mkdirSync } from 'node:fs'
import { EXIT, LabError } from '../../base/errors.ts'
import { ownerOf } from '../../base/owner.ts'
import type { MachineFile, MachinePort, Running, UpOptions } from '../../machine/driver.ts'
import { commandLine } from '../../machine/quote.ts'
import type { MachineSpec, Topology } from '../../machine/topology.ts'
import { lockLab } from '../lock.ts'
import { adopt, labelOf, type Adopted } from './adopt.ts'
import { freeCluster } from './free-cluster.ts'
import { giveFiles } from './machine-up.ts'
import { readGiven } from './given.ts'
import type { Daemon } from './command.ts'
import { connect } from './connect.ts'
import { containerName, type Privileges } from './container-spec.ts'
import { daemonHost } from './daemon-host.ts'
import { dockerError, onLabsDaemon, ping } from './docker-error.ts'
import { endpointHere } from './endpoint.ts'
import { writeFootloose } from './footloose.ts'
import { hasImage, makeImage, type NodeImage } from './image.ts'
import { writeMachineFiles } from './machine-files.ts'
import { haltMachines, makeMachine, startMachine } from './machine-up.ts'
import { makeNetworks } from './network.ts'
import { privilegesKnown, rememberRefusal } from './privileges.ts'
import { numbered, withHostPorts } from './published-ports.ts'
import { readRecord, removeRun, writeRecord, type DockerRecord } from './record.ts'
import { runningOn } from './running.ts'
import { copiedBytes } from './shared-files.ts'
import { networkCommand, runCommand } from './shown-commands.ts'
import { sweep } from './sweep.ts'

export interface UpEnvironment {
  readonly env: NodeJS.ProcessEnv
  /** The lab's run folder. */
  readonly run: string
  /** The folder of all state. */
  readonly state: string
  readonly image: NodeImage
  readonly footloose?: string | undefined
  readonly terminalProgram: readonly string[]
}

/**
 * Brings machines up, or up again where they were stopped with their daemon.
 * @throws LabError KNET_LAB_STARTING, KNET_LAB_RUNNING, KNET_DRIVER for what containers can't be, KNET_DOCKER,
 *   KNET_IMAGE, KNET_DOCKER_NETWORK; the signal's reason when aborted.
 */
export async function up(where: UpEnvironment, topology: Topology, options: UpOptions): Promise<Running> {
  options.signal?.throwIfAborted()
  refuseWhatIsMissing(topology, options)
  mkdirSync(where.run, { recursive: true, mode: 0o700 })
  const unlock = await lockLab(topology.name, where.run)
  try {
    const found = readRecord(where.run)
    const endpoint = found?.endpoint ?? endpointHere(where.env)
    const daemon = { docker: await connect(endpoint), endpoint }
    try {
      await ping(daemon.docker, endpoint)
      return await new Coming(where, daemon, options).up(topology, found)
    } catch (thrown) {
      options.signal?.throwIfAborted()
      const said = dockerError(thrown, endpoint)
      const end = `knet-labs stop ${topology.name}      (ends the lab there; start takes the daemon that is chosen now)`
      throw found ? onLabsDaemon(said, endpoint, end) : said
    }
  } finally {
    unlock()
  }
}

function refuseWhatIsMissing({ name }: Topology, { companion }: UpOptions): void {
  if (!companion) return
  throw new LabError('KNET_DRIVER', {
    message: `The lab ${name} has a cluster, which the docker driver does not make yet.`,
    hint: `knet-labs start ${name} --driver sandbox`,
    exitCode: EXIT.unavailable,
  })
}

/** A lab that is coming up. */
class Coming {
  readonly #where: UpEnvironment
  readonly #daemon: Daemon
  readonly #options: UpOptions
  readonly #began = performance.now()

  constructor(where: UpEnvironment, daemon: Daemon, options: UpOptions) {
    this.#where = where
    this.#daemon = daemon
    this.#options = options
  }

  async up(topology: Topology, found: DockerRecord | undefined): Promise<Running> {
    if (found?.state === 'up' && (await this.#again(found)))
      return { ...(await this.#running(found)), halt: () => haltMachines(this.#daemon, found) }
    const owner = ownerOf(this.#where.run)
    await sweep(this.#daemon.docker, owner, found?.state === 'making')
    try {
      return await this.#anew(owner, topology)
    } catch (thrown) {
      await sweep(this.#daemon.docker, owner, true).then(
        () => removeRun(this.#where.run),
        // The record stays, so that `stop` finds what is left when Docker is back.
        () => {},
      )
      throw thrown
    }
  }

  /** Starts machines that are there and stopped. @returns whether all of them are. */
  async #again(record: DockerRecord): Promise<boolean> {
    const { docker } = this.#daemon
    const listed = await docker.listContainers({ all: true, filters: { label: [labelOf(record)] } })
    if (listed.some(({ State }) => State === 'running')) {
      throw new LabError('KNET_LAB_RUNNING', {
        message: `The lab ${record.topology.name} is running already.`,
        hint: `knet-labs resume --lab ${record.topology.name}`,
      })
    }
    const names = new Set(listed.flatMap(({ Names }) => Names.map((name) => name.slice(1))))
    const { machines } = record.topology
    if (!machines.every(({ name }) => names.has(containerName(record.cluster, name)))) return false
    await Promise.all(
      machines.map(async (machine) => {
        this.#command('docker', 'start', containerName(record.cluster, machine.name))
        await startMachine(this.#daemon, record, machine)
        this.#phase('machine, as it was', machine.name)
      }),
    )
    return true
  }

  async #anew(owner: string, topology: Topology): Promise<Running> {
    const { docker, endpoint } = this.#daemon
    const { run, image, footloose } = this.#where
    const { shared, storage, published } = this.#options
    await this.#options.prepare?.()
    const given = footloose === undefined ? undefined : await readGiven(footloose, topology)
    const cluster = given?.cluster ?? (await freeCluster(docker, topology))
    const what = { endpoint, owner, cluster, image: image.name, topology, shared, storage, given }
    const ports = published && (await this.#publishing(published))
    const wanted: DockerRecord = { ...what, ...ports, state: 'making' }
    await writeRecord(run, wanted)
    this.#phase('Docker answers')
    const adopted = given && (await adopt(docker, { path: given.path, cluster, topology }))
    if (adopted) return this.#running(await this.#adopt(wanted, adopted))
    await this.#makeImages(wanted)
    const record = await this.#makeNetworks(wanted)
    await writeRecord(run, record)
    await this.#makeMachines(record)
    return this.#running(record)
  }

  /** What another host publishes has a number of ours, by which it can be let through. */
  async #publishing(published: readonly MachinePort[]): Promise<Pick<DockerRecord, 'published' | 'host'>> {
    const { docker, endpoint } = this.#daemon
    const host = await daemonHost(endpoint)
    return host === undefined ? { published } : { host, published: await numbered(docker, published) }
  }

  /** Machines of footloose's get the lab's files, and nothing else. */
  async #adopt(wanted: DockerRecord, { topology, elsewhere }: Adopted): Promise<DockerRecord> {
    const record: DockerRecord = { ...wanted, topology, adopted: true }
    const say = this.#options.onProgress ?? (() => {})
    say(
      `The machines that footloose made of ${wanted.given?.path} are used; stopping the lab leaves them as they are.`,
    )
    for (const name of elsewhere)
      say(`${name} has another address than the lab's texts: see "knet-labs status".`)
    await writeRecord(this.#where.run, record)
    const files = this.#options.files ?? []
    writeMachineFiles(this.#where.run, files)
    await Promise.all(
      topology.machines.map(async ({ name }) => {
        await giveFiles(this.#daemon, record, { container: containerName(record.cluster, name), files })
        this.#phase('machine of footloose', name)
      }),
    )
    return record
  }

  async #makeImages({ given }: DockerRecord): Promise<void> {
    const { docker } = this.#daemon
    const { onProgress = () => {}, signal } = this.#options
    const images = new Set(Object.values(given?.machines ?? {}).map(({ image }) => image))
    const wanted: NodeImage[] = given ? [...images].map((name) => ({ name })) : [this.#where.image]
    for (const image of wanted) {
      if (await hasImage(docker, image)) continue
      await makeImage(docker, image, { onProgress, signal })
      this.#phase('image')
    }
  }

  async #makeNetworks(wanted: DockerRecord): Promise<DockerRecord> {
    const { docker, endpoint } = this.#daemon
    const topology = await makeNetworks(docker, wanted, endpoint.host.startsWith('unix:'))
    if (topology !== wanted.topology) this.#sayMoved(wanted.topology, topology)
    for (const network of topology.networks) this.#command(...networkCommand(wanted, network))
    this.#phase('network')
    return { ...wanted, topology }
  }

  async #makeMachines(record: DockerRecord): Promise<void> {
    const { run, state } = this.#where
    const { endpoint } = this.#daemon
    const key = { path: 'root/.ssh/authorized_keys', content: writeFootloose(record, run) }
    const files: readonly MachineFile[] = [...(this.#options.files ?? []), key]
    writeMachineFiles(run, files)
    this.#sayCopied(record)
    const make = async (machine: MachineSpec, privileges: Privileges) => {
      this.#options.signal?.throwIfAborted()
      this.#command(...runCommand(record, machine))
      const got = await makeMachine({ daemon: this.#daemon, record, files, privileges }, machine)
      this.#phase('machine', machine.name)
      return got
    }
    const known = privilegesKnown(state, endpoint)
    const [first, ...others] = record.topology.machines
    if (!first) return
    // Until one has run, nobody knows whether any may be privileged.
    const privileges = known ?? (await make(first, 'all'))
    if (!known && privileges === 'by name') rememberRefusal(state, endpoint)
    const rest = known ? [first, ...others] : others
    await Promise.all(rest.map((machine) => make(machine, privileges)))
  }

  async #running(made: DockerRecord): Promise<Running> {
    const { run, state, terminalProgram } = this.#where
    const record = await withHostPorts(this.#daemon.docker, made)
    const keep = () => writeRecord(run, { ...record, state: 'up' })
    return runningOn({ daemon: this.#daemon, record, run, state, terminalProgram, keep })
  }

  #sayMoved({ networks }: Topology, moved: Topology): void {
    for (const [index, { subnet }] of networks.entries()) {
      const now = moved.networks[index]?.subnet
      if (now === subnet) continue
      this.#options.onProgress?.(
        `${subnet} is taken by another network; this lab is in ${now} now, and its texts say so.`,
      )
    }
  }

  /** What is a mount elsewhere takes as long as the network to the machines' host does. */
  #sayCopied(record: DockerRecord): void {
    const megabytes = Math.round(copiedBytes(record) / 1e6)
    if (megabytes === 0) return
    const { length } = record.topology.machines
    this.#options.onProgress?.(
      `Copying ${megabytes} MB to each of ${length} machines: their host does not see the files of this one.`,
    )
  }

  #command(...argv: string[]): void {
    this.#options.onCommand?.(commandLine(argv))
  }

  #phase(name: string, machine?: string): void {
    this.#options.onPhase?.({ name, ms: performance.now() - this.#began, ...(machine ? { machine } : {}) })
  }
}
