import { readdirSync, readFileSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Finding } from './driver.ts'
import { PATH_INSIDE } from './places.ts'
import { commandLine } from './quote.ts'

/** Which package brings which tool, by package manager. */

export type Manager = 'apt' | 'dnf' | 'apk' | 'pacman' | 'zypper'

/** Names in the order of {@link MANAGERS}; "-" where there is none. */
const MANAGERS: readonly Manager[] = ['apt', 'dnf', 'apk', 'pacman', 'zypper']

const TABLE: Readonly<Record<string, string>> = {
  bird: 'bird2 bird bird bird bird',
  busybox: 'busybox busybox busybox busybox busybox',
  bridge: 'iproute2 iproute iproute2 iproute2 iproute2',
  brctl: 'bridge-utils - - bridge-utils bridge-utils',
  conntrack: 'conntrack conntrack-tools conntrack-tools conntrack-tools conntrack-tools',
  curl: 'curl curl curl curl curl',
  docker: 'docker.io moby-engine docker docker docker',
  dig: 'bind9-dnsutils bind-utils bind-tools bind bind-utils',
  dumpcap: 'tshark wireshark-cli tshark wireshark-cli wireshark',
  hostname: 'hostname hostname busybox inetutils hostname',
  ip: 'iproute2 iproute iproute2 iproute2 iproute2',
  ipset: 'ipset ipset ipset ipset ipset',
  iptables: 'iptables iptables-nft iptables iptables-nft iptables',
  kubectl: 'kubernetes-client kubernetes-client kubectl kubectl kubernetes-client',
  mount: 'mount util-linux-core util-linux util-linux util-linux',
  newuidmap: 'uidmap shadow-utils shadow-uidmap shadow shadow',
  nft: 'nftables nftables nftables nftables nftables',
  nsenter: 'util-linux util-linux-core util-linux util-linux util-linux',
  perl: 'perl-base perl-interpreter perl perl perl-base',
  ping: 'iputils-ping iputils iputils-ping iputils iputils',
  script: 'bsdutils util-linux util-linux-misc util-linux util-linux',
  setpriv: 'util-linux util-linux setpriv util-linux util-linux',
  tcpdump: 'tcpdump tcpdump tcpdump tcpdump tcpdump',
  tshark: 'tshark wireshark-cli tshark wireshark-cli wireshark',
  unshare: 'util-linux util-linux-core util-linux util-linux util-linux',
}

const INSTALL: Readonly<Record<Manager, string>> = {
  // Debian asks whether everybody may capture, which would wait for ever; its default is no.
  apt: 'env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends',
  dnf: 'dnf install --assumeyes',
  apk: 'apk add',
  pacman: 'pacman --sync --noconfirm --needed',
  zypper: 'zypper --non-interactive install',
}

/**
 * Services that Debian starts as soon as their package is installed, now and at each boot; others leave that to who
 * installs. Labs run the program in their own nodes and never on the host.
 */
const SERVICES: Readonly<Record<string, string>> = { bird2: 'bird' }

/** What this host tells about its packages. */
export interface PackageHost {
  readonly manager: Manager | undefined
  /** ID of os-release(5): "debian". */
  readonly distribution: string
  readonly isRoot: boolean
  readonly hasSudo: boolean
  readonly hasSystemd: boolean
  /** Whether apt's lists are missing or older than a week. */
  readonly staleLists: boolean
}

export interface InstallPlan {
  /** In order. None of them ever asks a question. */
  readonly commands: readonly (readonly string[])[]
  readonly packages: readonly string[]
}

/** The package of a tool here; undefined when the platform has none that we know. */
export function packageOf(tool: string, host: PackageHost): string | undefined {
  if (!host.manager) return undefined
  // Debian packages Kubernetes, Ubuntu leaves it to snap.
  if (tool === 'kubectl' && host.distribution === 'ubuntu') return undefined
  const name = TABLE[tool]?.split(' ')[MANAGERS.indexOf(host.manager)]
  return name === '-' ? undefined : name
}

