import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Paths } from '../base/paths.ts'
import { trouble } from './trouble.ts'

/** What is remembered of a cluster of k3s, as k3s.json in its lab's run folder, mode 0600. */
export interface K3sRecord {
  readonly token: string
}

export const k3sRecordPath = (paths: Paths, lab: string): string => join(paths.run(lab), 'k3s.json')

export async function writeK3sRecord(paths: Paths, lab: string, record: K3sRecord): Promise<void> {
  await writeFile(k3sRecordPath(paths, lab), JSON.stringify(record), { mode: 0o600 })
}

/** @throws LabError KNET_K3S for a lab whose machines were made for something else. */
export function tokenOf(paths: Paths, lab: string): string {
  try {
    return (JSON.parse(readFileSync(k3sRecordPath(paths, lab), 'utf8')) as K3sRecord).token
  } catch (cause) {
    throw trouble(`The machines of ${lab} are not those of a cluster.`, cause)
  }
}
