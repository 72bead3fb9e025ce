import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { hostExec } from '../../machine/host.ts'
import { commandLine } from '../../machine/quote.ts'
import { STAMP_INSIDE } from '../package.ts'
import { mustRunVagrant } from './run.ts'

/** The machine's name in the Vagrantfile. */
export const MACHINE = 'knet-labs'

/** What `vagrant ssh` tells ssh(1), asked once: Vagrant takes two seconds to say it, each time. */
const configIn = (folder: string) => join(folder, 'ssh.config')

export async function rememberSsh(folder: string): Promise<void> {
  const { messages } = await mustRunVagrant(folder, ['ssh-config'])
  const config = messages.find(({ type }) => type === 'ssh-config')?.data.join(',') ?? ''
  writeFileSync(configIn(folder), config, { mode: 0o600 })
}

export function forgetSsh(folder: string): void {
  rmSync(configIn(folder), { force: true })
}

/** ssh(1) as `vagrant ssh` runs it; root's command there. */
export function sshCommand(folder: string, argv: readonly string[], { tty }: { tty: boolean }): string[] {
  const options = ['-F', configIn(folder), '-o', 'ConnectTimeout=10', '-o', 'ServerAliveInterval=20']
  const command = commandLine(['sudo', '--non-interactive', '--set-home', ...argv])
  return ['ssh', ...options, tty ? '-t' : '-T', MACHINE, command]
}

/** What is provisioned in the virtual machine; undefined when it can't be entered. */
export async function stampInside(folder: string): Promise<string | undefined> {
  if (!existsSync(configIn(folder))) return undefined
  const read = sshCommand(folder, ['sh', '-c', `cat ${STAMP_INSIDE} || true`], { tty: false })
  const { exitCode, stdout } = await hostExec(read, { timeoutMs: 20_000 })
  return exitCode === 0 ? stdout : undefined
}