/** The command that brings a tool, as one types it; undefined when there is no package. */
export function installCommand(tool: string, host: PackageHost): string | undefined {
  const name = packageOf(tool, host)
  if (name) return installCommands([name], host).map(commandLine).join(' && ')
  if (tool === 'kubectl' && host.distribution === 'ubuntu') return 'sudo snap install kubectl --classic'
  return undefined
}

/** Only the packages of tools that are missing; undefined when there is nothing that a package could mend. */
export function planInstall(missing: readonly string[], host: PackageHost): InstallPlan | undefined {
  const packages = [...new Set(missing.flatMap((tool) => packageOf(tool, host) ?? []))].sort()
  if (packages.length === 0 || !host.manager) return undefined
  return {
    packages,
    commands: [
      ...(host.staleLists ? [asRoot(['apt-get', 'update'], host)] : []),
      ...installCommands(packages, host),
    ],
  }
}

/** Masked, a service is never started: `systemctl unmask bird` gives it back to who wants it. */
function installCommands(packages: readonly string[], host: PackageHost): (readonly string[])[] {
  if (!host.manager) return []
  const install = [...INSTALL[host.manager].split(' '), ...packages]
  const services = host.manager === 'apt' ? packages.flatMap((name) => SERVICES[name] ?? []) : []
  const mask = services.map((name) => ['systemctl', 'mask', `${name}.service`])
  const end = services.map((name) => ['sh', '-c', `service ${name} stop; update-rc.d ${name} disable`])
  const commands = host.hasSystemd ? [...mask, install] : [install, ...end]
  return commands.map((argv) => asRoot(argv, host))
}

/** A command that needs root, for whoever this is; su(1) asks for root's own password. */
function asRoot(argv: readonly string[], { isRoot, hasSudo }: PackageHost): readonly string[] {
  if (isRoot) return argv
  return hasSudo ? ['sudo', ...argv] : ['su', '-c', commandLine(argv)]
}

/** What `doctor --fix` runs: only what a finding itself says is mended by a package. */
export function installPlan(
  findings: readonly Pick<Finding, 'name' | 'ok' | 'fix'>[],
): InstallPlan | undefined {
  const host = packageHost()
  const missing = findings.filter(({ name, ok, fix }) => !ok && fix && fix === installCommand(name, host))
  return planInstall(
    missing.map(({ name }) => name),
    host,
  )
}

/** A plan as one line to type. */
export function planCommand({ commands }: InstallPlan): string {
  return commands.map(commandLine).join(' && ')
}

export function packageHost(): PackageHost {
  const has = (program: string) => findProgram(program, process.env['PATH'] ?? '') !== undefined
  const manager = MANAGERS.find((name) => has(name === 'apt' ? 'apt-get' : name))
  return {
    manager,
    distribution: /^ID="?([\w-]+)"?$/m.exec(read('/etc/os-release'))?.[1] ?? '',
    isRoot: process.getuid?.() === 0,
    hasSudo: has('sudo'),
    hasSystemd: has('systemctl'),
    staleLists: manager === 'apt' && listsAreStale('/var/lib/apt/lists'),
  }
}

/** Where a program is, in the folders of a PATH and in those that commands of machines look into. */
export function findProgram(name: string, path: string): string | undefined {
  for (const folder of new Set([...PATH_INSIDE.split(':'), ...path.split(delimiter)])) {
    const file = join(folder, process.platform === 'win32' ? `${name}.exe` : name)
    if (folder && isProgram(file)) return file
  }
  return undefined
}

function isProgram(file: string): boolean {
  try {
    const stat = statSync(file)
    return stat.isFile() && (stat.mode & 0o111) !== 0
  } catch {
    // Not there, or in a folder that is not for us to look into, as after su.
    return false
  }
}

const WEEK_MS = 7 * 24 * 3600 * 1000

function listsAreStale(folder: string): boolean {
  try {
    const lists = readdirSync(folder).filter((file) => /_Packages(\.\w+)?$/.test(file))
    const newest = Math.max(...lists.map((file) => statSync(join(folder, file)).mtimeMs))
    return Date.now() - newest > WEEK_MS
  } catch {
    return true
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
