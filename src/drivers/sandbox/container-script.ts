import { dirname } from 'node:path'
import type { SharedFile } from '../../machine/driver.ts'
import { BEGIN } from '../../machine/places.ts'
import { quoted } from '../../machine/quote.ts'
import { joinGroups, mountGroups, type Hierarchy } from './control-groups.ts'
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

/** What k3s and pods put programs into is the host's, and read-only: over it lies a layer of the machine's. */
const LAYERED = ['/usr/local', '/usr/libexec']
const layersOf = (name: string) => `${ROOTS}/${name}.layers`

/** In the holder: given a machine's name, sees to what must be there before the machine is, and becomes the words after that. */
export const beforeScript = ({ hierarchies, group }: Containers): string =>
  [
    'set -e',
    'name=$1; shift',
    `mkfifo ${PROGRAMS_OF}`,
    ...joinGroups(hierarchies, group),
    'exec "$@"',
    '',
  ].join('\n')

/** Part of a machine's script: when its root is at /mnt, and the holder's still in sight. */
export function containerLines({ hierarchies, group, shared, storage }: Containers): string[] {
  const layers = layersOf('$name')
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
    `mkdir -p /mnt${dirname(BEGIN)}`,
    `: >/mnt${BEGIN}`,
    `mount --bind ${PROGRAMS_OF} /mnt${BEGIN}`,
    // Runtimes write to one, and iproute2 looks into the other.
    '[ -e /mnt/var/run ] || ln -s /run /mnt/var/run',
    `for folder in ${LAYERED.join(' ')}; do`,
    '  [ -d /mnt$folder ] || continue',
    `  mkdir -p ${layers}$folder/upper ${layers}$folder/work`,
    `  mount -t overlay -o lowerdir=/mnt$folder,upperdir=${layers}$folder/upper,workdir=${layers}$folder/work layer /mnt$folder`,
    'done',
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

/** In the holder: the pipe that a machine has as {@link BEGIN}. */
export const PROGRAMS_OF = `${ROOTS}/$name.begin`

/**
 * What a machine's process 1 has a child do, and again should that be killed: it begins programs that are the machine's and in its control groups,
 * as what is entered from outside is not. Their paths come by descriptor 9; to read one fails once when a program ends.
 */
export const TAKE_PROGRAMS =
  '{ while :; do read -r program || { sleep 0.1; continue; }; $program 9<&- & done; } <&9'

/** Removes what a machine kept, given by a variable of the shell's. */
export const REMOVE_KEPT = `rm -rf ${layersOf('$name')} ${PROGRAMS_OF} ${STORAGE}/$name`
