import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** Control groups of a lab's on this host, in every hierarchy. */
export function labGroups(lab: string): string[] {
  const root = '/sys/fs/cgroup'
  const folders = [root, ...readdirSync(root).map((name) => join(root, name))]
  return folders.flatMap((folder) => {
    const entries = existsSync(join(folder, 'cgroup.procs')) ? readdirSync(folder) : []
    return entries.filter((name) => name.startsWith(`knet-labs.${lab}.`)).map((name) => join(folder, name))
  })
}
