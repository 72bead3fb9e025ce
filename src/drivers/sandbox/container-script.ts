import { dirname } from 'node:path'
import type { SharedFile } from '../../machine/driver.ts'
import { BEGIN } from '../../machine/places.ts'
import { quoted } from '../../machine/quote.ts'
import { mountGroups, type Hierarchy } from './control-groups.ts'
import { ROOTS } from './holder-script.ts'

/** What a lab is whose machines run containers. */
export interface Containers {
  readonly hierarchies: readonly Hierarchy[]
  /** Of the lab's control groups. */
  readonly group: string
  /** Files of the host that machines read. */
  readonly shared: readonly SharedFile[]
  /** Folders of machines that overlays can be laid on. */
  readonly storage: readonly string[]
  /** The host's folder that they are in; else they are in memory. */
  readonly disk: string | undefined
}

/** Where the holder has what machines keep on such folders, a folder each. */
export const STORAGE = '/opt/knet/storage'

/** Where the holder sees a shared file. */
export const sharedAt = (index: number): string => `/opt/knet/shared/${index}`

/**
 * What a kubelet would set in the kernel: it is the host's, which stays as it is. Machines have files in their place that say it is so.
 * (kubelet: pkg/kubelet/cm, setupKernelTunables)
 */
const TUNABLES: Readonly<Record<string, number>> = {
  'vm/overcommit_memory': 1,
  'vm/panic_on_oom': 0,
  'kernel/panic': 10,
  'kernel/panic_on_oops': 1,
  'kernel/keys/root_maxkeys': 1_000_000,
  'kernel/keys/root_maxbytes': 25_000_000,
}

/** Programs are put into /usr/local, which is the host's and read-only: over it lies a layer of the machine's. */
const localOf = (name: string) => `${ROOTS}/${name}.local`

/** Part of a machine's script: when its root is at /mnt, and the holder's still in sight. */
export function containerLines({ hierarchies, group, shared, storage }: Containers): string[] {
  const local = localOf('$name')
  return [
    ...mountGroups(hierarchies, group),
    'tunables=/mnt/opt/knet/tunables',
    'mkdir -p $tunables',
    ...Object.entries(TUNABLES).flatMap(([name, value]) => {
      const file = `$tunables/${name.replaceAll('/', '.')}`
      const there = `/mnt/proc/sys/${name}`
      return [`echo ${value} >${file}`, `! [ -e ${there} ] || mount --bind ${file} ${there}`]
    }),
    'tr -d - </proc/sys/kernel/random/uuid >/mnt/etc/machine-id',
    // Runtimes write to one, and iproute2 looks into the other.
    '[ -e /mnt/var/run ] || ln -s /run /mnt/var/run',
    `mkdir -p ${local}/upper ${local}/work`,
    `mount -t overlay -o lowerdir=/mnt/usr/local,upperdir=${local}/upper,workdir=${local}/work local /mnt/usr/local`,
    ...storage.flatMap((folder) => [
      `mkdir -p ${STORAGE}/$name${folder} /mnt${folder}`,
      `mount --bind ${STORAGE}/$name${folder} /mnt${folder}`,
    ]),
    ...shared.flatMap(({ target }, index) => {
      const there = quoted(`/mnt${target}`)
      return [
        `mkdir -p ${quoted(`/mnt${dirname(target)}`)}`,
        `: >${there}`,
        `mount --bind -o ro ${sharedAt(index)} ${there}`,
      ]
    }),
  ]
}

/** What is begun by {@link BEGIN} is the machine's, in its control groups: what is entered from outside is not. */
export const TAKES_PROGRAMS = `mkdir -p ${dirname(BEGIN)}; mkfifo ${BEGIN}; ( trap - EXIT; while :; do read -r program || continue; $program & done ) 5<&- 6<&- 7>&- <>${BEGIN} >/dev/null 2>&1 &`

/** Removes what a machine kept, given by a variable of the shell's. */
export const REMOVE_KEPT = `rm -rf ${localOf('$name')} ${STORAGE}/$name`
