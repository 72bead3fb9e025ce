import { readFileSync, writeFileSync } from 'node:fs'
import type { Finding } from '../../machine/driver.ts'
import { hostExec } from '../../machine/host.ts'
import { findProgram } from '../../machine/packages.ts'
import { hierarchiesIn } from './control-groups.ts'

/** What a kubelet asks of control groups. */
const CONTROLLERS = ['cpu', 'cpuset', 'memory', 'pids']

const WHY = 'k3s on nodes of the sandbox (--cluster k3s)'

/** What this host has and lacks for machines that run containers. @param required whether that is asked for */
export async function probeContainers(required: boolean): Promise<Finding[]> {
  const finding = (name: string, obstacle: Obstacle | undefined): Finding => ({
    name,
    why: WHY,
    required,
    ok: !obstacle,
    seen: obstacle?.seen ?? 'works',
    ...(obstacle ? { fix: obstacle.fix } : {}),
  })
  // Without it nothing else can be tried.
  if (process.getuid?.() !== 0) return [finding('root', NOT_ROOT)]
  return [finding('control groups', groupsObstacle()), finding('overlay', await overlayObstacle())]
}

interface Obstacle {
  readonly seen: string
  readonly fix: string
}

const NOT_ROOT: Obstacle = {
  seen: 'this is another user',
  fix: 'sudo knet-labs start <lab> --cluster k3s      (or real k3s without root: --driver docker)',
}

/** What else can't be tried is told in the same words. */
export const NO_UNSHARE: Obstacle = { seen: "can't be tried without unshare", fix: 'install unshare first' }

function groupsObstacle(): Obstacle | undefined {
  const hierarchies = hierarchiesIn(readFileSync('/proc/self/mountinfo', 'utf8'))
  const [first] = hierarchies
  if (!first) {
    return { seen: 'none in /sys/fs/cgroup', fix: 'mount -t cgroup2 cgroup2 /sys/fs/cgroup' }
  }
  const isUnified = first.controllers === undefined
  const known = isUnified
    ? readFileSync('/sys/fs/cgroup/cgroup.controllers', 'utf8').trim().split(' ')
    : hierarchies.flatMap(({ controllers = '' }) => controllers.split(','))
  const missing = CONTROLLERS.filter((name) => !known.includes(name))
  if (missing.length > 0) {
    return {
      seen: `without ${missing.join(', ')}`,
      fix: `boot the kernel with: ${missing.map((name) => `cgroup_enable=${name}`).join(' ')}`,
    }
  }
  return isUnified ? delegationObstacle() : undefined
}

/** Of version 2, a group that has processes of its own can't give controllers to others: that of a container has. */
function delegationObstacle(): Obstacle | undefined {
  try {
    for (const name of CONTROLLERS) writeFileSync('/sys/fs/cgroup/cgroup.subtree_control', `+${name}`)
    return undefined
  } catch {
    return {
      seen: 'those of this container can’t be divided',
      fix: 'run knet-labs outside of containers, or: --driver docker',
    }
  }
}

/** Mounting one loads the module where that is allowed. Nobody sees it. */
async function overlayObstacle(): Promise<Obstacle | undefined> {
  if (findProgram('unshare', process.env['PATH'] ?? '') === undefined) return NO_UNSHARE
  const attempt = `mount -t tmpfs try /mnt && cd /mnt && mkdir a b c d &&
mount -t overlay -o lowerdir=a,upperdir=b,workdir=c try d`
  const { exitCode, stderr } = await hostExec(['unshare', '--mount', '--', 'sh', '-c', attempt])
  return exitCode === 0
    ? undefined
    : { seen: stderr.trim() || 'it can’t be mounted', fix: 'modprobe overlay' }
}
