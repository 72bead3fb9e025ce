import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { EXIT, LabError } from '../../base/errors.ts'
import type { Waiting } from '../elsewhere.ts'
import { errorOf } from './message.ts'
import { mustRunVagrant, runVagrant } from './run.ts'
import { forgetSsh, MACHINE, rememberSsh, stampInside } from './ssh.ts'
import { vagrantError } from './vagrant-error.ts'

/** What a reset goes back to: the machine as it was when it had been provisioned. */
const FRESH = 'knet-labs-fresh'

/**
 * Brings the virtual machine up, made and provisioned as far as it is not: what a killed start left is taken further.
 * @param stamp of the package in `folder`, which it shall have.
 */
export async function up(folder: string, stamp: string, waiting: Waiting): Promise<void> {
  if ((await stampInside(folder)) === stamp) return
  const isNew = !isMade(folder)
  if (isNew) waiting.say('Making the virtual machine, once for all labs: this takes minutes.')
  try {
    await mustRunVagrant(folder, ['up'], waiting)
  } catch (thrown) {
    if (waiting.signal.aborted && isNew) await discard(folder, waiting)
    throw thrown
  }
  await rememberSsh(folder)
  if ((await stampInside(folder)) !== stamp) await provision(folder, stamp, waiting)
  // Some providers have no snapshots: there, a reset makes the machine anew.
  if (isNew) await runVagrant(folder, ['snapshot', 'save', '--force', FRESH], { signal: waiting.signal })
}

/** Vagrant thinks that this was done, after one that failed, and with another knet-labs than this. */
async function provision(folder: string, stamp: string, waiting: Waiting): Promise<void> {
  await mustRunVagrant(folder, ['rsync'], waiting)
  await mustRunVagrant(folder, ['provision'], waiting)
  if ((await stampInside(folder)) === stamp) return
  throw new LabError('KNET_VAGRANT', {
    message: 'The virtual machine was provisioned, and still has another knet-labs than this.',
    hint: 'knet-labs stop --all --destroy      (the next start makes it anew)',
    exitCode: EXIT.unavailable,
  })
}

/** As it was when it was new: from its snapshot, else made anew. */
export async function restore(folder: string, stamp: string, waiting: Waiting): Promise<void> {
  const args = ['snapshot', 'restore', '--no-provision', FRESH]
  const { exitCode, messages } = await runVagrant(folder, args, waiting)
  const error = exitCode === 0 ? undefined : errorOf(messages)
  if (error && !error.kind.startsWith('Snapshot')) throw vagrantError(error)
  if (error) await discard(folder, waiting)
  await up(folder, stamp, waiting)
}

export async function discard(folder: string, { say }: Pick<Waiting, 'say'>): Promise<void> {
  say('Removing the virtual machine.')
  await mustRunVagrant(folder, ['destroy', '--force'], { say })
  forgetSsh(folder)
}

/** Whether Vagrant knows of a machine: it keeps its id, as long as there is one, in machines/<name>/<provider>/id. */
export function isMade(folder: string): boolean {
  const machines = join(folder, '.vagrant/machines', MACHINE)
  return existsSync(machines) && readdirSync(machines).some((name) => existsSync(join(machines, name, 'id')))
}
