import { posix } from 'node:path'
import { quoted } from '../machine/quote.ts'
import type { ContainerPlan } from './container-plan.ts'

/** An absolute path without `..`, so that it stays below whatever it is appended to. */
export function cleanPath(path: string): string {
  return posix.normalize(`/${path}`).replace(/(?<=.)\/$/, '')
}

/** What every container has mounted, in fstab(5) form: one `mount -a` does it all. */
export function rootFstab(plan: ContainerPlan): string {
  const { folder, template, spec, sandbox, image } = plan
  const root = `${folder}/root`
  // Files that a node may lack.
  const own = [
    '/etc/ld.so.cache',
    '/etc/alternatives',
    ...(sandbox.hostNetwork ? ['/etc/hosts', '/etc/hostname'] : []),
  ]
  return [
    overlay(root, template, `${folder}/top`),
    writesUsr(plan)
      ? overlay(`${root}/usr`, `${template}/usr:/usr`, `${folder}/usr`)
      : bind('/usr', `${root}/usr`, 'rbind'),
    bind('/dev', `${root}/dev`, 'rbind'),
    line('proc', `${root}/proc`, 'proc', 'nosuid,nodev,noexec'),
    line('sysfs', `${root}/sys`, 'sysfs', `nosuid,nodev,noexec${spec.privileged ? '' : ',ro'}`),
    ...own.map((path) => bind(path, root + path, 'bind,ro,nofail')),
    ...image.nodeFolders.map(({ source, target }) => bind(source, root + cleanPath(target), 'rbind')),
    '',
  ].join('\n')
}

/** The pod's volumes. Their mount points must be there: {@link volumeLines}. */
export function volumeFstab({ folder, spec }: ContainerPlan): string {
  const lines = spec.mounts.map(({ hostPath, mountPath, readOnly }) =>
    // Only what can't be made on the node is missing still: below its /usr, which is the host's.
    bind(hostPath, `${folder}/root${cleanPath(mountPath)}`, readOnly ? 'rbind,ro,nofail' : 'rbind,nofail'),
  )
  return [...lines, ''].join('\n')
}

/** Shell lines, in the container's folder, that make sources and mount points of volumes and mount them. */
export function volumeLines({ spec }: ContainerPlan): string[] {
  if (spec.mounts.length === 0) return []
  const points = spec.mounts.map(({ hostPath, mountPath, isFile = false }) => {
    const target = `root${cleanPath(mountPath)}`
    const source = quoted(hostPath)
    const make = isFile ? emptyFile(hostPath) : `mkdir -p ${source} 2>/dev/null`
    const point = `if [ -d ${source} ] || [ ! -e ${source} ]; then mkdir -p ${quoted(target)}; else ${emptyFile(target)}; fi`
    return `[ -e ${source} ] || ${make}; ${point}`
  })
  return [...points, 'mount -a -T volumes 2>mount.err || fail "$(cat mount.err)"']
}

function emptyFile(path: string): string {
  return `{ mkdir -p ${quoted(posix.dirname(path))}; : >>${quoted(path)}; }`
}

/**
 * Shell lines, after those of {@link rootFstab}. Where anything is mounted below the node's /usr, no user namespace may lay an overlay over
 * all of it, since that would show what the mount hides: each folder in it gets its own then, or is the node's where that fails too.
 */
export function usrLines(plan: ContainerPlan): string[] {
  if (!writesUsr(plan)) return []
  const { template } = plan
  return [
    // No image brings libraries.
    '[ -d root/usr/lib ] || for path in /usr/*; do',
    '  [ -d "$path" ] && mkdir -p "root$path" "usr/upper/${path#/usr/}" "usr/works/${path#/usr/}" || continue',
    `  lower=$path; [ ! -d "${template}$path" ] || lower=${template}$path:$path`,
    '  mount -t overlay -o "lowerdir=$lower,upperdir=usr/upper/${path#/usr/},workdir=usr/works/${path#/usr/},userxattr" overlay "root$path" 2>>mount.err ||',
    '    mount --rbind "$path" "root$path"',
    'done',
  ]
}

/**
 * Folders beside the root that its overlays need. A user's own root may not write in folders of the node's /usr, which
 * belong to nobody there; those that the container will write in are made in the overlay's own layer beforehand.
 */
export function overlayFolders(plan: ContainerPlan): string[] {
  const layers = ['top', ...(writesUsr(plan) ? ['usr'] : [])]
  return [
    ...layers.flatMap((name) => [`${plan.folder}/${name}/upper`, `${plan.folder}/${name}/work`]),
    ...pathsInUsr(plan).map((path) => `${plan.folder}/usr/upper${posix.dirname(path).slice('/usr'.length)}`),
  ]
}

/** /usr is the node's and read-only; a container that has something of its own below it gets an overlay. */
function writesUsr(plan: ContainerPlan): boolean {
  return plan.image.writesUsr || pathsInUsr(plan).length > 0
}

function pathsInUsr({ spec }: ContainerPlan): string[] {
  const paths = [...spec.files.map(({ path }) => path), ...spec.mounts.map(({ mountPath }) => mountPath)]
  return paths
    .map((path) => cleanPath(path).replace(/^\/(?=(s?bin|lib(32|64|x32)?)\/)/, '/usr/'))
    .filter((path) => path.startsWith('/usr/'))
}

/** `userxattr` is what makes an overlay possible in a user namespace. */
function overlay(target: string, lower: string, beside: string): string {
  const options = `lowerdir=${lower},upperdir=${beside}/upper,workdir=${beside}/work,userxattr`
  return line('overlay', target, 'overlay', options)
}

function bind(source: string, target: string, options: string): string {
  return line(source, target, 'none', options)
}

function line(source: string, target: string, type: string, options: string): string {
  return `${escape(source)} ${escape(target)} ${type} ${options} 0 0`
}

/** fstab(5): blanks in a field are written in octal. */
function escape(field: string): string {
  return field
    .replaceAll('\\', '\\134')
    .replaceAll(' ', '\\040')
    .replaceAll('\t', '\\011')
    .replaceAll('\n', '\\012')
}
