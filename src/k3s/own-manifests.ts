import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Paths } from '../base/paths.ts'
import type { MachineFile } from '../machine/driver.ts'
import { CALICO_FILE, type CalicoFiles } from './calico.ts'

const file = (paths: Paths, lab: string): string => join(paths.run(lab), 'manifests', CALICO_FILE)

/** Keeps Calico's manifest for those who come to a lab that is up. */
export async function keepCalico(paths: Paths, lab: string, { manifest }: CalicoFiles): Promise<void> {
  await mkdir(join(paths.run(lab), 'manifests'), { recursive: true })
  await writeFile(file(paths, lab), manifest)
}

/** Manifests of a cluster's own, for labs that bring one of the same name. */
export async function ownManifests(paths: Paths, lab: string): Promise<ReadonlyMap<string, string>> {
  const path = file(paths, lab)
  return new Map(existsSync(path) ? [[CALICO_FILE, await readFile(path, 'utf8')]] : [])
}

/** A lab's files with Calico's manifest in place of the lab's, and as it was published: `diff` of the two says what k3s needs. */
export function withCalico(
  files: readonly MachineFile[],
  calico: CalicoFiles | undefined,
): readonly MachineFile[] {
  if (!calico) return files
  const path = `root/${CALICO_FILE}`
  return [
    ...files.filter((one) => one.path !== path),
    { path, content: calico.manifest },
    { path: 'root/calico.yaml', content: calico.published },
  ]
}
