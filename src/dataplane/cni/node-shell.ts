import { quoted } from '../../machine/quote.ts'

/** Runs a `sh` script on the node, in its mount, network, uts, ipc and pid namespaces. */
export interface NodeShell {
  /** Resolves with what the script printed (stdout and stderr together, NULs not allowed) and its status. */
  run(script: string): Promise<{ exitCode: number; output: string }>
}

/** A shell line that writes a file without starting a process. */
export function writeLine(path: string, content: string): string {
  return `printf %s ${quoted(content)} >${quoted(path)}`
}
