import { readFileSync } from 'node:fs'
import { childrenOf } from '../machine/children.ts'

/** What a process is called in each pid namespace from ours inwards: the last number is its own. */
export function numbersOf(pid: number): number[] {
  return words(statusField(pid, 'NSpid')).map(Number)
}

/** Whether SIGTERM would do anything: the kernel drops it for a pid 1 that has no handler for it, whoever sends it. */
export function heedsTerm(pid: number): boolean {
  const caught = statusField(pid, 'SigCgt')
  return caught !== '' && (BigInt(`0x${caught}`) & (1n << 14n)) !== 0n
}

export function isAlive(pid: number): boolean {
  const state = statusField(pid, 'State')
  return state !== '' && !state.startsWith('Z')
}

/** Sends a signal; false when there is no such process. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  // 0 and below would mean process groups, our own among them.
  if (pid <= 1) return false
  try {
    return process.kill(pid, name)
  } catch {
    return false
  }
}

/**
 * The descendant that calls itself `inner` in its own pid namespace, searched breadth first.
 * @param depth how many namespaces down that one is, where there are several
 */
export function findDescendant(root: number, inner: number, depth?: number): number | undefined {
  const queue = [root]
  for (let pid = queue.shift(); pid !== undefined; pid = queue.shift()) {
    const numbers = numbersOf(pid)
    if (numbers.at(-1) === inner && (depth === undefined || numbers.length === depth)) return pid
    queue.push(...childrenOf(pid))
  }
  return undefined
}

function statusField(pid: number, name: string): string {
  return new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(read(`/proc/${pid}/status`))?.[1]?.trim() ?? ''
}

function words(text: string): string[] {
  return text.split(/\s+/).filter(Boolean)
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
