import type { Finding, Need } from '../../machine/driver.ts'
import { hostExec } from '../../machine/host.ts'
import { findProgram, installCommand, packageHost, type PackageHost } from '../../machine/packages.ts'
import { probeContainers } from './container-features.ts'
import { probeKernel } from './kernel-features.ts'
import { FOR_ROOT, FOR_USERS, TOOLS, type Tool } from './tools.ts'

/** Where to get what a platform's packages may not have. */
const FROM: Readonly<Record<string, string>> = { kubectl: ' from https://kubernetes.io/docs/tasks/tools' }

const NAMES: Partial<Record<NodeJS.Platform, string>> = { darwin: 'macOS', win32: 'Windows' }

/** What no package mends. */
function noLinux(platform: NodeJS.Platform): Finding {
  const container = 'take --driver container, which has one'
  return {
    name: 'Linux',
    why: 'is what nodes are parts of',
    required: true,
    ok: false,
    seen: `this is ${NAMES[platform] ?? platform}`,
    fix: platform === 'win32' ? `${container}; or run knet-labs in WSL 2 (wsl --install)` : container,
  }
}

/** How long a program may take to say its version. */
const VERSION_DEADLINE_MS = 5000

/**
 * What this host has and lacks for the sandbox.
 * @param how `start` only looks for programs, in a millisecond or two, and for Calico's labs whether the kernel has their tunnel: the
 *   rest shows when the sandbox is built.
 */
export async function probe(how: 'start' | 'doctor', needs: readonly Need[]): Promise<Finding[]> {
  if (process.platform !== 'linux') return [noLinux(process.platform)]
  const host = packageHost()
  const path = process.env['PATH'] ?? ''
  const find = (name: string) => findProgram(name, path)
  const kernel =
    how === 'doctor' ? await probeKernel() : needs.includes('calico') ? await probeKernel('ipip') : []
  const containers =
    how === 'doctor' || needs.includes('k3s') ? await probeContainers(needs.includes('k3s')) : []
  const tools = [...TOOLS, host.isRoot ? FOR_ROOT : FOR_USERS].map((tool) => ({
    ...tool,
    required: tool.required === true || needs.some((need) => need === tool.required),
  }))
  const found = tools.map((tool) => [tool, find(tool.name)] as const)
  const seen = async (tool: Tool, file: string) => (how === 'start' ? file : await versionOf(tool, file))
  const programs = await Promise.all(
    found.map(async ([tool, file]) => finding(tool, file ? await seen(tool, file) : '', file, host)),
  )
  return [...kernel, ...containers, ...programs]
}

async function versionOf(tool: Tool, file: string): Promise<string> {
  if (!tool.version) return file
  const said = await hostExec([file, ...tool.version], { timeoutMs: VERSION_DEADLINE_MS }).catch(
    () => undefined,
  )
  return versionIn(`${said?.stdout}\n${said?.stderr}`) ?? file
}

/** The first thing in a text that looks like a version: 1.20, 2.38.1, 20211215. */
export function versionIn(text: string): string | undefined {
  return /\d+\.\d+(?:\.\d+)*|\b20\d{6}\b/.exec(text)?.[0]
}

/** Whether a version is none too old. What can't be read as one is given the benefit of the doubt. */
export function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const read = /^(\d+)\.(\d+)/.exec(version)
  if (!read) return true
  const [, a, b] = read.map(Number)
  return a! > major || (a === major && b! >= minor)
}

function finding(
  tool: Tool & { required: boolean },
  seen: string,
  file: string | undefined,
  host: PackageHost,
): Finding {
  const { name, why, required, atLeast } = tool
  const tooOld = file !== undefined && atLeast !== undefined && !isAtLeast(seen, atLeast)
  const ok = file !== undefined && !tooOld
  // A kubectl that is there is never replaced: packages of different vendors exclude each other.
  const fix = tooOld
    ? `get ${name} ${atLeast.join('.')} or newer${FROM[name] ?? ''}`
    : (installCommand(name, host) ?? `install ${name}${FROM[name] ?? ''}: no package of it is known here`)
  return {
    name,
    why,
    required,
    ok,
    seen: file === undefined ? 'not installed' : tooOld ? `${seen}, older than ${atLeast.join('.')}` : seen,
    ...(ok ? {} : { fix }),
  }
}
