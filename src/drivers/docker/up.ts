import { mkdirSync } from 'node:fs'
import { EXIT, LabError } from '../../base/errors.ts'
import type { MachineFile, Running, UpOptions } from '../../machine/driver.ts'
import { commandLine } from '../../machine/quote.ts'
import type { MachineSpec, Topology } from '../../machine/topology.ts'
import { lockLab } from '../lock.ts'
import type { Daemon } from './command.ts'
import { connect } from './connect.ts'
import { attachments, containerName, networkName, ownedBy, type Privileges } from './container-spec.ts'
import { dockerError, ping } from './docker-error.ts'
import { endpointHere } from './endpoint.ts'
import { writeFootloose } from './footloose.ts'
import { hasImage, makeImage, type NodeImage } from './image.ts'
import { writeMachineFiles } from './machine-files.ts'
import { makeMachine, startMachine } from './machine-up.ts'
import { makeNetworks } from './network.ts'
import { privilegesKnown, rememberRefusal } from './privileges.ts'
import { ownerOf, readRecord, removeRun, writeRecord, type DockerRecord } from './record.ts'
import { runningOn } from './running.ts'
import { sweep } from './sweep.ts'

export interface UpEnvironment {
  readonly env: NodeJS.ProcessEnv
  /** The lab's run folder. */
  readonly run: string
  /** The folder of all state. */
  readonly state: string
  readonly image: NodeImage
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
      throw dockerError(thrown, endpoint)
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
    if (found?.state === 'up' && (await this.#again(found))) return this.#running(found)
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
    const listed = await docker.listContainers({ all: true, filters: { label: [ownedBy(record.owner)] } })
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
    const { run, image } = this.#where
    const { shared, storage, published } = this.#options
    await this.#options.prepare?.()
    const cluster = await freeCluster(this.#daemon, topology)
    const wanted = {
      endpoint,
      owner,
      cluster,
      image: image.name,
      topology,
      shared,
      storage,
      published,
      state: 'making',
    } as const
    await writeRecord(run, wanted)
    this.#phase('Docker answers')
    if (!(await hasImage(docker, image))) {
      const onProgress = this.#options.onProgress ?? (() => {})
      await makeImage(docker, image, { onProgress, signal: this.#options.signal })
      this.#phase('image')
    }
    const moved = await makeNetworks(docker, wanted, endpoint.host.startsWith('unix:'))
    if (moved !== topology) this.#sayMoved(topology, moved)
    for (const network of moved.networks)
      this.#command(
        'docker',
        'network',
        'create',
        '--subnet',
        network.subnet,
        networkName(cluster, moved, network),
      )
    this.#phase('network')
    const record: DockerRecord = { ...wanted, topology: moved }
    await writeRecord(run, record)
    await this.#makeMachines(record)
    return this.#running(record)
  }

  async #makeMachines(record: DockerRecord): Promise<void> {
    const { run, state } = this.#where
    const key = { path: 'root/.ssh/authorized_keys', content: writeFootloose(record, run) }
    const files: readonly MachineFile[] = [...(this.#options.files ?? []), key]
    writeMachineFiles(run, files)
    const { ID } = (await this.#daemon.docker.info()) as { ID: string }
    const make = async (machine: MachineSpec, privileges: Privileges) => {
      this.#options.signal?.throwIfAborted()
      this.#command(...runCommandOf(record, machine))
      const got = await makeMachine({ daemon: this.#daemon, record, files, privileges }, machine)
      this.#phase('machine', machine.name)
      return got
    }
    const known = privilegesKnown(state, ID)
    const [first, ...others] = record.topology.machines
    if (!first) return
    // Until one has run, nobody knows whether any may be privileged.
    const privileges = known ?? (await make(first, 'all'))
    if (!known && privileges === 'by name') rememberRefusal(state, ID)
    const rest = known ? [first, ...others] : others
    await Promise.all(rest.map((machine) => make(machine, privileges)))
  }

  #running(record: DockerRecord): Running {
    const { run, state, terminalProgram } = this.#where
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

  #command(...argv: string[]): void {
    this.#options.onCommand?.(commandLine(argv))
  }

  #phase(name: string, machine?: string): void {
    this.#options.onPhase?.({ name, ms: performance.now() - this.#began, ...(machine ? { machine } : {}) })
  }
}

/** A start as one would type it, but for what only init needs. */
function runCommandOf(record: DockerRecord, machine: MachineSpec): string[] {
  const [first, ...others] = attachments(record, machine)
  const words = `docker run --detach --privileged --hostname ${machine.name} --network ${first?.network} --ip ${machine.address}`
  const more = others.flatMap(({ network }) => ['--network', network])
  return [...words.split(' '), ...more, '--name', containerName(record.cluster, machine.name), record.image]
}

/** The lab's name, or with a number where containers or a network of that name are somebody else's. */
async function freeCluster({ docker }: Daemon, topology: Topology): Promise<string> {
  const { name, networks: segments, machines } = topology
  const [containers, networks] = await Promise.all([
    docker.listContainers({ all: true }),
    docker.listNetworks(),
  ])
  const taken = new Set([
    ...containers.flatMap(({ Names }) => Names.map((one) => one.slice(1))),
    ...networks.map(({ Name }) => Name),
  ])
  const isFree = (cluster: string) =>
    segments.every((one) => !taken.has(networkName(cluster, topology, one))) &&
    machines.every((one) => !taken.has(containerName(cluster, one.name)))
  for (let n = 1; ; n++) {
    const cluster = n === 1 ? name : `${name}-${n}`
    if (isFree(cluster)) return cluster
  }
}
