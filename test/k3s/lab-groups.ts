import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { groupName } from '../../src/drivers/sandbox/control-groups.ts'
import type { Stranger } from '../helpers/cli.ts'

/** Control groups of a stranger's lab on this host, in every hierarchy. */
export function labGroups(stranger: Stranger, lab: string): string[] {
  const root = '/sys/fs/cgroup'
  const name = groupName(lab, join(stranger.lab(lab), 'run'))
  const folders = [root, ...readdirSync(root).map((hierarchy) => join(root, hierarchy))]
  return folders.map((folder) => join(folder, name)).filter((group) => existsSync(group))
}
