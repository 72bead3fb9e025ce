import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { labFolders } from '../base/lab-folders.ts'
import type { Paths } from '../base/paths.ts'
import type { Place } from './elsewhere.ts'

/** Where a lab is that does not run on this host: elsewhere.json in its run folder, from before it is begun until it is gone. */
export interface ElsewhereRecord {
  readonly place: Place
  /** The driver that it was started with there. */
  readonly nodes: string
}

const fileOf = (paths: Paths, lab: string) => join(paths.run(lab), 'elsewhere.json')

/** undefined for a lab that is not elsewhere. */
export function readRecord(paths: Paths, lab: string): ElsewhereRecord | undefined {
  try {
    return JSON.parse(readFileSync(fileOf(paths, lab), 'utf8')) as ElsewhereRecord
  } catch {
    return undefined
  }
}

export function writeRecord(paths: Paths, lab: string, record: ElsewhereRecord): void {
  mkdirSync(paths.run(lab), { recursive: true, mode: 0o700 })
  writeFileSync(fileOf(paths, lab), JSON.stringify(record), { mode: 0o600 })
}

/** The run folder of a lab elsewhere holds nothing but this. */
export function removeRecord(paths: Paths, lab: string): void {
  if (readRecord(paths, lab)) rmSync(paths.run(lab), { recursive: true, force: true })
}

/** Labs that are, or may be, elsewhere: seen without asking there. */
export function labsElsewhere(paths: Paths, place?: Place): string[] {
  return labFolders(paths).filter((lab) => {
    const record = readRecord(paths, lab)
    return record && (place === undefined || record.place === place)
  })
}
