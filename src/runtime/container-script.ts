import { posix } from 'node:path'
import { writeLine } from '../dataplane/cni/node-shell.ts'
import { commandLine, quoted } from '../machine/quote.ts'
import type { ContainerSpec, SandboxSpec } from '../kube/kubelet/runtime.ts'
import type { Image } from '../workloads/image.ts'

/** What a container's own script needs to know. */
export interface ContainerPlan {
  /** The container's folder on the node; becomes the parent of its root. */
  readonly folder: string
  /** The folder whose copy is the root. */
  readonly template: string
  readonly spec: ContainerSpec
  readonly sandbox: SandboxSpec
  readonly ip: string
  readonly image: Image
  readonly environment: Readonly<Record<string, string>>
}

/** Entrypoint and arguments, as Kubernetes combines the pod's and the image's (docs: "Define a command and arguments"). */
export function commandOf(spec: ContainerSpec, image: Image): readonly string[] {
  if (spec.command && spec.command.length > 0) return [...spec.command, ...(spec.args ?? [])]
  return [...image.entrypoint, ...(spec.args && spec.args.length > 0 ? spec.args : image.cmd)]
}

/** The container's environment: the runtime's, the image's, the pod's; later ones win. */
export function environmentOf(
  spec: ContainerSpec,
  sandbox: SandboxSpec,
  image: Image,
): Record<string, string> {
  return { HOSTNAME: sandbox.hostname, HOME: '/root', ...image.env, ...spec.env }
}

/**
 * The shell script that the container's first process starts with: makes its root, goes there and becomes the app.
 * `say`, `$key` and file descriptor 6 are the shim's.
 */
export function containerScript(plan: ContainerPlan): string {
  const { spec, image, environment, template } = plan
  const argv = commandOf(spec, image)
  const workingDir = spec.workingDir || image.workingDir
  return [
    `fail() { say "failed $1"; exit 128; }`,
    `cp -a ${template} root 2>mount.err || fail "$(cat mount.err)"`,
    ...mountPointLines(plan),
    'mount -a -T fstab 2>mount.err',
    `cd root && pivot_root . . 2>>../mount.err && umount -n -l . || fail "$(cat mount.err ../mount.err 2>/dev/null)"`,
    'cd /',
    ...fileLines(plan),
    `PATH=${quoted(environment['PATH'] ?? '')}`,
    ...checkLines(argv[0] ?? ''),
    workingDir === '/'
      ? ''
      : `cd ${quoted(workingDir)} 2>/dev/null || { mkdir -p ${quoted(workingDir)}; cd ${quoted(workingDir)}; }`,
    `say running`,
    `exec env -i ${commandLine(Object.entries(environment).map((pair) => pair.join('=')))} ${commandLine(argv)} 6>&-`,
  ]
    .filter(Boolean)
    .join('\n')
}

/** What to mount where, in fstab(5) form: one `mount -a` does it all. */
export function containerFstab(plan: ContainerPlan): string {
  const root = `${plan.folder}/root`
  const bind = (source: string, target: string, options = 'rbind') =>
    `${escape(source)} ${escape(root + clean(target))} none ${options} 0 0`
  return [
    bind(root, '/', 'bind'),
    writesUsr(plan)
      ? `overlay ${escape(`${root}/usr`)} overlay lowerdir=/usr,upperdir=${plan.folder}/usr,workdir=${plan.folder}/work,userxattr 0 0`
      : bind('/usr', '/usr'),
    bind('/dev', '/dev'),
    `proc ${escape(`${root}/proc`)} proc nosuid,nodev,noexec 0 0`,
    `sysfs ${escape(`${root}/sys`)} sysfs nosuid,nodev,noexec${plan.spec.privileged ? '' : ',ro'} 0 0`,
    bind('/etc/ld.so.cache', '/etc/ld.so.cache', 'bind,ro,nofail'),
    bind('/etc/alternatives', '/etc/alternatives', 'bind,ro,nofail'),
    ...(plan.sandbox.hostNetwork ? ['/etc/hosts', '/etc/hostname'] : []).map((file) =>
      bind(file, file, 'bind,ro,nofail'),
    ),
    ...plan.image.nodeFolders.map(({ source, target }) => bind(source, target, 'bind,ro')),
    ...plan.spec.mounts.map(({ hostPath, mountPath, readOnly }) =>
      bind(hostPath, mountPath, readOnly ? 'rbind,ro' : 'rbind'),
    ),
    '',
  ].join('\n')
}

