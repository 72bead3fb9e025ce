import { LabError } from '../../base/errors.ts'
import type { MachineFile } from '../../machine/driver.ts'
import type { MachineSpec } from '../../machine/topology.ts'
import { runCommand, type Daemon } from './command.ts'
import { BOOTED } from './boot-script.ts'
import { attachments, containerName, containerSpec, type Privileges } from './container-spec.ts'
import { statusOf } from './docker-error.ts'
import { isRefusal } from './privileges.ts'
import { isPortTaken, onOtherPorts } from './published-ports.ts'
import type { DockerRecord } from './record.ts'
import { sharedByCopy } from './shared-files.ts'
import { tarOf } from './tar.ts'

export interface MachineMaking {
  readonly daemon: Daemon
  readonly record: DockerRecord
  readonly files: readonly MachineFile[]
  readonly privileges: Privileges
}

/** Makes a machine and starts it. @returns with which privileges it came to run. */
export async function makeMachine(making: MachineMaking, machine: MachineSpec): Promise<Privileges> {
  const { daemon, record, files, privileges } = making
  const { docker } = daemon
  const container = await docker.createContainer(containerSpec(record, machine, privileges))
  for (const { network, endpoint } of attachments(record, machine).slice(1))
    await docker.getNetwork(network).connect({ Container: container.id, EndpointConfig: endpoint })
  await giveFiles(daemon, record, { container: container.id, files })
  try {
    await container.start()
  } catch (thrown) {
    const other = otherwise(making, machine, thrown)
    if (!other) throw thrown
    await container.remove({ force: true, v: true })
    return makeMachine(other, machine)
  }
  await booted(daemon, container.id)
  return privileges
}

/** How else a machine may start that does not start so. */
function otherwise(making: MachineMaking, machine: MachineSpec, thrown: unknown): MachineMaking | undefined {
  if (making.privileges === 'all' && isRefusal(thrown)) return { ...making, privileges: 'by name' }
  const record = isPortTaken(thrown) ? onOtherPorts(making.record, machine) : undefined
  return record && { ...making, record }
}

/** Copies what a lab gives its machines, and what they can't see of this host's. */
export async function giveFiles(
  { docker }: Daemon,
  record: DockerRecord,
  { container, files }: { container: string; files: readonly MachineFile[] },
): Promise<void> {
  const machine = docker.getContainer(container)
  if (files.length > 0) await machine.putArchive(tarOf(files), { path: '/' })
  const copies = sharedByCopy(record)
  if (copies) await machine.putArchive(copies, { path: '/' })
}

/** Starts a machine that was stopped, with the daemon or the computer it is on. */
export async function startMachine(
  daemon: Daemon,
  { cluster }: DockerRecord,
  { name }: MachineSpec,
): Promise<void> {
  const container = containerName(cluster, name)
  await daemon.docker.getContainer(container).start()
  await booted(daemon, container)
}

/** How long what runs on machines has to end. */
const END_S = 3

/** Stops machines and leaves them, to be started again. */
export async function haltMachines({ docker }: Daemon, { cluster, topology }: DockerRecord): Promise<void> {
  const stopping = topology.machines.map(async ({ name }) => {
    try {
      await docker.getContainer(containerName(cluster, name)).stop({ t: END_S })
    } catch (thrown) {
      // It has stopped by itself.
      if (statusOf(thrown) !== 304) throw thrown
    }
  })
  await Promise.all(stopping)
}

async function booted(daemon: Daemon, container: string): Promise<void> {
  const options = { env: {}, cwd: '/', timeoutMs: 30_000 }
  const { exitCode } = await runCommand(daemon, container, ['/bin/sh', '-c', BOOTED], options)
  if (exitCode === 0) return
  throw new LabError('KNET_MACHINE_GONE', {
    message:
      'A machine ended as soon as it was started: its image has no /sbin/init, or one that does not run here.',
    hint: 'KNET_NODE_IMAGE names another image; without it knet-labs makes its own',
  })
}
