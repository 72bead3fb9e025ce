import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MachineFile } from '../../machine/driver.ts'

/** Files of every machine, kept in the run folder for machines that are made anew. */
const FILE = 'machine-files.json'

export function writeMachineFiles(run: string, files: readonly MachineFile[]): void {
  writeFileSync(join(run, FILE), JSON.stringify(files), { mode: 0o600 })
}

export function readMachineFiles(run: string): readonly MachineFile[] {
  return JSON.parse(readFileSync(join(run, FILE), 'utf8')) as readonly MachineFile[]
}
