import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { hostSpawn } from '../../machine/host.ts'
import { errorOf, linesOf, parseMessage, type Message } from './message.ts'
import { vagrantError } from './vagrant-error.ts'

export interface VagrantRun {
  readonly exitCode: number
  readonly messages: readonly Message[]
}

export interface RunOptions {
  /** Each line for people, as it comes. */
  readonly say?: (line: string) => void
  /** Aborted, Vagrant is asked to end as by Ctrl-C, and waited for: it puts away what it has half done. */
  readonly signal?: AbortSignal
}

/** Runs Vagrant on the virtual machine whose Vagrantfile is in `folder`. @throws the signal's reason, when Vagrant has ended. */
export async function runVagrant(
  folder: string,
  args: readonly string[],
  { say, signal }: RunOptions = {},
): Promise<VagrantRun> {
  signal?.throwIfAborted()
  const vagrant = hostSpawn(['vagrant', ...args, '--machine-readable'], {
    cwd: folder,
    env: vagrantEnv(folder),
  })
  const interrupt = () => vagrant.kill('SIGINT')
  signal?.addEventListener('abort', interrupt, { once: true })
  const messages: Message[] = []
  let complaint = ''
  vagrant.stdin.end()
  vagrant.stderr.on('data', (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-4000)))
  const lines = createInterface({ input: vagrant.stdout })
  lines.on('line', (line) => {
    const message = parseMessage(line)
    if (!message) return
    messages.push(message)
    for (const text of linesOf(message)) say?.(text)
  })
  const exitCode = await vagrant.exited
  signal?.removeEventListener('abort', interrupt)
  signal?.throwIfAborted()
  const silent = exitCode !== 0 && errorOf(messages) === undefined
  const told = { target: '', type: 'error-exit', data: ['', complaint.trim() || `exit ${exitCode}`] }
  return { exitCode, messages: silent ? [...messages, told] : messages }
}

/** As {@link runVagrant}. @throws LabError KNET_VAGRANT when it fails. */
export async function mustRunVagrant(
  folder: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<VagrantRun> {
  const run = await runVagrant(folder, args, options)
  if (run.exitCode !== 0) throw vagrantError(errorOf(run.messages)!)
  return run
}

/** Its own folder, whatever the environment says of others; and files named from where the user is. */
function vagrantEnv(folder: string): Record<string, string> {
  const absolute = (name: string) => {
    const value = process.env[name]
    return value && existsSync(value) ? { [name]: resolve(value) } : {}
  }
  return {
    VAGRANT_CWD: folder,
    VAGRANT_VAGRANTFILE: 'Vagrantfile',
    VAGRANT_CHECKPOINT_DISABLE: '1',
    ...absolute('KNET_VM_BOX'),
    ...absolute('KNET_VM_FILES'),
  }
}
