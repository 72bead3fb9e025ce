import { createHash } from 'node:crypto'
import { rmdir, readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { until } from '../../base/until.ts'

/**
 * Control groups (cgroups(7)) of a lab whose machines run containers: in each hierarchy one of the lab's, and in it one of each machine's, which
 * is all that the machine sees.
 */

const MOUNTED = '/sys/fs/cgroup'

/** Where the holder sees the host's. */
export const GROUPS = '/opt/knet/cgroup'

export interface Hierarchy {
  /** Where it is below /sys/fs/cgroup: "memory", "cpu,cpuacct"; "." is that folder itself, of version 2. */
  readonly folder: string
  /** What mounts it: the names of its controllers, or name=…; undefined of version 2, which has all. */
  readonly controllers: string | undefined
}

/** Words of a hierarchy's mount that are no controllers. */
const SETTINGS = /^(?:rw|ro|xattr|noprefix|clone_children|cpuset_v2_mode|favordynmods|release_agent=.*)$/

/** @param mountinfo of a process, as proc(5) has it. */
export function hierarchiesIn(mountinfo: string): Hierarchy[] {
  const found = mountinfo.split('\n').flatMap((line): Hierarchy[] => {
    const [, , , , at = '', ...rest] = line.split(' ')
    const [type, , settings = ''] = rest.slice(rest.indexOf('-') + 1)
    if (type === 'cgroup2' && at === MOUNTED) return [{ folder: '.', controllers: undefined }]
    if (type !== 'cgroup' || !at.startsWith(`${MOUNTED}/`)) return []
    const controllers = settings.split(',').filter((word) => !SETTINGS.test(word))
    return [{ folder: at.slice(MOUNTED.length + 1), controllers: controllers.join(',') }]
  })
  const unified = found.filter(({ controllers }) => controllers === undefined)
  return unified.length > 0 ? unified : found
}

/** @param run the lab's folder: another user's lab of that name has another group. */
export function groupName(lab: string, run: string): string {
  return `knet-labs.${lab}.${createHash('sha256').update(run).digest('hex').slice(0, 8)}`
}

/** The lab's own groups, as this host has them. */
export const groupFolders = (hierarchies: readonly Hierarchy[], name: string): string[] =>
  hierarchies.map(({ folder }) => join(MOUNTED, folder, name))

/** In the holder: makes a machine's groups anew, and goes there. What the machine had is dead, and its groups are gone soon. */
export function joinGroups(hierarchies: readonly Hierarchy[], name: string): string[] {
  return [
    `for hierarchy in ${hierarchies.map(({ folder }) => folder).join(' ')}; do`,
    `  lab=${GROUPS}/$hierarchy/${name}`,
    '  tries=250',
    '  while [ -d $lab/$name ] && [ $((tries -= 1)) -gt 0 ]; do',
    '    find $lab/$name -depth -type d -exec rmdir {} + 2>/dev/null || sleep 0.02',
    '  done',
    '  mkdir -p $lab',
    // Of version 2: what the groups in it may have.
    '  for group in $lab/.. $lab; do',
    '    [ -e $group/cgroup.controllers ] || continue',
    '    for controller in $(cat $group/cgroup.controllers); do echo +$controller >$group/cgroup.subtree_control || :; done',
    '  done',
    '  mkdir $lab/$name',
    // Of version 1: a new group has no processors to run on.
    '  for group in $lab $lab/$name; do',
    '    [ -e $group/cpuset.cpus ] && ! [ -e $group/cgroup.controllers ] || continue',
    '    for file in cpuset.cpus cpuset.mems; do cat $group/../$file >$group/$file; done',
    '  done',
    '  echo 0 >$lab/$name/cgroup.procs',
    'done',
  ]
}

/** In a machine that sees its groups alone from now on, and whose root is at /mnt. */
export function mountGroups(hierarchies: readonly Hierarchy[], name: string): string[] {
  const at = `/mnt${MOUNTED}`
  if (hierarchies.some(({ controllers }) => controllers === undefined)) {
    const init = `${GROUPS}/${name}/$name/init`
    return [
      // A group that has processes can't divide what it has.
      `mkdir ${init}`,
      // Read anew for each: some are born and some end meanwhile. Whatever can't be moved must not keep this going for ever.
      'tries=0',
      `while [ $((tries += 1)) -le 1000 ] && read -r pid <${init}/../cgroup.procs; do`,
      `  echo $pid >${init}/cgroup.procs || :`,
      'done',
      `mount -t cgroup2 cgroup2 ${at}`,
      `for controller in $(cat ${at}/cgroup.controllers); do echo +$controller >${at}/cgroup.subtree_control || :; done`,
    ]
  }
  return [
    `mount -t tmpfs -o mode=755 cgroup ${at}`,
    ...hierarchies.flatMap(({ folder, controllers }) => [
      `mkdir -p ${at}/${folder}`,
      `mount -t cgroup -o ${controllers} cgroup ${at}/${folder}`,
    ]),
  ]
}

/** Removes groups without processes: those that die are gone in a moment. @throws LabError KNET_DEADLINE */
export async function removeGroups(groups: readonly string[]): Promise<void> {
  await Promise.all(
    groups.map((group) =>
      until(() => removeTree(group), {
        what: `the control group ${basename(group)} to be without processes`,
        deadlineMs: 10_000,
        everyMs: 2,
        maxEveryMs: 50,
      }),
    ),
  )
}

/** @returns whether it is gone. The files in them can't be removed, and go with them. */
async function removeTree(group: string): Promise<boolean> {
  try {
    const inside = await readdir(group, { withFileTypes: true })
    const folders = inside.filter((entry) => entry.isDirectory()).map(({ name }) => join(group, name))
    await Promise.all(folders.map(removeTree))
    await rmdir(group)
    return true
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'ENOENT'
  }
}
