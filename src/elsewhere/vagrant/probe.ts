import { dirname } from 'node:path'
import type { Finding } from '../../machine/driver.ts'
import { hostExec } from '../../machine/host.ts'
import { findProgram, installCommand, packageHost } from '../../machine/packages.ts'
import { errorOf } from './message.ts'
import { runVagrant } from './run.ts'
import { vagrantError } from './vagrant-error.ts'

const VAGRANT = {
  name: 'vagrant',
  why: 'makes the virtual machine that labs run in',
  required: true,
} as const
const SSH = { name: 'ssh', why: 'goes into the virtual machine', required: true } as const
const PROVIDER = { name: 'provider', why: 'runs the virtual machine', required: true } as const
const MACHINE = {
  name: 'virtual machine',
  why: 'has the labs; made by the first start',
  required: false,
} as const

/** What this host has and lacks for labs in a virtual machine. `stage` puts the Vagrantfile into `folder`, if it is needed. */
export async function probe(how: 'start' | 'doctor', folder: string, stage: () => void): Promise<Finding[]> {
  const path = process.env['PATH'] ?? ''
  const [vagrant, ssh] = [findProgram('vagrant', path), findProgram('ssh', path)]
  const programs = [
    programFinding(VAGRANT, vagrant, 'https://developer.hashicorp.com/vagrant/install'),
    programFinding(SSH, ssh, 'install OpenSSH'),
  ]
  if (how === 'start' || vagrant === undefined) return programs
  stage()
  return [...programs, ...(await virtualMachine(folder))]
}

function programFinding(
  what: Pick<Finding, 'name' | 'why' | 'required'>,
  file: string | undefined,
  otherwise: string,
): Finding {
  if (file !== undefined) return { ...what, ok: true, seen: file }
  return {
    ...what,
    ok: false,
    seen: 'not installed',
    fix: installCommand(what.name, packageHost()) ?? otherwise,
  }
}

/** Vagrant itself tells which provider it would take, and how the machine is. */
async function virtualMachine(folder: string): Promise<Finding[]> {
  const { exitCode, messages } = await runVagrant(folder, ['status'])
  if (exitCode !== 0) {
    const { message, hint } = vagrantError(errorOf(messages)!)
    return [{ ...PROVIDER, ok: false, seen: message, ...(hint ? { fix: hint } : {}) }]
  }
  const told = (wanted: string) => messages.find(({ type }) => type === wanted)?.data[0] ?? '?'
  const state = told('state-human-short')
  return [
    { ...PROVIDER, ok: true, seen: `${told('provider-name')}, by Vagrant ${await version(dirname(folder))}` },
    { ...MACHINE, ok: true, seen: state },
  ]
}

async function version(folder: string): Promise<string> {
  const { stdout } = await hostExec(['vagrant', '--version'], { cwd: folder, timeoutMs: 20_000 })
  return /\d+(?:\.\d+)+/.exec(stdout)?.[0] ?? ''
}
