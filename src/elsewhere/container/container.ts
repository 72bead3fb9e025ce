import { ownerOf } from '../../base/owner.ts'
import { hostExec } from '../../machine/host.ts'
import type { Elsewhere, Waiting } from '../elsewhere.ts'
import { HOME_INSIDE, stagePackage, STAMP_INSIDE } from '../package.ts'
import { docker, mustDocker } from './docker.ts'
import { imageFor } from './image.ts'

export interface ContainerOptions {
  /** Where a copy of the package is kept. */
  readonly folder: string
  /** This package. */
  readonly packageRoot: string
  /** The folder of labs. */
  readonly labs: string
  readonly version: string
  readonly env: NodeJS.ProcessEnv
}

/**
 * What the sandbox works with in a container, short of `--privileged`: mounts, namespaces and what is in them; /proc without parts
 * hidden, or the kernel lets no namespace have one of its own; and a TUN where the kernel has one.
 */
const RIGHTS = [
  '--cap-add=SYS_ADMIN',
  '--cap-add=NET_ADMIN',
  '--cap-add=SYS_PTRACE',
  '--security-opt=seccomp=unconfined',
  '--security-opt=apparmor=unconfined',
  '--security-opt=systempaths=unconfined',
  '--device-cgroup-rule=c 10:200 rwm',
]

/** As with /proc, no namespace has a /sys that shows more than the container's, which Docker mounts read-only. */
const BOOT = `mount -o remount,rw /sys
[ -e /dev/net/tun ] || { mkdir -p /dev/net && mknod /dev/net/tun c 10 200; }
ln -sf ${HOME_INSIDE}/dist/cli.js /usr/local/bin/knet-labs
exec sleep infinity`

/** One container of Docker's in which the sandbox runs, for hosts that are no Linux. It lasts as long as a lab in it does. */
export function createContainer({ folder, packageRoot, labs, version, env }: ContainerOptions): Elsewhere {
  const name = nameFor(folder)
  const enter: Elsewhere['enter'] = (argv, { tty }) =>
    ['docker', 'exec', '--interactive', ...(tty ? ['--tty'] : []), name].concat(argv)
  const inside = (argv: readonly string[]) => hostExec(enter(argv, { tty: false }), { timeoutMs: 20_000 })
  const stampInside = async (): Promise<string | undefined> => {
    const { exitCode, stdout } = await inside(['sh', '-c', `cat ${STAMP_INSIDE} || true`])
    return exitCode === 0 ? stdout : undefined
  }
  const remove = async () => (await docker(['rm', '--force', '--volumes', name])).stdout.trim() === name

  async function up(waiting: Waiting): Promise<void> {
    const stamp = stagePackage({ packageRoot, labs }, folder)
    const seen = await stampInside()
    if (seen === stamp) return
    if (seen === undefined) await create(waiting)
    try {
      await install()
    } catch (thrown) {
      if (seen === undefined) await remove()
      throw thrown
    }
  }

  async function create(waiting: Waiting): Promise<void> {
    await remove()
    const image = await imageFor({ folder, packageRoot, version, env }, waiting)
    waiting.signal.throwIfAborted()
    const container = ['--name', name, '--hostname', 'knet-labs', ...RIGHTS]
    await mustDocker(['run', '--detach', '--init', ...container, image, 'sh', '-c', BOOT])
  }

  /** Whole or not there, as what is found there is taken for it. Labs that run have copies of all that they run by. */
  async function install(): Promise<void> {
    await inside(['rm', '-rf', `${HOME_INSIDE}.new`])
    await mustDocker(['cp', folder, `${name}:${HOME_INSIDE}.new`])
    const swap = 'rm -rf "$1" && mv "$1.new" "$1"'
    await mustDocker(['exec', name, 'sh', '-c', swap, '-', HOME_INSIDE])
  }

  return {
    name: 'container',
    noun: 'the container',
    nodes: 'sandbox',
    probe: async (how) => (await import('./probe.ts')).probe(how, { packageRoot, version, env }),
    enter,
    isUp: async () => (await stampInside()) !== undefined,
    up,
    stop: async () => void (await remove()),
    destroy: remove,
    async reset(waiting) {
      await remove()
      await up(waiting)
    },
  }
}

/** The same on every run of this user on this computer, and of no other: who shares a daemon shares no container. */
const nameFor = (folder: string): string => `knet-labs-${ownerOf(folder).slice(0, 12)}`
