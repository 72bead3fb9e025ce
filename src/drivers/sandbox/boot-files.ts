import {
  accessSync,
  constants,
  copyFileSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import type { MachineFile } from '../../machine/driver.ts'
import { NODE_BINARY, programInside, PROGRAMS } from '../../machine/places.ts'
import { routerScript } from '../../machine/router.ts'
import type { Topology } from '../../machine/topology.ts'
import { beforeScript, sharedAt, STORAGE, type Containers } from './container-script.ts'
import { GROUPS } from './control-groups.ts'
import { bind, formatFstab, type Mount } from './fstab.ts'
import { BOOT, DISK_SIZE, holderScript, layRootScript, type HolderScript } from './holder-script.ts'
import type { IdPlan } from './id-map.ts'
import {
  EMPTY_BATCH,
  FLUSH_SCRIPT,
  hostsFile,
  kernelMounts,
  machineFstab,
  machineScript,
  rebuildScript,
} from './machine-script.ts'
import { planRoot, TUN, type HostView, type Kind, type RootTree } from './root-tree.ts'
import { TCPDUMP_WRAPPER } from './tcpdump-wrapper.ts'
import { bridgeLines, cableLines, machineLines, namespaceLines } from './wire.ts'

export interface BootOptions {
  readonly run: string
  readonly topology: Topology
  readonly ids: IdPlan
  /** The Node binary and our programs, on the host. */
  readonly node: string
  readonly programs: readonly string[]
  readonly companion?: HolderScript['companion']
  readonly reads: readonly string[]
  /** Of every machine. */
  readonly files: readonly MachineFile[]
  /** Where machines run containers; then nobody's ids are mapped. */
  readonly containers?: Containers | undefined
}

/**
 * A program as the lab runs it: a copy, because a mount made by a user without privileges can be made writable again by
 * root inside, and a command of a lab must not reach a file of the user's. The Node binary is safe while it runs; labs
 * without a companion program, where it doesn't, have neither.
 */
const copyOf = (run: string, program: string) => join(run, 'boot', basename(program))

/** Writes everything that a holder runs and reads into `<run>/boot`. */
export function writeBootFiles(o: BootOptions): void {
  const boot = join(o.run, 'boot')
  mkdirSync(boot, { recursive: true, mode: 0o755 })
  mkdirSync(join(o.run, 'root'), { recursive: true, mode: 0o755 })
  for (const program of o.programs) copyFileSync(program, copyOf(o.run, program), constants.COPYFILE_FICLONE)
  for (const [name, content] of Object.entries(bootFiles(o, thisHost()))) {
    writeFileSync(join(boot, name), content, { mode: 0o644 })
  }
}

/** @returns name and content of each file. */
export function bootFiles(o: BootOptions, host: HostView): Record<string, string> {
  const { topology, run, containers } = o
  const program = o.companion
    ? [
        { source: o.node, target: NODE_BINARY },
        ...o.programs.map((file) => ({ source: copyOf(run, file), target: programInside(file) })),
      ]
    : []
  const onlyHolder = [{ source: join(run, 'boot'), target: BOOT }, ...terminalPackages(o.programs[0] ?? '')]
  const tunIsOpen = host.isOpenToAll(TUN) || (o.ids.by === 'none' && host.kindOf(TUN) !== undefined)
  const makesTun = o.ids.by === 'root' && !tunIsOpen && host.kindOf(TUN) !== undefined
  const shared = planRoot(host, program, tunIsOpen || makesTun)
  const tree = planRoot(host, [...program, ...onlyHolder], tunIsOpen)
  const owner = o.ids.by === 'root' ? o.ids.ranges[0].outside : 0
  const lines = (...parts: string[][]) => [...parts.flat(), ''].join('\n')
  return {
    'root.sh': layRootScript({
      run,
      owner,
      tree,
      reads: o.reads,
      files: [...commonFiles(topology, o.ids), ...o.files],
      asRoot: [
        ...(makesTun ? MAKE_TUN : []),
        ...(o.ids.by === 'root' ? openDumpcap(host) : []),
        ...(containers ? forContainers(containers) : []),
      ],
    }),
    'root.fstab': formatFstab([
      ...rootMounts(run, tree, owner),
      ...(containers ? mountsForContainers(containers).map(inRoot(run)) : []),
    ]),
    'kernel.fstab': formatFstab(kernelMounts('', 'holder')),
    'underlay.batch': lines(
      topology.machines.flatMap(namespaceLines),
      bridgeLines(topology),
      topology.machines.flatMap((machine) => cableLines(machine, topology)),
    ),
    'empty.batch': EMPTY_BATCH,
    'flush.sh': FLUSH_SCRIPT,
    'holder.sh': holderScript({
      topology,
      hasGroups: containers !== undefined,
      ...(o.companion ? { companion: o.companion } : {}),
    }),
    'machine.sh': machineScript(containers),
    'rebuild.sh': rebuildScript(containers),
    ...(containers ? { 'before.sh': beforeScript(containers) } : {}),
    ...machineFiles(topology, shared.mounts),
  }
}

/** What is mounted at the holder's root while that is being made. */
const inRoot =
  (run: string) =>
  (mount: Mount): Mount => ({ ...mount, target: `${run}/root${mount.target}` })

/** @param owner who is root inside */
function rootMounts(run: string, tree: RootTree, owner: number): Mount[] {
  const writable = (path: string, mode: string): Mount => ({
    source: 'tmpfs',
    target: path,
    type: 'tmpfs',
    options: `size=${DISK_SIZE},mode=${mode},uid=${owner},gid=${owner}`,
  })
  return [
    ...tree.mounts,
    // A new procfs or sysfs may be mounted only where the whole of an old one can be seen.
    bind('/proc', '/proc', 'rw'),
    bind('/sys', '/sys', 'rw'),
    writable('/run', '755'),
    writable('/tmp', '1777'),
    { ...bind(run, run, 'rw'), options: 'bind,X-mount.mkdir' },
  ].map(inRoot(run))
}

/** What each machine has of its own. */
function machineFiles(topology: Topology, shared: readonly Mount[]): Record<string, string> {
  const lines = (of: string[]) => [...of, ''].join('\n')
  return Object.fromEntries(
    topology.machines.flatMap((machine) => [
      [`${machine.name}.fstab`, machineFstab(machine.name, shared)],
      [`${machine.name}.batch`, lines(machineLines(machine, topology))],
      [`${machine.name}.cable`, lines(cableLines(machine, topology))],
      ...(machine.router ? [[`${machine.name}.sh`, routerScript(machine)]] : []),
    ]),
  )
}

function commonFiles(
  topology: Topology,
  ids: IdPlan,
): { path: string; content: string; executable?: boolean }[] {
  const nameservers = `nameserver ${topology.networks[0]?.gateway}\n`
  return [
    { path: 'etc/hosts', content: hostsFile(topology) },
    { path: 'etc/resolv.conf', content: nameservers },
    { path: 'etc/nsswitch.conf', content: 'passwd: files\ngroup: files\nhosts: files dns\n' },
    { path: 'root/.bashrc', content: String.raw`PS1='\u@\h:\w\$ '` + '\n' },
    ...(ids.by === 'caller' && ids.uid !== 0
      ? [{ path: 'opt/knet/bin/tcpdump', executable: true, content: TCPDUMP_WRAPPER }]
      : []),
  ]
}

/** Real root can make a device that anybody may open. Machines can only mount it over a file. */
const MAKE_TUN = [`: >skel${TUN}`, `rm -f .${TUN}`, `mknod -m 666 .${TUN} c 10 200`]

/** Folders and files of the holder's for {@link mountsForContainers}. */
const forContainers = ({ shared }: Containers): string[] => [
  `mkdir -p .${GROUPS} .${STORAGE} .${dirname(sharedAt(0))}`,
  ...shared.map((_, index) => `: >.${sharedAt(index)}`),
]

/** What the holder sees of the host for machines that run containers. */
function mountsForContainers({ shared, disk }: Containers): Mount[] {
  return [
    bind('/sys/fs/cgroup', GROUPS, 'rw'),
    disk === undefined
      ? { source: 'tmpfs', target: STORAGE, type: 'tmpfs', options: 'mode=755' }
      : bind(disk, STORAGE, 'rw'),
    ...shared.map(({ source }, index) => bind(source, sharedAt(index), 'ro')),
  ]
}

/** Debian can keep dumpcap to the group wireshark, which root inside is not in. */
function openDumpcap(host: HostView): string[] {
  const dumpcap = ['/usr/bin/dumpcap', '/usr/sbin/dumpcap'].find((path) => host.kindOf(path))
  if (!dumpcap || host.isOpenToAll(dumpcap)) return []
  return ['skel/opt/knet/bin', 'opt/knet/bin'].map((folder) => `install -m 755 ${dumpcap} ${folder}/dumpcap`)
}

/** Packages that programs leave outside themselves: node-pty, which is native code. Beside them, as Node wants. */
function terminalPackages(program: string): { source: string; target: string }[] {
  const from = (file: string, name: string) => dirname(createRequire(file).resolve(`${name}/package.json`))
  try {
    const pty = from(program, '@lydell/node-pty')
    const native = `@lydell/node-pty-${process.platform}-${process.arch}`
    return [
      { source: pty, target: join(PROGRAMS, 'node_modules/@lydell/node-pty') },
      {
        source: from(join(pty, 'package.json'), native),
        target: join(PROGRAMS, 'node_modules', native),
      },
    ]
  } catch {
    return []
  }
}

export function thisHost(): HostView {
  return {
    mountinfo: readFileSync('/proc/self/mountinfo', 'utf8'),
    kindOf(path): Kind {
      const stat = lstatSync(path, { throwIfNoEntry: false })
      if (!stat) return undefined
      if (stat.isSymbolicLink()) return 'link'
      return stat.isDirectory() ? 'folder' : 'file'
    },
    isOpenToAll(path) {
      const stat = statSync(path, { throwIfNoEntry: false })
      if (!stat) return false
      const wanted = stat.isCharacterDevice() ? 0o006 : 0o001
      return (
        (stat.mode & wanted) === wanted ||
        (process.getuid?.() !== 0 && mayUse(path, stat.isCharacterDevice()))
      )
    },
  }
}

function mayUse(path: string, device: boolean): boolean {
  try {
    accessSync(path, device ? constants.R_OK | constants.W_OK : constants.X_OK)
    return true
  } catch {
    return false
  }
}
