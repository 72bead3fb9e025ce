import type { Need } from '../../machine/driver.ts'

/** A program that the sandbox or its labs run. */
export interface Tool {
  readonly name: string
  readonly why: string
  /** Without it no lab starts; or none that needs this. */
  readonly required: boolean | Need
  /** How it tells its version; absent when there is nothing to ask. */
  readonly version?: readonly string[]
  /** The oldest that will do. */
  readonly atLeast?: readonly [number, number]
}

const needed = (name: string, why: string, version = '--version', atLeast?: [number, number]): Tool => ({
  name,
  why,
  required: true,
  version: version.split(' '),
  ...(atLeast ? { atLeast } : {}),
})

const neededFor = (need: Need, ...tool: Parameters<typeof needed>): Tool => ({
  ...needed(...tool),
  required: need,
})

const useful = (name: string, why: string, version = '--version'): Tool => ({
  name,
  why,
  required: false,
  version: version.split(' '),
})

/** --wd, --net=<file> and --preserve-credentials, as they are used, came with 2.34. */
const UTIL_LINUX: [number, number] = [2, 34]

/** In the order that `doctor` shows. */
export const TOOLS: readonly Tool[] = [
  needed('unshare', 'makes the namespaces that nodes are', '--version', UTIL_LINUX),
  needed('nsenter', 'runs commands in nodes and pods', '--version', UTIL_LINUX),
  needed('mount', 'gives each node a root of its own'),
  { name: 'hostname', why: 'gives each node its name', required: true },
  needed('ip', 'wires nodes and pods together', '-V'),
  needed('bridge', "fills flannel's forwarding table", '-V'),
  needed('iptables', 'kube-proxy writes its rules with it'),
  needed('busybox', 'serves and asks in pods'),
  needed('kubectl', 'asks the cluster, in labs and checks', 'version --client', [1, 20]),
  needed('dumpcap', 'captures packets for checks'),
  needed('tshark', 'reads captured packets for checks'),
  needed('ping', 'tries whether packets get through', '-V'),
  needed('tcpdump', 'shows packets in nodes and pods'),
  needed('conntrack', 'shows and clears translated connections'),
  needed('curl', 'asks services over HTTP in nodes'),
  neededFor('calico', 'bird', "tells Calico's nodes of each other's pods, by BGP", '--version', [2, 0]),
  neededFor('calico', 'ipset', 'keeps the addresses that rules of Calico speak of'),
  neededFor(
    'calico',
    'perl',
    "answers calicoctl as BIRD 1 would; runs Calico's tunnel where the kernel has none",
    '-v',
  ),
  useful('nft', 'shows iptables rules as the kernel has them; resets them fully'),
  neededFor('k3s', 'dig', 'asks DNS in nodes, as k3s is waited for; pods have nslookup', '-v'),
  { name: 'brctl', why: 'the classic look at a bridge; `bridge` shows the same', required: false },
  useful('script', 'terminals with job control in nodes'),
]

/** Only real root needs it, to become nobody in particular. */
export const FOR_ROOT = needed('setpriv', 'gives up root before the sandbox starts')

/** Only others than root. */
export const FOR_USERS: Tool = {
  name: 'newuidmap',
  why: 'gives nodes more users than root, as chown and tcpdump want',
  required: false,
}