/** /usr is the node's and read-only; a container that has something of its own below it gets an overlay. */
function writesUsr({ image, spec }: ContainerPlan): boolean {
  const paths = [...spec.files.map(({ path }) => path), ...spec.mounts.map(({ mountPath }) => mountPath)]
  return image.writesUsr || paths.some((path) => clean(path).startsWith('/usr/'))
}

function mountPointLines(plan: ContainerPlan): string[] {
  const overlay = writesUsr(plan) ? ['mkdir usr work'] : []
  const folders = plan.image.nodeFolders.map(({ target }) => `mkdir -p ${quoted(`root${clean(target)}`)}`)
  const mounts = plan.spec.mounts.map(({ hostPath, mountPath }) => {
    const [source, target] = [quoted(hostPath), quoted(`root${clean(mountPath)}`)]
    return [
      `[ -e ${source} ] || mkdir -p ${source}`,
      `if [ -d ${source} ]; then mkdir -p ${target}; else mkdir -p ${quoted(posix.dirname(`root${clean(mountPath)}`))}; : >>${target}; fi`,
    ].join('; ')
  })
  return [...overlay, ...folders, ...mounts]
}

function fileLines({ sandbox, ip, spec }: ContainerPlan): string[] {
  const folders = [...new Set(spec.files.map(({ path }) => posix.dirname(clean(path))))]
  const own = sandbox.hostNetwork
    ? []
    : [writeLine('/etc/hostname', `${sandbox.hostname}\n`), writeLine('/etc/hosts', hostsFile(sandbox, ip))]
  return [
    ...own,
    writeLine('/etc/resolv.conf', sandbox.resolvConf),
    folders.length > 0 ? `mkdir -p ${commandLine(folders)}` : '',
    ...spec.files.map(({ path, content, mode }) => writeFileLine(clean(path), content, mode)),
  ]
}

function writeFileLine(path: string, content: string | Uint8Array, mode: number | undefined): string {
  const chmod = mode === undefined || mode === 0o644 ? '' : `; chmod ${mode.toString(8)} ${quoted(path)}`
  if (typeof content === 'string') return `${writeLine(path, content)}${chmod}`
  return `printf %s ${Buffer.from(content).toString('base64')} | base64 -d >${quoted(path)}${chmod}`
}

/** As the kubelet writes it: pkg/kubelet/kubelet_pods.go, managedHostsFileContent. */
function hostsFile(sandbox: SandboxSpec, ip: string): string {
  const aliases = sandbox.hostAliases.map(({ ip, hostnames }) => `${ip}\t${hostnames.join('\t')}\n`)
  return [
    '# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n',
    'fe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n',
    `${ip}\t${sandbox.hostname}\n`,
    ...(aliases.length > 0 ? ['\n# Entries added by HostAliases.\n', ...aliases] : []),
  ].join('')
}

/** The words of runc when the command is not there. */
function checkLines(command: string): string[] {
  if (command === '') return [`fail 'no command specified'`]
  const why = command.includes('/')
    ? `stat ${command}: no such file or directory`
    : 'executable file not found in $PATH'
  return [`command -v ${quoted(command)} >/dev/null || fail ${quoted(`exec: "${command}": ${why}`)}`]
}

/** An absolute path without `..`, so that it stays below whatever it is appended to. */
function clean(path: string): string {
  return posix.normalize(`/${path}`).replace(/(?<=.)\/$/, '')
}

/** fstab(5): blanks in a field are written in octal. */
function escape(field: string): string {
  return field
    .replaceAll('\\', '\\134')
    .replaceAll(' ', '\\040')
    .replaceAll('\t', '\\011')
    .replaceAll('\n', '\\012')
}
