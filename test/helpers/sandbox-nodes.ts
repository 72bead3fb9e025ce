import { createInterface } from 'node:readline'
import { hostSpawn } from '../../src/machine/host.ts'
import type { Machine } from '../../src/machine/machine.ts'
import { enterArgv, namespaceMachine } from '../../src/machine/namespace-machine.ts'

/** Machines with eth0 on one bridge, for tests of what programs a kernel: private /run, /etc, /var/lib and /var/log, no init of their own. */
export interface SandboxNodes {
  readonly machines: readonly Machine[]
  close(): void
}

/** Root inside may be a user outside, for whom root's home is closed: tshark wants to look into its own. */
const HOLDER = `
[ -r /root ] || mount -t tmpfs tmpfs /root
ip link set lo up
ip link add br0 type bridge
ip link set br0 up
ip address add 172.19.0.1/24 dev br0
sysctl -wq net.ipv4.ip_forward=1 net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.br0.send_redirects=0
for address; do
  router=\${address%.*}.1
  ip address replace $router/24 dev br0
  unshare --net --mount sh -c '
    mount -t tmpfs tmpfs /run
    mkdir /run/upper /run/work
    mount -t overlay -o userxattr,lowerdir=/etc,upperdir=/run/upper,workdir=/run/work overlay /etc
    mount -t tmpfs tmpfs /var/lib
    mount -t tmpfs tmpfs /var/log
    ip link set lo up
    echo started
    exec sleep 3600' > /run/started &
  pid=$!
  until grep -q started /run/started 2>/dev/null; do sleep 0.005; done
  rm /run/started
  ip link add eth-$pid type veth peer name eth0 netns $pid
  ip link set eth-$pid master br0 up
  nsenter --net=/proc/$pid/ns/net sh -c "
    ip address add $address/24 dev eth0
    ip link set eth0 up
    ip route add default via $router"
  echo $pid
done
wait
`

/** One node for each address, named node0, node1, …; each /24 has a router at .1. Needs no privileges. */
export async function sandboxNodes(addresses: readonly string[]): Promise<SandboxNodes> {
  const unshare = ['unshare', '--user', '--map-root-user', '--net', '--mount', '--propagation', 'private']
  const inside = ['sh', '-c', `mount -t tmpfs tmpfs /run\n${HOLDER}`, 'holder', ...addresses]
  const holder = hostSpawn([...unshare, ...inside])
  let complaints = ''
  holder.stderr.on('data', (chunk) => (complaints += String(chunk)))
  const pids: string[] = []
  for await (const line of createInterface({ input: holder.stdout })) {
    pids.push(line)
    if (pids.length === addresses.length) break
  }
  if (pids.length < addresses.length)
    throw new Error(`the namespaces of the test did not come up: ${complaints}`)
  return { machines: pids.map((pid, i) => machine(`node${i}`, pid)), close: () => holder.kill('SIGKILL') }
}

function machine(name: string, pid: string): Machine {
  const enter = enterArgv([[`/proc/${pid}`, ['user', 'mnt', 'net']]], true)
  return namespaceMachine(name, () => enter)
}

/** What a machine's command prints; throws when it fails. */
export async function run(machine: Machine, ...argv: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await machine.exec(argv)
  if (exitCode !== 0) throw new Error(`${argv.join(' ')} on ${machine.name}: ${stderr}`)
  return stdout
}
