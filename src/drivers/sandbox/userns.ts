import { readFileSync } from 'node:fs'
import { EXIT, LabError } from '../../base/errors.ts'
import { hostExec } from '../../machine/host.ts'

/** What keeps a kernel from giving this process a user namespace in which it is root. */
export interface Obstacle {
  readonly what: string
  /** The command or edit that takes it away. */
  readonly fix: string
}

export interface UsernsView {
  readonly isRoot: boolean
  /** A file's text without the line's end, or undefined when there is no such file. */
  read(path: string): string | undefined
}

/**
 * Says which of the known obstacles it is, by what the kernel tells of itself; user_namespaces(7), and for the last two
 * Ubuntu's and Docker's documentation of what they restrict.
 */
export function nameObstacle(view: UsernsView): Obstacle {
  if (
    view.read('/proc/self/ns/user') === undefined &&
    view.read('/proc/sys/user/max_user_namespaces') === undefined
  ) {
    return { what: 'this kernel has no user namespaces', fix: 'boot a kernel built with CONFIG_USER_NS=y' }
  }
  if (view.read('/proc/sys/user/max_user_namespaces') === '0') {
    return {
      what: 'the limit user.max_user_namespaces is 0',
      fix: 'sudo sysctl -w user.max_user_namespaces=15000',
    }
  }
  if (!view.isRoot && view.read('/proc/sys/kernel/unprivileged_userns_clone') === '0') {
    return {
      what: 'only root may make user namespaces (kernel.unprivileged_userns_clone is 0)',
      fix: 'sudo sysctl -w kernel.unprivileged_userns_clone=1',
    }
  }
  if (!view.isRoot && view.read('/proc/sys/kernel/apparmor_restrict_unprivileged_userns') === '1') {
    return {
      what: 'AppArmor lets only programs with a profile make user namespaces (Ubuntu 23.10 and later)',
      fix: 'sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0',
    }
  }
  if (/^Seccomp:\s*2$/m.test(view.read('/proc/self/status') ?? '')) {
    return {
      what: 'a seccomp filter forbids it, as in a Docker container',
      fix: 'start the container with: --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined --cap-add ALL',
    }
  }
  return {
    what: 'the kernel refuses, without saying why',
    fix: view.isRoot
      ? 'run outside of containers, or in a privileged one'
      : 'run it as root: sudo knet-labs …',
  }
}

export function usernsHere(): UsernsView {
  return {
    isRoot: process.getuid?.() === 0,
    read(path) {
      try {
        return readFileSync(path, 'utf8').trim()
      } catch (thrown) {
        // Namespace files exist but can't be read.
        return (thrown as NodeJS.ErrnoException).code === 'EINVAL' ? '' : undefined
      }
    },
  }
}

/** The obstacle, or undefined when a user namespace can be had: tried, since what files say is not all there is. */
export async function usernsObstacle(): Promise<Obstacle | undefined> {
  const tried = await hostExec(['unshare', '--user', '--map-root-user', '--net', '--mount', '--', 'true'])
  return tried.exitCode === 0 ? undefined : nameObstacle(usernsHere())
}

/** Why a sandbox that did not come about could not. */
export async function userNamespacesForbidden(): Promise<LabError | undefined> {
  const obstacle = await usernsObstacle()
  return (
    obstacle &&
    new LabError('KNET_USERNS', {
      message: `The sandbox needs user namespaces, and can't have one: ${obstacle.what}.`,
      hint: obstacle.fix,
      exitCode: EXIT.unavailable,
    })
  )
}
