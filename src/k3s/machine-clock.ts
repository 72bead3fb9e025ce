import type { Machine } from '../machine/machine.ts'

/** Seconds since 1970, as nodes write them: not this host's, which may be another computer. */
export async function clockOf(machine: Machine): Promise<number> {
  return Number((await machine.exec(['date', '+%s'])).stdout)
}

/** When a machine was started, by its own clock. */
export async function startOf(machine: Machine): Promise<number> {
  const script = 'echo $(($(date +%s) - $(ps -o etimes= -p 1)))'
  return Number((await machine.exec(['/bin/sh', '-c', script])).stdout)
}
