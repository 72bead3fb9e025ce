import type { Machine } from '../../machine/machine.ts'
import { quoted } from '../../machine/quote.ts'

/** Runs a `sh` script on the node, in its mount, network, uts, ipc and pid namespaces. */
export interface NodeShell {
  /** Resolves with what the script printed (stdout and stderr together, NULs not allowed) and its status. */
  run(script: string): Promise<{ exitCode: number; output: string }>
}

/** A shell that is started anew for each script. */
export function machineShell(machine: Machine): NodeShell {
  return {
    async run(script) {
      const { exitCode, stdout, stderr } = await machine.exec(['/bin/sh'], { stdin: script })
      return { exitCode, output: stdout + stderr }
    },
  }
}

/** A shell line that writes a file without starting a process. */
export function writeLine(path: string, content: string): string {
  return `printf %s ${quoted(content)} >${quoted(path)}`
}
