import { posix } from 'node:path'
import { writeLine } from '../dataplane/cni/node-shell.ts'
import { commandLine, quoted } from '../machine/quote.ts'
import type { SandboxSpec } from '../kube/kubelet/runtime.ts'
import { cleanPath, usrLines, volumeLines } from './container-mounts.ts'
import { commandOf, type ContainerPlan } from './container-plan.ts'

/**
 * The shell script that the container's first process starts with: makes its root, goes there and becomes the app. Processes
 * are its cost, so it does by itself what it can. `say`, `$key` and file descriptor 6 are the shim's.
 */
export function containerScript(plan: ContainerPlan): string {
  const { spec, image, environment, template } = plan
  const argv = commandOf(spec, image)
  return [
    `fail() { say "failed $1"; exit 128; }`,
    'mount -a -T fstab 2>mount.err',
    // No overlays on this kernel: a real copy.
    `[ -d root/usr ] || { mount --bind root root && cp -a ${template}/. root && mount -a -T fstab 2>mount.err; }`,
    ...usrLines(plan),
    ...volumeLines(plan),
    `cd root && pivot_root . . 2>>../mount.err && busybox umount -l . || fail "$(cat mount.err ../mount.err 2>/dev/null)"`,
    'cd /',
    ...fileLines(plan),
    ...workingDirLines(spec.workingDir || image.workingDir),
    `PATH=${quoted(environment['PATH'] ?? '')}`,
    ...checkLines(argv[0] ?? ''),
    'say running',
    execLine(environment, argv),
  ].join('\n')
}

/** The shell exports what it can; Kubernetes allows names that no shell knows, such as `my.var`. */
function execLine(environment: Readonly<Record<string, string>>, argv: readonly string[]): string {
  const entries = Object.entries(environment)
  const exports = entries.map(([name, value]) => `${name}=${quoted(value)}`)
  if (entries.every(([name]) => /^[A-Za-z_]\w*$/.test(name))) {
    return `unset PWD OLDPWD; export ${exports.join(' ')}\nexec ${commandLine(argv)} 6>&-`
  }
  return `exec env -i ${commandLine(entries.map((pair) => pair.join('=')))} ${commandLine(argv)} 6>&-`
}

function fileLines({ sandbox, ip, spec }: ContainerPlan): string[] {
  const folders = [...new Set(spec.files.map(({ path }) => posix.dirname(cleanPath(path))))]
  const own = sandbox.hostNetwork
    ? []
    : [writeLine('/etc/hostname', `${sandbox.hostname}\n`), writeLine('/etc/hosts', hostsFile(sandbox, ip))]
  return [
    ...own,
    writeLine('/etc/resolv.conf', sandbox.resolvConf),
    ...folders.map((folder) => `[ -d ${quoted(folder)} ] || mkdir -p ${quoted(folder)}`),
    ...spec.files.map(({ path, content, mode }) => writeFileLine(cleanPath(path), content, mode)),
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

function workingDirLines(folder: string): string[] {
  if (folder === '/') return []
  const target = quoted(folder)
  return [`cd ${target} 2>/dev/null || { mkdir -p ${target}; cd ${target}; }`]
}

/** The words of runc when the command is not there. */
function checkLines(command: string): string[] {
  if (command === '') return [`fail 'no command specified'`]
  const why = command.includes('/')
    ? `stat ${command}: no such file or directory`
    : 'executable file not found in $PATH'
  return [`command -v ${quoted(command)} >/dev/null || fail ${quoted(`exec: "${command}": ${why}`)}`]
}
