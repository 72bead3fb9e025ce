import { dirname } from 'node:path'
import { MACHINES, PATH_INSIDE } from '../../machine/places.ts'
import { commandLine, quoted } from '../../machine/quote.ts'
import type { Topology } from '../../machine/topology.ts'
import type { RootTree } from './root-tree.ts'
import { netnsPath } from './wire.ts'

/**
 * The programs that build a sandbox, for any POSIX shell. Each is a file in the lab's run folder, so that what runs can
 * be read. They use few processes: one `mount --all` and one `ip -batch` do what dozens would.
 */

/** Where the holder sees the folder of scripts and tables. */
export const BOOT = '/opt/knet/boot'

/** Where each machine's root is made, in the holder's own /run. */
export const ROOTS = '/run/knet/roots'

/** A pipe that nothing is ever written to: who reads it sleeps for ever, without a process to sleep in. */
export const NEVER = '/run/knet/never'

/** The root that is copied for each machine. */
export const SKELETON = '/skel'

/**
 * The first program in new namespaces. It tells its pid as the host numbers it (its /proc is still the host's), and
 * goes on when its ids have been mapped: root's powers come with the exec after that.
 */
export const BORN = 'read -r pid _ </proc/self/stat && echo "born $pid" && read -r _ && exec "$@"'

export interface LayRoot {
  /** The lab's run folder on the host. */
  readonly run: string
  /** Who is root inside, as the laying process numbers ids. */
  readonly owner: number
  readonly tree: RootTree
  /** Files that are the same on each machine: path from the root, and content. */
  readonly files: readonly { path: string; content: string; executable?: boolean }[]
  /** Host's files that the companion program reads, copied to the same paths. */
  readonly reads: readonly string[]
  /** More of the host that needs real root: lines of shell, run in the new root. */
  readonly asRoot: readonly string[]
}

/** Most that machines may write: it is memory, and a tmpfs would take half the host's if nothing were said. */
export const DISK_SIZE = '1g'

/** Makes a root from nothing, moves into it, leaves the host's behind, and becomes the command it is given. */
export function layRootScript(o: LayRoot): string {
  const root = `${o.run}/root`
  const inSkeleton = (path: string) => quoted(`skel/${path}`)
  const parents = new Set(o.files.map(({ path }) => dirname(path)))
  const files = o.files.flatMap(({ path, content, executable }) => [
    `printf %s ${quoted(content)} >${inSkeleton(path)}`,
    ...(executable ? [`chmod 755 ${inSkeleton(path)}`] : []),
  ])
  return [
    'set -e',
    'umask 022',
    `mount -t tmpfs -o size=${DISK_SIZE},mode=755,uid=${o.owner},gid=${o.owner} knet ${quoted(root)}`,
    `cd ${quoted(root)}`,
    `mkdir -p ${[...o.tree.folders, ...parents].map(inSkeleton).join(' ')} ${quoted(`.${o.run}`)}`,
    `mkdir -p -m 1777 ${o.tree.sharedFolders.map(inSkeleton).join(' ')}`,
    ...o.tree.files.map((path) => `: >${inSkeleton(path)}`),
    `cp -dR --parents ${o.tree.copies.map(quoted).join(' ')} skel`,
    'ln -s pts/ptmx skel/dev/ptmx',
    ...files,
    // Modes as they are: /tmp is everybody's.
    'umask 0; cp -dR skel/. .; umask 022',
    ...(o.reads.length > 0
      ? [
          `cp -dR --parents ${o.reads.map(quoted).join(' ')} .`,
          ...o.reads.map((path) => `chown -R ${o.owner}:${o.owner} ${quoted(`.${path}`)}`),
        ]
      : []),
    ...o.asRoot,
    `mount --all --fstab ${quoted(`${o.run}/boot/root.fstab`)}`,
    // The folder in hand is the root below what was just mounted; this one is what it is called now.
    `cd ${quoted(root)}`,
    'pivot_root . mnt',
    'cd /',
    'umount -l /mnt',
    'exec "$@"',
    '',
  ].join('\n')
}

/**
 * How a machine is started in the holder, in its own network namespace, which is there already. For a shell to read.
 * @param hasGroups whether it has control groups of its own
 */
export function machineCommand(machine: string, hasGroups: boolean): string {
  const before = hasGroups ? `sh ${BOOT}/before.sh ${machine} ` : ''
  const namespaces = `unshare --mount --pid --uts --ipc${hasGroups ? ' --cgroup' : ''}`
  return `${before}nsenter --net=${netnsPath(machine)} -- ${namespaces} -- sh ${BOOT}/machine.sh ${machine}`
}

export interface HolderScript {
  readonly topology: Topology
  readonly companion?: { argv: readonly string[]; machine: string; sockets: number }
  /** Whether machines have control groups of their own. */
  readonly hasGroups: boolean
}

/**
 * Process 1 of the holder. Its stdin is the lifeline: when that ends before the word "keep" has come, so does the
 * sandbox. Descriptors 3, 4, … are the companion program's sockets, and the last its log.
 */
export function holderScript({ topology, companion, hasGroups }: HolderScript): string {
  const inherited = companion ? Array.from({ length: companion.sockets + 1 }, (_, i) => 3 + i) : []
  const closed = inherited.map((fd) => ` ${fd}>&-`).join('')
  const log = 3 + (companion?.sockets ?? 0)
  const aside = companion
    ? `nsenter --net=${netnsPath(companion.machine)} -- ${commandLine(companion.argv)} >&${log} 2>&${log} ${log}>&- &`
    : `sleep 2147483647${closed} &`
  return [
    'set -e',
    'umask 022',
    `export PATH=${PATH_INSIDE} HOME=/root`,
    'exec 8<&0 </dev/null',
    "trap 'exit 0' TERM",
    `{ read -r word && [ "$word" = keep ] || kill -TERM 1; } <&8 >/dev/null 2>&1${closed} &`,
    'exec 8<&-',
    `mount --all --fstab ${BOOT}/kernel.fstab`,
    `mkdir -p ${MACHINES} ${ROOTS}`,
    `mkfifo ${NEVER}`,
    `hostname ${topology.name}`,
    // The bridge's own multicast chatter would be in every learner's capture.
    '! [ -e /proc/sys/net/ipv6 ] || echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6',
    '! [ -e /proc/sys/net/bridge ] || echo 0 >/proc/sys/net/bridge/bridge-nf-call-iptables',
    // The gateway is a router without a way on, and says so: what is sent there fails at once instead of vanishing.
    'echo 1 >/proc/sys/net/ipv4/ip_forward; echo 0 >/proc/sys/net/ipv4/icmp_ratelimit',
    `ip -batch ${BOOT}/underlay.batch`,
    aside,
    'aside=$!',
    ...topology.machines.map(({ name }) => `${machineCommand(name, hasGroups)}${closed} &`),
    ...(closed ? [`exec${closed}`] : []),
    // What it still says goes nowhere: who started the sandbox may be gone. This reaps orphans too.
    'exec >/dev/null 2>&1',
    'wait $aside',
    '',
  ].join('\n')
}
