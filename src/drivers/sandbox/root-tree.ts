import { bind, type Mount } from './fstab.ts'

/**
 * The root of the holder and of each node: folders of their own, and over them, read-only, what of the host's must be
 * seen for its tools to work. Nobody's home is among it.
 */

/** What is at a path of the host. Symbolic links are not followed. */
export type Kind = 'folder' | 'link' | 'file' | undefined

export interface HostView {
  kindOf(path: string): Kind
  /** Whether anybody may use it, not just its owner. */
  isOpenToAll(path: string): boolean
  /** /proc/self/mountinfo. */
  readonly mountinfo: string
}

/** Programs and libraries. On most distributions all but /usr are links into it. */
const SYSTEM = '/usr /bin /sbin /lib /lib32 /lib64 /libx32 /nix'.split(' ')

const under = (folder: string, names: string) => names.split(' ').map((name) => `${folder}${name}`)

/** Folders of /etc that tools read and nobody edits in a lab. */
const ETC_FOLDERS = under(
  '/etc/',
  'alternatives ca-certificates crypto-policies iproute2 ld.so.conf.d pki ssl terminfo wireshark xtables',
)

/** Files of /etc that each node has its own copy of. */
const ETC_FILES = under(
  '/etc/',
  'bash.bashrc bashrc ethertypes group inputrc ld.so.cache ld.so.conf localtime os-release passwd profile protocols rpc services shells',
)

const DEVICES = under('/dev/', 'null zero full random urandom tty')
const DEVICE_LINKS = under('/dev/', 'fd stdin stdout stderr')

/** Where tunnels' ends are made: userspace IPIP and Open vSwitch want it. */
export const TUN = '/dev/net/tun'

/** Empty folders of every root. */
const FOLDERS = under(
  '',
  'dev/net dev/pts etc/cni/net.d home mnt opt/cni/bin opt/knet/bin opt/knet/boot opt/knet/sys proc root run/lock run/netns sys usr var/cache var/lib/cni var/log',
)

/** Folders that everybody may write to. */
const SHARED_FOLDERS = ['dev/shm', 'tmp', 'var/tmp']

/** Mount flags that a user namespace may not take away, so that a remount must repeat them. */
const STICKY = new Set(['nosuid', 'nodev', 'noexec'])

export interface RootTree {
  /** Folders to make, relative. */
  readonly folders: readonly string[]
  readonly sharedFolders: readonly string[]
  /** Empty files to make for mounting over, relative. */
  readonly files: readonly string[]
  /** The host's files and links to copy, as `cp --parents` takes them. */
  readonly copies: readonly string[]
  /** Mounts from the host; targets are paths in the new root. */
  readonly mounts: readonly Mount[]
}

/** Flags of the mount a path is on, as far as they stick. */
export function stickyFlags(mountinfo: string, path: string): string[] {
  let longest = ''
  let flags = ''
  for (const line of mountinfo.split('\n')) {
    const [, , , , at = '', options = ''] = line.split(' ')
    const holds = at === '/' || path === at || path.startsWith(`${at}/`)
    // Later lines are mounted over earlier ones.
    if (at && holds && at.length >= longest.length) {
      longest = at
      flags = options
    }
  }
  return flags.split(',').filter((flag) => STICKY.has(flag))
}

/**
 * @param extra folders and files at fixed places inside, such as the Node binary.
 * @param tun whether {@link TUN} can be had.
 */
export function planRoot(
  host: HostView,
  extra: readonly { source: string; target: string }[],
  tun: boolean,
): RootTree {
  const present = (paths: readonly string[], ...kinds: Kind[]) =>
    paths.filter((path) => kinds.includes(host.kindOf(path)))
  const system = present(SYSTEM, 'folder')
  const etc = present(ETC_FOLDERS, 'folder')
  const devices = [...DEVICES, ...(tun ? [TUN] : [])]
  const readOnly = (source: string, target: string): Mount => {
    const mount = bind(source, target, 'ro')
    return { ...mount, options: [mount.options, ...stickyFlags(host.mountinfo, source)].join(',') }
  }
  const extraFiles = extra.filter(({ source }) => host.kindOf(source) !== 'folder')
  const extraFolders = extra.filter(({ source }) => host.kindOf(source) === 'folder')
  const relative = (path: string) => path.slice(1)
  return {
    folders: [
      ...FOLDERS,
      ...system.map(relative),
      ...etc.map(relative),
      ...extraFolders.map((e) => relative(e.target)),
    ],
    sharedFolders: SHARED_FOLDERS,
    files: [...devices.map(relative), ...extraFiles.map((e) => relative(e.target))],
    copies: [
      ...present(SYSTEM, 'link'),
      ...present(ETC_FILES, 'file', 'link'),
      ...present(DEVICE_LINKS, 'link'),
    ],
    mounts: [
      ...[...system, ...etc].map((path) => readOnly(path, path)),
      ...devices.map((path) => bind(path, path, 'rw')),
      ...extra.map(({ source, target }) => readOnly(source, target)),
    ],
  }
}
