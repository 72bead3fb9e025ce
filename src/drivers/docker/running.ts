import { EXIT, LabError } from '../../base/errors.ts'
import { until } from '../../base/until.ts'
import type { Running } from '../../machine/driver.ts'
import type { Daemon } from './command.ts'
import { labelOf } from './adopt.ts'
import { containerName } from './container-spec.ts'
import { dockerError, statusOf } from './docker-error.ts'
import { dockerMachine } from './docker-machine.ts'
import { makeMachine } from './machine-up.ts'
import { readMachineFiles } from './machine-files.ts'
import { privilegesKnown } from './privileges.ts'
import { reach } from './reach.ts'
import { readRecord, type DockerRecord } from './record.ts'

export interface RunningOptions {
  readonly daemon: Daemon
  readonly record: DockerRecord
  readonly run: string
  readonly state: string
  /** argv of the program that gives a container's command another terminal. */
  readonly terminalProgram: readonly string[]
  readonly keep: () => Promise<void>
}

/** The machines of a lab whose containers are there. */
export function runningOn(o: RunningOptions): Running {
  const { daemon, record } = o
  const { topology, cluster } = record
  return {
    topology,
    machines: topology.machines.map(({ name }) =>
      dockerMachine({
        name,
        container: containerName(cluster, name),
        daemon,
        terminalProgram: o.terminalProgram,
      }),
    ),
    keep: o.keep,
    reach: (published) => reach(daemon, record, published),
    rebuild: (name) => rebuild(o, name),
    // A daemon that can't be asked any more has ended, and with it all it kept.
    ended: (signal) => whenEnded(o, signal).catch(() => {}),
    beside() {
      throw new LabError('KNET_DRIVER', {
        message: `Processes of ${topology.name} can't be entered by their number: its machines are containers.`,
        exitCode: EXIT.unavailable,
      })
    },
  }
}

async function rebuild({ daemon, record, run, state }: RunningOptions, name: string): Promise<void> {
  const machine = record.topology.machines.find((spec) => spec.name === name)
  if (!machine) throw new LabError('KNET_MACHINE_GONE', { message: `There is no machine ${name}.` })
  if (record.adopted) {
    throw new LabError('KNET_REBUILD_FAILED', {
      message: `${name} was made by footloose, and is not knet-labs' to make anew.`,
      hint: `footloose -c ${record.given?.path} delete && footloose -c ${record.given?.path} create`,
    })
  }
  const { endpoint } = daemon
  try {
    await removed(daemon, containerName(record.cluster, name))
    const privileges = privilegesKnown(state, endpoint) ?? 'all'
    await makeMachine({ daemon, record, files: readMachineFiles(run), privileges }, machine)
  } catch (thrown) {
    const { message } = dockerError(thrown, endpoint)
    throw new LabError('KNET_REBUILD_FAILED', {
      message: `${name} could not be made anew: ${message}`,
      hint: 'knet-labs reset --lab',
      cause: thrown,
    })
  }
}

async function removed({ docker }: Daemon, container: string): Promise<void> {
  try {
    await docker.getContainer(container).remove({ force: true, v: true })
  } catch (thrown) {
    if (statusOf(thrown) !== 404) throw thrown
  }
}

/** How long a machine may take to be made anew. */
const REBUILT_WITHIN_MS = 20_000

/** The lab has ended when it was stopped, when none of its machines runs, or when the daemon has ended. */
async function whenEnded({ daemon, record, run }: RunningOptions, signal: AbortSignal): Promise<void> {
  const filters = { label: [labelOf(record)] }
  const events = await daemon.docker.getEvents({
    filters: { ...filters, type: ['container'], event: ['die', 'destroy'] },
    abortSignal: signal,
  })
  const someRun = async () => (await daemon.docker.listContainers({ filters })).length > 0
  const stopped = () => readRecord(run)?.owner !== record.owner
  for await (const _ of events) {
    // The only machine is away for a moment while it is made anew.
    const waiting = { what: 'a machine', deadlineMs: REBUILT_WITHIN_MS, maxEveryMs: 500, signal }
    await until(async () => stopped() || (await someRun()), waiting).catch(() => {})
    if (stopped() || !(await someRun())) return
  }
}
