import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Check } from '../../src/lab/check-schema.ts'
import type { Lab, Step } from '../../src/lab/lab.ts'

export interface Folder {
  readonly path: string
  remove(): void
}

export function temporaryFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'knet-test-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** A step that holds when a file is there. */
export function fileStep(id: string, folder: string, extra: Partial<Step> = {}): Step {
  const file = join(folder, id)
  const check: Check = { kind: 'command', id: 'file', on: 'node0', run: `ls ${file}` }
  return {
    id,
    title: `Make ${id}`,
    text: `Make the file ${id} on {{ node.node0.address }}.`,
    explain: 'Because.',
    run: [{ on: 'node0', run: 'ls' }],
    checks: [{ ...check, pass: `${id} is there.`, fail: `no ${id}: {{ seen }}` }],
    hints: ['where', 'what', `touch ${id}`],
    solve: [{ on: 'node0', run: `touch ${file}` }],
    undo: [{ on: 'node0', run: `rm ${file}` }],
    alternatives: [],
    ...extra,
  }
}

export function labOf(steps: readonly Step[]): Lab {
  return {
    id: 'files',
    title: 'Files',
    minutes: 1,
    summary: 'Files on a machine.',
    learn: ['files'],
    topology: {
      networks: [{ name: 'underlay', subnet: '172.19.0.0/24', gateway: '172.19.0.1' }],
      machines: [{ name: 'node0', address: '172.19.0.2' }],
    },
    cluster: 'none',
    steps,
    manifests: new Map(),
  }
}
