import { spawn } from 'node:child_process'
import { chmodSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { bundle } from './bundle.ts'

/**
 * The shell script of a holder: a node's root and namespaces, made as the sandbox driver makes them, then the test program.
 * $1: folder with node's binary as bin/node, $2: the program. The program's argument is the pid of the node's init.
 */
const HOLDER = `
set -e
mount -t tmpfs tmpfs /mnt
R=/mnt
mkdir -p $R/usr $R/etc $R/var $R/run $R/tmp $R/root $R/proc $R/sys $R/dev $R/old $R/opt/knet/bin $R/opt/cni/bin
for d in bin sbin lib lib32 lib64 libx32; do [ ! -L /$d ] || cp -P /$d $R/; done
mount --rbind /usr $R/usr
mount -o remount,bind,ro $R/usr
mount --rbind /dev $R/dev
cp /etc/passwd /etc/group /etc/nsswitch.conf /etc/ld.so.cache $R/etc/
cp -dR /etc/alternatives $R/etc/
touch $R/opt/knet/bin/node $R/opt/knet/cli.mjs
mount --bind "$1" $R/opt/knet/bin/node
mount --bind "$2" $R/opt/knet/cli.mjs
unshare -m -n -p -u -i --fork --kill-child sh -ec "cd $R
  mount -t proc proc proc; mount -t sysfs sysfs sys
  mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts; mount --bind dev/pts/ptmx dev/ptmx
  pivot_root . old; umount -l /old; hostname node0; ip link set lo up; echo ready >&3
  exec sleep infinity 3>&-" 3>/ready &
unshared=$!
read -r ready <>/ready
init=$(cat /proc/$unshared/task/$unshared/children)
"$1" "$2" $init
`

export interface HolderRun {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Who the holder is started by: root with real rights, or a user with a single id in its own user namespace. */
export type Starter = 'root' | 'a user' | 'a user of a machine with a mount below /usr'

/** A program that hangs ends with all it started, before the test's own deadline would leave it behind. */
const DEADLINE_MS = 55_000

const isRoot = process.getuid?.() === 0

/** Who can start one here: a user can't become root. */
export const STARTERS: readonly Starter[] = isRoot ? ['root', 'a user'] : ['a user']

/** What is mounted before somebody's user namespace is made can't be left out of what is mounted in it. */
export const BELOW_A_MOUNT: readonly Starter[] = isRoot ? ['a user of a machine with a mount below /usr'] : []
const MOUNTING = ['unshare', '-m', 'sh', '-c', 'mount -t tmpfs tmpfs /usr/src && exec "$@"', 'sh']

/** Real root becomes an id that every Linux has and that owns nothing. */
const AS_NOBODY = isRoot ? 'setpriv --reuid 65534 --regid 65534 --clear-groups'.split(' ') : []

/** Bundles a test program and runs it in a holder beside one node. Everything ends when it ends. */
export async function runInHolder(
  program: string,
  starter: Starter = STARTERS[0] ?? 'a user',
  args: readonly string[] = [],
): Promise<HolderRun> {
  const file = await bundle(program)
  const folder = dirname(file)
  const script = HOLDER.replaceAll('/ready', join(folder, 'ready')).replace(
    '$init\n',
    `$init ${args.join(' ')}\n`,
  )
  const mounting = BELOW_A_MOUNT.includes(starter) ? MOUNTING : []
  const asUser = [...mounting, ...AS_NOBODY, 'unshare', '--user', '--map-root-user']
  const namespaces = '-m -n -p -u -i --fork --mount-proc --kill-child'.split(' ')
  const unshare = starter === 'root' ? ['unshare'] : asUser
  const shell = `mkfifo ${join(folder, 'ready')}; ${script}`
  const argv = [...unshare, ...namespaces, 'sh', '-c', shell, 'holder', process.execPath, file]
  chmodSync(folder, 0o777)
  // For what the bundle leaves out: node-pty.
  symlinkSync(resolve(import.meta.dirname, '../../node_modules'), join(folder, 'node_modules'))
  try {
    return await run(argv)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function run([command = '', ...args]: readonly string[]): Promise<HolderRun> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: DEADLINE_MS,
    killSignal: 'SIGKILL',
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (exitCode) => resolve({ exitCode, ...output }))
  })
}
