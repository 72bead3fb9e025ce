import { PATH_INSIDE } from '../machine/places.ts'
import { writeLine } from '../dataplane/cni/node-shell.ts'

/** Where the runtime keeps its things on a node. */
export const HOME = '/run/knet'
export const PODS = `${HOME}/pods`
export const CONTAINERS = `${HOME}/containers`
export const TEMPLATES = `${HOME}/templates`
export const BASE_TEMPLATE = `${TEMPLATES}/base`
/** A FIFO that nothing is ever written to: who reads it sleeps for ever, without a program to sleep in. */
const NEVER = `${HOME}/never`

/**
 * A message to this program: NUL ends it, a key in front says whom it is for. One `printf` is one write, so that messages of
 * several processes on the same socket do not mix.
 */
const SAY = `say() { printf '%s %s\\0' "$1" "$2"; }`

/** head reads no more than it is told, so what follows on the pipe stays for the next round. */
const AGENT = `# The kubelet's hands on this node: runs the scripts that come on its standard input, each after a line with its length.
${SAY}
say hello $$
while read -r length; do eval "$(head -c "$length")" </dev/null; done
`

const PAUSE = `# A pod's first process: sets up the pod's side of the network, then holds the pod's namespaces until it is killed.
# usage: pause SANDBOX HOSTNAME
${SAY}
cd "${PODS}/$1" || exit
[ -z "$2" ] || { 2>/dev/null echo "$2" >/proc/sys/kernel/hostname; } || hostname "$2"
if [ -e net ] && ! . ./net >net.log 2>&1; then
  say "$1" "failed $(cat net.log)"
  exit 1
fi
say "$1" "up $$"
while :; do read -r _; done <>${NEVER} >/dev/null 2>&1
`

/**
 * The container's first process is the shim's first child, so it is pid 1 of the namespace; not in the background, where it
 * would be deaf to Ctrl-C. The shim holds both ends of the FIFOs until it is told that they are open here: nothing is lost,
 * however short the container's life. The FIFO for stdin is held by that process, and only until its other end is open here.
 */
const SHIM = `# The parent of one container: starts it, waits for its end and reports that. Already in the pod's namespaces and in a mount
# namespace of its own; its children are in a pid namespace of their own.
# Its standard input is the container's terminal, if that has one. File descriptor 6 leads to the agent's reader.
# usage: shim CONTAINER LOGFILE
key=$1
say() { printf '%s %s\\0' "$key" "$1" >&6; }
cd "${CONTAINERS}/$key" || exit
exec 3<>stdout 4<>stderr 5>>"$2" 7<>seen >/dev/null 2>&1
trap : INT QUIT HUP
(
  [ ! -e stdin ] || exec 8<>stdin
  say "started $$"
  if [ -t 0 ]; then
    stty echo cols 80 rows 24
    exec >&0 2>&0
  else
    exec </dev/null >&3 2>&4
  fi
  if [ -e stdin ]; then
    [ -t 0 ] || exec <stdin
    read -r _ <&7
  fi
  exec 3>&- 4>&- 5>&- 7>&- 8>&-
  . ./run
)
say "ended $?"
read -r _ <&7
`

const PASSWD = 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n'
const GROUP = 'root:x:0:\nnogroup:x:65534:\n'

/** The root that every container starts from; images put their files on top of a copy. */
function baseTemplate(): string[] {
  const folders =
    'usr proc sys dev etc tmp var/log var/tmp var/lib var/cache run/secrets/kubernetes.io/serviceaccount root home mnt opt'
  return [
    `mkdir -p ${folders
      .split(' ')
      .map((name) => `${BASE_TEMPLATE}/${name}`)
      .join(' ')}`,
    `chmod 1777 ${BASE_TEMPLATE}/tmp ${BASE_TEMPLATE}/var/tmp`,
    `ln -s ../run ${BASE_TEMPLATE}/var/run`,
    `for d in bin sbin lib lib32 lib64 libx32; do [ -L /$d ] && links="$links /$d"; done`,
    `cp -P $links ${BASE_TEMPLATE}/`,
    writeLine(`${BASE_TEMPLATE}/etc/passwd`, PASSWD),
    writeLine(`${BASE_TEMPLATE}/etc/group`, GROUP),
    writeLine(`${BASE_TEMPLATE}/etc/nsswitch.conf`, 'passwd: files\ngroup: files\nhosts: files dns\n'),
    ...['ld.so.cache', 'hosts', 'hostname'].map((file) => `: >${BASE_TEMPLATE}/etc/${file}`),
    `mkdir ${BASE_TEMPLATE}/etc/alternatives`,
  ]
}

/** The command that starts the agent on a node; lays out the runtime's folders the first time. */
export function agentArgv(): string[] {
  const folders = [
    PODS,
    CONTAINERS,
    '/run/netns',
    '/var/lib/cni/results',
    '/var/lib/cni/flannel',
    '/var/lib/cni/networks',
    '/var/log/pods',
    '/var/log/containers',
  ]
  const script = [
    `if ! [ -e ${HOME}/agent ]; then`,
    `mkdir -p ${folders.join(' ')}`,
    `mkfifo ${NEVER}`,
    '[ -e /var/run ] || ln -s ../run /var/run',
    ...baseTemplate(),
    'fi',
    writeLine(`${HOME}/pause`, PAUSE),
    writeLine(`${HOME}/shim`, SHIM),
    writeLine(`${HOME}/agent`, AGENT),
    `exec sh ${HOME}/agent`,
  ]
  // Containers inherit the agent's environment, so it has nothing in it.
  return ['env', '-i', `PATH=${PATH_INSIDE}`, 'sh', '-c', script.join('\n')]
}
