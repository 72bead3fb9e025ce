import { readFileSync } from 'node:fs'

/** Children of a process, by the numbers of this program's pid namespace; none when it is gone, or on another system than Linux. */
export function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
  } catch {
    return []
  }
}
