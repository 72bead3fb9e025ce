import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import Docker from 'dockerode'
import { until } from '../../src/base/until.ts'
import { findProgram } from '../../src/machine/packages.ts'

const CGROUPS = '/sys/fs/cgroup'

/** What keeps this machine from running a Docker daemon of the tests' own; undefined when nothing does. */
export function dockerdMissing(): string | undefined {
  if (process.getuid?.() !== 0) return 'a Docker daemon of the tests’ own needs root'
  const path = process.env['PATH'] ?? ''
  const lacking = ['dockerd', 'containerd', 'runc', 'unshare', 'busybox'].filter(
    (name) => !findProgram(name, path),
  )
  return lacking.length === 0 ? undefined : `not installed: ${lacking.join(', ')}`
}

/**
 * A Docker daemon that this machine never notices: network, mounts and processes in namespaces of its own, files in a
 * temporary folder. All of it ends with one process.
 */
export class TestDockerd {
  readonly folder = mkdtempSync(join(tmpdir(), 'knet-dockerd-'))
  readonly socket = join(this.folder, 'docker.sock')
  readonly docker: Docker = new Docker({ socketPath: this.socket })
  readonly #more: readonly string[]
  #process: ChildProcess | undefined

  /** @param more of dockerd's own options; `{folder}` is the daemon's. */
  constructor(more: readonly string[] = []) {
    this.#more = more.map((word) => word.replaceAll('{folder}', this.folder))
  }

  get env(): NodeJS.ProcessEnv {
    return { DOCKER_HOST: `unix://${this.socket}`, DOCKER_CONTEXT: '', DOCKER_TLS_VERIFY: '' }
  }

  async start(): Promise<void> {
    const dockerd = [
      'dockerd',
      `--data-root=${this.folder}/data`,
      `--exec-root=${this.folder}/exec`,
      `--pidfile=${this.folder}/pid`,
      `--host=unix://${this.socket}`,
      `--cgroup-parent=/${basename(this.folder)}`,
      '--group=root',
      '--log-level=warn',
      ...this.#more,
    ]
    const script = `mount --make-rprivate / && ip link set lo up && exec ${dockerd.join(' ')} >>${this.folder}/log 2>&1`
    // As /run is empty after a boot: pids of an earlier life mean nothing in this one.
    for (const old of ['pid', 'exec', 'docker.sock'])
      rmSync(join(this.folder, old), { recursive: true, force: true })
    const namespaces = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc']
    this.#process = spawn('unshare', [...namespaces, 'sh', '-c', script], { stdio: 'ignore' })
    try {
      await until(() => this.#answers(), { what: 'dockerd to answer', deadlineMs: 120_000 })
    } catch (thrown) {
      await this.crash()
      throw new Error(`dockerd said ${this.log()}`, { cause: thrown })
    }
  }

  #answers(): Promise<boolean> {
    return this.docker.ping().then(
      () => true,
      () => false,
    )
  }

  log(): string {
    return existsSync(`${this.folder}/log`) ? readFileSync(`${this.folder}/log`, 'utf8').slice(-2000) : ''
  }

  /** As when the power fails: the daemon and all containers are gone at once. */
  async crash(): Promise<void> {
    const process = this.#process
    this.#process = undefined
    if (!process || process.exitCode !== null || process.signalCode !== null) return
    process.kill('SIGKILL')
    await once(process, 'exit')
    await until(() => !existsSync(`/proc/${process.pid}`), { what: 'dockerd to end', deadlineMs: 10_000 })
  }

  async leave(): Promise<void> {
    await this.crash()
    await until(() => this.#removeCgroups(), { what: 'its control groups to empty', deadlineMs: 10_000 })
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }

  /** Folders of control groups are removed one by one, inner ones first, once no process is in them. */
  #removeCgroups(): boolean {
    const name = basename(this.folder)
    const roots = [CGROUPS, ...readdirSync(CGROUPS).map((controller) => join(CGROUPS, controller))]
    const ours = roots.map((root) => join(root, name)).filter((folder) => existsSync(folder))
    for (const folder of ours) {
      try {
        execFileSync('find', [folder, '-depth', '-type', 'd', '-exec', 'rmdir', '{}', ';'], {
          stdio: 'ignore',
        })
      } catch {
        return false
      }
    }
    return ours.every((folder) => !existsSync(folder))
  }

  import(tar: string, name: string): Promise<void> {
    return importTar(this.docker, tar, name)
  }

  /** Of the process that all of it ends with, and whose network is the daemon's. */
  get pid(): number {
    return this.#process?.pid ?? 0
  }

  /** What a lab can leave behind: names of all containers, and of networks and volumes that are not Docker's own. */
  async everything(): Promise<string[]> {
    const [containers, networks, { Volumes }] = await Promise.all([
      this.docker.listContainers({ all: true }),
      this.docker.listNetworks(),
      this.docker.listVolumes(),
    ])
    return [
      ...containers.flatMap(({ Names }) => Names.map((name) => name.slice(1))),
      ...networks.map(({ Name }) => Name).filter((name) => !['bridge', 'host', 'none'].includes(name)),
      ...(Volumes ?? []).map(({ Name }) => Name),
    ].sort()
  }
}

/** Makes an image of a tar archive. */
export async function importTar(docker: Docker, tar: string, name: string): Promise<void> {
  const [repo = '', tag = 'latest'] = name.split(':')
  const answer = await docker.importImage(tar, { repo, tag, changes: 'CMD ["/sbin/init"]' })
  for await (const chunk of answer) if (String(chunk).includes('"error"')) throw new Error(String(chunk))
}

const APPLETS =
  'sh cat cut echo sleep ip ps kill mount hostname ls pwd env stty tty ping head seq rm mkdir printf grep'.split(
    ' ',
  )

/** A machine of three megabytes as a tar archive: busybox, which is its init as well. No systemd, no tshark. */
export function tinyImage(folder: string): string {
  const root = join(folder, 'tiny')
  const busybox = findProgram('busybox', process.env['PATH'] ?? '') ?? 'busybox'
  for (const sub of ['bin', 'sbin', 'etc', 'root', 'tmp', 'proc', 'sys', 'dev'])
    mkdirSync(join(root, sub), { recursive: true })
  execFileSync('cp', ['-L', busybox, join(root, 'bin/busybox')])
  for (const library of librariesOf(busybox)) {
    mkdirSync(join(root, dirname(library)), { recursive: true })
    execFileSync('cp', ['-L', library, join(root, library)])
  }
  for (const applet of APPLETS) symlinkSync('busybox', join(root, 'bin', applet))
  symlinkSync('../bin/busybox', join(root, 'sbin/init'))
  writeFileSync(join(root, 'etc/inittab'), '')
  const tar = join(folder, 'tiny.tar')
  execFileSync('tar', ['--create', '--file', tar, '--directory', root, '.'])
  return tar
}

function librariesOf(program: string): string[] {
  try {
    return (
      execFileSync('ldd', [program], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).match(
        /\/lib\S+/g,
      ) ?? []
    )
  } catch {
    return []
  }
}
